"""Rooms: subscriptions that would be answered alike are answered once, and the same text goes to all of them.

A room is for one tenant, document, operation, variables and set of permissions; where the answer depends on the person,
the person is part of that. It follows what concerns it, reads the state anew when something happens or somebody enters,
and gives each seat the newest answer: what a slow reader has not taken yet is replaced, so that a seat holds one answer
at most. An answer that says nothing new is not given again.
"""

import asyncio
from collections.abc import AsyncGenerator, Hashable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final
from uuid import uuid4

import orjson
import structlog
from graphql import GraphQLError

from resolvers.context import Asking
from schema.answering import Answered, Answering, Asked
from schema.execute.errors import shown
from schema.execute.following import Stream as Following
from schema.execute.worked_out import Watch, seal_cursor
from schema.live.streams import Stream, StreamSeat
from schema.live.told import TRY_AGAIN, Clock, Told, told_of
from schema.metrics import Meter
from subscriptions.followers import Follower
from subscriptions.hub import Hub

PLACE: Final = f"place-{uuid4().hex}"
"""Stands for the cursor until the answer has been compared with the one before; nobody outside knows it."""

LOG: Final = structlog.get_logger("workgraph.live")


class Seat:
    """One subscription in a room: the newest answer that it has not taken."""

    def __init__(self) -> None:
        self.waits_for_first = False
        self._told = Told()
        self._some = asyncio.Event()

    def give(self, told: Told) -> None:
        """Give the newest answer, in place of one that was not taken."""
        self._told = told
        self._some.set()

    async def next(self) -> Told:
        """Wait for an answer, and take it."""
        await self._some.wait()
        self._some.clear()
        return self._told


class Rooms:
    """The rooms of a process. A room is opened by the first who enters, and closed by the last who leaves."""

    def __init__(self, answering: Answering, hub: Hub, *, clock: Clock, meter: Meter | None = None) -> None:
        self.answering, self.hub, self.clock, self.meter = answering, hub, clock, meter or Meter()
        self._rooms: dict[Hashable, Room | Stream] = {}

    def __len__(self) -> int:
        return len(self._rooms)

    @property
    def taken(self) -> int:
        """How many seats are taken: subscriptions that are open."""
        return sum(len(room.seats) for room in self._rooms.values())

    @asynccontextmanager
    async def seat(self, asking: Asking, asked: Asked, watch: Watch) -> AsyncGenerator[Seat | StreamSeat]:
        """Take a seat in the room of a subscription for as long as the block lasts."""
        key = _key(asking, asked, watch)
        room = self._rooms.get(key)
        if room is None or room.is_over:
            room = self._rooms[key] = self._opened(asking, asked, watch)
        room.coming += 1
        seat = None
        try:
            seat = await room.sit(asking, watch.since)
            yield seat
        finally:
            room.coming -= 1
            if seat:
                room.seats.discard(seat)  # pyright: ignore[reportArgumentType] - it is one of the room's own
            if not room.coming and self._rooms.get(key) is room:
                del self._rooms[key]
                room.close()

    def _opened(self, asking: Asking, asked: Asked, watch: Watch) -> "Room | Stream":
        if isinstance(watch, Following):
            return Stream(self.answering, self.hub, self.clock, asking, asked, watch)
        return Room(self, asking, asked, watch)


def _key(asking: Asking, asked: Asked, watch: Watch) -> Hashable:
    """Name what the answer depends on. From where on a subscriber has seen it already is no part of that."""
    variables = {name: value for name, value in (asked.variables or {}).items() if name != watch.since_variable}
    who = asking.principal
    person = None if watch.alike and who.kind == "user" else (who.kind, who.id)
    written = orjson.dumps(variables, option=orjson.OPT_SORT_KEYS)
    return (asking.tenant.id, asked.query, asked.operation_name, written, who.may, person)


class Room:
    """One subscription, and everybody who has it."""

    def __init__(self, rooms: Rooms, asking: Asking, asked: Asked, watch: Watch) -> None:
        self.seats: set[Seat] = set()
        self.coming = 0
        self._rooms, self._asking, self._asked, self._watch = rooms, asking, asked, watch
        self._opened: asyncio.Future[Follower] = asyncio.get_running_loop().create_future()
        self._text = ""
        self._working = asyncio.create_task(self._work())

    async def sit(self, asking: Asking, since: int | None) -> Seat:
        """Take a seat, and be given the present state, unless it has been seen already."""
        self._asking = asking
        follower = await asyncio.shield(self._opened)
        seat = Seat()
        self.seats.add(seat)
        try:
            has_news = since is None or await self._happened_since(since)
        except BaseException:
            self.seats.discard(seat)
            raise
        if has_news:
            seat.waits_for_first = True
            follower.wake()
        return seat

    async def _happened_since(self, position: int) -> bool:
        return await self._rooms.hub.happened_since(self._asking.tenant.id, position, self._watch.matches)

    @property
    def is_over(self) -> bool:
        """Whether nothing is given here any more."""
        return self._working.done()

    def close(self) -> None:
        """Stop following."""
        self._working.cancel()

    async def _work(self) -> None:
        try:
            async with self._rooms.hub.following(self._asking.tenant.id, self._watch.matches) as follower:
                self._opened.set_result(follower)
                while True:
                    await follower.changed()
                    await self._tell()
        except Exception as error:  # noqa: BLE001 - whatever it is, its inside is not for the subscribers
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        if not self._opened.done():
            self._opened.set_exception(error)
        errors = shown([GraphQLError(str(error), original_error=error)])
        for seat in self.seats:
            seat.give(Told(errors=errors, last=True))

    async def _tell(self) -> None:
        """Read the state, and give it to who waits for it; to everybody, where it is another than before."""
        position = self._rooms.hub.position(self._asking.tenant.id)
        entering = {seat for seat in self.seats if seat.waits_for_first}
        told = await self._read()
        has_news, self._text = told.payload != self._text or told.errors is not None, told.payload
        cursor = self._cursor(position)
        given = self.seats if has_news or told.last else entering
        placed = replace(told, payload=told.payload.replace(PLACE, cursor), cursor=cursor).shared(len(given))
        for seat in given:
            seat.waits_for_first = False
            seat.give(placed)

    def _cursor(self, position: int) -> str:
        return seal_cursor(self._rooms.answering.sealer, self._asking.tenant.id, position)

    async def _read(self) -> Told:
        """Read the state as of now; where it cannot be read for the moment, later."""
        told, waits = told_of(await self._answer()), iter(TRY_AGAIN)
        while told.passing and (seconds := next(waits, None)):
            await asyncio.sleep(seconds)
            told = told_of(await self._answer())
        return told

    async def _answer(self) -> Answered:
        asking = replace(self._asking, now=self._rooms.clock(), request_id=uuid4().hex)
        return await self._rooms.answering.answer(asking, self._asked, cursor=PLACE)
