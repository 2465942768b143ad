"""Values of rows as a trail holds them, shown as the API shows the row itself: names, ids, choices, instants.

What may be seen is settled now, not when it was written: the type by its own permission and module, each field by its
own. A value that is protected, by today's declaration or by the one of its day, is a mark. A column that the API does
not show, or that is no more, is left out.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from graphql import GraphQLFieldResolver
from graphql.pyutils import Path
from sqlalchemy import ARRAY, Column
from sqlalchemy.dialects.postgresql import JSONB

from db.columns import named_by, policy_of
from schema.derive import ids
from schema.derive.declare import Entity
from schema.derive.fields import ColumnField, Guarded
from schema.derive.names import snake_plural
from schema.derive.registry import Registry, attribute_field
from schema.derive.scalars import scalar_of
from schema.execute.request import Info, Request, request_of
from schema.execute.resolve import may
from subscriptions.recorder import MASK

READ: Final[Mapping[type, Callable[[str], Any]]] = {
    UUID: UUID,
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    time: time.fromisoformat,
    Decimal: Decimal,
}
"""How a value that JSON does not have is read back from the text that the trail holds."""


def values(field: ColumnField, type_column: str) -> GraphQLFieldResolver:
    """Return the values of a row of another type; null where the caller may not see objects of that type."""

    def resolve(entry: Any, info: Info) -> dict[str, Any] | None:
        request = request_of(info)
        entity = request.registry.entity(getattr(entry, type_column))
        if entity is None or not may(Guarded(entity.read, request.registry.module_of(entity)), info):
            return None
        return as_shown(request, entity, getattr(entry, field.column.key), info.path)

    return resolve


def as_shown(request: Request, entity: Entity, stored: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Return values of a row by the names that the API has; `path` is where they stand in the answer."""
    columns = {column.key: column for column in request.registry.shown_columns(entity)}
    shown: dict[str, Any] = {}
    for key, value in stored.items():
        if key in columns:
            name = attribute_field(columns[key])
            shown[name] = _unless_hidden(request, columns[key], value, path.add_key(name, None))
        elif child := _child(request.registry, key):
            shown[child.plural] = _ids(child, value)
    return shown


def _ids(child: Entity, rows: Any) -> Any:
    try:
        return [ids.encode(child.name, UUID(each)) for each in rows]
    except (ValueError, TypeError, AttributeError):
        return rows


def _child(registry: Registry, plural: str) -> Entity | None:
    """Return the entity of which a row's trail holds a new order, by its plural."""
    return next((each for each in registry.entities if snake_plural(each.plural) == plural), None)


def _unless_hidden(request: Request, column: Column[Any], value: Any, path: Path) -> Any:
    needs = policy_of(column).readable_with
    if needs is not None and not request.asking.principal.can(needs):
        request.hide(path, needs)
        return None
    return _value(request.registry, column, value)


def _value(registry: Registry, column: Column[Any], value: Any) -> Any:
    if value is None or value == MASK or policy_of(column).masked:
        return None if value is None else MASK
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
    return scalar_of(column).serialize(READ[kind](value) if kind in READ else value)
