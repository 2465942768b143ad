"""Values of rows as a trail holds them, shown as the API shows the row itself: names, ids, choices, instants.

What may be seen is settled now, not when it was written: the type by its own permission and module, each field by its
own. Personal data is opened with the key of its person, all keys of an answer in one statement; where the key is
destroyed, it is told to be erased. Any other value that is protected, by today's declaration or by the one of its day,
is a mark. A column that the API does not show, or that is no more, is left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import InvalidOperation
from typing import Any
from uuid import UUID

from graphql import GraphQLFieldResolver
from graphql.pyutils import AwaitableOrValue, Path
from sqlalchemy import ARRAY, Column
from sqlalchemy.dialects.postgresql import JSONB

from db.columns import named_by, policy_of
from db.encryption import CannotDecrypt
from db.person_keys import HeldKey
from db.personal import Place, key_of, opened, sealed_columns
from resolvers.audit.person_keys import ERASED, keys_of
from schema.derive import ids
from schema.derive.declare import Entity
from schema.derive.fields import ColumnField, Guarded
from schema.derive.names import snake_plural
from schema.derive.registry import Registry, attribute_field
from schema.derive.scalars import READERS, scalar_of
from schema.execute.request import Info, Request, request_of
from schema.execute.resolve import may
from subscriptions.recorder import MASK

Keys = Mapping[UUID, HeldKey | None]


@dataclass(frozen=True, slots=True)
class Told:
    """The row that values are of, for one request; `path` is where they stand in the answer."""

    request: Request
    entity: Entity
    row_id: UUID
    path: Path


def values(field: ColumnField, type_column: str) -> GraphQLFieldResolver:
    """Return the values of a row of another type; null where the caller may not see objects of that type."""
    id_column = _beside(field.column, type_column)

    def resolve(entry: Any, info: Info) -> AwaitableOrValue[dict[str, Any] | None]:
        request = request_of(info)
        entity = told_of(request.registry, type_column, entry)
        if entity is None or not may(guarding(request.registry, entity), info):
            return None
        told = Told(request, entity, getattr(entry, id_column), info.path)
        return as_shown(told, getattr(entry, field.column.key))

    return resolve


def told_of(registry: Registry, type_column: str, entry: Any) -> Entity | None:
    """Return the type of which the values of an entry are; None where it is not public."""
    return registry.entity(getattr(entry, type_column))


def guarding(registry: Registry, entity: Entity) -> Guarded:
    """Return what seeing values of a type asks for."""
    return Guarded(entity.read, registry.module_of(entity))


def _beside(column: Column[Any], type_column: str) -> str:
    """Name the column that holds the id of the row whose type another one names."""
    named = {each.key: policy_of(each).named_in for each in column.table.columns}
    return next(name for name, each in named.items() if each and each.column == type_column)


def as_shown(told: Told, stored: Mapping[str, Any]) -> AwaitableOrValue[dict[str, Any]]:
    """Return values of a row by the names that the API has; keys of people, where they are needed, are waited for."""
    needed = {key for column, value in _columns(told, stored) if (key := _key_needed(told, column, value))}
    if not needed:
        return _shown(told, stored, {})
    reading = told.request.reading

    async def batch(ids: Sequence[UUID]) -> Sequence[HeldKey | None]:
        return await keys_of(reading.looking, ids)

    ids = sorted(needed)
    loading = reading.loader(keys_of, batch).load_many(ids)

    async def shown() -> dict[str, Any]:
        return _shown(told, stored, dict(zip(ids, await loading, strict=True)))

    return shown()


def _columns(told: Told, stored: Mapping[str, Any]) -> Sequence[tuple[Column[Any], Any]]:
    shown = told.request.registry.shown_columns(told.entity)
    return [(column, stored[column.key]) for column in shown if column.key in stored]


def _key_needed(told: Told, column: Column[Any], value: Any) -> UUID | None:
    """Return the key that a value needs for this caller."""
    needs = policy_of(column).readable_with
    return _key_of(told, column, value) if needs is None or told.request.asking.principal.can(needs) else None


def _key_of(told: Told, column: Column[Any], value: Any) -> UUID | None:
    """Return the key of a value; what looks like sealed in a column that is not personal is what somebody wrote."""
    return key_of(value) if column.key in sealed_columns(told.entity.model) else None


def _shown(told: Told, stored: Mapping[str, Any], keys: Keys) -> dict[str, Any]:
    columns = {column.key: column for column, _ in _columns(told, stored)}
    shown: dict[str, Any] = {}
    for key, value in stored.items():
        if key in columns:
            name = attribute_field(columns[key])
            known = _named_in(columns[key], value, stored)
            shown[name] = _unless_hidden(told, columns[key], known, told.path.add_key(name, None), keys)
        elif child := _child(told.request.registry, key):
            shown[child.plural] = _ids(child, value)
    return shown


def _named_in(column: Column[Any], value: Any, stored: Mapping[str, Any]) -> Any:
    """Return the id of what is of any type as the API has it, where the row's values say of which."""
    named_in = policy_of(column).named_in
    said = stored.get(named_in.column) if named_in else None
    kind = named_in.type_of(said) if named_in and isinstance(said, str) else None
    try:
        return ids.encode(kind, UUID(value)) if kind else value
    except (ValueError, TypeError, AttributeError):
        return value  # the column held something else in its day


def _ids(child: Entity, rows: Any) -> Any:
    try:
        return [ids.encode(child.name, UUID(each)) for each in rows]
    except (ValueError, TypeError, AttributeError):
        return rows


def _child(registry: Registry, plural: str) -> Entity | None:
    """Return the entity of which a row's trail holds a new order, by its plural."""
    return next((each for each in registry.entities if snake_plural(each.plural) == plural), None)


def _unless_hidden(told: Told, column: Column[Any], value: Any, path: Path, keys: Keys) -> Any:
    needs = policy_of(column).readable_with
    if needs is not None and not told.request.asking.principal.can(needs):
        told.request.hide(path, needs)
        return None
    if key_id := _key_of(told, column, value):
        return _opened(told, column, value, keys.get(key_id))
    return _value(told.request.registry, column, value)


def _opened(told: Told, column: Column[Any], value: Any, held: HeldKey | None) -> Any:
    """Return what is sealed, to somebody who may read the field; what does not open is a mark."""
    if held is None:
        return MASK
    if held.key is None:
        return ERASED
    place = Place(told.request.asking.tenant.id, told.entity.name, told.row_id, column.key)
    try:
        return _answered(told.request.registry, column, opened(value, held.key, place))
    except CannotDecrypt:
        return MASK


def _value(registry: Registry, column: Column[Any], value: Any) -> Any:
    if value is None or value == MASK or policy_of(column).masked:
        return None if value is None else MASK
    return _answered(registry, column, value)


def _answered(registry: Registry, column: Column[Any], value: Any) -> Any:
    try:
        return _as_answered(registry, column, value)
    except (ValueError, TypeError, AttributeError, InvalidOperation):
        return value  # the column held something else in its day


def _as_answered(registry: Registry, column: Column[Any], value: Any) -> Any:
    """Return a value as the column's own field answers it."""
    if names := named_by(column):
        return ids.encode(names, UUID(value))
    if isinstance(column.type, ARRAY | JSONB):
        return value
    if choices := registry.enum_of(column):
        return next((name for name, each in choices.values.items() if each.value.value == value), value)
    kind = column.type.python_type
    return scalar_of(column).serialize(READERS[kind](value) if kind in READERS else value)
