"""Documents made to hurt: each is refused, soon, and is nobody's fault but its sender's."""

from time import process_time

import pytest

from tests.schema.test_reads import a_flow
from tests.world import Person, World

STAGES = "stages { nodes { flow { "
HOSTILE = {
    "one level too deep": "{ flows { nodes { " + STAGES * 6 + "id" + " } } }" * 6 + " } } }",
    "too deep by fragments": "{ flows { nodes { ...F0 } } } "
    + " ".join(f"fragment F{i} on Flow {{ {STAGES} ...F{i + 1} }} }} }} }}" for i in range(8))
    + " fragment F8 on Flow { id }",
    "too deep by inline fragments": "{ flows { nodes { " + "... on Flow { " * 500 + "id" + " }" * 500 + " } } }",
    "as deep as the stack": "{ a " * 4000 + "}" * 4000,
    "lists as deep as the stack": "{ node(id: " + "[" * 9000 + "]" * 9000 + ") { id } }",
    "types as deep as the stack": "query($a: " + "[" * 9000 + "ID" + "]" * 9000 + ") { modules { name } }",
    "a fragment in itself": "{ flows { nodes { ...F } } } fragment F on Flow { ...F }",
    "fragments in a circle": "{ flows { nodes { ...A } } } fragment A on Flow { ...B } fragment B on Flow { ...A }",
    "a circle through fields": "{ flows { nodes { ...A } } } fragment A on Flow { stages { nodes { flow { ...A } } } }",
    "a circle that nobody uses": "{ modules { name } } fragment A on Flow { ...A }",
    "too many tokens": "{ modules { " + "name " * 15_000 + "} }",
    "too many root fields": "{ " + " ".join(f"a{i}: modules {{ name }}" for i in range(51)) + " }",
    "too many root fields by fragments": "{ "
    + " ".join(f"...F{i}" for i in range(6))
    + " } "
    + " ".join(
        f"fragment F{i} on Query {{ " + " ".join(f"a{i}x{j}: modules {{ name }}" for j in range(10)) + " }"
        for i in range(6)
    ),
    "pairs of equal fields": "{ flows { nodes { " + "x: stages { nodes { id } } " * 1300 + "} } }",
    "pairs of other fields": "{ flows { nodes { "
    + " ".join(f"x: stages(first: {i}) {{ nodes {{ id }} }}" for i in range(900))
    + "} } }",
    "pairs of fragments": "{ flows { nodes { "
    + " ".join(f"...F{i}" for i in range(700))
    + " } } } "
    + " ".join(f"fragment F{i} on Flow {{ x: stages {{ nodes {{ id }} }} }}" for i in range(700)),
    "pairs within pairs": "{ flows { nodes { "
    + ("x: stages { nodes { flow { " * 3 + "id" + " } } }" * 3) * 300
    + " } } }",
    "unknown fields": "{ flows { nodes { " + " ".join(f"stage{i}" for i in range(7000)) + " } } }",
    "variables": "query(" + " ".join(f"$v{i}: ID" for i in range(3000)) + ") { modules { name } }",
    "directives": "{ modules { name " + "@skip(if: true) " * 1500 + "} }",
    "a string that does not end": '{ node(id: "' + "\\" * 100_001,
    "a comment": "#" * 1_000_000,
    "one field under many names": "{ flows { nodes { "
    + " ".join(f"a{i}: stages(first: {i}) {{ totalCount }}" for i in range(21))
    + " } } }",
    "the schema many times": "{ __schema { types { "
    + " ".join(f"a{i}: fields {{ name type {{ name }} }}" for i in range(300))
    + " } } }",
    "fragments that multiply": "{ flows { nodes { ...F0 } } } "
    + " ".join(
        f"fragment F{i} on Flow {{ "
        + " ".join(f"a{j}: stages {{ nodes {{ flow {{ ...F{i + 1} }} }} }}" for j in range(8))
        + " }"
        for i in range(5)
    )
    + " fragment F5 on Flow { id }",
    "NUL": "{ modules { na\0me } }",
}


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_a_hostile_document_is_refused_soon(world: World, hr: Person, hostile: str) -> None:
    begin = process_time()
    answer = await hr.ask(HOSTILE[hostile])
    assert process_time() - begin < 1.5
    assert set(answer.codes) == {"BAD_USER_INPUT"}
    assert "data" not in answer.body
    assert len(answer.response.content) < 100_000


@pytest.mark.parametrize("depth", [41, 200, 900])
async def test_variables_have_a_depth(hr: Person, depth: int) -> None:
    nested = "[" * depth + "]" * depth
    content = (
        '{"query": "query($w: FlowFilter) { flows(where: $w) { totalCount } }", "variables": {"w": ' + nested + "}}"
    )
    response = await hr.http.post("/graphql", content=content, headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}


async def test_the_deepest_document_is_answered(hr: Person) -> None:
    deep = "{ flows { nodes { " + STAGES * 5 + "stages { nodes { id } }" + " } } }" * 5 + " } } }"
    assert (await hr.ask(deep)).errors == []


async def test_fifty_root_fields_are_answered(hr: Person) -> None:
    answer = await hr.ask("{ " + " ".join(f"a{i}: flows {{ totalCount }}" for i in range(50)) + " }")
    assert len(answer.data) == 50


async def test_one_field_may_be_asked_for_often(hr: Person) -> None:
    answer = await hr.ask("{ company { " + "name " * 200 + " } }")
    assert list(answer.data["company"]) == ["name"]


async def test_fragments_that_spread_one_another_are_answered(hr: Person) -> None:
    fragments = " ".join(f"fragment F{i} on Company {{ name ...F{i + 1} ...F{i + 2} }}" for i in range(40))
    ends = " fragment F40 on Company { id } fragment F41 on Company { timezone }"
    answer = await hr.ask("{ company { ...F0 } } " + fragments + ends)
    assert answer.data["company"].keys() == {"name", "id", "timezone"}


async def test_introspection_is_answered(hr: Person) -> None:
    nested = "name kind ofType { " * 9 + "name" + " }" * 9
    answer = await hr.ask(f"{{ __schema {{ types {{ fields {{ args {{ type {{ {nested} }} }} }} }} }} }}")
    assert answer.errors == []


async def test_names_that_were_meant_are_not_looked_for(hr: Person) -> None:
    where = {f"nam{number}": 1 for number in range(4800)}
    begin = process_time()
    answer = await hr.ask("query($where: FlowFilter) { flows(where: $where) { totalCount } }", {"where": where})
    assert process_time() - begin < 1.5
    assert set(answer.codes) == {"BAD_USER_INPUT"}
    assert "Did you mean" not in answer.response.text


async def test_lists_in_lists_do_not_multiply_for_ever(hr: Person) -> None:
    flow = await a_flow(hr, "Wide", stages=30)
    bounce = "stages { nodes { flow { " * 4 + "id" + " } } }" * 4
    answer = await hr.ask(f"query($id: ID!) {{ flow(id: $id) {{ {bounce} }} }}", {"id": flow})
    assert set(answer.codes) == {"COST_EXCEEDED"}
    assert answer.errors[0]["extensions"]["most"] == 20_000


async def test_of_the_mutations_without_a_sign_in_a_request_has_one(hr: Person) -> None:
    login = 'login(input: {email: "x@y.example", password: "nothing at all"}) { refusals { code } }'
    answer = await hr.ask(f"mutation {{ a: {login} b: {login} }}")
    assert answer.codes == ["BAD_USER_INPUT"]
