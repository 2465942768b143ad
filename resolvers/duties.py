"""Separation of duties: who did one thing cannot do another thing to the same object, for good or for a while.

A duty is declared beside what it is about, with the statement that finds who did the first thing: in the audit trail or
in the rows themselves. Whoever does the second thing asks here, and all that is declared is read in one statement.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, case, literal, select, union_all

from db.base import TenantOwned
from db.models.log import AuditLog
from resolvers.context import Looking
from resolvers.refusals import Refused

Did = Callable[[Any, datetime], Select[Any, Any]]
"""Selects who did something to an object, as things stand at a moment: the columns `who` and `subject`.

The object is what an id is compared with: another id, or `ANY` of several.
"""

USER: Final = "user"


class SeparationOfDuties(Refused):
    """You have done something to it that keeps you from this: two people have to do the two."""

    code = "SEPARATION_OF_DUTIES"


@dataclass(frozen=True, slots=True)
class Duty:
    """Who did a thing to an object of a model cannot do the act to it; `says` tells them why.

    A change of the object, or of one of its `parts`, can change who that is.
    """

    act: str
    model: type[TenantOwned]
    did: Did
    says: str
    parts: Sequence[type[TenantOwned]] = ()


_DECLARED: Final[list[Duty]] = []


def separate(
    act: str, model: type[TenantOwned], did: Did, *, says: str, parts: Sequence[type[TenantOwned]] = ()
) -> Duty:
    """Declare that who did a thing to an object, or to a part of it, cannot do an act to it, or for it."""
    duty = Duty(act, model, did, says, parts)
    _DECLARED.append(duty)
    return duty


def duties_of(act: str) -> Sequence[Duty]:
    """Return every duty that is declared of an act."""
    return [duty for duty in _DECLARED if duty.act == act]


def audited(
    model: type[TenantOwned], *parts: tuple[type[TenantOwned], Any], within: timedelta, operations: Sequence[str] = ()
) -> Did:
    """Find in the audit trail who has changed an object, or a part of it, not longer ago than this.

    A part is a model with its column that names the object. Of `operations` those count that are named, or all. What
    support did for a user counts as theirs.
    """

    def did(subject: Any, now: datetime) -> Select[Any, Any]:
        who = case((AuditLog.actor_type == USER, AuditLog.actor_id), else_=AuditLog.on_behalf_of_id)

        def changed(of: type[TenantOwned], named: Any) -> Select[Any, Any]:
            found = select(who.label("who"), named.label("subject")).where(AuditLog.entity_type == of.__name__)
            lately = found.where(who.is_not(None), AuditLog.occurred_at > now - within, named == subject)
            return lately.where(AuditLog.operation.in_(operations)) if operations else lately

        itself = changed(model, AuditLog.entity_id)
        of_parts = [changed(part, column).join(part, part.id == AuditLog.entity_id) for part, column in parts]
        if not of_parts:
            return itself
        every = union_all(itself, *of_parts).subquery()
        return select(every.c.who, every.c.subject)

    return did


async def barred_from(looking: Looking, act: str, subjects: Mapping[type[TenantOwned], UUID]) -> Mapping[UUID, str]:
    """Return who cannot do an act to some objects together, and why: one statement; none where nothing is declared."""
    declared = [duty for duty in duties_of(act) if duty.model in subjects]
    if not declared:
        return {}
    found = [
        duty.did(subjects[duty.model], looking.asking.now).add_columns(literal(number).label("number"))
        for number, duty in enumerate(declared)
    ]
    each = [statement.subquery() for statement in found]
    rows = await looking.rows(union_all(*(select(one.c.who, one.c.number) for one in each)))
    barred: dict[UUID, str] = {}
    for who, number in rows:
        duty: Duty = declared[int(number)]
        barred.setdefault(who, duty.says)
    return barred
