"""The sequencer: gives each entry of the audit trail its place in its company's chain, off the path of whoever writes.

Several may run; one works in a database at a time, for as long as it holds the lock, and another takes over when it is
gone. One that dies leaves whole batches behind: what it had begun is undone and still waits.
"""

import asyncio
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from db.auditing import Auditing, HeldAuditing
from subscriptions.ending import end
from subscriptions.persevering import persevere

LOG: Final = structlog.get_logger("workgraph.sequencer")
BATCH: Final = 500
IDLE: Final = 0.5
"""Seconds after which it looks again, when nothing waited."""

PATIENCE: Final = 60.0
AWAY: Final = (SQLAlchemyError, OSError, TimeoutError)


class Sequencer:
    """Appends to the audit chains of one database."""

    def __init__(self, auditing: Auditing) -> None:
        self._auditing = auditing

    async def run(self, stop: asyncio.Event) -> None:
        """Append until `stop` is set, or wait to take over from whoever does."""
        working = asyncio.create_task(persevere(self._work, away=AWAY, name="sequencer"))
        try:
            await stop.wait()
        finally:
            await end([working])

    async def _work(self) -> None:
        """Take the lock if nobody has it, and append until something goes wrong."""
        async with self._auditing.held() as auditing:
            if auditing is None:
                return
            LOG.info("appending to the audit chain")
            while True:
                async with asyncio.timeout(PATIENCE):
                    waiting = await auditing.waiting(await auditing.schemas())
                for schema in waiting:
                    await self._drain(auditing, schema)
                await asyncio.sleep(IDLE)

    async def _drain(self, auditing: HeldAuditing, schema: str) -> None:
        """Append what waits in a schema, batch by batch."""
        taken = BATCH
        while taken == BATCH:
            async with asyncio.timeout(PATIENCE):
                taken = await auditing.append(schema, BATCH)
