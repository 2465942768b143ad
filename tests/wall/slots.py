"""A place of the schema that takes an id or a cursor, and which type an id there must name.

That is read from the declaration of the mutation, of the root field, or of the filtered column. Where these say
nothing, `NAMES` must.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, get_args, get_origin

from graphql import GraphQLField, GraphQLInputObjectType, GraphQLList, GraphQLNonNull, GraphQLSchema
from sqlalchemy import Column

from db.columns import named_by, policy_of, reference_of
from resolvers.operation import Parameter
from resolvers.places import table_of
from schema.derive.fields import CommandField, OneField, ReadingField, declaration_of
from schema.derive.names import camel
from tests.wall.graph import Route
from tests.wall.parties import ENTITIES

ANY = "*"
EITHER = "|"
"""Stands between the types, where an id names one of several."""
NAMES: Mapping[str, str] = {
    "TestSsoProviderInput.id": "SsoProvider",
    "explainAccess(id)": ANY,
    "explainAccess(userId)": "User",
    "importColumns(fileId)": "StoredFile",
}
"""Which type an id names, by `Type.field` of an input or `Type.field(argument)`, where no declaration says it."""


class NoSample(LookupError):
    """There is a place for an id or a value that these tests cannot fill; the text says which, and what to do."""


class Kind(Enum):
    """What a place takes."""

    ID = "id"
    CURSOR = "cursor"


@dataclass(frozen=True)
class Step:
    """One name on the way into an argument, the input type that it is in (none for the argument), whether it lists."""

    name: str
    within: str | None
    listed: bool


@dataclass(frozen=True)
class Slot:
    """A place that takes an id or a cursor: the way to its field, the way into the argument, the type that is named."""

    operation: str
    route: Route
    steps: tuple[Step, ...]
    kind: Kind
    named: str

    @property
    def listed(self) -> bool:
        """Whether the place takes a list of ids."""
        return self.steps[-1].listed

    @property
    def coordinate(self) -> str:
        """The place in the schema, whatever the way to it."""
        last = self.steps[-1]
        return f"{last.within}.{last.name}" if last.within else f"{'.'.join(self.route)}({last.name})"

    def __str__(self) -> str:
        return f"{'.'.join(self.route)}({'.'.join(step.name for step in self.steps)})"


def is_list(kind: Any) -> bool:
    """Whether a type is a list."""
    return isinstance(kind.of_type if isinstance(kind, GraphQLNonNull) else kind, GraphQLList)


def type_named(schema: GraphQLSchema, slot: Slot, field: GraphQLField) -> str | None:
    """Return the type that the ids of a place name, if its own declaration or `NAMES` says so."""
    step = slot.steps[-1]
    if slot.coordinate in NAMES:
        return NAMES[slot.coordinate]
    declared = declaration_of(field)
    if isinstance(declared, OneField) and step.within is None:
        return declared.entity.name if declared.entity else ANY
    if isinstance(declared, ReadingField) and step.within is None:
        return next((each.names for each in declared.reading.parameters if camel(each.name) == step.name), None)
    if step.within is None:
        return None
    kind = schema.type_map[step.within]
    assert isinstance(kind, GraphQLInputObjectType)
    name = kind.fields[step.name].out_name or step.name
    if isinstance(declared, CommandField) and name in declared.operation.inputs:
        return named_by_parameter(declared.operation.inputs[name])
    return named_by_filter(step.within, name)


def named_by_parameter(parameter: Parameter) -> str | None:
    """Return the type that an operation's argument names: that of an entity, of a list of them, or of a reference."""
    if parameter.names:
        return parameter.names
    kind = get_args(parameter.kind)[0] if get_origin(parameter.kind) is list else parameter.model or parameter.kind
    if isinstance(kind, Column):
        reference = reference_of(kind)
        return reference.target if reference else None
    return getattr(kind, "__name__", None) if kind in ENTITIES.values() else None


def named_by_filter(type_name: str, name: str) -> str | None:
    """Return the type that a filter's column names: the entity's own for `id`, else what the column refers to."""
    model = ENTITIES.get(type_name.removesuffix("Filter")) if type_name.endswith("Filter") else None
    column = table_of(model).columns.get(name) if model else None
    if column is None:
        return None
    if named := policy_of(column).named_in:
        return EITHER.join(type_name for _, type_name in named.words) or ANY
    return type_name.removesuffix("Filter") if name == "id" else named_by(column)
