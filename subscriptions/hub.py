"""The events of a process's own followers: one reader of the bus for all of them, whatever their number.

A follower is told that something of interest has happened, not what: state is read again, so that what happens while
one is busy counts as one, a slow follower costs two integers, and none stalls another. Positions have no gap; where one
shows, or the bus was away, everybody is told to look. Followers that nothing happens to cost no statement and no call.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final, TypeVar
from uuid import UUID

import structlog
from redis.exceptions import RedisError

from subscriptions.bus import BEGINNING, Bus, Place, Wake
from subscriptions.events import Event
from subscriptions.followers import Collector, Follower, Log, Matches

PAUSE: Final = 0.5
LOG: Final = structlog.get_logger("workgraph.bus")
NOBODY: Final = UUID(int=0)


def _nothing(_event: Event) -> bool:
    return False


Joined = TypeVar("Joined", bound=Follower)


class Hub:
    """Follows the bus for this process."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._logs: dict[UUID, Log] = {}
        self.is_away = False

    def position(self, tenant_id: UUID) -> int:
        """Return up to which position a followed tenant's events have been told here."""
        return self._logs[tenant_id].position

    @asynccontextmanager
    async def following(self, tenant_id: UUID, matches: Matches) -> AsyncGenerator[Follower]:
        """Follow a tenant's events for as long as the block lasts, from this moment on."""
        async with self._joined(tenant_id, Follower(matches)) as follower:
            yield follower

    @asynccontextmanager
    async def collecting(self, tenant_id: UUID, matches: Matches) -> AsyncGenerator[Collector]:
        """Collect a tenant's events for as long as the block lasts, from this moment on."""
        async with self._joined(tenant_id, Collector(matches)) as collector:
            yield collector

    @asynccontextmanager
    async def attending(self, tenant_id: UUID, *persons: UUID | None) -> AsyncGenerator[Follower]:
        """Follow what happens to some persons: to their own row, or to one that gives them a role. To nobody, nothing.

        Whoever else it happens to costs these followers nothing, whatever their number. An API key is one of them.
        """
        known = [each for each in persons if each is not None] or [NOBODY]
        async with self._joined(tenant_id, Follower(_nothing), known) as follower:
            yield follower

    @asynccontextmanager
    async def _joined(self, tenant_id: UUID, follower: Joined, persons: Sequence[UUID] = ()) -> AsyncGenerator[Joined]:
        log = await self._log_of(tenant_id)
        try:
            with log.joined(follower, persons):
                yield follower
        finally:
            if log.is_left and self._logs.get(tenant_id) is log:
                del self._logs[tenant_id]

    async def _log_of(self, tenant_id: UUID) -> Log:
        """Return a tenant's log; a new one begins with what is newest now. While the bus is away, it begins at 0."""
        if tenant_id not in self._logs:
            position = 0
            with suppress(RedisError, OSError):
                # Shielded, as in the one below: redis-py may swallow a cancellation.
                position = (await asyncio.shield(self._bus.last_positions([tenant_id])))[tenant_id]
            self._logs.setdefault(tenant_id, Log(position))
        return self._logs[tenant_id]

    async def happened_since(self, tenant_id: UUID, position: int, matches: Matches) -> bool:
        """Tell whether something of interest has happened after a position; yes, where that is not known any more."""
        return await asyncio.shield(self._happened_since(tenant_id, position, matches))

    async def _happened_since(self, tenant_id: UUID, position: int, matches: Matches) -> bool:
        try:
            oldest = await self._bus.oldest(tenant_id)
            if oldest is None or oldest > position + 1:
                return oldest is not None or position > 0
            newest = (await self._bus.last_positions([tenant_id]))[tenant_id]
            return newest < position or await self._any(tenant_id, position, matches)
        except (RedisError, OSError):
            return True

    async def _any(self, tenant_id: UUID, position: int, matches: Matches) -> bool:
        while events := await self._bus.after(tenant_id, position):
            if any(map(matches, events)):
                return True
            position = events[-1].position
        return False

    async def listen(self) -> None:
        """Tell followers what is new until cancelled, also when the bus was away meanwhile."""
        while True:
            try:
                await self._follow()
            except (RedisError, OSError) as error:
                self._lose(error)
            await asyncio.sleep(PAUSE)

    def _lose(self, error: Exception) -> None:
        if not self.is_away:
            LOG.warning("the bus is away; looking for it again", error=type(error).__name__)
            self.is_away = True
            self._wake_everybody()

    async def _follow(self) -> None:
        """Follow the wakes from now on; what was missed until now is looked for by everybody."""
        place = await self._bus.last_wake()
        if self._logs:
            await self._catch_up()
        self.is_away = False
        while True:
            place = await self._next(place)

    async def _catch_up(self) -> None:
        """Go on with each followed log from where the bus stands."""
        for tenant_id, position in (await self._bus.last_positions(list(self._logs))).items():
            if log := self._logs.get(tenant_id):
                log.begin_again(position)

    async def _next(self, place: Place) -> Place:
        """Read what wakes say that came after a place; return the place of the last of them.

        Whoever lags far behind may have lost some; and a bus that was emptied may count from the beginning again.
        """
        found = await self._bus.wakes(place)
        for wake in found.newest:
            await self._read(wake)
        begun_again = found.last == place and await self._bus.last_wake() < place
        if found.crowded or begun_again:
            await self._catch_up()
        return BEGINNING if begun_again else found.last

    async def _read(self, wake: Wake) -> None:
        """Tell the followers of one tenant what is new there. A log that has been begun anew is followed anew."""
        log = self._logs.get(wake.tenant_id)
        if log is not None and wake.position < log.position:
            log.begin_again(wake.position)
        while log is not None and log.position < wake.position:
            events = await self._bus.after(wake.tenant_id, log.position, wake.position)
            for event in events:
                log.tell(event)
            if not events:
                log.begin_again(wake.position)

    def _wake_everybody(self) -> None:
        for log in self._logs.values():
            log.begin_again(log.position)
