"""Compiles an operation into steps, one for each field at each level, and keeps what it made.

What a step does is settled here: which fields of a type are asked for at a place, under which response names, with
fragments spread and the same field named twice merged; which arguments are known beforehand; how values of the field's
type are completed. Everything that depends on values of variables, but for those of `@skip` and `@include`, is left to
the run. graphql-core's `collect_fields` does the merging.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    default_field_resolver,
    get_argument_values,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    visit,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues
from graphql.pyutils import Path

from schema.execute.planned.completing import Abstract, Completion, Leaf, Listed, NotNull, Objects


class Selection:
    """What is asked of one object type at one place of an operation."""

    def __init__(self, kind: GraphQLObjectType, steps: Sequence["Step"]) -> None:
        self.kind, self.steps = kind, steps
        self.names = [step.name for step in steps]


@dataclass(slots=True, eq=False)
class Step:
    """One field at one place: under which name it is answered, and how."""

    name: str
    field: GraphQLField
    nodes: list[FieldNode]
    parent: GraphQLObjectType
    path: Path
    completion: Completion
    fixed: dict[str, Any] | GraphQLError | None

    @property
    def resolve(self) -> Any:
        """The field's resolver."""
        return self.field.resolve or default_field_resolver

    def arguments(self, variables: VariableValues) -> dict[str, Any]:
        """Return the arguments, or raise GraphQLError where a variable leaves out what is required."""
        if self.fixed is None:
            return get_argument_values(self.field, self.nodes[0], variables, hide_suggestions=True)
        if isinstance(self.fixed, GraphQLError):
            raise self.fixed
        return self.fixed


class Plan:
    """A compiled operation."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        conditions: VariableValues,
    ) -> None:
        self.schema, self.operation = schema, operation
        self.fragments = dict(fragments)
        self._spread = {name: FragmentDetails(each) for name, each in fragments.items()}
        self._conditions = conditions

    @cached_property
    def root(self) -> Selection:
        """What is asked of the root type."""
        kind = self.schema.get_root_type(self.operation.operation)
        assert kind is not None
        fields = collect_fields(
            self.schema, self._spread, self._conditions, kind, self.operation, hide_suggestions=True
        )
        return self._selection(kind, fields.grouped_field_set, None)

    def below(self, kind: GraphQLObjectType, details: list[FieldDetails], path: Path) -> Selection:
        """Return what some fields of the same name ask of an object type."""
        fields = collect_subfields(
            self.schema, self._spread, self._conditions, self.operation, kind, details, hide_suggestions=True
        )
        return self._selection(kind, fields.grouped_field_set, path)

    def _selection(
        self, kind: GraphQLObjectType, grouped: Mapping[str, list[FieldDetails]], above: Path | None
    ) -> Selection:
        steps = [self._step(kind, name, details, Path(above, name, kind.name)) for name, details in grouped.items()]
        return Selection(kind, [step for step in steps if step is not None])

    def _step(self, kind: GraphQLObjectType, name: str, details: list[FieldDetails], path: Path) -> Step | None:
        nodes = [each.node for each in details]
        declared = self.schema.get_field(kind, nodes[0].name.value)
        if declared is None:
            return None
        completion = self._completion(declared.type, details, path)
        return Step(name, declared, nodes, kind, path, completion, _fixed(declared, nodes[0]))

    def _completion(self, kind: GraphQLOutputType, details: list[FieldDetails], path: Path) -> Completion:
        if is_non_null_type(kind):
            return NotNull(self._completion(kind.of_type, details, path))
        if is_list_type(kind):
            return Listed(self._completion(kind.of_type, details, path))
        if is_leaf_type(kind):
            return Leaf(kind)
        if is_abstract_type(kind):
            assert isinstance(kind, GraphQLInterfaceType | GraphQLUnionType)
            return Abstract(kind, self.schema, lambda runtime: self.below(runtime, details, path))
        assert isinstance(kind, GraphQLObjectType)
        return Objects(self.below(kind, details, path))


def _fixed(declared: GraphQLField, node: FieldNode) -> dict[str, Any] | GraphQLError | None:
    """Return the arguments of a field that names no variable in them; None where it does."""
    uses = Variables()
    for argument in node.arguments or ():
        visit(argument.value, uses)
    if uses.names:
        return None
    try:
        return get_argument_values(declared, node, hide_suggestions=True)
    except GraphQLError as error:
        return error


class Variables(Visitor):
    """Notes which variables are named."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_place: Any) -> None:
        """Note one."""
        self.names.add(node.name.value)


class Conditions(Visitor):
    """Notes which variables decide what is asked for at all: those of `@skip` and `@include`."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: Any, *_place: Any) -> None:
        """Note the variables of one directive."""
        if node.name.value in {"skip", "include"}:
            self.names |= {each.value.name.value for each in node.arguments if isinstance(each.value, VariableNode)}
