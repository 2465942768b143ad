"""`workgraph explain` says how a document is read, and what is wrong with one that is not."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import program

RUNNER = CliRunner()


def told(path: Path, query: str, *options: str) -> tuple[int, str]:
    path.write_text(query, "utf-8")
    result = RUNNER.invoke(program, ["explain", str(path), *options])
    return result.exit_code, result.output


def test_a_whole_query_in_one_statement(tmp_path: Path) -> None:
    status, text = told(tmp_path / "a.graphql", "{ flows(first: 2) { nodes { id name } } }")
    assert status == 0
    assert text.startswith("(all of it): one statement, whose JSON is the answer\n    with tenant as materialized")
    assert """'{"id":"Flow_' || """ in text


def test_each_step_with_its_sql(tmp_path: Path) -> None:
    query = "query($n: Int) { flows(first: $n) { pageInfo { endCursor } nodes { name stages { totalCount } } } }"
    status, text = told(tmp_path / "b.graphql", query, "--variables", '{"n": 3}')
    assert status == 0
    lines = [line for line in text.splitlines() if not line.startswith(" ")]
    assert lines[0] == "flows: rows, for all parents at once"
    assert "flows.nodes.name: column name" in lines
    assert "flows.nodes.stages: rows, for all parents at once" in lines
    assert text.count("SELECT") >= 2


def test_what_is_asked_of_functions(tmp_path: Path) -> None:
    status, text = told(tmp_path / "c.graphql", "{ modules { name } flows { nodes { estimatedMinutes } } }")
    assert status == 0
    assert "modules: resolver, for each parent" in text
    assert "flows.nodes.estimatedMinutes: batch function, for all parents at once" in text
    assert "flows: objects, for all parents at once" in text


def test_a_refused_argument_is_told_at_its_step(tmp_path: Path) -> None:
    status, text = told(tmp_path / "d.graphql", "{ flows(first: 201) { pageInfo { endCursor } } }")
    assert status == 0
    assert "flows: objects" not in text
    assert "refused: " in text
    assert "200" in text


@pytest.mark.parametrize(
    ("query", "options", "said"),
    [
        ("{ nonsense }", (), "Cannot query field 'nonsense'"),
        ("{ flows {", (), "Syntax Error"),
        ("query A { modules { name } } query B { modules { name } }", (), "operationName"),
        ("subscription { events { cursor } }", (), "A subscription is not planned"),
        ("query($id: ID!) { flow(id: $id) { id } }", (), "$id"),
        ("{ modules { name } }", ("--variables", "[]"), "must be a JSON object"),
        ("{ modules { name } }", ("--variables", "{"), "not JSON"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, query: str, options: tuple[str, ...], said: str) -> None:
    status, text = told(tmp_path / "e.graphql", query, *options)
    assert status != 0
    assert said in text
    assert "Traceback" not in text
