"""Answers the selections of webhook endpoints, by the engine that answers subscriptions to events.

A selection is asked as the `events` subscription of whoever it is read as: what that would not be told, it is not told
either. Events are answered together, over one session and one set of loaders, so that the number of statements does not
follow the number of events; what goes wrong with one is asked again by itself, so that no other has part in it.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from graphql import GraphQLError

from db.history import events_at
from db.session import hasten
from resolvers.context import Asking
from resolvers.webhooks.selecting import Answer
from schema.answering import Answered, Answering, Asked
from schema.execute.errors import shown
from schema.execute.request import Reading, Telling
from schema.execute.selections import document_of
from schema.execute.worked_out import Watch, seal_cursor
from subscriptions.events import Event

AT_ONCE: Final = 20
"""Events that are answered together at most."""

MOST_OBJECTS: Final = 5_000
"""Objects of one answer; what is sent has less than 20 KB, so that more of them could not be."""

STATEMENT_MS: Final = 8_000
AROUND: Final = ("events", "event")
FAULTS: Final = frozenset({"INTERNAL", "UNAVAILABLE", "TIMEOUT", "COST_EXCEEDED"})
"""What one event may have brought upon those that were answered with it."""

NOT_FOR_READER: Final = "Whoever this is read as may not read what the event is about."


class Selections:
    """Answers selections. `answering` is made when it is first needed: most processes never answer any."""

    def __init__(self, answering: Callable[[], Answering]) -> None:
        self._answering = answering

    async def __call__(self, asking: Asking, selection: str, positions: Sequence[int]) -> Mapping[int, Answer]:
        """Answer a selection for the events at some positions, as whoever asks; a fault is an answer too."""
        try:
            return await self._answers(asking, selection, positions)
        except Exception as error:  # noqa: BLE001 - whatever it is, its inside is not for the receiver
            fault = GraphQLError(str(error), original_error=error)
            return dict.fromkeys(positions, _answer_of(Answered(None, [fault], {})))

    async def _answers(self, asking: Asking, selection: str, positions: Sequence[int]) -> Mapping[int, Answer]:
        found = await self._begin(asking, selection)
        if isinstance(found, Answer):
            return dict.fromkeys(positions, found)
        answers = dict[int, Answer]()
        for start in range(0, len(positions), AT_ONCE):
            answers |= await found.answers(positions[start : start + AT_ONCE])
        return answers

    async def _begin(self, asking: Asking, selection: str) -> "Followed | Answer":
        """Ask for the subscription; where it may not begin, that is the answer."""
        answering = self._answering()
        try:
            asked = Asked(selection, document_of(selection, "Event"), None, None, is_valid=True)
        except GraphQLError as error:
            return _answer_of(Answered(None, [error], {}))
        watch = await answering.watch(asking, asked)
        return _answer_of(watch) if isinstance(watch, Answered) else Followed(answering, asking, asked, watch)


class Followed:
    """The subscription to events that a selection is asked as."""

    def __init__(self, answering: Answering, asking: Asking, asked: Asked, watch: Watch) -> None:
        self._answering, self._asking, self._asked, self._watch = answering, asking, asked, watch

    async def answers(self, positions: Sequence[int]) -> Mapping[int, Answer]:
        """Answer for some events together; those that went wrong again, each by itself."""
        answers = await self._together(positions)
        faulty = [position for position, answer in answers.items() if FAULTS & set(_codes(answer))]
        for position in faulty if len(answers) > 1 else []:
            answers |= await self._together([position])
        return answers

    async def _together(self, positions: Sequence[int]) -> dict[int, Answer]:
        async with self._reading() as reading:
            events = await events_at(reading.session, positions)
            answers = await asyncio.gather(*(self._answer(reading, event) for event in events))
        return {event.position: answer for event, answer in zip(events, answers, strict=True)}

    @asynccontextmanager
    async def _reading(self) -> AsyncGenerator[Reading]:
        """Open a session whose statements take no longer than an answer may."""
        async with self._answering.database.reading(self._asking.tenant.placement) as session:
            await hasten(session, STATEMENT_MS)
            yield Reading(self._asking, session)

    async def _answer(self, reading: Reading, event: Event) -> Answer:
        if not self._watch.matches(event):
            forbidden = {"message": NOT_FOR_READER, "extensions": {"code": "FORBIDDEN"}}
            return Answer(None, [forbidden])
        cursor = seal_cursor(self._answering.sealer, event.tenant_id, event.position)
        answered = await self._answering.answer_in(
            reading, self._asked, cursor=cursor, told=Telling(event), most=MOST_OBJECTS
        )
        return _answer_of(answered)


def _codes(answer: Answer) -> Iterator[str]:
    return (error["extensions"]["code"] for error in answer.errors)


def _answer_of(answered: Answered) -> Answer:
    """Return an answer without what stands around the selection."""
    data: Any = answered.data
    for name in AROUND:
        data = data.get(name) if data else None
    errors = [_within(error) for error in shown(answered.errors)]
    prefix = f"{'.'.join(AROUND)}."
    hidden = [{"path": path.removeprefix(prefix), "permission": needs} for path, needs in answered.hidden.items()]
    return Answer(data, errors, hidden)


def _within(error: Mapping[str, Any]) -> dict[str, Any]:
    path = list(error.get("path", ()))[len(AROUND) :]
    rest = {name: value for name, value in error.items() if name != "path"}
    return {**rest, "path": path} if path else rest
