"""Each change between two schemas is named with its coordinate, and classed."""

from datetime import date

import pytest
from graphql import build_schema
from graphql.utilities.find_schema_changes import BreakingChangeType, DangerousChangeType, SafeChangeType

from schema.evolution.changes import OF_TYPES, changes_between
from schema.evolution.released import NotReleased, Released, read_released
from schema.root import make_schema, printed
from tests.evolution.sdl import OLD, comparison, told

CASES = [
    ("  old: String @", "  old: Int @", "breaking", "FIELD_CHANGED_KIND", "Flow.old"),
    ("name: String!\n", "name: String\n", "breaking", "FIELD_CHANGED_KIND", "Flow.name"),
    ("  at: Stamp\n", "", "breaking", "FIELD_REMOVED", "Query.at"),
    ("limit: Int = 10, ", "", "breaking", "ARG_REMOVED", "Flow.notes(limit:)"),
    ("flows(first: Int,", "flows(first: Int!,", "breaking", "ARG_CHANGED_KIND", "Query.flows(first:)"),
    ("flow(id: ID!)", "flow(id: ID!, of: ID!)", "breaking", "REQUIRED_ARG_ADDED", "Query.flow(of:)"),
    ("SHORT LONG", "SHORT", "breaking", "VALUE_REMOVED_FROM_ENUM", "Style.LONG"),
    ("Flow | Stage", "Flow", "breaking", "TYPE_REMOVED_FROM_UNION", "Found"),
    ("Stage implements Node", "Stage", "breaking", "IMPLEMENTED_INTERFACE_REMOVED", "Stage"),
    ("{ name: String!, s", "{ name: String!, of: ID!, s", "breaking", "REQUIRED_INPUT_FIELD_ADDED", "FlowInput.of"),
    ("style: Style, term", "style: [Style], term", "breaking", "FIELD_CHANGED_KIND", "FlowInput.style"),
    ("{ by: String, then: String }", "{ by: String }", "breaking", "FIELD_REMOVED", "Term.then"),
    ("input Term {", "input Term @oneOf {", "breaking", "ONE_OF_ADDED", "Term"),
    ("enum Style { SHORT LONG }", "scalar Style", "breaking", "TYPE_CHANGED_KIND", "Style"),
    ("(note: String) repeatable", "(note: String)", "breaking", "DIRECTIVE_REPEATABLE_REMOVED", "@mark"),
    ("on FIELD | QUERY", "on FIELD", "breaking", "DIRECTIVE_LOCATION_REMOVED", "@mark"),
    ("@mark(note: String)", "@mark", "breaking", "DIRECTIVE_ARG_REMOVED", "@mark(note:)"),
    ("@mark(note: String)", "@mark(note: Int)", "breaking", "ARG_CHANGED_KIND", "@mark(note:)"),
    (
        "@mark(note: String)",
        "@mark(note: String, who: ID!)",
        "breaking",
        "REQUIRED_DIRECTIVE_ARG_ADDED",
        "@mark(who:)",
    ),
    ("DRAFT LIVE", "DRAFT LIVE GONE", "dangerous", "VALUE_ADDED_TO_ENUM", "Status.GONE"),
    ("Flow | Stage", "Flow | Stage | Team", "dangerous", "TYPE_ADDED_TO_UNION", "Found"),
    ("limit: Int = 10", "limit: Int = 20", "dangerous", "ARG_DEFAULT_VALUE_CHANGE", "Flow.notes(limit:)"),
    ("limit: Int = 10", "limit: Int", "dangerous", "ARG_DEFAULT_VALUE_CHANGE", "Flow.notes(limit:)"),
    ("then: String }", "then: String, last: ID }", "dangerous", "OPTIONAL_INPUT_FIELD_ADDED", "Term.last"),
    ("flow(id: ID!)", "flow(id: ID!, of: ID)", "dangerous", "OPTIONAL_ARG_ADDED", "Query.flow(of:)"),
    ("com/stamp", "com/other", "dangerous", "SPECIFICATION_CHANGED", "Stamp"),
    (
        "instead. Removed after 2027-07-01",
        "instead. Removed after 2027-06-01",
        "dangerous",
        "DEPRECATION_CHANGED",
        "Flow.young",
    ),
    ("  at: Stamp\n", "  at: Stamp!\n", "safe", "FIELD_CHANGED_KIND_SAFE", "Query.at"),
    ("  at: Stamp\n", "  at: Stamp\n  then: Stamp\n", "safe", "FIELD_ADDED", "Query.then"),
    ("find(text: String!)", "find(text: String)", "safe", "ARG_CHANGED_KIND_SAFE", "Query.find(text:)"),
    ("style: Style): [", 'style: Style = "SHORT"): [', "safe", "ARG_DEFAULT_VALUE_ADDED", "Flow.notes(style:)"),
    (
        "  at: Stamp\n",
        '  at: Stamp @deprecated(reason: "Use it not. Removed after 2030-01-01.")\n',
        "safe",
        "DEPRECATED",
        "Query.at",
    ),
    (
        ' @deprecated(reason: "Use name instead. Removed after 2027-07-01.")',
        "",
        "safe",
        "DEPRECATION_LIFTED",
        "Flow.young",
    ),
    (
        "instead. Removed after 2027-07-01",
        "instead. Removed after 2028-07-01",
        "safe",
        "DEPRECATION_CHANGED",
        "Flow.young",
    ),
    ("type Team {", "scalar More\ntype Team {", "safe", "TYPE_ADDED", "More"),
    ("directive @mark", "directive @more on FIELD\ndirective @mark", "safe", "DIRECTIVE_ADDED", "@more"),
]


@pytest.mark.parametrize(("old", "new", "severity", "kind", "coordinate"), CASES)
def test_a_change_is_named_and_classed(old: str, new: str, severity: str, kind: str, coordinate: str) -> None:
    new = new.replace('"SHORT"', "SHORT") if "style: Style =" in new else new
    found = comparison((old, new))
    assert told(found) == [(severity, kind, coordinate)]
    assert found.judged[0].change.description


def test_a_type_that_is_gone_is_named() -> None:
    gone = comparison(("type Team { title: String }\n", ""), ("  team: Team\n", ""))
    assert told(gone) == [("breaking", "FIELD_REMOVED", "Query.team"), ("breaking", "TYPE_REMOVED", "Team")]


def test_a_kind_of_operation_that_is_gone_is_named() -> None:
    gone = comparison(("type Query {", "schema { query: Query }\n\ntype Query {"))
    assert told(gone) == [("breaking", "ROOT_REMOVED", "Mutation")]


def test_a_description_is_no_change() -> None:
    described = comparison(("type Team {", '"""A team."""\ntype Team {'), ("  at: Stamp", '  "When."\n  at: Stamp'))
    assert told(described) == []


def test_an_interface_more_and_one_of_no_more() -> None:
    more = comparison(("type Team { title", "type Team implements Node { id: ID! title"))
    assert ("dangerous", "IMPLEMENTED_INTERFACE_ADDED", "Team") in told(more)
    one_of = build_schema("input A @oneOf { b: ID } type Query { c(a: A): ID }")
    any_of = build_schema("input A { b: ID } type Query { c(a: A): ID }")
    assert [each.kind for each in changes_between(one_of, any_of)] == ["ONE_OF_REMOVED"]


def test_every_kind_that_graphql_core_tells_apart_is_seen_here() -> None:
    """Coordinates are read out of its descriptions; a kind that is not tried may be worded in another way."""
    kinds = {each.name for each in (*BreakingChangeType, *DangerousChangeType, *SafeChangeType)}
    elsewhere = {
        "DESCRIPTION_CHANGED",
        "TYPE_REMOVED",
        "IMPLEMENTED_INTERFACE_ADDED",
        # worded like others that are tried
        "DIRECTIVE_REMOVED",
        "DIRECTIVE_REPEATABLE_ADDED",
        "DIRECTIVE_LOCATION_ADDED",
        "OPTIONAL_DIRECTIVE_ARG_ADDED",
        "INPUT_FIELD_DEFAULT_VALUE_CHANGE",
        "INPUT_FIELD_DEFAULT_VALUE_ADDED",
    }
    assert kinds - elsewhere <= {kind for *_, kind, _ in CASES}
    assert set(OF_TYPES) <= kinds


def test_the_schema_of_today_is_no_change_of_itself() -> None:
    text = printed(make_schema())
    again = Released("1.0.0", date(2027, 1, 1), text)
    assert read_released(again.file) == again
    assert changes_between(again.schema, build_schema(text)) == []


@pytest.mark.parametrize("text", [OLD, "# Released with version 1 on 2027-02-31.\n" + OLD])
def test_a_file_that_no_release_wrote_is_refused(text: str) -> None:
    with pytest.raises(NotReleased):
        read_released(text)
