"""What the tests of the audit chain share: a sequencer's hands, entries that are written, and a look at the chain."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from db.auditing import Auditing, HeldAuditing
from db.roles import DatabaseRole, url_as
from db.tenancy import set_tenant
from subscriptions.sequencer import Sequencer
from tests.world import CompanyWorld, Person, World

CHAIN = (
    "select c.position, c.id, c.prev_hash, c.hash, a.entity_version from {0}.audit_chain c "
    "left join {0}.audit_logs a on a.tenant_id = c.tenant_id and a.id = c.id "
    "where c.tenant_id = :tenant order by c.position"
)
WRITE = (
    "insert into pool.audit_logs (tenant_id, id, occurred_at, actor_type, action, operation, entity_type, entity_id, "
    "entity_version, old_values, new_values, request_id) values (:tenant, :id, now(), 'system', 'update', 'test', "
    "'Thing', :tenant, :number, '{\"n\": 1.50}', '{\"n\": 12345678901234567890}', 'test')"
)
VERIFY = (
    "query($until: Int) { verifyAudit(until: $until) "
    "{ isIntact checked waiting lastPosition lastHash firstBroken { position entryId why } } }"
)


@asynccontextmanager
async def auditing_of(world: World) -> AsyncGenerator[Auditing]:
    """The chains as the sequencer of another process has them."""
    wiring = world.wiring
    auditing = Auditing(
        url_as(wiring.database_url, DatabaseRole.SEQUENCER, prefix=wiring.role_prefix, master_key=wiring.master_key)
    )
    try:
        yield auditing
    finally:
        await auditing.close()


@asynccontextmanager
async def held(world: World) -> AsyncGenerator[HeldAuditing]:
    """Hold the chains as soon as nobody else does."""
    async with auditing_of(world) as auditing, asyncio.timeout(10):
        while True:
            async with auditing.held() as hands:
                if hands:
                    yield hands
                    return
            await asyncio.sleep(0.05)


@asynccontextmanager
async def sequencing(world: World, count: int = 1) -> AsyncGenerator[None]:
    """Some sequencers at once, each with a connection of its own."""
    stop = asyncio.Event()
    async with auditing_of(world) as one, auditing_of(world) as other:
        working = [asyncio.create_task(Sequencer(each).run(stop)) for each in (one, other)[:count]]
        try:
            yield
        finally:
            stop.set()
            await asyncio.gather(*working)


async def drain(world: World, most: int = 500) -> None:
    """Append everything that waits."""
    async with held(world) as hands:
        for schema in await hands.waiting(await hands.schemas()):
            while await hands.append(schema, most):
                pass


@asynccontextmanager
async def owning(company: CompanyWorld) -> AsyncGenerator[AsyncConnection]:
    """A transaction of the tables' owner in a company, for whom nothing is append-only."""
    tables = ("audit_logs", "audit_chain")
    async with company.world.owner.begin() as connection:
        await connection.execute(set_tenant(company.tenant.id))
        for table in tables:
            await connection.execute(text(f"alter table pool.{table} disable trigger append_only"))
        yield connection
        for table in tables:
            await connection.execute(text(f"alter table pool.{table} enable always trigger append_only"))


async def write(company: CompanyWorld, *numbers: int) -> None:
    """Write entries of a company, each in a transaction of its own."""
    for number in numbers:
        await company.rows(f"with w as ({WRITE} returning id) select id from w", id=uuid7(), number=number)


async def chain_of(company: CompanyWorld) -> Sequence[Any]:
    """The chain of a company, place by place."""
    return await company.rows(CHAIN.format(company.tenant.placement.schema))


async def all_placed(company: CompanyWorld, within: float = 10.0) -> Sequence[Any]:
    """Wait until nothing of a company waits, and return its chain."""
    schema = company.tenant.placement.schema
    async with asyncio.timeout(within):
        while await company.rows(f"select id from {schema}.audit_waiting where tenant_id = :tenant limit 1"):
            await asyncio.sleep(0.05)
    return await chain_of(company)


async def verified(person: Person, until: int | None = None) -> dict[str, Any]:
    """What somebody is told of the audit trail of their company."""
    return (await person.ask(VERIFY, {"until": until})).data["verifyAudit"]
