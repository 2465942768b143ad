"""Joins the derived types to the classes written by hand with strawberry, in one schema.

Strawberry's converter turns its classes into graphql-core types. This one adds the derived fields to the root types,
and lets an annotation name a derived type with `Derived("Company")`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import strawberry
from graphql import GraphQLField, GraphQLNullableType, GraphQLSchema
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition, StrawberryType
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.execution import ExecutionContext

from schema.derive.registry import Registry
from schema.derive.scalars import BY_NAME


class Derived(StrawberryType):
    """Stands for a derived type in the annotations of hand-written classes."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def is_graphql_generic(self) -> bool:
        """A derived type takes no type arguments."""
        return False

    def copy_with(self, type_var_map: Mapping[str, Any]) -> "Derived":
        """A derived type has no type variables to fill."""
        del type_var_map
        return self


class DerivedEnum(Derived, StrawberryEnumDefinition):
    """Stands for a derived enum in the inputs of hand-written mutations: its values are taken as they come."""

    def __init__(self, name: str) -> None:  # pyright: ignore[reportMissingSuperCall] - it has no values of its own
        Derived.__init__(self, name)

    __hash__ = object.__hash__


class DerivedConverter(GraphQLCoreConverter):
    """Strawberry's converter, with the derived fields and types."""

    registry: Registry
    added: Mapping[str, Mapping[str, GraphQLField]]

    def get_graphql_fields(self, type_definition: StrawberryObjectDefinition) -> dict[str, GraphQLField]:
        """Return the hand-written fields of a type, then the derived ones."""
        return {**super().get_graphql_fields(type_definition), **self.added.get(type_definition.name, {})}

    def from_type(self, type_: StrawberryType | type) -> GraphQLNullableType:
        """Return the graphql-core type of an annotation."""
        if isinstance(type_, Derived):
            name = type_.name
            return self.registry.types.get(name) or BY_NAME[name]  # pyright: ignore[reportReturnType] - no named type is a NonNull
        return super().from_type(type_)


class JoinedSchema(strawberry.Schema):
    """A strawberry schema whose root types also have the derived fields."""

    def __init__(self, registry: Registry, added: Mapping[str, Mapping[str, GraphQLField]], **parts: Any) -> None:
        self.registry, self._added = registry, added
        super().__init__(**parts)

    @property
    def core(self) -> GraphQLSchema:
        """The schema as graphql-core has it; strawberry has no public name for it."""
        return self._schema

    @property
    def schema_converter(self) -> GraphQLCoreConverter:
        """The converter, which strawberry makes in its constructor."""
        return self._converter

    @schema_converter.setter
    def schema_converter(self, made: GraphQLCoreConverter) -> None:
        made.__class__ = DerivedConverter
        assert isinstance(made, DerivedConverter)
        made.registry, made.added = self.registry, self._added
        self._converter = made

    def _get_custom_context_kwargs(
        self, operation_extensions: dict[str, Any] | None = None, *, sync: bool = False
    ) -> dict[str, Any]:
        """Look for no names that were meant in variables either: it costs a comparison with every name there is."""
        return {**super()._get_custom_context_kwargs(operation_extensions, sync=sync), "hide_suggestions": True}

    def process_errors(self, errors: Sequence[Any], execution_context: ExecutionContext | None = None) -> None:
        """Leave logging to `schema.execute.errors`, which masks and numbers what it logs."""
        del errors, execution_context
