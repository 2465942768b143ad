"""Keeps what was fetched for a while: a bounded number of things, each fetched once at a time.

What is found to be outdated before its time can be fetched anew, but not more often than `AGAIN_AFTER` says, so that
whoever sends us rubbish does not make us hammer a provider.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

MOST_KEPT: Final = 500
AGAIN_AFTER: Final = 30.0
Value = TypeVar("Value")


@dataclass
class _Entry(Generic[Value]):
    """What is kept under one name: the value, until when it is fresh, and from when on it may be fetched anew."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    value: Value | None = None
    until: float = 0.0
    anew_from: float = 0.0


class Keeping(Generic[Value]):
    """Fetches by name, and keeps what was found for `fresh_for` seconds."""

    def __init__(
        self,
        fetch: Callable[[str], Awaitable[Value]],
        *,
        fresh_for: float,
        most: int = MOST_KEPT,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch, self._fresh_for, self._most, self._ticks = fetch, fresh_for, most, ticks
        self._entries: OrderedDict[str, _Entry[Value]] = OrderedDict()

    async def get(self, name: str) -> Value:
        """Return what is kept under a name, or fetch it."""
        entry = self._entry(name)
        async with entry.lock:
            if entry.value is None or self._ticks() >= entry.until:
                await self._fill(name, entry)
            assert entry.value is not None
            return entry.value

    async def anew(self, name: str, known: Value) -> Value:
        """Return something newer than what is known, where it may be fetched again by now."""
        entry = self._entry(name)
        async with entry.lock:
            if (entry.value is known or entry.value is None) and self._ticks() >= entry.anew_from:
                entry.anew_from = self._ticks() + AGAIN_AFTER
                await self._fill(name, entry)
            return entry.value or known

    async def fetched(self, name: str) -> Value:
        """Fetch, whatever is kept, and keep what was found."""
        entry = self._entry(name)
        async with entry.lock:
            await self._fill(name, entry)
            assert entry.value is not None
            return entry.value

    def _entry(self, name: str) -> _Entry[Value]:
        entry = self._entries.setdefault(name, _Entry[Value]())
        self._entries.move_to_end(name)
        while len(self._entries) > self._most:
            self._entries.popitem(last=False)
        return entry

    async def _fill(self, name: str, entry: _Entry[Value]) -> None:
        entry.value = await self._fetch(name)
        entry.until = self._ticks() + self._fresh_for
