"""The statements of aggregates and groups: what the rows that meet a condition come to, in PostgreSQL's own numbers.

They take an entity, what is measured of which columns, and a condition over the entity's model; with the reference
`via` and parents, one statement does it for all of these at once. The first column of each row is the parent, where
there are parents; then come the count, the keys of a group, and the measures, in the order given.

Sums and means are exact decimals: PostgreSQL adds up integers and decimals without rounding, and gives a mean at least
16 significant digits. Texts are compared by their bytes, as in orders.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Numeric,
    Select,
    String,
    Subquery,
    Text,
    Uuid,
    case,
    cast,
    func,
    literal,
    select,
)

from db.columns import shown_words
from schema.derive.declare import Entity
from schema.derive.fields import Measure
from schema.derive.groupings import Period, is_instant

UTC_NAMES: Final = frozenset({"UTC", "Etc/UTC"})
EARLIEST: Final = datetime.min + datetime.resolution  # noqa: DTZ901 - what clocks show has no zone
LATEST: Final = datetime.max - datetime.resolution  # noqa: DTZ901
"""The ends of time but one: the driver stores the very ends as infinite, which would be no bounds."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of one column."""

    measure: Measure
    column: Column[Any]


@dataclass(frozen=True, slots=True)
class Key:
    """One column by which rows are grouped: by each value, or by the period that it is in, in a time zone."""

    column: Column[Any]
    period: Period | None = None
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Comes:
    """What rows come to: how many there are, what they have in common by column, and their measures."""

    count: int
    keys: Mapping[str, Any]
    measures: Mapping[Measured, Any]


NOTHING: Final = Comes(0, {}, {})


def whole(entity: Entity, measured: Sequence[Measured], condition: ColumnElement[bool]) -> Select[Any]:
    """Return the statement of what all rows that meet a condition come to: one row."""
    columns = [_measuring(each.measure, _shown(entity, each.column)) for each in measured]
    return select(func.count(), *columns).select_from(entity.model).where(condition)


def whole_within(
    entity: Entity,
    measured: Sequence[Measured],
    condition: ColumnElement[bool],
    via: Column[Any],
    parents: Sequence[UUID],
) -> Select[Any]:
    """Return the statement of the same for each of several parents: a row for each that has any."""
    columns = [_measuring(each.measure, _shown(entity, each.column)) for each in measured]
    return select(via, func.count(), *columns).where(via == _any(parents), condition).group_by(via)


def grouped(
    entity: Entity,
    keys: Sequence[Key],
    measured: Sequence[Measured],
    condition: ColumnElement[bool],
    most: int,
) -> Select[Any]:
    """Return the statement of what each group of rows comes to, the largest first, up to a number of groups."""
    rows = _rows(entity, keys, measured, condition, None)
    by = _keys_of(rows, keys)
    return _groups(rows, by, measured).group_by(*by).order_by(*_largest_first(by)).limit(most)


def grouped_within(
    entity: Entity,
    keys: Sequence[Key],
    measured: Sequence[Measured],
    condition: ColumnElement[bool],
    most: int,
    via: Column[Any],
    parents: Sequence[UUID],
) -> Select[Any]:
    """Return the statement of the same for each of several parents, up to a number of groups for each of them."""
    rows = _rows(entity, keys, measured, condition & (via == _any(parents)), via)
    by = _keys_of(rows, keys)
    place = func.row_number().over(partition_by=rows.c.parent, order_by=_largest_first(by)).label("place")
    each = _groups(rows, by, measured, rows.c.parent).add_columns(place).group_by(rows.c.parent, *by).subquery("each")
    shown = [column for column in each.c if column.key != "place"]
    return select(*shown).where(each.c.place <= most).order_by(each.c.parent, each.c.place)


def read(row: Sequence[Any], keys: Sequence[Key], measured: Sequence[Measured]) -> Comes:
    """Read one row of these statements, without its parent."""
    count, *values = row
    named = {key.column.key: value for key, value in zip(keys, values, strict=False)}
    return Comes(count, named, dict(zip(measured, values[len(keys) :], strict=True)))


def _rows(
    entity: Entity,
    keys: Sequence[Key],
    measured: Sequence[Measured],
    condition: ColumnElement[bool],
    via: Column[Any] | None,
) -> Subquery:
    """Return the rows with their keys worked out, once, and what is measured of them."""
    parent = [via.label("parent")] if via is not None else []
    by = [_key(entity, key).label(f"key{index}") for index, key in enumerate(keys)]
    values = [_shown(entity, each.column).label(f"value{index}") for index, each in enumerate(measured)]
    return select(*parent, *by, *values).where(condition).subquery("rows")


def _groups(
    rows: Subquery, by: Sequence[ColumnElement[Any]], measured: Sequence[Measured], *first: ColumnElement[Any]
) -> Select[Any]:
    values = [
        _measuring(each.measure, rows.c[f"value{index}"]).label(f"measure{index}")
        for index, each in enumerate(measured)
    ]
    return select(*first, func.count().label("size"), *by, *values).select_from(rows)


def _keys_of(rows: Subquery, keys: Sequence[Key]) -> list[ColumnElement[Any]]:
    return [rows.c[f"key{index}"] for index in range(len(keys))]


def _largest_first(by: Sequence[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """Return the order of groups, which is total: no two have the same keys."""
    return [func.count().desc(), *(_ranked(each).asc().nulls_last() for each in by)]


def _measuring(measure: Measure, value: ColumnElement[Any]) -> ColumnElement[Any]:
    if measure is Measure.SUM:
        return cast(func.sum(value), Numeric())
    if measure is Measure.AVG:
        return func.trim_scale(func.avg(value), type_=Numeric())
    ranked = _ranked(value)
    return func.min(ranked) if measure is Measure.MIN else func.max(ranked)


def _ranked(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return value.collate("C") if isinstance(value.type, String | Text) else value


def _shown(entity: Entity, column: Column[Any]) -> ColumnElement[Any]:
    """Return the value of a column, as the API calls it."""
    value, words = getattr(entity.model, column.key), shown_words(column)
    return case(words, value=value, else_=value) if words else value


def _key(entity: Entity, key: Key) -> ColumnElement[Any]:
    """Return what rows of one group have in common: a value, or the first day of a period."""
    value = _shown(entity, key.column)
    if key.period is None or (key.period is Period.DAY and key.column.type.python_type is date):
        return value
    local = _local(value, key.zone) if is_instant(key.column) else cast(value, DateTime())
    return cast(func.date_trunc(key.period.value, local), Date())


def _local(instant: ColumnElement[Any], zone: str) -> ColumnElement[Any]:
    """Return what clocks show at an instant; those that a date cannot hold, at either end of time, as its ends."""
    local = func.timezone(literal(zone, Text()), instant, type_=DateTime())
    if zone in UTC_NAMES:
        return local
    within = func.greatest(func.least(local, literal(LATEST, DateTime())), literal(EARLIEST, DateTime()))
    return case((instant.is_not(None), within))


def _any(parents: Sequence[UUID]) -> ColumnElement[Any]:
    return func.any(cast(literal(list(parents), ARRAY(Uuid)), ARRAY(Uuid)))
