"""What an endpoint's selection answers of events, read as a user: what they may read at that moment, within bounds.

Many events go through one selection together. What is stored encrypted is opened for nobody here: a body is kept in the
open until its delivery is forgotten, and leaves the house.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol
from uuid import UUID, uuid4
from weakref import WeakValueDictionary

from db.base import Base, TenantOwned
from db.columns import policy_of
from resolvers.context import Asking
from resolvers.identity import Identity
from resolvers.places import table_of

MOST_AT_ONCE: Final = 4
MOST_OF_COMPANY: Final = 2
TURN_WITHIN: Final = 3.0
ANSWERED_WITHIN: Final = 10.0
PASSING: Final = frozenset({"UNAVAILABLE", "TIMEOUT"})
TOO_SLOW: Final = f"The selection was not answered within {ANSWERED_WITHIN:.0f} seconds."


@dataclass(frozen=True, slots=True)
class Selection:
    """A selection of a company, and the user who it is read as; none where the user is no more."""

    tenant_id: UUID
    reader_id: UUID | None
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a selection answers of one event, in the form of GraphQL; `hidden` says what the user may not read."""

    data: Any
    errors: Sequence[Mapping[str, Any]] = ()
    hidden: Sequence[Mapping[str, str]] = ()

    @property
    def is_passing(self) -> bool:
        """Whether it may be answered otherwise when it is asked again."""
        return any(error["extensions"]["code"] in PASSING for error in self.errors)


class Answers(Protocol):
    """Answers a selection for the events at some positions of the company's log; what is not kept there is left out."""

    async def __call__(self, asking: Asking, selection: str, positions: Sequence[int]) -> Mapping[int, Answer]:
        """Answer as whoever asks."""
        ...


class ReaderGone(Exception):
    """Who a selection is read as may not sign in any more."""


class NoTurn(Exception):
    """Too many selections are being answered; this one has not begun."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Who waits for an answer: a few at once in a process, fewer of one company."""

    all: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_AT_ONCE))
    by_company: WeakValueDictionary[UUID, asyncio.Semaphore] = field(
        default_factory=WeakValueDictionary[UUID, asyncio.Semaphore]
    )

    def of(self, tenant_id: UUID) -> asyncio.Semaphore:
        """Return the line of one company."""
        return self.by_company.setdefault(tenant_id, asyncio.Semaphore(MOST_OF_COMPANY))


class Selecting:
    """Answers selections of webhook endpoints."""

    def __init__(self, identity: Identity, answers: Answers) -> None:
        self._identity, self._answers, self._lines = identity, answers, Lines()
        self._sealed = guarding_sealed()

    async def answer(self, selection: Selection, positions: Sequence[int]) -> Mapping[int, Answer]:
        """Answer a selection for some events of its company."""
        line = self._lines.of(selection.tenant_id)
        await _turn(line)
        try:
            await _turn(self._lines.all)
            try:
                return await self._in_time(selection, positions)
            finally:
                self._lines.all.release()
        finally:
            line.release()

    async def _in_time(self, selection: Selection, positions: Sequence[int]) -> Mapping[int, Answer]:
        try:
            async with asyncio.timeout(ANSWERED_WITHIN):
                return await self._answers(await self._reader(selection), selection.text, positions)
        except TimeoutError:
            slow = {"message": TOO_SLOW, "extensions": {"code": "TIMEOUT"}}
            return dict.fromkeys(positions, Answer(None, [slow]))

    async def _reader(self, selection: Selection) -> Asking:
        """Return who it is read as, without what would open encrypted values."""
        reader_id, request_id = selection.reader_id, uuid4().hex
        found = await self._identity.asking_as(selection.tenant_id, reader_id, request_id) if reader_id else None
        if found is None:
            raise ReaderGone
        who, sealed = found.principal, self._sealed
        scoped = frozenset((held, scope) for held, scope in who.scoped if held not in sealed)
        return found.by(replace(who, permissions=who.permissions - sealed, scoped=scoped))


async def _turn(line: asyncio.Semaphore) -> None:
    """Wait for a place in a line, not for long."""
    try:
        async with asyncio.timeout(TURN_WITHIN):
            await line.acquire()
    except TimeoutError:
        raise NoTurn from None


def guarding_sealed() -> frozenset[str]:
    """Return the permissions that open what is stored encrypted."""
    models = (mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, TenantOwned))
    policies = [policy_of(column) for model in models for column in table_of(model).columns]
    return frozenset(policy.readable_with for policy in policies if policy.encrypted and policy.readable_with)
