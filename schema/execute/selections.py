"""Selections: text that holds a GraphQL selection set on a type, by itself, to be executed later.

A selection is parsed by itself, so that what is wrong with it is told with its own lines and columns, and nothing in it
can reach beyond its braces; then it stands in a document that leads to its type, and is validated there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    parse,
)

from db.columns import policy_of
from resolvers.operation import Operation
from resolvers.refusals import InvalidInput
from resolvers.values import storable
from schema.execute.bounds import BOUNDS
from schema.execute.extent import measured
from schema.execute.limits import problems, read

AROUND: Final[Mapping[str, str]] = {"Event": "subscription { events { event { id } } }"}
"""The document in which a selection on a type stands, in place of the innermost one."""

NOT_BARE: Final = "Give one selection set, `{ ... }`, without variables, a name, or fragments declared beside it."


def document_of(selection: str, kind: str) -> DocumentNode:
    """Return the document that executes a selection on a type, or raise GraphQLError where it is none."""
    given = read(selection)
    operation = given.definitions[0]
    if len(given.definitions) > 1 or not isinstance(operation, OperationDefinitionNode) or not _is_bare(operation):
        raise GraphQLError(NOT_BARE, operation)
    around = parse(AROUND[kind], no_location=True)
    document = replace(around, definitions=(_filled(around.definitions[0], operation.selection_set),))
    if problem := measured(document, BOUNDS):
        raise problem
    return document


def _is_bare(operation: OperationDefinitionNode) -> bool:
    added = operation.name or operation.variable_definitions or operation.directives
    return operation.operation is OperationType.QUERY and not added


def _filled(node: Any, selections: SelectionSetNode) -> Any:
    """Return an operation or a field with another selection in place of its innermost one."""
    [inner] = node.selection_set.selections
    if inner.selection_set is None:
        return replace(node, selection_set=selections)
    return replace(node, selection_set=replace(node.selection_set, selections=(_filled(inner, selections),)))


def wrong_in(operation: Operation, arguments: Mapping[str, Any], schema: GraphQLSchema) -> list[InvalidInput]:
    """Return what is wrong with the selections that an operation is given."""
    return [
        InvalidInput(_said(problem), path=(name,))
        for name, text, kind in _selections(operation, arguments)
        for problem in _problems(text, kind, schema)
    ]


def _selections(operation: Operation, arguments: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Return each selection with its name and its type; what no column could hold is left to be refused as that."""
    for name, parameter in operation.inputs.items():
        policy = policy_of(parameter.column) if parameter.column is not None else None
        text = arguments.get(name)
        if policy is None or policy.selects is None or not isinstance(text, str):
            continue
        if len(text) <= (policy.max_length or 0) and storable(text):
            yield name, text, policy.selects


def _problems(selection: str, kind: str, schema: GraphQLSchema) -> list[GraphQLError]:
    try:
        return problems(schema, document_of(selection, kind))
    except GraphQLError as error:
        return [error]


def _said(problem: GraphQLError) -> str:
    """Say what is wrong, and where."""
    places = [f"line {each.line}, column {each.column}" for each in problem.locations or ()]
    return f"{problem.message} ({places[0]})" if places else problem.message
