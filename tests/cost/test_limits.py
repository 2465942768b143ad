"""What asks for too much is refused by the name of the limit, with how much there may be and how much there was."""

from dataclasses import replace
from time import process_time

import pytest
from graphql import GraphQLError

from cli.servers import Addresses
from cli.wiring import bounds_of, budget_of, wired
from schema.answering import Unacceptable, asked_of
from schema.execute.bounds import Bounds, depth_of
from schema.execute.limits import parsed
from schema.execute.scanning import scanned
from schema.revealing import Reveals
from settings import Environment, Settings, load_settings
from tests.cost.builders import HIDDEN, REFUSED
from tests.identity.builders import set_otherwise
from tests.world import CompanyWorld, Person, World

SOON = 0.05
LIMITS = {
    "tokens": 15_000,
    "depth": 20,
    "aliases": 100,
    "aliasesTogether": 50,
    "directives": 100,
    "directivesTogether": 5,
    "rootFields": 50,
    "repeats": 20,
    "overlaps": 25_000,
    "errors": 20,
    "fragmentCycles": 0,
    "introspection": 2,
}


@pytest.mark.parametrize("hostile", REFUSED)
async def test_what_asks_for_too_much_is_refused_by_name(hr: Person, hostile: str) -> None:
    query, limit = REFUSED[hostile]
    answer = await hr.ask(query)
    assert "data" not in answer.body
    error = answer.errors[-1]
    told = error["extensions"]
    assert (told["code"], told["limit"], told["most"]) == ("BAD_USER_INPUT", limit, LIMITS[limit])
    assert told["found"] > told["most"]
    assert f"{told['found']:,}" in error["message"]


@pytest.mark.parametrize("hostile", REFUSED)
async def test_it_is_refused_soon(hr: Person, hostile: str) -> None:
    query, _ = REFUSED[hostile]
    await hr.ask("{ company { name } }")
    took = list[float]()
    for _ in range(3):
        begin = process_time()
        await hr.ask(query)
        took.append(process_time() - begin)
    assert min(took) < SOON


async def test_a_batch_is_refused_with_its_number(hr: Person) -> None:
    response = await hr.http.post("/graphql", json=[{"query": "{ __typename }"}] * 100)
    [error] = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (400, "BAD_USER_INPUT")
    assert error["message"] == "Batches are refused: a request has at most 1 operation; this has 100."


@pytest.mark.parametrize("hidden", HIDDEN)
async def test_who_may_not_introspect_is_told_by_code_alone(world: World, company: CompanyWorld, hidden: str) -> None:
    query, code = HIDDEN[hidden]
    async with set_otherwise(world, reveals=Reveals.TO_PERMITTED) as http:
        viewer = replace(await company.person("VIEWER"), http=http)
        took = list[float]()
        for _ in range(3):
            begin = process_time()
            answer = await viewer.ask(query)
            took.append(process_time() - begin)
            assert (answer.codes, answer.body.keys()) == ([code], {"errors"})
    assert min(took) < SOON


async def test_production_shows_no_graphiql(world: World) -> None:
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    assert (await world.http.get("/graphql", headers=browser)).headers["content-type"].startswith("text/html")
    production = load_settings().model_copy(update={"environment": Environment.PRODUCTION})
    wiring = wired(production, Addresses(world.wiring.database_url, world.wiring.redis_url))
    assert not wiring.shows_graphiql
    async with set_otherwise(world, shows_graphiql=wiring.shows_graphiql) as http:
        response = await http.get("/graphql", headers=browser)
        static = await http.get("/static/graphiql/graphiql.min.js")
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_USER_INPUT")
    assert static.status_code == 404


def test_variables_have_a_depth_and_a_size() -> None:
    query = {"query": "{ __typename }"}
    nested: object = 1
    for _ in range(59):
        nested = [nested]
    with pytest.raises(Unacceptable, match="nests at most 40 levels; this has 60"):
        asked_of({**query, "variables": {"deep": nested}})
    with pytest.raises(Unacceptable, match="at most 524,288 bytes; this has 600,008"):
        asked_of({**query, "variables": {"a": "x" * 600_000}})
    asked_of({**query, "variables": {"a": "x" * 500_000}})


def test_levels_are_counted() -> None:
    assert [depth_of(each) for each in (1, {}, {"a": 1}, {"a": [1]}, {"a": [{"b": 1}], "c": 2})] == [0, 0, 1, 2, 3]


@pytest.mark.parametrize(
    ("changed", "query", "limit"),
    [
        (Bounds(tokens=5), "{ company { name id } }", "tokens"),
        (Bounds(depth=1), "{ company { name } }", "depth"),
        (Bounds(aliases=1), "{ a: modules { b: name } }", "aliases"),
        (Bounds(aliases_together=1), "{ a: __typename b: __typename }", "aliasesTogether"),
        (Bounds(directives=1), "{ a @skip(if: true) b @skip(if: true) }", "directives"),
        (Bounds(directives_together=1), "query Q @a @b { a }", "directivesTogether"),
        (Bounds(directives_together=1), "query Q($v: Int @a @b) { a }", "directivesTogether"),
        (Bounds(root_fields=1), "{ a b }", "rootFields"),
        (Bounds(fields=2), "{ a { b c } }", "fields"),
        (Bounds(fields=3), "{ a { ...F } b { ...F } } fragment F on A { c }", "fields"),
        (Bounds(repeats=1), "{ a { b: x { y } c: x { y } } }", "repeats"),
        (Bounds(overlaps=2), "{ a a a }", "overlaps"),
    ],
)
def test_each_limit_can_be_set(changed: Bounds, query: str, limit: str) -> None:
    parsed(query)
    with pytest.raises(GraphQLError) as refused:
        parsed(query, changed)
    assert getattr(refused.value.original_error, "data", {})["limit"] == limit


@pytest.mark.parametrize(
    "text",
    [
        '{ a(b: "@@@@@@ {{{{ [[[[ ((((") }',
        '{ a(b: """ @@@@@@ " {{{{ \\""" (((( """) }',
        "{ a # @@@@@@ {{{{\n}",
        '{ a(b: "\\"@@@@@@{{{{") }',
    ],
)
def test_what_stands_in_texts_and_comments_is_none_of_it(text: str) -> None:
    assert scanned(text, Bounds(directives=1, depth=2, variable_depth=1)) is None


def test_tokens_are_counted_as_the_parser_does() -> None:
    text = 'query Q($a: [Int!] = [1, -2.5e3]) @d(x: "y", z: """b""") { ...F ... on T { a: b(c: {d: $a}) } } # end'
    number = next(each for each in range(100) if scanned(text, Bounds(tokens=each)) is None)
    with pytest.raises(GraphQLError, match="tokens"):
        parsed(text, Bounds(tokens=number - 1))


async def test_settings_reach_the_endpoint(world: World, hr: Person) -> None:
    async with set_otherwise(world, bounds=Bounds(aliases=1)) as http:
        answer = await replace(hr, http=http).ask("{ a: __typename b: __typename }")
    assert answer.errors[0]["message"] == "A document has at most 1 aliases; this has 2."


def test_bounds_and_budgets_are_those_of_the_settings() -> None:
    chosen = {f"most_{name}": value for value, name in enumerate(_names(), 7)}
    bounds = bounds_of(load_settings(**chosen))
    assert [getattr(bounds, name) for name in _names()] == list(range(7, 7 + len(_names())))
    given, usual = bounds_of(Settings()), Bounds()
    assert {name: getattr(given, name) for name in _names()} == {name: getattr(usual, name) for name in _names()}
    assert budget_of(load_settings(budget=0)) is None
    one = budget_of(load_settings(budget=5, budget_rate=3, company_budget=0))
    assert one is not None
    assert (one.client.size, one.client.rate, one.company) == (5, 3, None)


def _names() -> list[str]:
    return list(Bounds.__slots__)
