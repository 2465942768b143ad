"""Keeps compiled operations, so that a document that is sent again is only run.

What is kept is bounded in bytes and, for each document, in the number of its plans: many Boolean variables must not
make a million of them. A document with text in it is kept for its tenant alone: how fast it is answered must not tell
others that it was asked.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    get_operation_ast,
    visit,
)
from graphql.execution.values import VariableValues, get_variable_values

from schema.derive.registry import Registry
from schema.execute.limits import may_be_kept
from schema.execute.planned.plan import Conditions, Plan
from schema.execute.planned.statements import Statements

MOST_BYTES: Final = 64 * 1024 * 1024
PER_CHARACTER: Final = 150
"""Bytes that a plan takes for each character of its document, measured generously."""

MOST_VARIANTS: Final = 8
MOST_ERRORS: Final = 50

Key = tuple[UUID | None, str, str | None]


@dataclass(slots=True)
class Kept:
    """An operation of a document, and its plans by the values of the variables of `@skip` and `@include`."""

    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    conditions: list[str]
    cost: int
    plans: OrderedDict[tuple[Any, ...], Plan] = field(default_factory=OrderedDict[tuple[Any, ...], Plan])


class Plans:
    """The plans of a schema that are kept."""

    def __init__(self, schema: GraphQLSchema, registry: Registry, most_bytes: int = MOST_BYTES) -> None:
        self._schema, self._room, self._statements = schema, most_bytes, Statements(registry)
        self._kept: OrderedDict[Key, Kept] = OrderedDict()

    @property
    def kept(self) -> list[Kept]:
        """The operations that are kept, the one that was asked for longest ago first."""
        return list(self._kept.values())

    def planned(
        self, tenant_id: UUID, query: str, document: DocumentNode, name: str | None, given: dict[str, Any]
    ) -> tuple[Plan, VariableValues] | list[GraphQLError]:
        """Return the plan of an operation and its variables, or what is wrong with these."""
        kept = self._operation(tenant_id, query, document, name)
        definitions = kept.operation.variable_definitions or ()
        variables = get_variable_values(self._schema, definitions, given, MOST_ERRORS, hide_suggestions=True)
        if isinstance(variables, list):
            return variables
        return self._variant(kept, variables), variables

    def _operation(self, tenant_id: UUID, query: str, document: DocumentNode, name: str | None) -> Kept:
        key = (None if may_be_kept(query) else tenant_id, query, name)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = _read(document, name, len(query) * PER_CHARACTER)
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


def _read(document: DocumentNode, name: str | None, cost: int) -> Kept:
    operation = get_operation_ast(document, name)
    if operation is None:
        raise GraphQLError("Name one operation of the document by `operationName`.")
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    conditions = Conditions()
    visit(document, conditions)
    return Kept(operation, fragments, sorted(conditions.names), cost)
