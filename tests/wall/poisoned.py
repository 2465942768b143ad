"""A server whose every connection was left with another company's tenant and schema set for the session."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any

import httpx
from sqlalchemy import event

from app import Parts, connected, make_app
from tests.wall.foreign import PLAINLY, foreign_ids
from tests.wall.parties import Party, looked_at
from tests.wall.reading import answers, every_question
from tests.wall.slots import Slot
from tests.wall.tally import Tally
from tests.wall.traffic import mixed_reads, mixed_writes
from tests.world import World

POOL_SIZE = 3


@dataclass(frozen=True)
class Poisoned:
    """The server, and with whose settings its connections were made."""

    http: httpx.AsyncClient
    parts: Parts
    by: Sequence[Party]

    async def holds(self) -> Tally:
        """Check that the connections still are as they were left, so that the trial meant something."""
        tally = Tally()
        engine = self.parts.database.engine(self.by[0].company.tenant.placement)
        async with engine.connect() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            found = await raw.fetchrow("select current_setting('app.tenant_id'), current_schema()")
        placement = self.by[0].company.tenant.placement
        left = "select current_setting('app.tenant_id'), current_schema() where $1 <> ''"
        for row in (found, *await self.parts.database.pool(placement).one(placement.tenant_id, left)):
            tally.check(tuple(row) in {(str(each.tenant), each.schema) for each in self.by}, f"not poisoned: {row}")
        return tally


@asynccontextmanager
async def poisoned(world: World, by: Sequence[Party]) -> AsyncGenerator[Poisoned]:
    """Start a server with a small pool, whose connections are left with the settings of one company after the other."""
    wiring, turn = replace(world.wiring, pool_size=POOL_SIZE), cycle(by)
    async with connected(wiring) as parts:
        placement = by[0].company.tenant.placement

        def poison(connection: Any, _record: Any) -> None:
            connection.run_async(poison_plain)

        async def poison_plain(raw: Any) -> None:
            party = next(turn)
            await raw.execute(f"set app.tenant_id = '{party.tenant}'; set search_path = '{party.schema}'")

        event.listen(parts.database.engine(placement).sync_engine, "connect", poison)
        parts.database.pool(placement).greeters.append(poison_plain)
        transport = httpx.ASGITransport(app=make_app(wiring, parts))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            yield Poisoned(http, parts, by)


async def poisoned_reads(world: World, mine: Party, theirs: Party, *, of: int) -> Tally:
    """Ask everything on connections that were left with the other company's settings: the same answers as without."""
    tally, questions = Tally(), every_question(mine, theirs.mark, of=of)
    clean = await answers(mine.person, questions)
    async with poisoned(world, [theirs]) as server:
        for question, one, other in zip(
            questions, clean, await answers(mine.through(server.http).person, questions), strict=True
        ):
            tally.same(other, one, question)
            tally.check('"errors"' not in one, f"{question}: {one}")
        return tally.add(await server.holds())


async def poisoned_ids(world: World, mine: Party, theirs: Party, slots: Sequence[Slot]) -> Tally:
    """Try the other company's ids on connections that were left with the other company's settings."""
    async with poisoned(world, [theirs]) as server:
        tally = await foreign_ids(mine.through(server.http), theirs, slots, [PLAINLY])
        return tally.add(await server.holds())


async def poisoned_traffic(world: World, parties: Sequence[Party], *, of: int, writers: int) -> Tally:
    """Let all companies read and write at once on connections that were left with the settings of each in turn."""
    async with poisoned(world, parties) as server:
        here = await asyncio.gather(*(looked_at(party.through(server.http)) for party in parties))
        tally = await mixed_writes(here, writers=writers)
        tally.add(await mixed_reads(here, of=of))
        return tally.add(await server.holds())
