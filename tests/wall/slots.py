"""Finds every place of the schema that takes an id or a cursor: arguments of any field, and inputs as deep as wanted.

Which type an id must name is read from the declaration of the mutation, of the root field, or of the filtered column.
Where that says nothing, `NAMES` must; a place that nobody can fill is an error, so that no new one goes untried.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, get_args, get_origin

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    is_required_argument,
    is_required_input_field,
)
from sqlalchemy import Column

from db.columns import reference_of
from resolvers.operation import Parameter
from resolvers.places import table_of
from schema.derive.fields import CommandField, OneField, declaration_of
from tests.wall.graph import SCHEMA, Route, Word, is_connection, kind_of, root, routes
from tests.wall.parties import ENTITIES, Party

ANY = "*"
NAMES: Mapping[str, str] = {}
"""Which type an id names, by `Type.field` of an input or `Type.field(argument)`, where no declaration says it."""

VALUES: Mapping[str, Any] = {
    "String": "walled",
    "Int": 2,
    "Float": 1.5,
    "Boolean": True,
    "JSON": {},
    "Date": "2026-06-30",
    "DateTime": "2026-06-30T12:00:00Z",
    "LocalTime": "09:30",
    "Decimal": "12.50",
    "EmailAddress": "ada@example.com",
    "URL": "https://example.com/",
    "TimeZone": "Europe/Berlin",
    "CountryCode": "DE",
    "CurrencyCode": "EUR",
    "HexColor": "#1A2B3C",
}
"""A value of each scalar, for what a mutation requires beside the id in question."""


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


class Walker:
    """Walks a schema; `depth` bounds how many input objects stand in one another."""

    def __init__(self, schema: GraphQLSchema = SCHEMA, *, depth: int = 4) -> None:
        self.schema, self._depth = schema, depth

    def slots(self) -> list[Slot]:
        """Return every place, and fail on a field that cannot be reached or an id that cannot be named."""
        found = list(self._of_mutations())
        reached = routes(self.schema)
        for kind in self.schema.type_map.values():
            if isinstance(kind, GraphQLObjectType) and kind is not self.schema.mutation_type:
                found += self._of_type(kind, reached.get(kind.name))
        return found

    def _of_mutations(self) -> Iterator[Slot]:
        for name, field in root(self.schema, "mutation").fields.items() if self.schema.mutation_type else ():
            yield from self._of_field("mutation", (name,), field)

    def _of_type(self, kind: GraphQLObjectType, route: Route | None) -> Iterator[Slot]:
        for name, field in kind.fields.items():
            if route is None and list(self._of_field("query", (kind.name, name), field)):
                raise NoSample(f"no sample for {kind.name}.{name}: no query leads to {kind.name} without arguments")
            if route is not None:
                yield from self._of_field("query", (*route, name), field)

    def _of_field(self, operation: str, route: Route, field: GraphQLField) -> Iterator[Slot]:
        for name, argument in field.args.items():
            step = Step(name, None, is_list(argument.type))
            yield from self._inside(Slot(operation, route, (step,), Kind.ID, ""), kind_of(argument), field, ())

    def _inside(self, slot: Slot, kind: Any, field: GraphQLField, seen: tuple[str, ...]) -> Iterator[Slot]:
        """Go down from one argument; `slot.named` is the type named so far, by what stands around."""
        step = slot.steps[-1]
        named = type_named(self.schema, slot, field) or slot.named
        if kind is GraphQLID:
            if not named:
                raise NoSample(f"no sample for {slot.coordinate}: say in NAMES which type its ids name")
            yield Slot(slot.operation, slot.route, slot.steps, Kind.ID, named)
        elif takes_cursor(step, kind, field):
            yield Slot(slot.operation, slot.route, slot.steps, Kind.CURSOR, named)
        elif isinstance(kind, GraphQLInputObjectType) and len(slot.steps) <= self._depth:
            for name, inner in kind.fields.items():
                edge = f"{kind.name}.{name}"
                if edge not in seen:
                    steps = (*slot.steps, Step(name, kind.name, is_list(inner.type)))
                    below = Slot(slot.operation, slot.route, steps, Kind.ID, named)
                    yield from self._inside(below, kind_of(inner), field, (*seen, edge))


def takes_cursor(step: Step, kind: Any, field: GraphQLField) -> bool:
    """Whether a place takes a cursor: every text argument of a page does, and what is called so."""
    if kind is not GraphQLString:
        return False
    paged = step.within is None and is_connection(kind_of(field))
    return paged or step.name in {"after", "before"} or "cursor" in step.name.lower()


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
    kind = get_args(parameter.kind)[0] if get_origin(parameter.kind) is list else parameter.kind
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
    reference = reference_of(column)
    return type_name.removesuffix("Filter") if name == "id" else reference.target if reference else None


class Filling:
    """Fills a place with a value, and whatever its field requires beside it with samples of a party."""

    def __init__(self, party: Party, schema: GraphQLSchema = SCHEMA) -> None:
        self._party, self._schema = party, schema

    def arguments(self, slot: Slot, field: GraphQLField, value: Any) -> dict[str, Any]:
        """Return the arguments of a field with a value in a place."""
        for depth, step in enumerate(reversed(slot.steps)):
            value = [value] if depth and step.listed else value
            if step.within is not None:
                value = self._others(slot, field, step) | {step.name: value}
        beside = {
            name: self._sample(slot, field, Step(name, None, is_list(each.type)), each)
            for name, each in field.args.items()
            if is_required_argument(each) and name != slot.steps[0].name
        }
        return beside | {slot.steps[0].name: value}

    def _others(self, slot: Slot, field: GraphQLField, step: Step) -> dict[str, Any]:
        kind = self._schema.type_map[step.within or ""]
        assert isinstance(kind, GraphQLInputObjectType)
        return {
            name: self._sample(slot, field, Step(name, kind.name, is_list(each.type)), each)
            for name, each in kind.fields.items()
            if is_required_input_field(each) and name != step.name
        }

    def _sample(self, slot: Slot, field: GraphQLField, step: Step, declared: Any) -> Any:
        kind = kind_of(declared)
        if kind is GraphQLID:
            beside = Slot(slot.operation, slot.route, (*slot.steps[:-1], step), Kind.ID, "")
            return self.own(type_named(self._schema, beside, field), step)
        if isinstance(kind, GraphQLEnumType):
            value: Any = Word(next(iter(kind.values)))
        elif isinstance(kind, GraphQLInputObjectType):
            value = {
                name: self._sample(slot, field, Step(name, kind.name, is_list(each.type)), each)
                for name, each in kind.fields.items()
                if is_required_input_field(each)
            }
        elif kind.name in VALUES:
            value = VALUES[kind.name]
        else:
            raise NoSample(f"no sample for {kind.name} in {step.within}.{step.name}: put one into VALUES")
        return [value] if step.listed else value

    def own(self, named: str | None, step: Step) -> Any:
        """Return an id of the party, or those that belong together where a list is taken."""
        if named is None or not self._party.samples.get(named):
            raise NoSample(f"no sample for {named} in {step.within}.{step.name}: make one in tests/wall/parties.py")
        return self._party.own_group(named) if step.listed else self._party.own(named)
