"""Asks both engines the same, and judges the two answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    get_named_type,
    parse,
)

from tests.engines.comparing import COST, Body, Difference, Kinds, compare, errors_of, missing
from tests.engines.ground import Ask, Ground, Operation
from tests.engines.two import planned, reference


@dataclass(frozen=True)
class Judge:
    """Two engines over one company; `reference` is right."""

    ground: Ground
    planned: Ask
    reference: Ask

    @classmethod
    def of(cls, ground: Ground) -> "Judge":
        """Hold the planned engine against the reference."""
        return cls(ground, planned(ground.answering()), reference(ground.answering()))

    async def judge(self, operation: Operation) -> tuple[Body, Difference | None]:
        """Return the answer of the reference, and in what the other one differs."""
        right = await self.ground.body(self.reference, operation)
        tried = await self.ground.body(self.planned, operation)
        found = compare(tried, right, dict)
        if found is None or not found.what.startswith("errors under"):
            return right, found
        possible = await self._possible(operation)
        return right, compare(tried, right, lambda: possible)

    async def _possible(self, operation: Operation) -> Body:
        """Every error that could be told, as errors of an answer."""
        loose = await self.ground.body(reference(self.ground.answering(self.ground.lenient)), operation)
        kinds = kinds_of(self.ground.schema, operation)
        told = errors_of(loose) | set(missing(loose.get("data"), kinds))
        return {"errors": [{"path": list(path), "extensions": {"code": code}} for path, code in told if code != COST]}


def kinds_of(schema: GraphQLSchema, operation: Operation) -> Kinds:
    """The type of each place of the answer to an operation."""
    document = parse(operation.document)
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    found: dict[tuple[str, ...], Any] = {}
    for each in document.definitions:
        if isinstance(each, OperationDefinitionNode) and schema.query_type:
            _add(schema, fragments, each.selection_set, schema.query_type, (), found)
            break
    return Kinds(found)


def _add(
    schema: GraphQLSchema,
    fragments: Mapping[str, FragmentDefinitionNode],
    selections: Any,
    kind: Any,
    path: tuple[str, ...],
    found: dict[tuple[str, ...], Any],
) -> None:
    for each in selections.selections:
        if isinstance(each, FieldNode):
            declared = getattr(kind, "fields", {}).get(each.name.value)
            if declared is not None:
                here = (*path, (each.alias or each.name).value)
                found[here] = declared.type
                if each.selection_set:
                    _add(schema, fragments, each.selection_set, get_named_type(declared.type), here, found)
        elif isinstance(each, InlineFragmentNode):
            on = schema.type_map[each.type_condition.name.value] if each.type_condition else kind
            _add(schema, fragments, each.selection_set, on, path, found)
        elif isinstance(each, FragmentSpreadNode):
            fragment = fragments[each.name.value]
            on = schema.type_map[fragment.type_condition.name.value]
            _add(schema, fragments, fragment.selection_set, on, path, found)
