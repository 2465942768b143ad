"""The number of statements is the same at 10, 1,000 and 100,000 rows."""

import pytest
from sqlalchemy import text

from tests.schema.statements import listening, reads
from tests.world import CompanyWorld, Person

MANY = """insert into pool.onboarding_flows
    (tenant_id, id, name, duration_days, status, revision, audience, language, reminder_after_days, created_at,
     updated_at, version)
select :tenant, uuidv7(), 'Flow ' || place, 30, 'draft', 0, 'employee', 'en', '{}', now(), now(), 1
from generate_series(1, :number) place"""
QUERIES = {
    "{ flows(first: 20) { totalCount nodes { id stages(first: 5) { totalCount nodes { id } } } } }": 1,
    "{ flows(first: 20) { totalCount pageInfo { endCursor hasNextPage } nodes { id stages { nodes { id } } } } }": 3,
    "{ flows(first: 20) { nodes { id estimatedMinutes } } }": 2,
    '{ flows(first: 20, orderBy: [{name: DESC}], where: {name: {contains: "7"}}) { edges { cursor node { id } } } }': 1,
    "{ flows { aggregate { count max { durationDays } } groups(by: [{status: EACH}]) { count } } }": 2,
}


@pytest.mark.parametrize("number", [10, 1_000, 100_000])
async def test_statements_do_not_follow_the_rows(company: CompanyWorld, hr: Person, number: int) -> None:
    await hr.do("createFlow", {"name": "First", "durationDays": 30})
    async with company.world.owner.begin() as connection:
        await connection.execute(text("select set_config('app.tenant_id', :t, true)"), {"t": str(company.tenant.id)})
        await connection.execute(text(MANY), {"tenant": company.tenant.id, "number": number - 1})
    for query, expected in QUERIES.items():
        with listening(company.world, company) as seen:
            answer = await hr.ask(query)
        assert answer.errors == []
        assert len(reads(seen)) == expected, (query, seen)
    assert (await hr.ask("{ flows { totalCount } }")).data == {"flows": {"totalCount": number}}
