"""What is done to the servers meanwhile: kills in turn, and a transaction that stays open elsewhere in the cluster."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import cycle
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from db.session import async_url
from tests.proofs.ledger.places import Member, Place
from tests.proofs.ledger.trial import Trial

AWAY: Final = 1.0
"""Seconds that a killed process is gone before it is started again."""

BETWEEN: Final = 2.0
RELAY: Final = "whoever relays"
DISPATCHER: Final = "whoever dispatches"


async def kill_in_turn(trial: Trial, place: Place, seconds: float) -> None:
    """Kill one after the other with SIGKILL, and start each again, for so long, and until each has had its turn."""
    until = time.monotonic() + seconds
    turns = (*place.servers, place.worker, RELAY, DISPATCHER, place.valkey)
    for number, turn in enumerate(cycle(turns)):
        if time.monotonic() >= until and number >= len(turns):
            return
        member = await _whose_turn(place, turn)
        name = turn if isinstance(turn, str) else turn.name
        if member is not None:
            await member.kill()
            trial.kills[name] = trial.kills.get(name, 0) + 1
            await asyncio.sleep(AWAY)
            await member.start()
        await asyncio.sleep(BETWEEN)


async def _whose_turn(place: Place, turn: Member | str) -> Member | None:
    if isinstance(turn, Member):
        return turn
    return await (place.relaying() if turn == RELAY else place.dispatching())


@asynccontextmanager
async def a_transaction_open(place: Place) -> AsyncGenerator[None]:
    """Hold a transaction open that has written, in our database and in another one of the same cluster."""
    ours = place.postgres.database_url.rpartition("/")[2]
    other = async_url(place.postgres.superuser_url)
    engines = [create_async_engine(url) for url in (other, async_url(_in(place.postgres.superuser_url, ours)))]
    try:
        async with engines[0].connect() as there, engines[1].connect() as here:
            for connection in (there, here):
                await connection.execute(text("set transaction isolation level repeatable read"))
                await connection.execute(text("create table held_open (id integer)"))
                await connection.execute(text("select pg_current_xact_id(), count(*) from pg_class"))
            yield
            for connection in (there, here):
                await connection.rollback()
    finally:
        for engine in engines:
            await engine.dispose()


def _in(url: str, database: str) -> str:
    return f"{url.rpartition('/')[0]}/{database}"
