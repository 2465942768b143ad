"""The answers to one operation, however they are sent: one to a query or a mutation, any number to a subscription."""

from collections.abc import AsyncGenerator
from dataclasses import replace

from graphql import OperationType

from db.tracing import Kind, span
from resolvers.context import Asking
from schema.answering import Answered, Asked, operation_of
from schema.documents.asking import expect_may_run
from schema.http import Attending
from schema.live.billing import billed
from schema.live.rooms import Rooms
from schema.live.streams import StreamSeat, Taker
from schema.live.told import Told, told_of
from schema.metrics import Taken


async def answers(
    rooms: Rooms, asking: Asking, asked: Asked, *, since: int | None = None, taker: Taker | None = None
) -> AsyncGenerator[Told]:
    """Answer an operation until nothing more will come, which the last answer says.

    A subscription goes on from a position of the log, `since`, if that is further than its own cursor. An answer that
    `taker` takes, while the generator is waited for, does not come here. Close the generator as soon as nobody waits:
    the seat in the room is given up with it. Raises RateLimited where the budget is used up: before the first message,
    or in place of the next one when what was given could not be paid.
    """
    expect_may_run(asking, asked)
    rooms.answering.expect_may_introspect(asking, asked)
    taken = Taken(asking.request_id)
    taken.asking = asking
    if taken.asks(asked, operation_of(asked)) is not OperationType.SUBSCRIPTION:
        yield await _answer(rooms, taken, asking, asked)
        return
    watch = await rooms.answering.watch(asking, asked)
    if isinstance(watch, Answered):
        yield Told(errors=watch.body()["errors"], last=True)
        return
    if since is not None:
        watch = replace(watch, since=max(since, watch.since or 0))
    asked = replace(asked, is_valid=True)
    async with billed(rooms.answering, asking, asked) as bill, rooms.seat(asking, asked, watch) as seat:
        if isinstance(seat, StreamSeat):
            seat.taker = bill.charging(taker) if bill and taker else taker
        told = Told()
        while not told.last:
            told = await seat.next()
            if bill:
                bill.expect_paid()
                bill.note(told)
            yield told


async def _answer(rooms: Rooms, taken: Taken, asking: Asking, asked: Asked) -> Told:
    """Answer a query or a mutation, once."""
    with span(f"{taken.kind} {taken.name}".strip(), Kind.ASKED, facts={"workgraph.request_id": asking.request_id}):
        async with Attending(rooms.answering.deadline):
            answered = await rooms.answering.answer(asking, asked)
        taken.points, told = answered.points, replace(told_of(answered), last=True)
    rooms.meter.note(taken, answered.form, told.codes, rooms.answering)
    return told
