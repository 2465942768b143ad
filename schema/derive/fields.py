"""What a field is, said beside it in the schema.

A column, a relation, a connection, a batch function or a resolver.

Engines read this declaration, kept in `GraphQLField.extensions`, to decide how to get the field's value; tests read
it to walk the schema. It holds no code that runs.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from graphql import GraphQLField
from sqlalchemy import Column

from resolvers.computed import Computed
from resolvers.operation import Operation
from resolvers.reading import Reading
from resolvers.state import StateMachine
from resolvers.watching import Watching
from schema.derive.declare import Entity

KEY: Final = "workgraph"


class Measure(Enum):
    """What many values of a column come to: one value."""

    MIN = "min"
    MAX = "max"
    SUM = "sum"
    AVG = "avg"


@dataclass(frozen=True, slots=True, eq=False)
class Guarded:
    """The permission without which a field is null or refused, and the module that it belongs to."""

    needs: str | None
    module: str | None


@dataclass(frozen=True, slots=True, eq=False)
class ColumnField(Guarded):
    """The value of a column of the parent's row."""

    column: Column[Any]


@dataclass(frozen=True, slots=True, eq=False)
class RelationField(Guarded):
    """The entity that a reference of the parent's row points at."""

    column: Column[Any]
    target: Entity


@dataclass(frozen=True, slots=True, eq=False)
class AnyField(Guarded):
    """What an id of any type names; the permission is that of the type."""

    column: Column[Any]


@dataclass(frozen=True, slots=True, eq=False)
class ConnectionField(Guarded):
    """A page of entities: all of the tenant's, or those whose reference `via` points at the parent."""

    entity: Entity
    via: Column[Any] | None


@dataclass(frozen=True, slots=True, eq=False)
class AggregateField(Guarded):
    """What everything that matches the parent connection comes to, on every page together."""

    entity: Entity


@dataclass(frozen=True, slots=True, eq=False)
class GroupsField(Guarded):
    """The same for each group of what matches: of those that are equal in the columns that its `by` names."""

    entity: Entity


@dataclass(frozen=True, slots=True, eq=False)
class CountField(Guarded):
    """How many there are, in all or in a group."""


@dataclass(frozen=True, slots=True, eq=False)
class MeasureField(Guarded):
    """One measure of an aggregate or a group; the columns that it is taken of are selected inside."""

    measure: Measure


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredField(Guarded):
    """The measure around it, of a column; null, and noted as hidden, for who may not read the column."""

    column: Column[Any]


@dataclass(frozen=True, slots=True, eq=False)
class KeyField(Guarded):
    """What all of a group have in a column; null where the group is not by it. `by` asks for the permission."""

    column: Column[Any]


@dataclass(frozen=True, slots=True, eq=False)
class ComputedField(Guarded):
    """A value worked out for all parents at once."""

    computed: Computed


@dataclass(frozen=True, slots=True, eq=False)
class TransitionsField(Guarded):
    """The operations that move the parent's status, worked out for all parents at once."""

    machine: StateMachine


@dataclass(frozen=True, slots=True, eq=False)
class OneField(Guarded):
    """One entity by its id."""

    entity: Entity | None


@dataclass(frozen=True, slots=True, eq=False)
class AccessField(Guarded):
    """Why somebody sees an object or one of its fields, or does not; and why anybody may ask."""

    because: str


@dataclass(frozen=True, slots=True, eq=False)
class ReadingField(Guarded):
    """A question of the business."""

    reading: Reading


@dataclass(frozen=True, slots=True, eq=False)
class WatchingField(Guarded):
    """A question that is answered again whenever its answer may have changed."""

    watching: Watching


@dataclass(frozen=True, slots=True, eq=False)
class FollowingField(Guarded):
    """The events that the caller may read, one by one."""


@dataclass(frozen=True, slots=True, eq=False)
class CommandField(Guarded):
    """A mutation: one operation in its own transaction."""

    operation: Operation


def declaration_of(field: GraphQLField) -> Any:
    """Return what a derived field is, or None for one that was written by hand."""
    return field.extensions.get(KEY)
