"""The documents that a check is given: whose they are, and which."""

import json
from pathlib import Path

import pytest

from cli.manifests import documents_at
from schema.documents.manifests import ManifestWrong

ONE, TWO = "query One { viewer { id } }", "query Two { company { name } }"


def test_whose_they_are_is_said_with_them(tmp_path: Path) -> None:
    file = tmp_path / "web.json"
    operations = [{"id": "a", "name": "One", "type": "query", "body": ONE}]
    file.write_text(json.dumps({"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations}))
    [found] = documents_at(f"portal@2.0.0={file}")
    assert (found.client, found.version, found.id, found.text, found.last_used) == ("portal", "2.0.0", "a", ONE, None)


def test_or_the_file_stands_for_it(tmp_path: Path) -> None:
    file = tmp_path / "persisted-documents.json"
    file.write_text(json.dumps({"a": ONE, "b": TWO}))
    found = list(documents_at(str(file)))
    assert [(each.client, each.version, each.id, each.text) for each in found] == [
        ("persisted-documents", "-", "a", ONE),
        ("persisted-documents", "-", "b", TWO),
    ]


def test_a_folder_is_read_as_it_is_published(tmp_path: Path) -> None:
    (tmp_path / "a.graphql").write_text(ONE)
    (tmp_path / "b.graphql").write_text(TWO)
    assert {each.text for each in documents_at(f"app={tmp_path}")} == {ONE, TWO}


@pytest.mark.parametrize("text", ["[1]", '{"a": 1}', "no JSON"])
def test_another_file_is_refused_by_its_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "other.json"
    file.write_text(text)
    with pytest.raises(ManifestWrong, match=r"other\.json"):
        list(documents_at(str(file)))


def test_so_is_one_that_is_not_there_and_a_folder_without_any(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.json", tmp_path):
        with pytest.raises(ManifestWrong):
            list(documents_at(str(path)))
