"""What schemathesis makes up is answered as the schema says, by no fault; `./workgraph prove fuzz` asks for more."""

from graphql import build_schema

from tests.clients.outside import SCHEMA
from tests.docs.test_api import a_flow, a_stage
from tests.fuzzing.conforming import wrong_with
from tests.fuzzing.generating import MODES, made
from tests.world import World


async def test_documents_that_are_made_up_are_answered_as_the_schema_says(world: World) -> None:
    company = await world.company()
    owner = await company.person("OWNER")
    await a_stage(owner, await a_flow(owner), "Welcome")
    schema, asked = world.parts.answering().schema.core, list(made(2, every=8))
    assert {each.mode for each in asked} == set(MODES)
    with_data = 0
    for each in asked:
        answer = await owner.ask(each.text)
        assert answer.response.status_code < 500, (each, answer.body)
        assert wrong_with(schema, each.text, answer.body) == [], (each, answer.body)
        with_data += "data" in answer.body
    assert with_data > len(asked) // 5


def test_what_does_not_fit_is_seen() -> None:
    schema = build_schema(SCHEMA.read_text("utf-8"))
    query = '{ company { name } node(id: "x") { __typename id ... on Flow { name } } }'
    right = {"company": {"name": "A"}, "node": {"__typename": "Flow", "id": "x", "name": "F"}}
    assert wrong_with(schema, query, {"data": right}) == []
    assert wrong_with(schema, query, {"data": {**right, "node": None}}) == []
    for changed in (
        {"company": {"name": None}},
        {"company": {"name": 1}},
        {"company": {}},
        {"company": {"name": "A", "id": "x"}},
        {"company": []},
        {"node": {"__typename": "Stage", "id": "x", "name": "F"}},
    ):
        assert wrong_with(schema, query, {"data": {**right, **changed}}), changed
    fault = {"message": "m", "extensions": {"code": "INTERNAL"}}
    for body in ([], {}, {"data": None}, {"errors": []}, {"errors": [fault]}, {"data": right, "more": 1}):
        assert wrong_with(schema, query, body), body
    assert wrong_with(schema, "{ nothing }", {"data": {}})
