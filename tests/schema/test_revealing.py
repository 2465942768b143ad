"""Who may not introspect is told nothing of the schema, neither by introspection nor by what a document has wrong."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from graphql import get_introspection_query

from cli.wiring import reveals_of
from schema.revealing import INTROSPECT, UNTOLD, Reveals
from settings import Environment, Introspection, Settings, load_settings
from tests.documents.builders import a_client, named, published
from tests.identity.builders import set_otherwise
from tests.world import Answer, CompanyWorld, Person, World

UNFIT = {"message": UNTOLD, "extensions": {"code": "BAD_USER_INPUT", "permission": INTROSPECT}}
SCHEMA = [
    get_introspection_query(),
    '{ __type(name: "Flow") { name } }',
    "{ company { name } __schema { queryType { name } } }",
    "{ ...F } fragment F on Query { s: __schema { queryType { name } } }",
    "{ nothing __schema { nothing } }",
    "query($no: Boolean = false) { __schema @include(if: $no) { queryType { name } } }",
]
WRONG = {
    "no such field": "{ compny { name } }",
    "sixty guesses": "{ company { " + " ".join(f"name{i}" for i in range(60)) + " } }",
    "a selection is missing": "{ company }",
    "a selection too many": "{ company { name { lol } } }",
    "no such argument": "{ company(x: 7) { name } }",
    "an argument is missing": "{ node { id } }",
    "no such type": "{ ... on Compny { name } }",
    "no such input field": "{ flows(where: { nam: 1 }) { totalCount } }",
    "another input": "{ flows(where: 1) { totalCount } }",
    "no such value of an enum": "{ flows(where: { status: { eq: NOTHING } }) { totalCount } }",
    "a value that is none": '{ flows(where: { createdAt: { eq: "x" } }) { totalCount } }',
    "no such type of a variable": "query($x: Nothing) { company { name } }",
    "no such directive": "{ company { name @nothing } }",
    "a subscription": "subscription { nothing }",
    "a mutation": "mutation { createFlow(input: {}) { flow { id } } }",
}
FILTERED = "query($where: FlowFilter) { flows(where: $where) { totalCount } }"


@pytest.fixture(scope="module")
async def elsewhere(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """The application where the schema is for those who are permitted."""
    async with set_otherwise(world, reveals=Reveals.TO_PERMITTED) as http:
        yield http


@pytest.fixture
async def viewer(company: CompanyWorld, elsewhere: httpx.AsyncClient) -> Person:
    return replace(await company.person("VIEWER"), http=elsewhere)


@pytest.fixture
async def developer(company: CompanyWorld, elsewhere: httpx.AsyncClient) -> Person:
    return replace(await company.person("DEVELOPER"), http=elsewhere)


@pytest.mark.parametrize("query", SCHEMA, ids=range(len(SCHEMA)))
async def test_introspection_is_for_those_who_may(
    company: CompanyWorld, viewer: Person, developer: Person, query: str
) -> None:
    refused = await viewer.ask(query)
    assert (refused.codes, refused.errors[0]["message"]) == (["FORBIDDEN"], f"This needs the permission {INTROSPECT}.")
    assert "data" not in refused.body
    stranger = replace(company.stranger(), http=viewer.http)
    assert (await stranger.ask(query)).codes == ["UNAUTHENTICATED"]
    assert "FORBIDDEN" not in (await developer.ask(query)).codes


async def test_it_is_so_for_a_document_that_was_answered_to_another_before(viewer: Person, developer: Person) -> None:
    query = "{ __schema { mutationType { name } } }"
    assert (await developer.ask(query)).data
    assert (await viewer.ask(query)).codes == ["FORBIDDEN"]
    assert (await viewer.ask("{ __typename }")).data == {"__typename": "Query"}


async def test_words_of_introspection_may_stand_in_a_text(viewer: Person) -> None:
    assert (await viewer.ask('{ node(id: "__schema __type") { __typename } }')).data == {"node": None}


async def over(person: Person, query: str, variables: dict[str, Any] | None, way: str) -> Answer:
    """Ask over one of the ways."""
    if way == "GET":
        headers = {"authorization": f"Bearer {person.token}"}
        response = await person.http.get("/graphql", params={"query": query}, headers=headers)
        return Answer(response, response.json())
    headers = {"x-workgraph-engine": "reference"} if way == "reference" else {}
    return await person.ask(query, variables, **headers)


@pytest.mark.parametrize("wrong", WRONG)
async def test_what_is_wrong_is_not_told(viewer: Person, developer: Person, wrong: str) -> None:
    way = "POST" if WRONG[wrong].startswith("mutation") else "GET"
    if not WRONG[wrong].startswith("subscription"):
        for each in ("POST", way, "reference"):
            assert (await over(viewer, WRONG[wrong], None, each)).body == {"errors": [UNFIT]}
    events = await stream(viewer, WRONG[wrong])
    assert "does not fit" in events or "do not fit" in events
    assert events.count('"message"') == 1
    assert "locations" not in events
    assert UNTOLD not in (await stream(developer, WRONG[wrong]))


async def stream(person: Person, query: str) -> str:
    """Ask for a stream of events, which ends at once where the document is wrong."""
    headers = {"authorization": f"Bearer {person.token}", "accept": "text/event-stream"}
    return (await person.http.post("/graphql", json={"query": query}, headers=headers)).text


@pytest.mark.parametrize(
    "where",
    [{"nam": 1}, {"name": 7}, 7, {"status": {"eq": "NOTHING"}}, {"createdAt": {"eq": "x"}, "nam": 1}, {"and": [None]}],
)
async def test_what_is_wrong_with_variables_is_not_told(viewer: Person, developer: Person, where: object) -> None:
    for engine in ("planned", "reference"):
        answer = await over(viewer, FILTERED, {"where": where}, engine)
        assert answer.body == {"errors": [UNFIT]}
    told = (await developer.ask(FILTERED, {"where": where})).errors[0]
    assert told["message"].startswith("Variable '$where' has invalid value")


async def test_a_value_that_is_none_is_told_where_all_else_is_right(viewer: Person) -> None:
    [told] = (await viewer.ask(FILTERED, {"where": {"createdAt": {"eq": "x"}}})).errors
    assert told["extensions"]["inputPath"] == ["where", "createdAt", "eq"]
    [missing] = (await viewer.ask("query($id: ID!) { node(id: $id) { id } }")).errors
    assert missing["message"].startswith("Variable '$id' has invalid value: Expected a value of non-null type 'ID!'")


async def test_the_text_itself_and_limits_are_told(viewer: Person) -> None:
    assert (await viewer.ask("{ company {")).errors[0]["message"].startswith("Syntax Error")
    [over] = (await viewer.ask("{ company { " + "name " * 1000 + "} }")).errors
    assert over["extensions"]["limit"] == "overlaps"


async def test_a_registered_document_tells_what_is_wrong_with_its_variables(
    company: CompanyWorld, viewer: Person
) -> None:
    owner = await company.person("OWNER")
    await published(owner, await a_client(owner), [FILTERED])
    body = {"documentId": named(FILTERED), "variables": {"where": {"nam": 1}}}
    headers = {"authorization": f"Bearer {viewer.token}"}
    [told] = (await viewer.http.post("/graphql", json=body, headers=headers)).json()["errors"]
    assert "not to include unknown field 'nam'" in told["message"]


@pytest.mark.parametrize("wrong", WRONG)
async def test_what_may_have_been_meant_is_told_nobody(developer: Person, wrong: str) -> None:
    assert "Did you mean" not in (await developer.ask(WRONG[wrong])).response.text


def test_production_reveals_it_to_the_permitted() -> None:
    assert reveals_of(Settings()) is Reveals.TO_EVERYONE
    assert reveals_of(load_settings(introspection="permitted")) is Reveals.TO_PERMITTED
    production = load_settings().model_copy(update={"environment": Environment.PRODUCTION})
    assert reveals_of(production) is Reveals.TO_PERMITTED
    assert reveals_of(production.model_copy(update={"introspection": Introspection.EVERYONE})) is Reveals.TO_EVERYONE
