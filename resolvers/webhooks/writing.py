"""Writing what deliveries send, before they are sent for the first time: an event's data, or what is selected of it.

Data are written with the claim, once for each event. What has to be selected is worked out afterwards, beside the
dispatcher's own work, once for all deliveries of the same event with the same selection and reader. Whatever comes of
one selection, no other endpoint waits for it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog

from db.dispatching import Dispatching, Due, Written
from db.models.webhooks import DeliveryStatus
from resolvers.barred import Barred
from resolvers.event_types import public_data
from resolvers.webhooks.bodies import body_of, fits, selected_body_of
from resolvers.webhooks.outcomes import AWAY
from resolvers.webhooks.selecting import Answer, NoTurn, ReaderGone, Selecting, Selection
from subscriptions.ending import end

LOG: Final = structlog.get_logger("workgraph.webhooks")
PATIENT_FOR: Final = timedelta(minutes=10)
"""So long after an event a selection that cannot be answered for the moment is tried again; then it is told."""

Bodies = Mapping[UUID, str]
Body = str | asyncio.Task[Bodies]
Told = tuple[dict[str, Any], str]
"""The data of an event as it is sent, and the whole body."""

GiveUp = Callable[[UUID, UUID, UUID | None], Awaitable[bool]]


class Writing:
    """Writes what deliveries of one database send.

    `give_up` gives up an endpoint whose reader is gone, and tells whether the delivery may be given back.
    """

    def __init__(
        self, dispatching: Dispatching, selecting: Selecting, give_up: GiveUp, *, clock: Callable[[], datetime]
    ) -> None:
        self._dispatching, self._selecting, self._give_up, self._clock = dispatching, selecting, give_up, clock
        self._working = set[asyncio.Task[Bodies]]()

    def begin(self, schema: str, claimed: Sequence[Due]) -> Sequence[tuple[Due, asyncio.Task[Bodies]]]:
        """Begin to select what some deliveries send, and return each with what it comes of."""
        groups = defaultdict[Selection, list[Due]](list)
        for due in claimed:
            groups[Selection(due.tenant_id, due.reader_id, due.selection or "")].append(due)
        begun = [(group, self._begun(schema, selection, group)) for selection, group in groups.items()]
        return [(due, task) for group, task in begun for due in group]

    async def end(self) -> None:
        """Stop whatever is being worked out."""
        await end(self._working)

    def _begun(self, schema: str, selection: Selection, group: Sequence[Due]) -> asyncio.Task[Bodies]:
        task = asyncio.create_task(self._worked_out(schema, selection, group))
        self._working.add(task)
        task.add_done_callback(self._working.discard)
        return task

    async def _worked_out(self, schema: str, selection: Selection, group: Sequence[Due]) -> Bodies:
        """Return what deliveries send that have a selection in common; those left out are tried again."""
        try:
            return await self._selected(schema, selection, group)
        except ReaderGone:
            await self._given_up(schema, selection, group)
        except (NoTurn, Barred, *AWAY) as error:
            # The claims run out, and they are taken again.
            LOG.warning("a webhook's selection waits", tenant=str(selection.tenant_id), error=type(error).__name__)
        except Exception:
            LOG.exception("a webhook's selection was not answered; trying again", tenant=str(selection.tenant_id))
        return {}

    async def _selected(self, schema: str, selection: Selection, group: Sequence[Due]) -> Bodies:
        positions = sorted({due.position for due in group if due.position is not None})
        answers = await self._selecting.answer(selection, positions)
        told = [(due, answers.get(due.position or 0)) for due in group]
        final = [(due, answer) for due, answer in told if answer is not None and not self._waits(due, answer)]
        written = [Written(due.tenant_id, due.id, _selected_body(due, answer)) for due, answer in final]
        return await self._dispatching.write(schema, written) if written else {}

    def _waits(self, due: Due, answer: Answer) -> bool:
        """Tell whether an answer may be another one soon, and the event is so new that it can wait for that."""
        return answer.is_passing and due.occurred_at is not None and self._clock() - due.occurred_at < PATIENT_FOR

    async def _given_up(self, schema: str, selection: Selection, group: Sequence[Due]) -> None:
        """Give up the endpoints of a reader who is gone; their deliveries are kept, to be replayed."""
        try:
            for endpoint_id in {due.endpoint_id for due in group}:
                if await self._give_up(selection.tenant_id, endpoint_id, selection.reader_id):
                    given_back = [due for due in group if due.endpoint_id == endpoint_id]
                    await self._dispatching.release(schema, given_back)
        except AWAY as error:
            LOG.warning("endpoint not disabled", tenant=str(selection.tenant_id), error=type(error).__name__)


def written_of(claimed: Sequence[Due]) -> Sequence[Written]:
    """Write what some deliveries send: for one event once, to whichever endpoints it goes."""
    told = dict[tuple[UUID, str], Told | None]()
    for due in claimed:
        if due.body is None and (due.tenant_id, due.message_id) not in told:
            told[due.tenant_id, due.message_id] = _surely_told(due)
    return [_written(due, told.get((due.tenant_id, due.message_id))) for due in claimed]


def _surely_told(due: Due) -> Told | None:
    """Write what is sent of an event. One that cannot be written is given up, so that it keeps no other waiting."""
    try:
        return told_of(due)
    except Exception:
        LOG.exception("a webhook could not be written", tenant=str(due.tenant_id), message=due.message_id)
        return None


def told_of(due: Due) -> Told | None:
    """Write what is sent of an event; None where it is kept no longer."""
    if due.occurred_at is None or due.subject_type is None or due.subject_id is None or due.data is None:
        return None
    data = public_data(due.event_type, due.data)
    return data, body_of(due.event_type, due.occurred_at, due.subject_type, due.subject_id, data)


def _written(due: Due, told: Told | None) -> Written:
    """Say what one delivery sends; what is left out by the filter is sent nothing, nor what is there no more."""
    if due.body is not None:
        return Written(due.tenant_id, due.id, due.body)
    if told is None:
        return Written(due.tenant_id, due.id, None, DeliveryStatus.DEAD)
    data, body = told
    if not fits(due.filter, data):
        return Written(due.tenant_id, due.id, None, DeliveryStatus.SKIPPED)
    return Written(due.tenant_id, due.id, body if due.selection is None else None)


def _selected_body(due: Due, answer: Answer) -> str:
    assert due.occurred_at is not None
    assert due.subject_type is not None
    assert due.subject_id is not None
    return selected_body_of(due.event_type, due.occurred_at, due.subject_type, due.subject_id, answer)
