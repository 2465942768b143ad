"""What of the schema can be reached by queries: every field, argument and input field, by coordinate.

A coordinate is `Type.field`, `Type.field(argument:)` or `Input.field`; comparators are fields of comparison inputs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

NEARER: Final = 0.6
"""How much of what is wanted of a type is wanted of whatever leads to it."""
STEPS: Final = 8


def argument(type_name: str, field: str, name: str) -> str:
    """The coordinate of an argument."""
    return f"{type_name}.{field}({name}:)"


@dataclass(frozen=True)
class Reach:
    """The part of a schema that queries reach."""

    schema: GraphQLSchema

    @cached_property
    def outputs(self) -> Mapping[str, GraphQLObjectType | GraphQLInterfaceType]:
        """The types with fields, by name."""
        found: dict[str, Any] = {}
        waiting: list[GraphQLNamedType] = [self.schema.query_type] if self.schema.query_type else []
        while waiting:
            kind = waiting.pop()
            if kind.name not in found and isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
                found[kind.name] = kind
                waiting += [get_named_type(each.type) for each in kind.fields.values()]
                waiting += self.schema.get_possible_types(kind) if isinstance(kind, GraphQLInterfaceType) else ()
        return found

    @cached_property
    def inputs(self) -> Mapping[str, GraphQLInputObjectType]:
        """The types that arguments hold, by name."""
        found: dict[str, GraphQLInputObjectType] = {}
        waiting = [get_named_type(each.type) for _, field in self.fields() for each in field.args.values()]
        while waiting:
            kind = waiting.pop()
            if isinstance(kind, GraphQLInputObjectType) and kind.name not in found:
                found[kind.name] = kind
                waiting += [get_named_type(each.type) for each in kind.fields.values()]
        return found

    def fields(self) -> Iterator[tuple[str, GraphQLField]]:
        """Every field, with its coordinate."""
        for name, kind in self.outputs.items():
            for field_name, field in kind.fields.items():
                yield f"{name}.{field_name}", field

    @cached_property
    def coordinates(self) -> frozenset[str]:
        """Everything that can be used in a query."""
        fields = {name for name, _ in self.fields()}
        arguments = {f"{name}({each}:)" for name, field in self.fields() for each in field.args}
        inputs = {f"{name}.{each}" for name, kind in self.inputs.items() for each in kind.fields}
        return frozenset(fields | arguments | inputs)


class Wanted:
    """What has not been used yet, as weights of whatever leads to it; fixed for as long as it is used."""

    def __init__(self, reach: Reach, used: frozenset[str] = frozenset()) -> None:
        self._reach = reach
        self.open = reach.coordinates - used
        self._inputs = self._spread({name: self._own_input(kind) for name, kind in reach.inputs.items()}, reach.inputs)
        self._direct = {name: self._of_each_field(kind) for name, kind in reach.outputs.items()}
        outputs = {name: sum(each.values()) for name, each in self._direct.items()}
        self._outputs = self._spread(outputs, reach.outputs)

    def _own_input(self, kind: Any) -> float:
        return sum(f"{kind.name}.{name}" in self.open for name in kind.fields)

    def _of_each_field(self, kind: Any) -> Mapping[str, float]:
        return {name: self._of_field(kind.name, name, field) for name, field in kind.fields.items()}

    def _of_field(self, kind: str, name: str, field: GraphQLField) -> float:
        arguments = sum(argument(kind, name, each) in self.open for each in field.args)
        below = sum(self._inputs.get(get_named_type(each.type).name, 0) for each in field.args.values())
        return (f"{kind}.{name}" in self.open) + arguments + NEARER * min(below, 10)

    def _spread(self, own: dict[str, float], kinds: Mapping[str, Any]) -> dict[str, float]:
        """Let whatever leads to a type want some of what is wanted of it."""
        score = dict(own)
        for _ in range(STEPS):
            score = {name: own[name] + NEARER * self._best(kind, score) for name, kind in kinds.items()}
        return score

    def _best(self, kind: Any, score: Mapping[str, float]) -> float:
        below = [get_named_type(each.type).name for each in kind.fields.values()]
        if isinstance(kind, GraphQLInterfaceType):
            below += [each.name for each in self._reach.schema.get_possible_types(kind)]
        return max((score.get(name, 0) for name in below), default=0)

    def field(self, kind: str, name: str, field: GraphQLField) -> float:
        """How much a field is wanted."""
        return self._direct[kind][name] + NEARER * self.kind(get_named_type(field.type).name)

    def kind(self, name: str) -> float:
        """How much a type with fields is wanted."""
        return min(self._outputs.get(name, 0), 40)

    def input_field(self, kind: str, name: str, inner: str) -> float:
        """How much a field of an input is wanted."""
        return 4 * (f"{kind}.{name}" in self.open) + NEARER * min(self._inputs.get(inner, 0), 20)
