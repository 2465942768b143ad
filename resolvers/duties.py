"""Separation of duties: who did one thing cannot do another thing to the same object, for good or for a while.

A duty is declared beside what it is about, with the statement that finds who did the first thing: in the audit trail or
in the rows themselves. Whoever does the second thing asks here, and all that is declared is read in one statement.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, case, literal, or_, select, union_all

from db.base import TenantOwned
from db.models.log import AuditLog
from resolvers.context import Looking
from resolvers.refusals import Refused

Did = Callable[[UUID, datetime], Select[Any]]
"""Selects the ids of the users who did something to an object, as things stand at a moment."""

USER: Final = "user"


class SeparationOfDuties(Refused):
    """You have done something to it that keeps you from this: two people have to do the two."""

    code = "SEPARATION_OF_DUTIES"


@dataclass(frozen=True, slots=True)
class Duty:
    """Who did a thing to an object of a model cannot do the act to it; `says` tells them why."""

    act: str
    model: type[TenantOwned]
    did: Did
    says: str


_DECLARED: Final[list[Duty]] = []


def separate(act: str, model: type[TenantOwned], did: Did, *, says: str) -> Duty:
    """Declare that who did a thing to an object cannot do an act to it, or for it."""
    duty = Duty(act, model, did, says)
    _DECLARED.append(duty)
    return duty


def duties() -> Sequence[Duty]:
    """Return every duty that is declared."""
    return tuple(_DECLARED)


def audited(
    model: type[TenantOwned], *parts: tuple[type[TenantOwned], Any], within: timedelta, operations: Sequence[str] = ()
) -> Did:
    """Find in the audit trail who has changed an object, or a part of it, not longer ago than this.

    A part is a model with its column that names the object. Of `operations` those count that are named, or all. What
    support did for a user counts as theirs.
    """

    def did(subject: UUID, now: datetime) -> Select[Any]:
        is_it = and_(AuditLog.entity_type == model.__name__, AuditLog.entity_id == subject)
        of_parts = [
            and_(
                AuditLog.entity_type == part.__name__, AuditLog.entity_id.in_(select(part.id).where(column == subject))
            )
            for part, column in parts
        ]
        who = case((AuditLog.actor_type == USER, AuditLog.actor_id), else_=AuditLog.on_behalf_of_id)
        changed = select(who).where(who.is_not(None), AuditLog.occurred_at > now - within)
        named = changed.where(AuditLog.operation.in_(operations)) if operations else changed
        return named.where(or_(is_it, *of_parts))

    return did


async def barred_from(looking: Looking, act: str, subjects: Mapping[type[TenantOwned], UUID]) -> Mapping[UUID, str]:
    """Return who cannot do an act to some objects together, and why: one statement; none where nothing is declared."""
    declared = [duty for duty in _DECLARED if duty.act == act and duty.model in subjects]
    if not declared:
        return {}
    found = [
        duty.did(subjects[duty.model], looking.asking.now).add_columns(literal(number))
        for number, duty in enumerate(declared)
    ]
    each = [statement.subquery() for statement in found]
    rows = await looking.rows(union_all(*(select(*one.c) for one in each)))
    barred: dict[UUID, str] = {}
    for who, number in rows:
        duty: Duty = declared[int(number)]
        barred.setdefault(who, duty.says)
    return barred
