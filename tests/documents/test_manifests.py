"""Manifests as tools write them, and what is said of those that no tool would write."""

import json
from typing import Any

import pytest

from resolvers.documents import hash_of
from schema.documents import manifests
from schema.documents.manifests import APOLLO, ManifestWrong, entries_of, entries_of_files

A = "query A { modules { name } }"
B = "mutation B { logout { clientMutationId } }"


def apollo(*operations: Any, **changed: Any) -> bytes:
    return json.dumps({"format": APOLLO, "version": 1, "operations": operations, **changed}).encode()


def an_operation(**changed: Any) -> dict[str, Any]:
    return {"id": "1", "name": "A", "type": "query", "body": A, **changed}


def test_apollos_manifest() -> None:
    found = entries_of("m.json", apollo(an_operation(), an_operation(id="2", name="B", type="mutation", body=B)))
    assert [(each.document_id, each.text) for each in found] == [("1", A), ("2", B)]
    assert found[1].place == "m.json: operations[1] 'B'"


def test_relays_file_and_that_of_codegen() -> None:
    found = entries_of("persisted.json", json.dumps({"0a1b": A, "2c3d": B}).encode())
    assert [(each.document_id, each.text) for each in found] == [("0a1b", A), ("2c3d", B)]
    assert found[0].place == "persisted.json: '0a1b'"


def test_a_document_may_be_called_format() -> None:
    [found] = entries_of("persisted.json", json.dumps({"format": A}).encode())
    assert (found.document_id, found.text) == ("format", A)


def test_a_byte_order_mark_is_none_of_the_text() -> None:
    assert len(entries_of("m.json", b"\xef\xbb\xbf" + apollo(an_operation()))) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "m.json: It is not JSON: "),
        (b"{", "m.json: It is not JSON: "),
        (b"\xff{}", "m.json: It is not UTF-8: invalid start byte at byte 0."),
        (b"[]", "m.json: It must be Apollo's manifest"),
        (b"{}", "m.json: There is no document in it."),
        (b'{"a": 1' + b"1" * 5000 + b"}", "m.json: It is not JSON: "),
        (b"[" * 200_000, "m.json: It nests too deeply."),
        (b'{"a": ' * 200_000, "m.json: It nests too deeply."),
        (b'{"a": "query A { a }", "a": "query B { b }"}', "m.json: It is not JSON: 'a' is there twice."),
        (b'{"a": null}', "m.json: 'a': A document must be text."),
        (b'{"a": {"b": "c"}}', "m.json: 'a': A document must be text."),
        (b'{"": "query A { a }"}', "m.json: '': The id is empty."),
        (b'{"a": "  "}', "m.json: 'a': The document is empty."),
        (b'{"a": "{ a }\\u0000"}', "m.json: 'a': Text cannot hold NUL characters or lone surrogates."),
        (b'{"a": "{ \\ud800 }"}', "m.json: 'a': Text cannot hold NUL characters or lone surrogates."),
        (b'{"\\ud800": "{ a }"}', r"m.json: '\ud800': Text cannot hold NUL characters or lone surrogates."),
        (apollo(), "m.json: There is no document in it."),
        (apollo(format="other"), "m.json: `format` is 'other'."),
        (apollo(format=3), "m.json: `format` is 3."),
        (apollo(version=2), "m.json: `version` must be 1."),
        (apollo(operations={}), "m.json: `operations` must be a list."),
        (apollo("x"), "m.json: operations[0]: It must be an object"),
        (apollo(an_operation(), an_operation(id=2)), "m.json: operations[1] 'A': `id` must be text."),
        (apollo(an_operation(body=None)), "m.json: operations[0] 'A': `body` must be text."),
        (apollo({"id": "1"}), "m.json: operations[0]: `name` must be text."),
        (apollo(an_operation(type="fragment")), "m.json: operations[0] 'A': `type` is 'fragment'"),
        (apollo(an_operation(), an_operation(name="B")), "m.json: operations[1] 'B': operations[0] has the same id."),
        (apollo(an_operation(id=" ")), "m.json: operations[0] 'A': The id is empty."),
    ],
)
def test_a_hostile_manifest_is_refused_by_file_and_entry(content: bytes, said: str) -> None:
    with pytest.raises(ManifestWrong) as refused:
        entries_of("m.json", content)
    assert str(refused.value).startswith(said)
    assert len(str(refused.value)) < 500


def test_a_manifest_is_not_endless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifests, "LARGEST", 10)
    with pytest.raises(ManifestWrong, match=r"m\.json: A manifest has at most 10 bytes; this has"):
        entries_of("m.json", apollo(an_operation()))


def test_files_of_graphql_are_joined_with_the_fragments_that_they_spread() -> None:
    files = {
        "b/two.graphql": "query Two { company { ...Whole ...Whole } }\n",
        "a/one.graphql": "# as it stands\nquery One { modules { name } }",
        "fragments.gql": "fragment Whole on Company { name ...More } fragment Unused on Company { id }",
        "more/more.graphql": "fragment More on Company {\n  id ...Whole2\n}\nfragment Whole2 on Company { name }",
    }
    one, two = entries_of_files(files)
    assert (one.text, one.place) == (files["a/one.graphql"], "a/one.graphql")
    assert two.text == (
        "query Two { company { ...Whole ...Whole } }\n\nfragment Whole on Company { name ...More }\n\n"
        "fragment More on Company {\n  id ...Whole2\n}\n\nfragment Whole2 on Company { name }\n"
    )
    assert [each.document_id for each in (one, two)] == [f"sha256:{hash_of(each.text)}" for each in (one, two)]


def test_fragments_that_spread_each_other_are_joined_once() -> None:
    files = {
        "q.graphql": "query Q { company { ...A } }",
        "f.graphql": "fragment A on X { ...B } fragment B on X { ...A }",
    }
    [found] = entries_of_files(files)
    assert found.text.count("fragment A") == found.text.count("fragment B") == 1


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "There is no operation in these files."),
        ({"a.graphql": "fragment F on X { a }"}, "There is no operation in these files."),
        ({"a.graphql": "query A { a"}, "a.graphql, line 1: Syntax Error"),
        ({"a.graphql": "query A { a }\n}"}, "a.graphql, line 2: Syntax Error"),
        ({"a.graphql": "{" * 20_000}, "a.graphql"),
        ({"a.graphql": "query A { a }\0"}, "a.graphql: Text cannot hold NUL"),
        ({"a.graphql": "query A { a } query B { b }"}, "a.graphql: One operation in each file; this has 2."),
        ({"a.graphql": "query A { ...F }"}, "a.graphql: There is no fragment F in these files."),
        ({"a.graphql": "type A { a: Int }"}, "a.graphql: It may hold operations and fragments, and no object"),
        (
            {"a.graphql": "fragment F on X { a }", "b.graphql": "fragment F on X { b }"},
            "b.graphql: The fragment F is in a.graphql too.",
        ),
        ({"a.graphql": "{ a }", "b.graphql": "{ a }"}, "b.graphql: a.graphql has the same document."),
    ],
)
def test_a_hostile_folder_is_refused_by_file(files: dict[str, str], said: str) -> None:
    with pytest.raises(ManifestWrong) as refused:
        entries_of_files(files)
    assert str(refused.value).startswith(said)
