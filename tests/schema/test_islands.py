"""Queries that one statement answers: PostgreSQL writes what the scalars write, and who may not read is told so."""

from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any

import orjson
import pytest
from sqlalchemy import Text, cast, update
from structlog.testing import capture_logs

from db.json_forms import WRITTEN
from db.models import Flow
from db.reads import LISTENERS, Sent
from resolvers.ids import encode
from schema.answering import Answering, Engine, asked_of
from schema.execute.planned import writing
from schema.execute.request import MOST_OBJECTS, Reading
from tests.schema.builders import put_flows
from tests.schema.statements import islands
from tests.schema.things import Things, put_random_things
from tests.world import CompanyWorld, Person

COLUMNS = (
    "id code name notes contact website quantity amount startsOn endsOn closedAt standing active settings ownerName "
    "createdAt updatedAt version other1Id"
)
EVERY_COLUMN = f"{{ thing0s(first: 30) {{ __typename totalCount nodes {{ __typename {COLUMNS} }} }} }}"
NESTED = f"""query($n: Int!, $word: String!) {{
  all: thing0s(first: $n, orderBy: [{{name: DESC}}]) {{
    nodes {{ {COLUMNS} other1 {{ {COLUMNS} other1 {{ id name }} }}
             again: other1 {{ id }}
             things1(first: 3, where: {{name: {{contains: $word}}}}) {{
               totalCount nodes {{ id code other1 {{ id }} }} }} }}
    more: nodes {{ id }}
    totalCount
  }}
  some: thing1s(first: 4, where: {{other1: {{quantity: {{gte: 2}}}}}}) {{ nodes {{ id quantity }} }}
}}"""


async def both(
    answering: Answering, person: Person, query: str, variables: dict[str, Any], *, most: int = MOST_OBJECTS
) -> tuple[Any, Any, list[str]]:
    """Ask both engines; return what each answers as JSON, and the statements of JSON that the planned one sent."""
    asked, sent = asked_of({"query": query, "variables": variables}), list[Sent]()

    async def answered(engine: Engine) -> Any:
        async with answering.database.reading(person.asking.tenant.placement) as session:
            reading = Reading(person.asking, session)
            found = await answering.answer_in(reading, asked, engine=engine, most=most)
        return orjson.loads(orjson.dumps(found.body()))

    LISTENERS.append(sent.append)
    try:
        planned = await answered(Engine.PLANNED)
    finally:
        LISTENERS.remove(sent.append)
    return planned, await answered(Engine.REFERENCE), islands(sent)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("query", [EVERY_COLUMN, NESTED])
async def test_what_postgresql_writes_is_what_the_scalars_write(
    things: Things, company: CompanyWorld, query: str, seed: int
) -> None:
    await put_random_things(company, things, Random(seed), 20)
    owner = await company.person("OWNER")
    planned, reference, whole = await both(things.answering, owner, query, {"n": 20, "word": "a"})
    assert planned == reference
    assert "errors" not in planned
    assert len(whole) == 1


async def test_text_is_told_as_it_is(company: CompanyWorld, hr: Person) -> None:
    name = 'A "quote", a \\ and a line\nend, ☃ 𝄞 \u2028 </script>'
    [flow] = await put_flows(company, 1)
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        await session.execute(update(Flow).where(Flow.id == flow["id"]).values(description=name))
    planned, reference, whole = await both(
        company.world.parts.answering(), hr, "{ flows { nodes { description } } }", {}
    )
    assert planned == reference == {"data": {"flows": {"nodes": [{"description": name}]}}}
    assert len(whole) == 1


def who_may_not_see_amounts(reader: Person) -> Person:
    return replace(
        reader, asking=reader.asking.by(replace(reader.asking.principal, permissions=frozenset({"company.read"})))
    )


async def test_what_is_hidden_is_a_null_and_named(things: Things, company: CompanyWorld) -> None:
    await put_random_things(company, things, Random(1), 3)
    allowed = who_may_not_see_amounts(await company.person("HR"))
    planned, reference, whole = await both(things.answering, allowed, "{ thing0s { nodes { id amount } } }", {})
    assert planned == reference
    assert [each["path"] for each in planned["extensions"]["hidden"]] == ["thing0s.nodes.amount"]
    assert [node["amount"] for node in planned["data"]["thing0s"]["nodes"]] == [None] * 3
    assert len(whole) == 1


HIDDEN = """{
  none: thing0s(where: {name: {eq: "nobody"}}) { nodes { amount } }
  some: thing1s { nodes { notes: amount settings other1 { amount } things2 { nodes { amount } } } }
  open: thing0s { nodes { amount: notes settings } }
}"""


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_hidden_is_named_where_there_is_an_object(
    things: Things, company: CompanyWorld, seed: int
) -> None:
    await put_random_things(company, things, Random(seed), 3)
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        said = {"notes": '"amount":  null', "settings": {"amount": None, "a": '"amount":  null'}}
        await session.execute(update(things.models[0]).values(**said))
    reader = await company.person("OWNER")
    planned, reference, whole = await both(things.answering, who_may_not_see_amounts(reader), HIDDEN, {})
    assert planned == reference
    named = {each["path"] for each in planned["extensions"]["hidden"]}
    assert "some.nodes.notes" in named
    assert not named & {"none.nodes.amount", "open.nodes.amount"}
    assert len(whole) == 1
    planned, _, whole = await both(things.answering, reader, HIDDEN, {})
    assert "extensions" not in planned
    assert len(whole) == 1


async def test_nobody_is_told_that_they_may_not(things: Things, company: CompanyWorld) -> None:
    planned, reference, whole = await both(things.answering, company.stranger(), "{ thing0s { nodes { id } } }", {})
    assert [each["extensions"]["code"] for each in planned["errors"]] == ["UNAUTHENTICATED"]
    assert planned == reference
    assert whole == []


@pytest.mark.parametrize(
    "given", ["last: 2", "first: 2, after: $cursor", "first: 201", "first: -1", "where: {name: {eq: null}}"]
)
async def test_pages_and_refusals_are_those_of_the_reference(company: CompanyWorld, hr: Person, given: str) -> None:
    await put_flows(company, 4)
    answering = company.world.parts.answering()
    cursor = (await hr.ask("{ flows(first: 1) { pageInfo { endCursor } } }")).data["flows"]["pageInfo"]["endCursor"]
    head, variables = ("query($cursor: String)", {"cursor": cursor}) if "$cursor" in given else ("query", {})
    planned, reference, _ = await both(
        answering, hr, f"{head} {{ flows({given}) {{ nodes {{ id }} totalCount }} }}", variables
    )
    assert planned == reference


COULD_BE_LARGE = "{ flows(first: 200) { nodes { name stages(first: 200) { nodes { name } } } } }"


async def test_an_answer_that_could_be_too_large_and_is_not_is_one_statement(company: CompanyWorld, hr: Person) -> None:
    await put_flows(company, 2, stages=2)
    planned, reference, whole = await both(company.world.parts.answering(), hr, COULD_BE_LARGE, {})
    assert planned == reference
    assert [len(flow["stages"]["nodes"]) for flow in planned["data"]["flows"]["nodes"]] == [2, 2]
    assert len(whole) == 1


@pytest.mark.parametrize("most", range(3, 12))
@pytest.mark.parametrize(
    "query",
    [
        COULD_BE_LARGE,
        f"{COULD_BE_LARGE[:-1]} again: stages(first: 200) {{ nodes {{ id }} }} }}",
        "query($id: ID!) { flow(id: $id) { a: stages(first: 6) { nodes { id } } b: stages { nodes { id } } } }",
    ],
)
async def test_what_is_too_large_is_refused_to_the_very_object(
    company: CompanyWorld, hr: Person, query: str, most: int
) -> None:
    flows = await put_flows(company, 2, stages=2)
    variables = {"id": encode("Flow", flows[0]["id"])} if "$id" in query else {}
    planned, reference, _ = await both(company.world.parts.answering(), hr, query, variables, most=most)
    is_too_large = most < {COULD_BE_LARGE: 6}.get(query, 4 if variables else 10)
    for answer in (planned, reference):
        codes = {each["extensions"]["code"] for each in answer.get("errors", ())}
        assert codes == ({"COST_EXCEEDED"} if is_too_large else set())
    assert is_too_large or planned == reference


async def test_braces_in_text_are_no_objects(company: CompanyWorld, hr: Person) -> None:
    """They make it look as if there were more objects than there are, which are counted by levels then."""
    flows = await put_flows(company, 2, stages=2)
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        await session.execute(update(Flow).where(Flow.id == flows[0]["id"]).values(name="{" * 100))
    planned, reference, whole = await both(company.world.parts.answering(), hr, COULD_BE_LARGE, {}, most=20)
    assert planned == reference
    assert "errors" not in planned
    assert len(whole) == 1


async def test_a_list_that_could_be_too_long_has_only_so_much_text(
    company: CompanyWorld, hr: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stops being written, and is read by levels."""
    await put_flows(company, 3, stages=2)
    monkeypatch.setattr(writing, "MOST_TEXT", 100)
    with capture_logs() as logs:
        planned, reference, whole = await both(company.world.parts.answering(), hr, f"{COULD_BE_LARGE} #", {})
    assert planned == reference
    assert len(planned["data"]["flows"]["nodes"]) == 3
    assert [str(each["exc_info"]) for each in logs] == ['invalid input syntax for type integer: "too long: 152"']
    assert len(whole) == 1


@pytest.mark.parametrize(
    "query",
    [
        "{ flows { nodes { a: stages { __typename } b: stages { __typename } } } }",
        "{ flows { nodes { a: stages { __typename } b: stages { totalCount } c: stages { __typename } } } }",
        "{ flows { nodes { a: stages { totalCount } b: stages { nodes { id } } c: stages { totalCount } } } }",
    ],
)
async def test_what_is_beside_a_total_and_is_none_is_written_by_itself(
    company: CompanyWorld, hr: Person, query: str
) -> None:
    await put_flows(company, 2, stages=3)
    with capture_logs() as logs:
        planned, reference, whole = await both(company.world.parts.answering(), hr, query, {})
    assert planned == reference
    assert (len(whole), logs) == (1, [])


async def test_totals_beside_each_other_are_counted_in_one_read(company: CompanyWorld, hr: Person) -> None:
    await put_flows(company, 3, stages=4)
    query = """{ flows { nodes {
      all: stages { totalCount }
      first: stages(where: {position: {lt: $n}}) { __typename many: totalCount again: totalCount }
      name
      later: stages(where: {position: {gte: 1}, name: {ne: "x"}}) { totalCount }
      none: stages(where: {position: {lt: 0}}) { totalCount }
    } } }""".replace("{ flows", "query($n: Int) { flows", 1)
    planned, reference, [island] = await both(company.world.parts.answering(), hr, query, {"n": 1})
    assert planned == reference
    [flow, *_] = planned["data"]["flows"]["nodes"]
    assert {name: flow[name] for name in ("all", "first", "later", "none")} == {
        "all": {"totalCount": 4},
        "first": {"__typename": "StageConnection", "many": 1, "again": 1},
        "later": {"totalCount": 3},
        "none": {"totalCount": 0},
    }
    assert island.count(".stages AS") == 2


async def test_a_statement_that_fails_is_read_again_by_levels(
    company: CompanyWorld, hr: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is told where it arose, which one statement cannot say."""
    await put_flows(company, 2)
    monkeypatch.setitem(WRITTEN, datetime, lambda value: [cast(value.op("/")(0), Text())])
    query = "{ flows { nodes { id createdAt version } } }"
    planned, reference, whole = await both(company.world.parts.answering(), hr, query, {})
    assert planned == reference
    assert len(planned["data"]["flows"]["nodes"]) == 2
    assert len(whole) == 1
