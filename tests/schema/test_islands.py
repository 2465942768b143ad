"""Queries that one statement answers: PostgreSQL writes what the scalars write, and who may not read is told so."""

from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any

import orjson
import pytest
from sqlalchemy import update

from db.json_forms import WRITTEN
from db.models import Flow
from db.reads import LISTENERS, Sent
from schema.answering import Answering, Engine, asked_of
from tests.schema.builders import put_flows
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


async def both(answering: Answering, person: Person, query: str, variables: dict[str, Any]) -> tuple[Any, Any, int]:
    """Ask both engines; return what each answers as JSON, and how many statements of JSON the planned one sent."""
    asked, sent = asked_of({"query": query, "variables": variables}), list[Sent]()
    LISTENERS.append(sent.append)
    try:
        planned = await answering.answer(person.asking, asked, engine=Engine.PLANNED)
    finally:
        LISTENERS.remove(sent.append)
    reference = await answering.answer(person.asking, asked, engine=Engine.REFERENCE)
    bodies = [orjson.loads(orjson.dumps(each.body())) for each in (planned, reference)]
    return bodies[0], bodies[1], sum("json_build_object" in each.text for each in sent)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("query", [EVERY_COLUMN, NESTED])
async def test_what_postgresql_writes_is_what_the_scalars_write(
    things: Things, company: CompanyWorld, query: str, seed: int
) -> None:
    await put_random_things(company, things, Random(seed), 20)
    owner = await company.person("OWNER")
    planned, reference, islands = await both(things.answering, owner, query, {"n": 20, "word": "a"})
    assert planned == reference
    assert "errors" not in planned
    assert islands == 1


async def test_text_is_told_as_it_is(company: CompanyWorld, hr: Person) -> None:
    name = 'A "quote", a \\ and a line\nend, ☃ 𝄞 \u2028 </script>'
    [flow] = await put_flows(company, 1)
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        await session.execute(update(Flow).where(Flow.id == flow["id"]).values(description=name))
    planned, reference, islands = await both(
        company.world.parts.answering(), hr, "{ flows { nodes { description } } }", {}
    )
    assert planned == reference == {"data": {"flows": {"nodes": [{"description": name}]}}}
    assert islands == 1


async def test_what_is_hidden_is_read_by_levels_and_named(things: Things, company: CompanyWorld) -> None:
    await put_random_things(company, things, Random(1), 3)
    reader = await company.person("HR")
    allowed = replace(
        reader, asking=reader.asking.by(replace(reader.asking.principal, permissions=frozenset({"company.read"})))
    )
    planned, reference, islands = await both(things.answering, allowed, "{ thing0s { nodes { id amount } } }", {})
    assert planned == reference
    assert [each["path"] for each in planned["extensions"]["hidden"]] == ["thing0s.nodes.amount"]
    assert [node["amount"] for node in planned["data"]["thing0s"]["nodes"]] == [None] * 3
    assert islands == 0


async def test_nobody_is_told_that_they_may_not(things: Things, company: CompanyWorld) -> None:
    planned, reference, islands = await both(things.answering, company.stranger(), "{ thing0s { nodes { id } } }", {})
    assert [each["extensions"]["code"] for each in planned["errors"]] == ["UNAUTHENTICATED"]
    assert planned == reference
    assert islands == 0


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


async def test_an_answer_that_could_be_too_large_is_read_by_levels(company: CompanyWorld, hr: Person) -> None:
    await put_flows(company, 2, stages=2, blocks=1)
    query = "{ flows(first: 200) { nodes { stages(first: 200) { nodes { id } } } } }"
    planned, reference, islands = await both(company.world.parts.answering(), hr, query, {})
    assert planned == reference
    assert islands == 0


async def test_a_statement_that_fails_is_read_again_by_levels(
    company: CompanyWorld, hr: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is told where it arose, which one statement cannot say."""
    await put_flows(company, 2)
    monkeypatch.setitem(WRITTEN, datetime, lambda value: value.op("/")(0))
    query = "{ flows { nodes { id createdAt version } } }"
    planned, reference, islands = await both(company.world.parts.answering(), hr, query, {})
    assert planned == reference
    assert len(planned["data"]["flows"]["nodes"]) == 2
    assert islands == 1
