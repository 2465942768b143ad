"""The relay: brings events from the outbox of one database to the bus.

Several may run; one works in a database at a time, for as long as it holds the lock, and another takes over when it is
gone. Each event gets its position in its tenant's log, and when that is certain, it is put on the bus under that
position. So a relay that dies in between leaves events that have a position and are not on the bus: the next one puts
them there before it goes on, and so does one that finds the bus emptied, which it notices by its mark being gone. What
is kept no longer it removes.
"""

import asyncio
import time
from contextlib import suppress
from datetime import timedelta
from typing import Final
from uuid import uuid4

import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from db.outbox import HeldOutbox, Outbox
from subscriptions.bus import Bus, Pokes
from subscriptions.ending import end
from subscriptions.persevering import persevere

LOG: Final = structlog.get_logger("workgraph.relay")
BATCH: Final = 500
CAUGHT_UP: Final = 100
"""Events of a tenant that are put on the bus again at most: who needs older ones reads them in the outbox."""

TENANTS: Final = 100
"""Tenants whose events are put on the bus again at once."""

IDLE: Final = 0.5
"""Seconds after which it looks for itself, whether somebody has poked or not."""

TRIMMED_EVERY: Final = 3600.0
"""Seconds between two looks for what is kept no longer."""

TRIMMED: Final = 500
PATIENCE: Final = 60.0
AWAY: Final = (SQLAlchemyError, RedisError, OSError, TimeoutError)


class Forgotten(Exception):
    """The bus has lost what it held."""


class Relay:
    """Relays the events of one database, which has a name."""

    def __init__(self, outbox: Outbox, bus: Bus, *, name: str, kept: timedelta) -> None:
        """Events older than `kept` are removed."""
        self._outbox, self._bus, self._name, self._kept = outbox, bus, name, kept
        self._mark = b""
        self._trimmed_at = -TRIMMED_EVERY

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until `stop` is set, or wait to take over from whoever does."""
        working = asyncio.create_task(persevere(self._work, away=AWAY, name="relay"))
        try:
            await stop.wait()
        finally:
            await end([working])

    async def _work(self) -> None:
        """Take the lock if nobody has it, and relay until something goes wrong."""
        async with self._outbox.held() as outbox:
            if outbox is None:
                return
            LOG.info("relaying", database=self._name)
            while True:
                with suppress(Forgotten):
                    await self._take_over(outbox)
                    await self._relay(outbox)

    async def _take_over(self, outbox: HeldOutbox) -> None:
        """Put on the bus what is missing there, and leave the mark.

        A bus without a mark has forgotten: what came since stands there alone, and nothing can be put before it.
        """
        has_forgotten = await self._bus.marked(self._name) is None
        for schema in await outbox.schemas():
            await self._refill(outbox, schema, anew=has_forgotten)
        self._mark = uuid4().bytes
        await self._bus.mark(self._name, self._mark)

    async def _refill(self, outbox: HeldOutbox, schema: str, *, anew: bool) -> None:
        """Bring each tenant's stream up to its log, in a few round trips for many tenants.

        One that is ahead of it tells of another log, and one that is far behind would keep a gap: both are begun anew,
        with the newest event alone. What is before that stands in the outbox, where a follower who misses it looks.
        """
        last = await outbox.last(schema)
        there = await self._bus.last_positions(list(last))
        begun = [each for each, end in last.items() if anew or not end - CAUGHT_UP <= there[each] <= end]
        known = {**there, **{each: last[each] - 1 for each in begun}}
        behind = [(each, position) for each, position in known.items() if position < last[each]]
        await self._bus.forget(begun)
        for start in range(0, len(behind), TENANTS):
            events = await outbox.after(schema, dict(behind[start : start + TENANTS]))
            await self._bus.put(events, relay=self._name)

    async def _relay(self, outbox: HeldOutbox) -> None:
        async with self._bus.pokes() as pokes:
            while True:
                async with asyncio.timeout(PATIENCE):
                    for schema in await outbox.waiting(await outbox.schemas()):
                        await self._drain(outbox, schema)
                    await self._expect_mark(await self._bus.marked(self._name))
                await self._trim_now_and_then(outbox)
                await self._while_poked(outbox, pokes)

    async def _while_poked(self, outbox: HeldOutbox, pokes: Pokes) -> None:
        """Go where somebody has written, until nobody does for a while; but look everywhere now and then."""
        until = time.monotonic() + IDLE
        while time.monotonic() < until and (schemas := await pokes.within(IDLE)):
            async with asyncio.timeout(PATIENCE):
                for schema in schemas:
                    await self._drain(outbox, schema)

    async def _trim_now_and_then(self, outbox: HeldOutbox) -> None:
        """Remove a batch of what is kept no longer; what is left then is looked for again at once."""
        if time.monotonic() < self._trimmed_at + TRIMMED_EVERY:
            return
        async with asyncio.timeout(PATIENCE):
            removed = sum([await outbox.trim(schema, self._kept, TRIMMED) for schema in await outbox.schemas()])
        if removed:
            LOG.info("old events removed", count=removed)
        else:
            self._trimmed_at = time.monotonic()

    async def _drain(self, outbox: HeldOutbox, schema: str) -> None:
        """Place what waits in a schema, and put it on the bus."""
        placed = BATCH
        while placed == BATCH:
            events = await outbox.place(schema, BATCH)
            placed = len(events)
            if events:
                await self._expect_mark(await self._bus.put(events, relay=self._name))

    async def _expect_mark(self, found: bytes | None) -> None:
        if found != self._mark:
            LOG.warning("the bus has lost what it held; it is filled again")
            raise Forgotten
