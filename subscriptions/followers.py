"""Who follows a tenant's events in this process, and up to where the process has told them.

A follower is told that something of interest has happened; one who attends to a person costs nothing when something
happens to somebody else; a collector is given the events themselves, or told that it must read the log.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final, cast
from uuid import UUID

from subscriptions.events import Event

MOST_COLLECTED: Final = 10_000
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
class Log:
    """One tenant's log as far as this process has read it, and who follows it."""

    position: int
    followers: set[Follower] = field(default_factory=set[Follower])
    of_persons: defaultdict[UUID, set[Follower]] = field(default_factory=lambda: defaultdict(set[Follower]))

    def tell(self, event: Event) -> None:
        """Tell whom an event concerns; everybody, where events before it are missing."""
        if event.position > self.position + 1:
            self._wake_everybody()
        self.position = event.position
        for follower in self.followers:
            follower.notice(event)
        for person in _persons_in(event):
            for follower in self.of_persons.get(person, ()):
                follower.wake()

    def begin_again(self, position: int) -> None:
        """Go on from another position, with everybody looking for themselves."""
        self.position = position
        self._wake_everybody()

    def _wake_everybody(self) -> None:
        for follower in chain(self.followers, *self.of_persons.values()):
            follower.wake()

    @contextmanager
    def joined(self, follower: Follower, persons: Sequence[UUID]) -> Generator[None]:
        """Have a follower told for as long as the block lasts: of what happens to some persons, or of everything."""
        for told in [self.of_persons[person] for person in persons] or [self.followers]:
            told.add(follower)
        try:
            yield
        finally:
            self.followers.discard(follower)
            for person in persons:
                self._leave(follower, person)

    def _leave(self, follower: Follower, person: UUID) -> None:
        self.of_persons[person].discard(follower)
        if not self.of_persons[person]:
            del self.of_persons[person]

    @property
    def is_left(self) -> bool:
        """Whether nobody follows it any more."""
        return not self.followers and not self.of_persons


def _persons_in(event: Event) -> Iterable[UUID]:
    """Name who an event may happen to: who it is about, or who is given something by it."""
    yield event.subject_id
    changed = event.data.get("changed")
    holder = cast("dict[str, Any]", changed).get("user_id") if isinstance(changed, dict) else None
    if isinstance(holder, str):
        with suppress(ValueError):
            yield UUID(holder)
