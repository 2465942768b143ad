"""Keeps compiled operations, so that a document that is sent again is only run.

What is kept is bounded in bytes and, for each document, in the number of its plans: many Boolean variables must not
make a million of them. A document with text in it is kept for its tenant alone: how fast it is answered must not tell
others that it was asked.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    coerce_input_value,
    get_nullable_type,
    get_operation_ast,
    is_leaf_type,
    visit,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values

from schema.derive.converter import JoinedSchema
from schema.execute.bounds import BOUNDS, Bounds
from schema.execute.fragments import fragments_of
from schema.execute.limits import may_be_kept, remembered_problems
from schema.execute.planned.plan import Conditions, Plan
from schema.execute.planned.statements import Statements

MOST_BYTES: Final = 64 * 1024 * 1024
PER_CHARACTER: Final = 150
"""Bytes that a plan takes for each character of its document, measured generously."""

MOST_VARIANTS: Final = 8

Key = tuple[UUID | None, str, str | None]


@dataclass(slots=True)
class Kept:
    """An operation of a document, and its plans by the values of the variables of `@skip` and `@include`.

    `simple` are its variables, where each is a scalar or an enum.
    """

    operation: OperationDefinitionNode
    simple: Sequence[GraphQLVariableSignature] | None
    fragments: dict[str, FragmentDefinitionNode]
    conditions: list[str]
    cost: int
    plans: OrderedDict[tuple[Any, ...], Plan] = field(default_factory=OrderedDict[tuple[Any, ...], Plan])


class Plans:
    """The plans of a schema that are kept."""

    def __init__(self, schema: JoinedSchema, most_bytes: int = MOST_BYTES, bounds: Bounds = BOUNDS) -> None:
        self._bounds = bounds
        self._schema, self._room, self._statements = schema.core, most_bytes, Statements(schema.registry)
        self._kept: OrderedDict[Key, Kept] = OrderedDict()

    @property
    def kept(self) -> list[Kept]:
        """The operations that are kept, the one that was asked for longest ago first."""
        return list(self._kept.values())

    def planned(
        self, tenant_id: UUID, query: str, document: DocumentNode, name: str | None, given: dict[str, Any]
    ) -> tuple[Plan, VariableValues] | list[GraphQLError]:
        """Return the plan of an operation and its variables, or what is wrong with the document or with these."""
        kept = self._operation(tenant_id, query, document, name)
        if isinstance(kept, list):
            return kept
        variables = simply_coerced(kept.simple, given) or self._coerced(kept, given)
        return variables if isinstance(variables, list) else (self._variant(kept, variables), variables)

    def _coerced(self, kept: Kept, given: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        definitions = kept.operation.variable_definitions or ()
        return get_variable_values(self._schema, definitions, given, self._bounds.errors, hide_suggestions=True)

    def _operation(
        self, tenant_id: UUID, query: str, document: DocumentNode, name: str | None
    ) -> Kept | list[GraphQLError]:
        """Return an operation of a document that is valid, which is found out once for those that are kept."""
        key = (None if may_be_kept(query) else tenant_id, query, name)
        kept = self._kept.get(key)
        if kept is None:
            if wrong := remembered_problems(self._schema, query, document, self._bounds):
                return wrong
            kept = self._kept[key] = _read(self._schema, document, name, len(query) * PER_CHARACTER)
            self._room -= kept.cost
        self._kept.move_to_end(key)
        self._shed()
        return kept

    def _shed(self) -> None:
        """Let go of what was not asked for longest."""
        while self._room < 0 and len(self._kept) > 1:
            _, gone = self._kept.popitem(last=False)
            self._room += gone.cost * (1 + len(gone.plans))

    def _variant(self, kept: Kept, variables: VariableValues) -> Plan:
        conditions = tuple(variables.coerced.get(name) for name in kept.conditions)
        plan = kept.plans.get(conditions)
        if plan is None:
            deciding = _only(variables, kept.conditions)
            plan = kept.plans[conditions] = Plan(
                self._schema, kept.operation, kept.fragments, deciding, self._statements
            )
            self._room -= kept.cost
        kept.plans.move_to_end(conditions)
        if len(kept.plans) > MOST_VARIANTS:
            kept.plans.popitem(last=False)
            self._room += kept.cost
        self._shed()
        return plan


def _only(variables: VariableValues, names: Sequence[str]) -> VariableValues:
    """Return some of the values: what else somebody asked with is not for whoever asks next."""
    sources, coerced = variables
    return VariableValues(
        {name: sources[name] for name in names if name in sources},
        {name: coerced[name] for name in names if name in coerced},
    )


def simply_coerced(
    declared: Sequence[GraphQLVariableSignature] | None, given: Mapping[str, Any]
) -> VariableValues | None:
    """Return the variables where each is of one value and has one that is right; None where more is to be said."""
    if declared is None:
        return None
    variables = VariableValues({}, {})
    for each in declared:
        value = given.get(each.name)
        coerced = Undefined if value is None else coerce_input_value(value, each.type)
        if coerced is Undefined:
            return None
        variables.sources[each.name] = VariableValueSource(each, value)
        variables.coerced[each.name] = coerced
    return variables


def _simple(schema: GraphQLSchema, operation: OperationDefinitionNode) -> Sequence[GraphQLVariableSignature] | None:
    declared = [get_variable_signature(schema, each) for each in operation.variable_definitions or ()]
    found = [
        each
        for each in declared
        if isinstance(each, GraphQLVariableSignature) and is_leaf_type(get_nullable_type(each.type))
    ]
    return found if len(found) == len(declared) else None


def _read(schema: GraphQLSchema, document: DocumentNode, name: str | None, cost: int) -> Kept:
    operation = get_operation_ast(document, name)
    if operation is None:
        raise GraphQLError("Name one operation of the document by `operationName`.")
    fragments = fragments_of(document)
    conditions = Conditions()
    visit(document, conditions)
    return Kept(operation, _simple(schema, operation), fragments, sorted(conditions.names), cost)
