"""Verifying the audit trail: the chain of the company is worked out anew, and what does not agree with it is named."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from sqlalchemy import Select, and_, exists, func, select

from db.audit_form import BEGIN, FORMS, entry_columns, hash_of
from db.choices import Choice
from db.models.log import AuditChain, AuditLog
from resolvers import ids
from resolvers.context import Looking
from resolvers.reading import reading
from resolvers.views import AnyId

PAGE: Final = 500
BEFORE_ALL: Final = -(2**63)


class AuditBreak(Choice):
    """Why the audit trail is not intact."""

    GAP = "gap", "A place is missing or was never given: the chain was cut, or something was put into it."
    ENTRY_GONE = "entry_gone", "The chain has the place and the entry is not there any more."
    LINK_CHANGED = "link_changed", "The place does not continue the one before it: one of them was changed."
    ENTRY_CHANGED = "entry_changed", "The entry is not what it was when it got its place."


@dataclass(frozen=True, slots=True)
class BrokenAuditEntry:
    """The first place of the chain at which the audit trail is not what was written."""

    position: Annotated[int, "The place, from 1."]
    entry_id: Annotated[AnyId | None, "The entry at that place; null where the place itself is missing."]
    why: Annotated[AuditBreak, "What is wrong there."]


@dataclass(frozen=True, slots=True)
class AuditVerification:
    """What the audit trail looks like when its chain is worked out anew."""

    is_intact: Annotated[bool, "Whether each entry that has its place is what was written."]
    checked: Annotated[int, "How many entries were found to be what was written, up to the first that is not."]
    waiting: Annotated[int, "How many entries have no place yet; they get it within seconds."]
    last_position: Annotated[int, "The last place of the chain, or of what was looked at; 0 while it is empty."]
    last_hash: Annotated[
        str | None,
        "The hash of that place, in hexadecimal digits. Kept elsewhere with the place, it proves later that nothing up "
        "to there was written anew: ask with `until`, and compare.",
    ]
    first_broken: Annotated[BrokenAuditEntry | None, "The first place at which something is wrong; null if nothing is."]


@dataclass(frozen=True, slots=True)
class Reached:
    """How far the chain has been found whole, and what broke it there."""

    position: int = 0
    hash: bytes = BEGIN
    broken: BrokenAuditEntry | None = None


@reading("audit.read")
async def verify_audit(
    looking: Looking,
    until: Annotated[
        int | None, "Look no further than this place. A chain that ends before it has a gap: its end was cut off."
    ] = None,
) -> AuditVerification:
    """Work out the chain of the company's audit trail anew, and name the first place at which it is not whole.

    It reads the whole trail, page by page: on a long one it takes its time.
    """
    last_place = await looking.rows(_last(until))
    last, last_hash = (last_place[0].position, last_place[0].hash.hex()) if last_place else (0, None)
    [waiting] = await looking.all(WAITING)
    reached = Reached()
    async for page in _pages(looking, until):
        reached = await asyncio.to_thread(_checked, reached, page)
        if reached.broken:
            break
    broken = reached.broken or _cut_off(reached, until)
    return AuditVerification(broken is None, reached.position, waiting, last, last_hash, broken)


_ENTRY: Final = and_(AuditLog.tenant_id == AuditChain.tenant_id, AuditLog.id == AuditChain.id)
WAITING: Final = select(func.count()).select_from(AuditLog).where(~exists().where(_ENTRY))


def _last(until: int | None) -> Select[int, bytes]:
    place = AuditChain.position
    asked = select(place, AuditChain.hash).order_by(place.desc()).limit(1)
    return asked if until is None else asked.where(place <= until)


def _page(after: int, until: int | None) -> Select[Any]:
    """A page of the chain: each place, and the entry that it is of if that is still there."""
    chain = AuditChain.__table__.c
    asked = (
        select(chain.id.label("place_id"), chain.position, chain.prev_hash, chain.hash, chain.form, *entry_columns())
        .select_from(AuditChain)
        .outerjoin(AuditLog, _ENTRY)
        .where(chain.position > after)
        .order_by(chain.position)
        .limit(PAGE)
    )
    return asked if until is None else asked.where(chain.position <= until)


async def _pages(looking: Looking, until: int | None) -> AsyncGenerator[Sequence[Any]]:
    after: int | None = BEFORE_ALL
    while after is not None:
        page = await looking.rows(_page(after, until))
        yield page
        after = page[-1].position if len(page) == PAGE else None


def _checked(reached: Reached, page: Sequence[Any]) -> Reached:
    """Go on through a page, as far as it is whole."""
    for row in page:
        expected = reached.position + 1
        if why := _wrong(reached, row._mapping):  # noqa: SLF001 - SQLAlchemy's public name for it
            is_missing = row.position > expected
            entry = None if is_missing else ids.encode("AuditLog", row.place_id)
            return Reached(reached.position, reached.hash, BrokenAuditEntry(min(expected, row.position), entry, why))
        reached = Reached(expected, row.hash)
    return reached


def _cut_off(reached: Reached, until: int | None) -> BrokenAuditEntry | None:
    """Tell of a chain that ends before a place that it is known to have had."""
    if until is None or reached.position >= until:
        return None
    return BrokenAuditEntry(reached.position + 1, None, AuditBreak.GAP)


def _wrong(reached: Reached, row: Mapping[str, Any]) -> AuditBreak | None:
    """Say what is wrong with a place behind those that were found whole."""
    if row["position"] != reached.position + 1:
        return AuditBreak.GAP
    if row["prev_hash"] != reached.hash or row["form"] not in FORMS:
        return AuditBreak.LINK_CHANGED
    if row["id"] is None:
        return AuditBreak.ENTRY_GONE
    return None if hash_of(row["prev_hash"], row, row["form"]) == row["hash"] else AuditBreak.ENTRY_CHANGED
