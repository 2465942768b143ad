"""Personal data: whose data a row holds, and how it stands in the audit trail, sealed with the key of that person.

A sealed value is `{"key": <id of the person's key>, "sealed": <text>}`, bound to its tenant, entity and column; what is
written of somebody whose key is destroyed has no `sealed`. The id leads to the key, also when the row is gone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

import orjson
from sqlalchemy import Column, ColumnElement

from db.base import Base, TenantOwned
from db.columns import Classification, NamedIn, Whose, policy_of
from db.encryption import CannotDecrypt, PersonKey

PEOPLE: Final = frozenset({"User", "NewHire"})
"""The types of those whose data can be erased."""

KEY: Final = "key"
SEALED: Final = "sealed"


class Subject(NamedTuple):
    """A person whom data is about: their type and their id."""

    kind: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a value in the audit trail: it opens nowhere else."""

    tenant_id: UUID
    type_name: str
    row_id: UUID
    column: str

    @property
    def aad(self) -> bytes:
        """The place as bytes."""
        return f"{self.tenant_id}:{self.type_name}.{self.column}:{self.row_id}".encode()


@cache
def personal_columns(model: type[Any]) -> Sequence[str]:
    """Name the columns of a model that hold personal data, encrypted ones too."""
    columns: Sequence[Column[Any]] = list(model.__table__.columns)
    return [column.key for column in columns if policy_of(column).classified is Classification.PERSONAL]


@cache
def sealed_columns(model: type[Any]) -> frozenset[str]:
    """Name the columns whose values the audit trail holds sealed: personal ones, unless their row has ciphertext."""
    columns: Mapping[str, Column[Any]] = model.__table__.columns
    return frozenset(name for name in personal_columns(model) if not policy_of(columns[name]).encrypted)


def whose(model: type[Any]) -> Whose | None:
    """Return whose data a model's rows hold, as it is declared."""
    return getattr(model, "__whose__", None)


def personal_models() -> Sequence[type[TenantOwned]]:
    """Return the models that hold personal data, in the order of their names."""
    models = [mapper.class_ for mapper in Base.registry.mappers if personal_columns(mapper.class_)]
    return sorted(models, key=lambda model: model.__name__)


def subject_of(entity: TenantOwned) -> Subject | None:
    """Return the person whom a row is about; None where it is about nobody."""
    declared = whose(type(entity))
    if declared is None:
        return None
    kind, person = declared.kind, getattr(entity, declared.column)
    if isinstance(kind, NamedIn):
        kind = kind.type_of(getattr(entity, kind.column))
    return Subject(kind, person) if kind in PEOPLE and person is not None else None


def is_about(model: type[Any], subject: Subject) -> ColumnElement[bool] | None:
    """Select the rows of a model that are about a person; None where none can be."""
    declared = whose(model)
    if declared is None:
        return None
    is_person: ColumnElement[bool] = getattr(model, declared.column) == subject.id
    if isinstance(declared.kind, NamedIn):
        return is_person & getattr(model, declared.kind.column).in_(declared.kind.said_of(subject.kind))
    return is_person if declared.kind == subject.kind else None


def sealed(key_id: UUID, key: PersonKey | None, place: Place, value: Any) -> dict[str, str]:
    """Return what the trail holds in place of a value; without a key, that it was erased."""
    if key is None:
        return {KEY: str(key_id)}
    return {KEY: str(key_id), SEALED: key.seal(orjson.dumps(value).decode(), aad=place.aad)}


def key_of(stored: Any) -> UUID | None:
    """Return the id of the key that a stored value names; None for one that is not sealed."""
    if not isinstance(stored, dict):
        return None
    held = cast("dict[str, Any]", stored)
    if not {KEY} <= held.keys() <= {KEY, SEALED}:
        return None
    try:
        return UUID(held[KEY])
    except (ValueError, TypeError, AttributeError):
        return None


def opened(stored: Any, key: PersonKey, place: Place) -> Any:
    """Return the value that is sealed, or raise `CannotDecrypt`."""
    try:
        return orjson.loads(key.open(stored[SEALED], aad=place.aad))
    except (KeyError, TypeError, AttributeError):
        raise CannotDecrypt from None
