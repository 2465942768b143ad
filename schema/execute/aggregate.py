"""How the reference engine answers `aggregate` and `groups` of a connection.

What is selected of an aggregate is collected from its leaves, for all parents, and read in one statement; groups are
read in one statement for each field `groups`, however many parents there are.
"""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from graphql import GraphQLFieldResolver
from sqlalchemy import Column

from db.columns import named_by
from resolvers.barred import TooMuch
from schema.derive import ids
from schema.derive.declare import LARGEST_GROUPS
from schema.derive.fields import GroupsField, KeyField, Measure, MeasuredField, MeasureField
from schema.execute.group import Grouping, grouping
from schema.execute.measure import NOTHING, Comes, Measured, grouped, grouped_within, read, whole, whole_within
from schema.execute.page import condition_of
from schema.execute.request import Info
from schema.execute.resolve import Connection, may

Field = GraphQLFieldResolver
Part = tuple[UUID, Measured | None]
"""One value of an aggregate: of which parent, and what; None is the count."""


@dataclass(frozen=True, slots=True)
class Whole:
    """An aggregate before anything is read: each value is read when it is selected, together with all others."""

    connection: Connection

    def value(self, measured: Measured | None) -> Awaitable[Any]:
        """Return a measure, or the count."""
        connection = self.connection

        async def batch(parts: Sequence[Part]) -> Sequence[Any]:
            return await _parts(connection, parts)

        loader = connection.request.reading.loader(("aggregate", connection.key), batch)
        return loader.load((connection.parent, measured))


@dataclass(frozen=True, slots=True)
class Group:
    """A group that was read."""

    comes: Comes

    def value(self, measured: Measured | None) -> Any:
        """Return a measure, or the count."""
        return self.comes.count if measured is None else self.comes.measures[measured]


async def _parts(connection: Connection, parts: Sequence[Part]) -> Sequence[Any]:
    """Read all that is selected of the aggregates of several parents."""
    measured = list(dict.fromkeys(each for _, each in parts if each is not None))
    found = await _wholes(connection, measured, list(dict.fromkeys(parent for parent, _ in parts)))
    wholes = [(found.get(parent, NOTHING), each) for parent, each in parts]
    return [comes.count if each is None else comes.measures.get(each) for comes, each in wholes]


async def _wholes(
    connection: Connection, measured: Sequence[Measured], parents: Sequence[UUID]
) -> Mapping[UUID, Comes]:
    field, session = connection.field, connection.request.reading.session
    condition = condition_of(connection.request, field, connection.asked)
    if field.via is None:
        [row] = await session.rows(whole(field.entity, measured, condition))
        return {connection.parent: read(row, [], measured)}
    rows = await session.rows(whole_within(field.entity, measured, condition, field.via, parents))
    return {parent: read(row, [], measured) for parent, *row in rows}


def aggregate(connection: Connection, _info: Info) -> Whole:
    """Return what all of a connection come to, on every page together."""
    connection.request.hand_out(1)
    return Whole(connection)


def groups(field: GroupsField) -> Field:
    """Return the groups of a connection; the arguments are checked once, whatever the number of parents."""

    def resolve(connection: Connection, info: Info, **arguments: Any) -> Awaitable[list[Group]]:
        request = connection.request
        key = ("groups", connection.key, *map(id, info.field_nodes))
        asked = request.asked.get(key)
        if asked is None:
            asked = request.asked[key] = grouping(request, info, field.entity, arguments)

        async def batch(parents: Sequence[UUID]) -> Sequence[Any]:
            found = await _read_groups(connection, asked, parents)
            return [_bounded(asked, found.get(parent, [])) for parent in parents]

        return _handed_out(connection, request.reading.loader(key, batch).load(connection.parent))

    return resolve


async def _handed_out(connection: Connection, found: Awaitable[list[Group]]) -> list[Group]:
    handed = await found
    connection.request.hand_out(len(handed))
    return handed


async def _read_groups(
    connection: Connection, asked: Grouping, parents: Sequence[UUID]
) -> Mapping[UUID, Sequence[Comes]]:
    field, request = connection.field, connection.request
    condition = condition_of(request, field, connection.asked)
    session, measured = request.reading.session, asked.measured
    if field.via is None:
        rows = await session.rows(grouped(field.entity, asked.keys, measured, condition, asked.most))
        return {connection.parent: [read(row, asked.keys, measured) for row in rows]}
    statement = grouped_within(field.entity, asked.keys, measured, condition, asked.most, field.via, parents)
    rows = await session.rows(statement.limit(request.room + len(parents) + 1))
    if len(rows) > request.room + len(parents):
        request.hand_out(len(rows))
    by_parent = groupby(rows, key=lambda row: row[0])
    return {parent: [read(row[1:], asked.keys, measured) for row in found] for parent, found in by_parent}


def _bounded(asked: Grouping, found: Sequence[Comes]) -> list[Group] | TooMuch:
    """Return the groups of one parent, or the error of that one where all were asked for and there are too many."""
    if asked.first is None and len(found) > LARGEST_GROUPS:
        message = f"There are more than {LARGEST_GROUPS:,} groups; ask for the largest with `first`, or group by less."
        return TooMuch(message, most=LARGEST_GROUPS)
    return [Group(each) for each in found]


def count(source: Whole | Group, _info: Info) -> Any:
    """Return how many there are."""
    return source.value(None)


def measure(field: MeasureField) -> Field:
    """Return what the columns inside are looked up by: where, and which measure."""
    return lambda source, _info: (source, field.measure)


def measured(field: MeasuredField) -> Field:
    """Return a measure of a column; null where the caller may not read the column."""

    def resolve(around: tuple[Whole | Group, Measure], info: Info) -> Any:
        source, measure = around
        return source.value(Measured(measure, field.column)) if may(field, info) else None

    return resolve


def key(group: Group, _info: Info) -> Mapping[str, Any]:
    """Return what all of a group have in common, by column."""
    return group.comes.keys


def key_value(field: KeyField) -> Field:
    """Return one value of a key; ids are made opaque."""
    name, id_type = field.column.key, _id_type(field.column)

    def resolve(keys: Mapping[str, Any], _info: Info) -> Any:
        value = keys.get(name)
        return ids.encode(id_type, value) if id_type is not None and value is not None else value

    return resolve


def _id_type(column: Column[Any]) -> str | None:
    return named_by(column)
