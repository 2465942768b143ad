"""Tells the relay, wherever it runs, that something was committed here, so that it need not keep looking.

Commits that follow each other closely are told together. Nothing depends on it: a lost poke costs half a second.
"""

import asyncio

from db.tenancy import Placement
from subscriptions.bus import Bus


class Poking:
    """Call it with each placement in which something was committed; it returns at once."""

    def __init__(self) -> None:
        self._schemas: set[str] = set()
        self._some = asyncio.Event()

    def __call__(self, placement: Placement) -> None:
        """Note that something was committed."""
        self._schemas.add(placement.schema)
        self._some.set()

    async def run(self, bus: Bus) -> None:
        """Tell what was noted, until cancelled or the bus is away."""
        while True:
            await self._some.wait()
            self._some.clear()
            schemas, self._schemas = self._schemas, set()
            await bus.poke(schemas)
