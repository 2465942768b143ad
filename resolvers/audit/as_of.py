"""What the trail says of one entity as of an instant: whether it was there, at which version, and its values.

The trail of an entity has one order, that of its versions, which is the order in which its changes were committed. An
instant cuts it before the first change that was made later: so what is told is always a state in which the entity
really was, also where a request that began earlier had to wait for one that began later.

Two statements, whatever the length of the trail: PostgreSQL picks the last value of each field.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, Text, and_, case, cast, column, func, literal, select, true
from sqlalchemy.dialects.postgresql import distinct_on

from db.base import Json
from db.choices import Choice
from db.models.log import AuditAction, AuditLog
from resolvers.context import Looking
from resolvers.views import AnyId

CHANGES: Final = (
    AuditAction.CREATE,
    AuditAction.UPDATE,
    AuditAction.TRANSITION,
    AuditAction.LOGIN,
    AuditAction.DELETE,
)
"""What is done to a row; the other entries tell of what is done with it."""

NEVER: Final = 2**63 - 1


class EntityPresence(Choice):
    """Whether an entity was there at an instant."""

    NOT_YET = "not_yet", "It was made later."
    THERE = "there", "It was there."
    DELETED = "deleted", "It had been deleted."


@dataclass(frozen=True, slots=True)
class EntityAsOf:
    """An entity as it was at an instant, rebuilt from its audit entries."""

    id: Annotated[AnyId, "Its id."]
    type: Annotated[str, "Its type, as in the API."]
    at: Annotated[datetime, "The instant."]
    presence: Annotated[EntityPresence, "Whether it was there."]
    version: Annotated[int | None, "Its version then; null where it was not there."]
    changed_at: Annotated[
        datetime | None, "When it had last been changed, or was deleted; null where it was not there yet."
    ]
    values: Annotated[
        dict[str, Any] | None,
        "Its fields as they were, by the names of the API; null where it was not there. Only those that you may read "
        "now: the others are null, and listed in `extensions.hidden`. Protected values are a mark.",
    ]


@dataclass(frozen=True, slots=True)
class Trace:
    """What the trail says of an entity as of an instant; values by column, as they are stored in the trail.

    `made_at` is None where the trail does not tell of its making: then only the fields that were changed are known.
    """

    presence: EntityPresence
    version: int | None = None
    made_at: datetime | None = None
    changed_at: datetime | None = None
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])


async def trace_of(looking: Looking, type_name: str, row_id: UUID, at: datetime) -> Trace | None:
    """Return what the trail says of an entity; None when it says nothing, as of what never was."""
    about = and_(AuditLog.entity_type == type_name, AuditLog.entity_id == row_id, AuditLog.action.in_(CHANGES))
    past = and_(about, _first_later(about, at) > _TURN)
    newest = await looking.rows(_newest(past))
    if not newest:
        later = await looking.all(select(AuditLog.id).where(about).limit(1))
        return Trace(EntityPresence.NOT_YET) if later else None
    [last] = newest
    if last.action == AuditAction.DELETE:
        return Trace(EntityPresence.DELETED, changed_at=last.occurred_at)
    found: Any = await looking.rows(_last_values(past))
    return Trace(EntityPresence.THERE, last.entity_version, last.made_at, last.occurred_at, dict(found))


_TURN: Final = cast(AuditLog.entity_version, BigInteger) * 2 + case((AuditLog.action == AuditAction.DELETE, 1), else_=0)
"""The place of a change in its entity's trail: a deletion leaves the version as it is, and is the last."""


def _first_later(about: ColumnElement[bool], at: datetime) -> Any:
    """The place of the first change that was made after an instant."""
    first = select(func.min(_TURN)).where(about, AuditLog.occurred_at > at).scalar_subquery()
    return func.coalesce(first, literal(NEVER, BigInteger))


def _newest(past: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The last change up to an instant, and beside it when the entity was made."""
    made_at = func.min(AuditLog.occurred_at).filter(AuditLog.action == AuditAction.CREATE).over().label("made_at")
    return (
        select(AuditLog.action, AuditLog.entity_version, AuditLog.occurred_at, made_at)
        .where(past)
        .order_by(_TURN.desc(), AuditLog.id.desc())
        .limit(1)
    )


def _last_values(past: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The last value of each field up to an instant."""
    fields = func.jsonb_each(AuditLog.new_values).table_valued(column("key", Text), column("value", Json))
    each = fields.lateral("each")
    return (
        select(each.c.key, each.c.value)
        .select_from(AuditLog)
        .join(each, true())
        .where(past)
        .ext(distinct_on(each.c.key))
        .order_by(each.c.key, _TURN.desc(), AuditLog.id.desc())
    )
