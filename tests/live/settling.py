"""Waits until the relay has brought to the bus what companies have done."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from subscriptions.bus import Bus
from tests.world import CompanyWorld, World

PATIENCE = 30


@asynccontextmanager
async def bus_of(world: World) -> AsyncGenerator[Bus]:
    """The bus, by a line of its own."""
    bus = Bus(world.wiring.redis_url, prefix=world.wiring.role_prefix)
    try:
        yield bus
    finally:
        await bus.close()


async def on_the_bus(bus: Bus, company: CompanyWorld) -> list[int]:
    """Return the positions of the events of a company that stand on the bus."""
    return [event.position for event in await bus.after(company.tenant.id, 0)]


async def placed(company: CompanyWorld) -> Sequence[int | None]:
    """Return the position of each event of a company, in the order in which they were written."""
    outbox = f"{company.tenant.placement.schema}.event_outbox"
    rows = await company.rows(f"select position from {outbox} where tenant_id = :tenant order by sequence")
    return [row.position for row in rows]


async def settled(bus: Bus, company: CompanyWorld) -> list[int]:
    """Wait until every event of a company has its place and its newest is on the bus; return what is there."""
    async with asyncio.timeout(PATIENCE):
        while True:
            positions, there = await placed(company), await on_the_bus(bus, company)
            if None not in positions and there[-1:] == list(positions[-1:]):
                return there
            await asyncio.sleep(0.05)
