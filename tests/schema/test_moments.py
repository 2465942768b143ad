"""An answer of several statements is of one moment: what is moved meanwhile is neither missed nor told twice."""

import asyncio

import pytest
from sqlalchemy import update

from db.models import Flow
from tests.schema.builders import put_flows
from tests.schema.statements import listening, reads
from tests.world import CompanyWorld, Person

BY_LEVELS = """query($a: ID!, $b: ID!) {
  a: flows(where: {id: {eq: $a}}) { pageInfo { endCursor } nodes { durationDays } }
  b: flows(where: {id: {eq: $b}}) { pageInfo { endCursor } nodes { durationDays } }
}"""
WITH_SESSION = """query($a: ID!, $b: ID!) {
  a: flows(where: {id: {eq: $a}}) { nodes { durationDays estimatedMinutes } }
  b: flows(where: {id: {eq: $b}}) { nodes { durationDays } }
}"""
IN_ONE = """query($a: ID!, $b: ID!) {
  a: flows(where: {id: {eq: $a}}) { nodes { durationDays } }
  b: flows(where: {id: {eq: $b}}) { nodes { durationDays } }
}"""
TOTAL = 60
TIMES = 60


@pytest.mark.parametrize(("query", "statements"), [(BY_LEVELS, 2), (WITH_SESSION, 3), (IN_ONE, 1)])
async def test_what_is_moved_between_two_rows_is_always_in_one_of_them(
    company: CompanyWorld, hr: Person, query: str, statements: int
) -> None:
    rows = await put_flows(company, 2)
    names = (await hr.ask("{ flows { nodes { id } } }")).data["flows"]["nodes"]
    variables = {"a": names[0]["id"], "b": names[1]["id"]}
    with listening(company.world, company) as seen:
        await hr.ask(query, variables)
    assert len(reads(seen)) == statements
    moving = asyncio.create_task(move_for_ever(company, [row["id"] for row in rows]))
    try:
        told = [await asked(hr, query, variables) for _ in range(TIMES)]
    finally:
        moving.cancel()
    assert {sum(each) for each in told} == {TOTAL}
    assert len({tuple(each) for each in told}) > 1, "nothing was moved meanwhile"


async def asked(hr: Person, query: str, variables: dict[str, str]) -> list[int]:
    data = (await hr.ask(query, variables)).data
    return [data[name]["nodes"][0]["durationDays"] for name in ("a", "b")]


async def move_for_ever(company: CompanyWorld, rows: list[object]) -> None:
    """Move days from one flow to the other, and back, each time in one transaction."""
    days = 30
    while True:
        days = 10 + (days + 7) % 40
        async with company.world.parts.database.transacting(company.tenant.placement) as session:
            for row, value in zip(rows, (days, TOTAL - days), strict=True):
                await session.execute(update(Flow).where(Flow.id == row).values(duration_days=value))
