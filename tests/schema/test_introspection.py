"""Introspection: worked out once for each document, the same for everyone, and asked for under the same conditions."""

import asyncio
from typing import Any

import orjson
import pytest
from graphql import get_introspection_query

from schema.answering import asked_of
from schema.http.introspecting import Introspection, is_introspection
from tests.world import Answer, CompanyWorld, Person, World

WHOLE = get_introspection_query()
ONE = '{ __type(name: "Flow") { name fields { name } } }'


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The documents whose answers were worked out."""
    worked_out: list[str] = []
    work_out = Introspection._answered  # pyright: ignore[reportPrivateUsage]

    def counting(self: Introspection, asked: Any) -> bytes | None:
        worked_out.append(asked.query)
        return work_out(self, asked)

    monkeypatch.setattr(Introspection, "_answered", counting)
    return worked_out


def core_of(world: World) -> Any:
    return world.parts.answering().schema.core


async def executed(person: Person, query: str) -> Answer:
    """Ask for the same in a way that is not kept: what else is asked for is answered by the engine."""
    return await person.ask(query.replace("{", "{ modules { name } ", 1))


@pytest.mark.parametrize("query", [WHOLE, ONE, "{ __typename }", "{ a: __typename __schema { queryType { name } } }"])
async def test_what_is_kept_is_what_the_engine_says(hr: Person, query: str) -> None:
    first, second = [await hr.ask(query, None, **{"x-request-id": "the-same-id"}) for _ in range(2)]
    engine = await executed(hr, query)
    assert first.response.content == second.response.content
    assert first.response.headers == second.response.headers
    engine.data.pop("modules")
    assert first.data == engine.data
    assert list(first.data) == list(engine.data)


async def test_it_is_worked_out_once_for_all(
    company: CompanyWorld, other_company: CompanyWorld, counted: list[str]
) -> None:
    query = "{ __schema { types { name } } }"
    people = [await company.person(), company.stranger(), await other_company.person(), other_company.stranger()]
    answers = await asyncio.gather(*(each.ask(query) for each in people))
    assert len({each.response.content for each in answers}) == 1
    assert counted == [query]
    newer = await people[0].ask(query, accept="application/graphql-response+json")
    assert newer.response.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    assert newer.response.content == answers[0].response.content
    assert counted == [query]


async def test_who_is_turned_away_elsewhere_is_here(world: World, hr: Person) -> None:
    assert (await hr.ask(ONE)).data
    for headers, status in (
        ({"host": "nobody.example"}, 404),
        ({"authorization": "Bearer wrong"}, 401),
        ({"x-workgraph-tenant": "nobody"}, 404),
    ):
        response = await world.http.post("/graphql", json={"query": ONE}, headers=headers)
        assert (response.status_code, response.json().keys()) == (status, {"errors"})


@pytest.mark.parametrize(
    ("query", "variables", "name"),
    [
        ("{ __typename modules { name } }", None, None),
        ("{ ...F } fragment F on Query { __typename }", None, None),
        ("query($name: String!) { __type(name: $name) { name } }", {"name": "Flow"}, None),
        ("query($no: Boolean = false) { __typename @skip(if: $no) }", None, None),
        ("{ __typename }", {"x": 1}, None),
        ("mutation { __typename }", None, None),
        ("query A { __typename } query B { modules { name } }", None, "B"),
        ("{ __typename }" + " " * 10_000, None, None),
    ],
)
def test_what_is_not_kept(query: str, variables: dict[str, Any] | None, name: str | None) -> None:
    assert not is_introspection(asked_of({"query": query, "variables": variables, "operationName": name}))


async def test_errors_are_told_and_not_kept(hr: Person, counted: list[str]) -> None:
    for _ in range(2):
        wrong = await hr.ask("{ __schema { nothing } }", accept="application/graphql-response+json")
        assert (wrong.response.status_code, wrong.codes) == (400, ["BAD_USER_INPUT"])
    assert counted == []


async def test_operations_of_one_document_are_kept_apart(hr: Person) -> None:
    query = "query A { a: __typename } query B { b: __typename }"
    for name in "ABA":
        response = await hr.http.post("/graphql", json={"query": query, "operationName": name})
        assert response.json() == {"data": {name.lower(): "Query"}}


async def test_no_more_is_kept_than_fits(world: World, counted: list[str]) -> None:
    kept = Introspection(core_of(world), most_bytes=200)
    queries = [f"{{ {'x' * length}: __typename }}" for length in (20, 30, 300)]
    for query in [queries[0], queries[0], queries[1], queries[0], queries[2], queries[2], queries[0]]:
        body = await kept.answer(asked_of({"query": query}))
        assert body is not None
        assert orjson.loads(body)["data"]
    assert counted == [queries[0], queries[1], queries[2], queries[2], queries[0]]
