"""The events of a process's own followers: one reader of the bus for all of them, whatever their number.

A follower is told that something of interest has happened, not what: state is read again, so that what happens while
one is busy counts as one, a slow follower costs two integers, and none stalls another. Positions have no gap; where one
shows, or the bus was away, everybody is told to look. Followers that nothing happens to cost no statement and no call.
A collector is a follower who is given the events themselves; where it is told to look instead, it reads the log.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, TypeVar
from uuid import UUID

import structlog
from redis.exceptions import RedisError

from subscriptions.bus import BEGINNING, Bus, Place, Wake
from subscriptions.events import Event

PAUSE: Final = 0.5
MOST_COLLECTED: Final = 10_000
LOG: Final = structlog.get_logger("workgraph.bus")
Matches = Callable[[Event], bool]


@dataclass(eq=False)
class Follower:
    """Somebody who waits for events of one tenant that match; or for whoever calls `wake`."""

    matches: Matches
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Have the follower look."""
        self._woken.set()

    async def changed(self) -> None:
        """Wait until there is something to look at since the last time."""
        await self._woken.wait()
        self._woken.clear()

    def notice(self, event: Event) -> None:
        """Be woken by an event that matches."""
        if self.matches(event):
            self.wake()


@dataclass(frozen=True, slots=True)
class Collected:
    """What a collector has: events in order, or that it must read the log; and up to which position that is all."""

    events: Sequence[Event]
    position: int
    must_look: bool


@dataclass(eq=False)
class Collector(Follower):
    """A follower who takes each event that matches."""

    _events: list[Event] = field(default_factory=list[Event])
    _position: int = 0
    _must_look: bool = False

    def wake(self) -> None:
        """Have it read the log: events may be missing here."""
        self._must_look = True
        self._events.clear()
        super().wake()

    def notice(self, event: Event) -> None:
        """Keep an event that matches, unless the log is to be read in any case."""
        self._position = event.position
        if self._must_look or not self.matches(event):
            return
        self._events.append(event)
        if len(self._events) > MOST_COLLECTED:
            self.wake()
        else:
            self._woken.set()

    def take(self) -> Collected:
        """Take what there is."""
        taken = Collected(self._events, self._position, self._must_look)
        self._events, self._must_look = [], False
        return taken


@dataclass(eq=False)
class _Log:
    """One tenant's log as far as this process has read it, and who follows it."""

    position: int
    followers: set[Follower] = field(default_factory=set[Follower])

    def tell(self, event: Event) -> None:
        """Tell whom an event concerns; everybody, where events before it are missing."""
        missing = event.position > self.position + 1
        self.position = event.position
        for follower in self.followers:
            if missing:
                follower.wake()
            follower.notice(event)

    def begin_again(self, position: int) -> None:
        """Go on from another position, with everybody looking for themselves."""
        self.position = position
        for follower in self.followers:
            follower.wake()


Joined = TypeVar("Joined", bound=Follower)


class Hub:
    """Follows the bus for this process."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._logs: dict[UUID, _Log] = {}
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
    async def _joined(self, tenant_id: UUID, follower: Joined) -> AsyncGenerator[Joined]:
        log = await self._log_of(tenant_id)
        log.followers.add(follower)
        try:
            yield follower
        finally:
            log.followers.discard(follower)
            if not log.followers:
                self._logs.pop(tenant_id, None)

    async def _log_of(self, tenant_id: UUID) -> _Log:
        """Return a tenant's log; a new one begins with what is newest now. While the bus is away, it begins at 0."""
        if tenant_id not in self._logs:
            position = 0
            with suppress(RedisError, OSError):
                # Shielded, as in the one below: redis-py may swallow a cancellation.
                position = (await asyncio.shield(self._bus.last_positions([tenant_id])))[tenant_id]
            self._logs.setdefault(tenant_id, _Log(position))
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
        """Tell followers what is new until cancelled, whatever happens to the bus meanwhile."""
        while True:
            try:
                await self._follow()
            except (RedisError, OSError) as error:
                self._lose(error)
            except Exception:
                LOG.exception("the bus cannot be read")
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
