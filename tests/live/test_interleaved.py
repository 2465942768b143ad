"""Three writers of one subject at once, and one who begins before and ends after them: all is told in its order."""

import asyncio
from uuid import UUID

from sqlalchemy import text

from app import now
from auth.principal import Principal
from db.models.onboarding import Flow
from resolvers.context import Asking, Context
from tests.live.client import client_of
from tests.live.test_events import a_draft, beginning, rename
from tests.onboarding.hires.builders import row_of
from tests.world import CompanyWorld

ROUNDS = 5
WRITERS = ("one", "two", "three")


async def renamed(company: CompanyWorld, flow: UUID, name: str) -> None:
    """Change a flow in a transaction that gives the others time to come before its end."""
    asking = Asking(Principal("system", tenant_id=company.tenant.id), company.tenant, company.keyring, now(), "test")
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        context = Context(asking, session, "test")
        locked = await context.one(Flow, flow)
        locked.name = name
        await context.flush()
        await asyncio.sleep(0.01)


async def test_three_interleaved_writers_of_one_subject_are_told_in_the_order_of_their_commits(
    address: str, company: CompanyWorld
) -> None:
    hr = await company.person("HR")
    flow, other = await a_draft(hr), await a_draft(hr, "Another")
    names = [[f"{name} {number}" for number in range(ROUNDS)] for name in WRITERS]
    asking = Asking(Principal("system", tenant_id=company.tenant.id), company.tenant, company.keyring, now(), "test")
    database, told = company.world.parts.database, list[tuple[int, str]]()

    async def write(mine: list[str]) -> None:
        for name in mine:
            await renamed(company, row_of(flow), name)

    async with client_of(address, hr) as client:
        await beginning(client, types=["onboarding.flow.updated"])
        async with database.transacting(company.tenant.placement) as session:
            late = Context(asking, session, "test")
            (await late.one(Flow, row_of(other))).name = "Written first, committed last"
            await late.flush()
            await asyncio.gather(*map(write, names))
            for _ in range(ROUNDS * len(WRITERS)):
                event = (await client.next())["event"]
                told.append((event["subject"]["version"], event["data"]["changed"]["name"]))
        assert (await client.next())["event"]["data"]["changed"]["name"] == "Written first, committed last"
    assert [version for version, _ in told] == list(range(2, 2 + len(told)))
    for mine in names:
        assert [name for _, name in told if name in mine] == mine
    rows = await company.rows("select position from pool.event_outbox where tenant_id = :tenant order by position")
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))


async def test_a_transaction_that_is_open_elsewhere_holds_no_event_up(address: str, company: CompanyWorld) -> None:
    """A horizon of transactions would wait for the oldest of the cluster."""
    hr = await company.person("HR")
    flow = await a_draft(hr)
    async with company.world.owner.begin() as connection, client_of(address, hr) as client:
        await connection.execute(text("select pg_current_xact_id()"))
        await beginning(client, types=["onboarding.flow.updated"])
        await rename(hr, flow, "Told at once")
        assert (await client.next(within=3))["event"]["data"]["changed"]["name"] == "Told at once"
