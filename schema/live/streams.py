"""Streams: subscriptions to which each event is a message, answered once for everybody who would be answered alike.

A stream takes the events that concern it from the hub, reads the log where the hub may have missed some, executes the
selection once per event, and gives the text to each of its seats. A seat that begins in the past reads the log by
itself until it has come as far as the stream, then takes what the stream gives, and knows the position of the last
event that it was given: nothing is left out, and nothing comes twice. A seat that does not take what it is given is
ended; whoever sat there can go on from the last cursor.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain, islice, repeat
from typing import Final
from uuid import uuid4

from graphql import GraphQLError
from sqlalchemy.exc import SQLAlchemyError

from db.history import events_after, last_position
from db.outbox import Event
from resolvers.context import Asking
from schema.answering import Answering, Asked, Message
from schema.execute.errors import shown
from schema.execute.request import Telling
from schema.execute.worked_out import Watch, seal_cursor
from schema.live.told import TRY_AGAIN, Clock, Told, told_of
from subscriptions.followers import Collector
from subscriptions.hub import Hub

AWAY: Final = (SQLAlchemyError, OSError, TimeoutError)
MOST_WAITING: Final = 1_000
"""Messages that wait for one reader at most; one that has more is given no others."""

AT_ONCE: Final = 20
"""Events that are told together at most."""

SEATS: Final = 100
"""After so many seats others have their turn."""

Taker = Callable[[Told], bool]
"""Takes a message where it comes from, and says so; or leaves it to whoever reads."""


class TooSlow(Exception):
    """A reader does not take what it is given."""


class Stream:
    """One subscription to events, and everybody who has it."""

    def __init__(
        self, answering: Answering, hub: Hub, clock: Clock, asking: Asking, asked: Asked, watch: Watch
    ) -> None:
        self.seats: set[StreamSeat] = set()
        self.coming = 0
        self.position = 0
        self.watch = watch
        self._answering, self._hub, self._clock = answering, hub, clock
        self._asking, self._asked = asking, asked
        self._beginning = -1, Told()
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._working = asyncio.create_task(self._work())

    async def sit(self, asking: Asking, since: int | None) -> "StreamSeat":
        """Take a seat: from now on, or from a position that a cursor marked."""
        self._asking = asking
        await asyncio.shield(self._opened)
        seat = StreamSeat(self, since)
        self.seats.add(seat)
        return seat

    @property
    def is_over(self) -> bool:
        """Whether nothing is given here any more."""
        return self._working.done()

    def close(self) -> None:
        """Stop following."""
        self._working.cancel()

    async def _work(self) -> None:
        try:
            async with self._hub.collecting(self._asking.tenant.id, self.watch.matches) as collector:
                self.position = await self.last()
                self._opened.set_result(None)
                while True:
                    await collector.changed()
                    await self._take(collector)
        except Exception as error:  # noqa: BLE001 - whatever it is, its inside is not for the subscribers
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        if not self._opened.done():
            self._opened.set_exception(error)
        told = Told(errors=shown([GraphQLError(str(error), original_error=error)]), last=True)
        for seat in self.seats:
            seat.give([(self.position + 1, told)])

    async def _take(self, collector: Collector) -> None:
        taken = collector.take()
        await self._give(taken.events)
        self.position = max(self.position, taken.position if not taken.must_look else 0)
        if taken.must_look:
            await self._surely_look()

    async def _surely_look(self) -> None:
        """Look until it succeeds: while the database is away nothing can be told, and nothing is lost."""
        waits = chain(TRY_AGAIN, repeat(TRY_AGAIN[-1]))
        while True:
            try:
                return await self._look()
            except AWAY as error:
                shown([GraphQLError(str(error), original_error=error)])
                await asyncio.sleep(next(waits))

    async def _look(self) -> None:
        """Give what the log has beyond what was given."""
        while events := await self.page(self.position, await self.last()):
            await self._give([event for event in events if self.watch.matches(event)])
            self.position = max(self.position, events[-1].position)

    async def _give(self, events: Sequence[Event]) -> None:
        """Give some events: when many come at once, a few together, so that each reader is woken once for them."""
        news = [event for event in events if event.position > self.position]
        for start in range(0, len(news), AT_ONCE):
            some = news[start : start + AT_ONCE]
            told = await self.all_told(some) if self.seats else [Told() for _ in some]
            seats = len(self.seats)
            messages = [(event.position, each.shared(seats)) for event, each in zip(some, told, strict=True)]
            self.position = messages[-1][0]
            await self._hand_out(messages)

    async def _hand_out(self, messages: Sequence[tuple[int, Told]]) -> None:
        """Give messages to everybody who sits here; who comes meanwhile begins after them."""
        for number, seat in enumerate(tuple(self.seats), 1):
            if seat in self.seats:
                seat.give(messages)
            if not number % SEATS:
                await asyncio.sleep(0)

    async def all_told(self, events: Sequence[Event]) -> Sequence[Told]:
        """Answer with the messages of some events, all at once; those with which something is wrong, by themselves."""
        if len(events) == 1:
            return [await self.told(Telling(event), event.position) for event in events]
        messages = [Message(Telling(event), self._cursor(event.position)) for event in events]
        answers = await self._answering.answer_each(self._asking_now(), self._asked, messages)
        return [
            told_of(answered, message.cursor) if not answered.errors else await self.told(message.told, event.position)
            for event, message, answered in zip(events, messages, answers, strict=True)
        ]

    async def last(self) -> int:
        """Return the position of the tenant's newest event."""
        async with self._answering.database.reading(self._asking.tenant.placement) as session:
            return await last_position(session)

    async def page(self, position: int, until: int) -> Sequence[Event]:
        """Return the first events of the tenant after a position, up to another."""
        if position >= until:
            return []
        async with self._answering.database.reading(self._asking.tenant.placement) as session:
            return await events_after(session, position, until)

    async def beginning(self, position: int) -> Told:
        """Answer with the message that says from where on: the same for all who begin at one position."""
        known, told = self._beginning
        if known != position:
            told = await self.told(Telling(), position)
            if not (told.last or told.passing):
                self._beginning = position, told
        return told

    async def told(self, telling: Telling, position: int) -> Told:
        """Answer with one message; where it cannot be answered for the moment, later."""
        told, waits = await self._answer(telling, position), iter(TRY_AGAIN)
        while told.passing and (seconds := next(waits, None)):
            await asyncio.sleep(seconds)
            told = await self._answer(telling, position)
        return told

    async def _answer(self, telling: Telling, position: int) -> Told:
        cursor = self._cursor(position)
        answered = await self._answering.answer(self._asking_now(), self._asked, cursor=cursor, told=telling)
        return told_of(answered, cursor)

    def _asking_now(self) -> Asking:
        return replace(self._asking, now=self._clock(), request_id=uuid4().hex)

    def _cursor(self, position: int) -> str:
        return seal_cursor(self._answering.sealer, self._asking.tenant.id, position)


class StreamSeat:
    """One subscriber of a stream, and the position up to which they know everything.

    While they wait, and nothing waits for them, messages go to `taker` first.
    """

    def __init__(self, stream: Stream, since: int | None) -> None:
        self.taker: Taker | None = None
        self._stream, self._begins = stream, since is None
        self._known = stream.position if since is None else since
        self._is_live = since is None
        self._waiting: deque[Told] = deque()
        self._past: deque[Event] = deque()
        self._answered: dict[int, Told] = {}
        self._some: asyncio.Future[None] | None = None
        self._is_slow = False

    def give(self, messages: Sequence[tuple[int, Told]]) -> None:
        """Give messages with their positions, but for what is known already or will be read in the log."""
        if not self._is_live or self._is_slow:
            return
        for position, told in messages:
            if position > self._known:
                self._known = position
                if not self._is_taken(told):
                    self._waiting.append(told)
        self._is_slow = len(self._waiting) > MOST_WAITING
        if self._waiting and self._some and not self._some.done():
            self._some.set_result(None)

    def _is_taken(self, told: Told) -> bool:
        """Offer a message to the taker, unless another has to be read before it."""
        is_waited_for = self._some is not None and not self._some.done() and not self._waiting
        return is_waited_for and self.taker is not None and self.taker(told)

    async def next(self) -> Told:
        """Wait for a message, and take it; one waits at a time."""
        if self._begins:
            self._begins = False
            return await self._stream.beginning(self._known)
        while not self._is_live:
            if told := await self._next_of_past():
                return told
        while not self._waiting:
            if self._is_slow:
                raise TooSlow
            self._some = asyncio.get_running_loop().create_future()
            await self._some
        return self._waiting.popleft()

    async def _next_of_past(self) -> Told | None:
        """Return the next message from the log; None when it has come as far as the stream, or has to look again."""
        if not self._past and (gap := await self._turn_page()):
            return gap
        while self._past:
            event = self._past.popleft()
            if missed := event.position - self._known - 1:
                self._past.appendleft(event)
                return await self._gap(missed, event.position - 1)
            self._known = event.position
            if self._stream.watch.matches(event):
                return await self._told(event)
        return None

    async def _told(self, event: Event) -> Told:
        """Answer with the message of an event; some that come after it are answered with it."""
        if event.position not in self._answered:
            later = filter(self._stream.watch.matches, self._past)
            events = [event, *islice(later, AT_ONCE - 1)]
            told = await self._stream.all_told(events)
            self._answered = {each.position: message for each, message in zip(events, told, strict=True)}
        return self._answered.pop(event.position)

    async def _turn_page(self) -> Told | None:
        """Read on in the log. What is behind the cursor may be gone, and so may the log that it came from."""
        until = self._stream.position
        if self._known > until and self._known > (until := await self._stream.last()):
            return await self._gap(1, until)
        self._past.extend(await self._stream.page(self._known, until))
        if not self._past and self._known < until:
            return await self._gap(until - self._known, until)
        self._is_live = not self._past and self._known >= self._stream.position
        return None

    async def _gap(self, missed: int, position: int) -> Told:
        self._known = position
        return await self._stream.told(Telling(missed=missed), position)
