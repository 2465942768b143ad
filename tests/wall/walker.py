"""Finds every place of a schema that takes an id or a cursor: arguments of any field, and inputs as deep as wanted.

A place that nobody can fill is an error, so that no new one goes untried.
"""

from collections.abc import Iterator
from typing import Any

from graphql import GraphQLField, GraphQLID, GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema, GraphQLString

from tests.wall.graph import SCHEMA, Route, is_connection, kind_of, of_sessions, root, routes
from tests.wall.slots import Kind, NoSample, Slot, Step, is_list, type_named


class Walker:
    """Walks a schema; `depth` bounds how many input objects stand in one another."""

    def __init__(self, schema: GraphQLSchema = SCHEMA, *, depth: int = 4) -> None:
        self.schema, self._depth = schema, depth

    def slots(self) -> list[Slot]:
        """Return every place, and fail on a field that cannot be reached or an id that cannot be named."""
        found = list(self._of_mutations())
        reached, alone = routes(self.schema), self._of_sessions()
        for kind in self.schema.type_map.values():
            apart = kind in {self.schema.mutation_type, self.schema.subscription_type} or kind.name in alone
            if isinstance(kind, GraphQLObjectType) and not apart:
                found += self._of_type(kind, reached.get(kind.name))
        return found

    def _of_sessions(self) -> set[str]:
        """The types that only a session which is not a user's is answered with, at the root of queries."""
        fields = root(self.schema, "query").fields.values()
        return {kind_of(field).name for field in fields if of_sessions(field)}

    def _of_mutations(self) -> Iterator[Slot]:
        for name, field in root(self.schema, "mutation").fields.items() if self.schema.mutation_type else ():
            if not of_sessions(field):
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
