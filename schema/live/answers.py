"""The answers to one operation, however they are sent: one to a query or a mutation, any number to a subscription."""

from collections.abc import AsyncGenerator
from dataclasses import replace

from graphql import OperationType

from resolvers.context import Asking
from schema.answering import Answered, Asked, kind_of
from schema.http import Attending
from schema.live.rooms import Rooms
from schema.live.streams import StreamSeat, Taker
from schema.live.told import Told, told_of


async def answers(
    rooms: Rooms, asking: Asking, asked: Asked, *, since: int | None = None, taker: Taker | None = None
) -> AsyncGenerator[Told]:
    """Answer an operation until nothing more will come, which the last answer says.

    A subscription goes on from a position of the log, `since`, if that is further than its own cursor. An answer that
    `taker` takes, while the generator is waited for, does not come here. Close the generator as soon as nobody waits:
    the seat in the room is given up with it.
    """
    if kind_of(asked) is not OperationType.SUBSCRIPTION:
        async with Attending(rooms.answering.deadline):
            answered = await rooms.answering.answer(asking, asked)
        yield replace(told_of(answered), last=True)
        return
    watch = await rooms.answering.watch(asking, asked)
    if isinstance(watch, Answered):
        yield Told(errors=watch.body()["errors"], last=True)
        return
    if since is not None:
        watch = replace(watch, since=max(since, watch.since or 0))
    async with rooms.seat(asking, replace(asked, is_valid=True), watch) as seat:
        if isinstance(seat, StreamSeat):
            seat.taker = taker
        told = Told()
        while not told.last:
            told = await seat.next()
            yield told
