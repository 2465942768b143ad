"""The keys of people, as a transaction that writes the audit trail has them: read, made where there is none, destroyed.

One statement reads the keys that a flush needs and that are not known yet, one makes those that are missing. Of two
transactions that make one at once, the second waits for the first and takes its key.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, DateTime, LargeBinary, Select, Text, Uuid, func, literal, select
from sqlalchemy import cast as as_type
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from db.encryption import Keyring, PersonKey
from db.models.log import AuditLog, DataSubjectKey
from db.personal import Place, Subject, sealed

KEYS: Final = DataSubjectKey.__table__
ONE_EACH: Final = ("tenant_id", "subject_type", "subject_id")
FOUND: Final = (KEYS.c.subject_type, KEYS.c.subject_id, KEYS.c.id, KEYS.c.sealed)


@dataclass(frozen=True, slots=True)
class HeldKey:
    """The key of a person; None once it is destroyed. `id` is what sealed values name."""

    id: UUID
    key: PersonKey | None


@dataclass(frozen=True, slots=True)
class Unsealed:
    """An audit entry that is not written yet, and the personal data that belongs in it: columns before and after."""

    entry: AuditLog
    subject: Subject
    before: Mapping[str, Any] = field(repr=False)
    after: Mapping[str, Any] = field(repr=False)

    def seal(self, held: HeldKey) -> None:
        """Put the sealed values into the entry."""
        self.entry.old_values = {**self.entry.old_values, **self._sealed(held, self.before)}
        self.entry.new_values = {**self.entry.new_values, **self._sealed(held, self.after)}

    def _sealed(self, held: HeldKey, values: Mapping[str, Any]) -> dict[str, Any]:
        entry = self.entry
        return {
            name: sealed(held.id, held.key, Place(entry.tenant_id, entry.entity_type, entry.entity_id, name), value)
            for name, value in values.items()
        }


@dataclass
class PersonKeys:
    """The keys that one transaction knows."""

    tenant_id: UUID
    keyring: Keyring
    now: datetime
    _known: dict[Subject, HeldKey] = field(default_factory=dict[Subject, HeldKey])

    def of(self, unit: Session, people: Collection[Subject]) -> Mapping[Subject, HeldKey]:
        """Return the keys of people; two statements at most, and none where all are known."""
        if missing := self._missing(people):
            self._note(unit.execute(_reading(missing)).all())
        if missing := self._missing(people):
            self._note(unit.execute(self._making(missing)).all())
        return self._known

    def destroyed(self, subject: Subject, key_id: UUID) -> None:
        """Note that the key of a person is destroyed."""
        self._known[subject] = HeldKey(key_id, None)

    def forget(self) -> None:
        """Know nothing: what was made may have been undone."""
        self._known.clear()

    def _missing(self, people: Collection[Subject]) -> Sequence[Subject]:
        """In one order for all, so that two transactions do not wait for each other."""
        return sorted(set(people) - self._known.keys())

    def _note(self, rows: Sequence[Any]) -> None:
        for row in rows:
            subject = Subject(row.subject_type, row.subject_id)
            self._known[subject] = HeldKey(row.id, opened(self.keyring, subject, row.sealed))

    def _making(self, people: Sequence[Subject]) -> Any:
        made = [PersonKey.generate().sealed(self.keyring, aad=kept_at(each)) for each in people]
        given = func.unnest(
            as_type([uuid7() for _ in people], ARRAY(Uuid)),
            as_type([each.kind for each in people], ARRAY(Text)),
            as_type([each.id for each in people], ARRAY(Uuid)),
            as_type(made, ARRAY(LargeBinary)),
        ).table_valued("id", "kind", "person", "sealed", name="given")
        stamps = (literal(self.tenant_id, Uuid), literal(self.now, DateTime(timezone=True)))
        rows = select(*given.render_derived().c, *stamps)
        adding = insert(KEYS).from_select(
            ["id", "subject_type", "subject_id", "sealed", "tenant_id", "created_at"], rows
        )
        return _or_else(adding, {"erased_at": KEYS.c.erased_at})


def destroying(tenant_id: UUID, subject: Subject, now: datetime) -> Any:
    """Return the statement that destroys the key of a person, also where they never had one; it returns its id."""
    row = {"id": uuid7(), "tenant_id": tenant_id, "created_at": now, "erased_at": now}
    adding = insert(KEYS).values(subject_type=subject.kind, subject_id=subject.id, sealed=None, **row)
    return _or_else(adding, {"sealed": None, "erased_at": func.coalesce(KEYS.c.erased_at, adding.excluded.erased_at)})


def opened(keyring: Keyring, subject: Subject, sealed: bytes | None) -> PersonKey | None:
    """Return a key from the form in which it is stored; None for one that is destroyed."""
    return None if sealed is None else PersonKey.opened(sealed, keyring, aad=kept_at(subject))


def kept_at(subject: Subject) -> bytes:
    """Name where the key of a person is kept."""
    return f"DataSubjectKey.sealed:{subject.kind}:{subject.id}".encode()


def _reading(people: Sequence[Subject]) -> Select[*tuple[Any, ...]]:
    return select(*FOUND).where(
        KEYS.c.subject_type == func.any(as_type(sorted({each.kind for each in people}), ARRAY(Text))),
        KEYS.c.subject_id == func.any(as_type([each.id for each in people], ARRAY(Uuid))),
    )


def _or_else(adding: Insert, changed: Mapping[str, ColumnElement[Any] | None]) -> Any:
    """Where there is a row already, change that; the row is returned in any case."""
    return adding.on_conflict_do_update(index_elements=ONE_EACH, set_=changed).returning(*FOUND)
