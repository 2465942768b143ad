"""How late the event loop is: what waits for its turn there waits in every request."""

import asyncio
from collections import deque
from typing import Final

EVERY: Final = 0.5
KEPT: Final = 30
"""Looks that are remembered: those of fifteen seconds."""


class Lag:
    """Looks twice a second how much later than planned the event loop comes to something."""

    def __init__(self) -> None:
        self._late: deque[float] = deque([0.0], maxlen=KEPT)

    async def run(self) -> None:
        """Look until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + EVERY
            await asyncio.sleep(EVERY)
            self._late.append(max(0.0, loop.time() - due))

    @property
    def last(self) -> float:
        """Seconds by which it was late just now."""
        return self._late[-1]

    @property
    def most(self) -> float:
        """Seconds by which it was late at most, of late."""
        return max(self._late)
