"""A breaking change is named with exactly the clients, versions and documents that it breaks."""

from datetime import date

import pytest

from schema.evolution.comparing import compared
from schema.evolution.documents import Document
from schema.evolution.released import Released
from schema.evolution.reporting import as_json, as_lines
from schema.root import make_schema, printed
from tests.evolution.sdl import about, comparison

DOCUMENTS = {
    "name": "query { flow(id: 1) { name } }",
    "notes": "query { flow(id: 1) { notes } }",
    "limited": "query { flow(id: 1) { notes(limit: 5) } }",
    "styled": "query { flow(id: 1) { notes(style: LONG) } }",
    "style": "query($style: Style) { flow(id: 1) { notes(style: $style) } }",
    "list": "query { flows { id } }",
    "first": "query { flows(first: 3) { id } }",
    "some": "query($first: Int) { flows(first: $first) { id } }",
    "literal": 'mutation { makeFlow(input: {name: "a"}) { id } }',
    "term": 'mutation { makeFlow(input: {name: "a", term: {by: "b", then: "c"}}) { id } }',
    "given": "mutation($input: FlowInput!) { makeFlow(input: $input) { id } }",
    "asked": "query($where: FlowInput) { flows(where: $where) { id } }",
    "found": 'query { find(text: "a") { __typename ... on Stage { title } } }',
    "spread": "query { node(id: 1) { id ...S } } fragment S on Stage { title }",
    "stage": "query { stage { title } }",
    "marked": 'query { at @mark(note: "a") }',
    "query": "query @mark { at }",
    "team": "query { team { title } }",
    "at": "query { at }",
}
CASES = [
    ("name: String!\n", "name: String\n", "Flow.name", {"name"}),
    ("limit: Int = 10, ", "", "Flow.notes(limit:)", {"limited"}),
    ("SHORT LONG", "SHORT", "Style.LONG", {"styled"}),
    ("flows(first: Int,", "flows(first: Int!,", "Query.flows(first:)", {"list", "some", "asked"}),
    ("flows(first: Int,", "flows(first: String,", "Query.flows(first:)", {"first", "some"}),
    ("flows(first: Int,", "flows(of: ID!, first: Int,", "Query.flows(of:)", {"list", "first", "some", "asked"}),
    ("{ name: String!, s", "{ name: String!, of: ID!, s", "FlowInput.of", {"literal", "term", "given"}),
    ("status: Status, style", "status: Status!, style", "FlowInput.status", {"literal", "term", "given"}),
    ("{ by: String, then: String }", "{ by: String }", "Term.then", {"term"}),
    ("{ by: String, then: String }", "{ by: String, then: Int }", "Term.then", {"term"}),
    ("input Term {", "input Term @oneOf {", "Term", {"term"}),
    ("Flow | Stage", "Flow", "Found", {"found"}),
    ("Stage implements Node", "Stage", "Stage", {"spread"}),
    ("enum Style { SHORT LONG }", "scalar Style", "Style", {"style"}),
    ("@mark(note: String)", "@mark", "@mark(note:)", {"marked"}),
    ("on FIELD | QUERY", "on FIELD", "@mark", {"query"}),
    ("  at: Stamp\n", "", "Query.at", {"at", "marked", "query"}),
    ("find(text: String!)", "find(text: String!, of: ID!)", "Query.find(of:)", {"found"}),
]


def documents(**more: str) -> list[Document]:
    return [Document("app", "1.2.0", name, text, date(2027, 6, 1)) for name, text in {**DOCUMENTS, **more}.items()]


@pytest.mark.parametrize(("old", "new", "coordinate", "broken"), CASES)
def test_exactly_the_documents_that_break_are_named(old: str, new: str, coordinate: str, broken: set[str]) -> None:
    found = comparison((old, new), documents=documents())
    assert {each.document.id for each in about(found, coordinate).broken} == broken
    assert (list(found.otherwise), list(found.before)) == ([], [])


def test_two_changes_are_told_apart() -> None:
    found = comparison(
        ("flows(first: Int,", "flows(first: Int!, of: ID!,"), ("  at: Stamp\n", ""), documents=documents()
    )
    assert {each.document.id for each in about(found, "Query.flows(of:)").broken} == {"list", "first", "some", "asked"}
    assert {each.document.id for each in about(found, "Query.flows(first:)").broken} == {"list", "some", "asked"}
    assert {each.document.id for each in about(found, "Query.at").broken} == {"at", "marked", "query"}


def test_what_is_new_breaks_nothing_and_what_was_wrong_before_is_said_to_be() -> None:
    more = {"newer": "query { later }", "wrong": "query { nothing }", "no GraphQL": "query {"}
    found = comparison(("  at: Stamp\n", "  later: Stamp\n"), documents=documents(**more))
    assert {each.document.id for each in found.before} == {"wrong", "no GraphQL"}
    assert {each.document.id for each in about(found, "Query.at").broken} == {"at", "marked", "query"}


def test_a_break_of_the_real_schema_is_told_with_client_version_and_document() -> None:
    """Two documents of three use the field that is taken out, one of them in a fragment."""
    text = printed(make_schema())
    named = '  """What HR calls the flow."""\n  name: String!\n\n'
    before, flow, behind = text.partition("type Flow implements Node {")
    without = before + flow + behind.replace(named, "", 1)
    registered = [
        Document("portal", "3.1.0", "sha256:01", "query { flows(first: 5) { nodes { id name } } }", date(2027, 6, 2)),
        Document(
            "portal", "3.0.0", "sha256:02", "query($id: ID!) { flow(id: $id) { ...F } } fragment F on Flow { name }"
        ),
        Document("partner", "1", "sha256:03", "query { flows { nodes { id status } } }", date(2027, 6, 3)),
    ]
    found = compared(Released("1.0.0", date(2027, 1, 1), text), without, date(2027, 7, 1), registered)
    one = about(found, "Flow.name")
    assert [(each.document.client, each.document.version, each.document.id) for each in one.broken] == [
        ("portal", "3.1.0", "sha256:01"),
        ("portal", "3.0.0", "sha256:02"),
    ]
    assert found.breaks
    lines = as_lines(found)
    assert lines[0] == "Compared with 1.0.0, released 2027-01-01: 1 breaking, 0 dangerous, 0 safe."
    assert lines[1] == "BREAKING   Flow.name  Field Flow.name was removed."
    assert lines[2].startswith(
        "           breaks portal 3.1.0 sha256:01, last asked 2027-06-02: Cannot query field 'name'"
    )
    assert as_json(found)["changes"][0]["breaks"][0] | {"problems": []} == {
        "client": "portal",
        "version": "3.1.0",
        "document": "sha256:01",
        "lastUsed": "2027-06-02",
        "problems": [],
    }
