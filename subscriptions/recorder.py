"""Writes the audit entry and the event of every changed row, in the same flush as the row itself.

It hooks SQLAlchemy's `before_flush`, so that no path that changes a row can forget them, and stamps who and when.
Values of protected columns are replaced by a mark in events; so are secrets in the audit trail, which holds personal
data sealed with the key of the person whom it is about (`db.person_keys`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import Column, Numeric, event, inspect
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction
from sqlalchemy.orm.attributes import flag_modified
from ulid import ULID

from auth.principal import Principal
from db.base import TenantOwned
from db.columns import policy_of
from db.encryption import Keyring
from db.models.log import AuditAction, AuditLog, EventOutbox
from db.person_keys import PersonKeys, Unsealed
from db.personal import sealed_columns, subject_of
from db.session import WriteSession

MASK: Final = "•••"
SUPPORT: Final = "support"
"""What the audit trail calls who acts for a user; events name the user, with the session in which it was done."""

STAMPS: Final = frozenset({"tenant_id", "id", "created_at", "updated_at", "created_by", "updated_by", "version"})
VERBS: Final = {
    AuditAction.CREATE: "created",
    AuditAction.UPDATE: "updated",
    AuditAction.DELETE: "deleted",
    AuditAction.TRANSITION: "moved",
    AuditAction.LOGIN: "signed_in",
}
TOLD_BY_FIELD: Final = {"status": AuditAction.TRANSITION, "last_login_at": AuditAction.LOGIN}
RAISING: Final = frozenset({AuditAction.UPDATE, *TOLD_BY_FIELD.values()})


@dataclass(frozen=True, slots=True)
class Whence:
    """From which network address a request came, and what its program said it is; None for the system's own work."""

    address: str | None = None
    user_agent: str | None = None


@dataclass
class Recorder:
    """Stamps and records every change of one write session, on behalf of one principal."""

    session: WriteSession
    keyring: Keyring
    principal: Principal
    now: datetime
    operation: str
    request_id: str
    whence: Whence = Whence()
    published: list[EventOutbox] = field(default_factory=list[EventOutbox])
    written: set[str] = field(default_factory=set[str])
    _unsealed: list[Unsealed] = field(default_factory=list[Unsealed])

    def __post_init__(self) -> None:
        self.keys = PersonKeys(self.session.tenant_id, self.keyring, self.now)

    def start(self) -> None:
        """Record from here on whatever the session flushes; a second recorder would write everything twice."""
        noted = self.session.unit.sync_session.info
        if noted.setdefault("recorder", self) is not self:
            message = "a write session has one Context: hand it on"
            raise RuntimeError(message)
        event.listen(self.session.unit.sync_session, "before_flush", self._before_flush)
        event.listen(self.session.unit.sync_session, "after_soft_rollback", self._after_rollback)

    def publish(self, event_type: str, subject: TenantOwned, data: dict[str, Any], schema_version: int) -> None:
        """Add a named event about a subject to the transaction."""
        entry = self._event(event_type, subject, plain(data))
        entry.schema_version = schema_version
        self.published.append(entry)
        self.session.add(entry)

    def _before_flush(self, unit: Session, _flush: UOWTransaction, _instances: object) -> None:
        if unit.deleted:
            message = "delete through Context.delete, so that what hangs on a row is deleted, and recorded, with it"
            raise RuntimeError(message)
        for entity in _owned(unit.new):
            self._stamp_new(entity)
            self._record(entity, AuditAction.CREATE, {}, _values(entity))
        for entity in _owned(unit.dirty):
            if unit.is_modified(entity):
                self._record_update(entity)
        self._seal(unit)

    def _after_rollback(self, _unit: Session, _undone: SessionTransaction) -> None:
        """What was to be written is not; a key that was made is not there any more."""
        self._unsealed.clear()
        self.keys.forget()

    def _seal(self, unit: Session) -> None:
        """Seal the personal data of all entries of a flush, before they are written."""
        unsealed, self._unsealed = self._unsealed, []
        keys = self.keys.of(unit, {each.subject for each in unsealed})
        for each in unsealed:
            each.seal(keys[each.subject])

    def deleted(self, entities: Iterable[TenantOwned]) -> None:
        """Record rows that one set-based statement deletes."""
        for entity in entities:
            self._record(entity, AuditAction.DELETE, _values(entity), {})

    def changed(self, entity: TenantOwned, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Record fields of a row that one set-based statement changes; the statement raises the version by one."""
        self._record(entity, _action_of(after), before, after)

    def exported(self, entity: TenantOwned) -> None:
        """Record that data leaves the system; nothing changes."""
        self.session.add(self._audit(entity, AuditAction.EXPORT, entity.version, {}, {}))

    def denied(self, entity: TenantOwned) -> None:
        """Record that something was refused that cannot be left unsaid; nothing changes."""
        self.session.add(self._audit(entity, AuditAction.DENIED, entity.version, {}, {}))

    def rearranged(self, parent: TenantOwned, children: str, before: Sequence[UUID], after: Sequence[UUID]) -> None:
        """Record a new order of what belongs to a row as a change of that row, and raise its version."""
        parent.updated_at, parent.updated_by = self.now, self.principal.id
        flag_modified(parent, "updated_at")
        self._record(parent, AuditAction.UPDATE, {children: before}, {children: after})

    def _stamp_new(self, entity: TenantOwned) -> None:
        for column in inspect(type(entity)).columns:
            if getattr(entity, column.key, None) is None and column.default is not None:
                setattr(entity, column.key, _default_of(column))
        entity.tenant_id = self.session.tenant_id
        entity.created_at = entity.updated_at = self.now
        entity.created_by = entity.updated_by = self.principal.id

    def _record_update(self, entity: TenantOwned) -> None:
        old, new = _changes(entity)
        if not new:
            return
        entity.updated_at, entity.updated_by = self.now, self.principal.id
        self._record(entity, _action_of(new), old, new)

    def _record(self, entity: TenantOwned, action: AuditAction, old: dict[str, Any], new: dict[str, Any]) -> None:
        version = entity.version + 1 if action in RAISING else entity.version
        verb = VERBS[action]
        if action is not AuditAction.DELETE:
            self.written.add(type(entity).__tablename__)
        entry = self._audit(entity, action, version, _masked(entity, old), _masked(entity, new))
        self._note_personal(entry, entity, old, new)
        told = {"changed": entry.new_values or entry.old_values}
        self.session.add(entry)
        self.session.add(self._event(f"{entity.event_subject()}.{verb}", entity, told, version))

    def _note_personal(self, entry: AuditLog, entity: TenantOwned, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Note what of an entry is to be sealed; of what is about nobody, the mark is all that is kept."""
        before, after = _personal(entity, old), _personal(entity, new)
        subject = subject_of(entity) if before or after else None
        if subject:
            self._unsealed.append(Unsealed(entry, subject, before, after))

    def _audit(
        self, entity: TenantOwned, action: AuditAction, version: int, old: dict[str, Any], new: dict[str, Any]
    ) -> AuditLog:
        support = self.principal.impersonator
        return AuditLog(
            tenant_id=self.session.tenant_id,
            occurred_at=self.now,
            actor_type=SUPPORT if support else self.principal.kind,
            actor_id=support.id if support else self.principal.id,
            on_behalf_of_id=self.principal.id if support else None,
            impersonation_id=support.session_id if support else None,
            action=action,
            operation=self.operation,
            entity_type=type(entity).__name__,
            entity_id=entity.id,
            entity_version=version,
            old_values=old,
            new_values=new,
            request_id=self.request_id,
            address=self.whence.address,
            user_agent=self.whence.user_agent,
        )

    def _event(
        self, event_type: str, subject: TenantOwned, data: dict[str, Any], version: int | None = None
    ) -> EventOutbox:
        support = self.principal.impersonator
        return EventOutbox(
            tenant_id=self.session.tenant_id,
            message_id=f"msg_{ULID()}",
            type=event_type,
            occurred_at=self.now,
            actor_type=self.principal.kind,
            actor_id=self.principal.id,
            impersonation_id=support.session_id if support else None,
            subject_type=type(subject).__name__,
            subject_id=subject.id,
            subject_version=version or subject.version,
            data=data,
            correlation_id=self.request_id,
        )


def plain(value: Any) -> Any:
    """Turn a value into what JSON can hold, without loss: decimals and instants become text."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in cast("list[Any]", value)]
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value


def _owned(entities: Iterable[object]) -> list[TenantOwned]:
    return [entity for entity in entities if isinstance(entity, TenantOwned)]


def _action_of(changed: Mapping[str, Any]) -> AuditAction:
    return next((TOLD_BY_FIELD[name] for name in TOLD_BY_FIELD if name in changed), AuditAction.UPDATE)


def _default_of(column: Any) -> Any:
    default = column.default
    return default.arg(None) if default.is_callable else default.arg


def _masked(entity: TenantOwned, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as JSON, with a mark in place of what is protected; a name may be that of a list of children."""
    columns = inspect(type(entity)).columns
    is_masked = {name: name in columns and policy_of(columns[name]).masked for name in values}
    return {
        name: MASK if is_masked[name] and value is not None else plain(_as_stored(columns.get(name), value))
        for name, value in values.items()
    }


def _as_stored(column: Column[Any] | None, value: Any) -> Any:
    """Return a value as PostgreSQL stores it: a decimal with all the places of its column, rounded half up."""
    if not isinstance(value, Decimal) or column is None or not isinstance(column.type, Numeric):
        return value
    places = column.type.scale
    return value if places is None else value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _personal(entity: TenantOwned, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that the audit trail holds sealed."""
    names = sealed_columns(type(entity))
    return {name: plain(value) for name, value in values.items() if name in names and value is not None}


def _values(entity: TenantOwned) -> dict[str, Any]:
    names = [column.key for column in inspect(type(entity)).columns if column.key not in STAMPS]
    values = {name: getattr(entity, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _changes(entity: TenantOwned) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the changed fields before and after; a field that was set to what it was is not a change."""
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    columns = inspect(type(entity)).columns
    for attribute in inspect(entity).attrs:
        history = attribute.history
        if attribute.key in STAMPS or not history.has_changes():
            continue
        before = history.deleted[0] if history.deleted else None
        after = history.added[0] if history.added else None
        if not columns[attribute.key].type.compare_values(before, after):
            old[attribute.key], new[attribute.key] = before, after
    return old, new
