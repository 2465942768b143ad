"""What a document may ask for at most, so that a hostile one costs little: tokens, depth, aliases of root fields.

Prices come with the gate; these are the bounds beyond which nothing is parsed, validated or run.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    validate,
)
from graphql.validation.rules import overlapping_fields_can_be_merged as merging
from strawberry.extensions import SchemaExtension

MOST_TOKENS: Final = 15_000
DEEPEST: Final = 20
DEEPEST_VALUE: Final = 40
MOST_ROOT_FIELDS: Final = 50
MOST_ERRORS: Final = 20
MOST_MERGES: Final = 50_000
TOO_DEEP: Final = f"A document is at most {DEEPEST} levels deep."

# Validation compares fields of the same name in pairs; graphql-core's own bound allows it three seconds.
merging.MAX_COMPLEXITY_BUDGET = MOST_MERGES


def parsed(query: str) -> DocumentNode:
    """Parse a document, or raise GraphQLError where it is no GraphQL or asks for more than the bounds allow."""
    try:
        document = parse(query, max_tokens=MOST_TOKENS)
    except RecursionError:
        raise GraphQLError(TOO_DEEP) from None
    problem = measured(document)
    if problem:
        raise GraphQLError(problem)
    return document


def nested_too_deep(value: object) -> bool:
    """Tell whether JSON nests deeper than any input needs; walks level by level, so that depth costs no stack."""
    level = [value]
    for _ in range(DEEPEST_VALUE):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return False
    return True


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


class Bounded(SchemaExtension):
    """Parses and validates in strawberry's place: within bounds, and without looking for names that were meant.

    A suggestion for an unknown name costs a comparison with every name there is.
    """

    def on_operation(self) -> Iterator[None]:
        """Take the document that the request carries."""
        self.execution_context.graphql_document = self.execution_context.context.document
        yield

    def on_validate(self) -> Iterator[None]:
        """Validate here; strawberry does not when there is a list of errors, be it empty."""
        context = self.execution_context
        assert context.graphql_document is not None
        context.pre_execution_errors = validate(
            context.schema._schema,  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - strawberry has no other name
            context.graphql_document,
            max_errors=MOST_ERRORS,
            hide_suggestions=True,
            allow_empty_selection_sets=False,
        )
        yield


def measured(document: DocumentNode) -> str | None:
    """Say which bound a document exceeds, or None. Fragments count where used; a cycle is left to validation."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    for operation in document.definitions:
        if not isinstance(operation, OperationDefinitionNode):
            continue
        if len(_fields([operation.selection_set], fragments)) > MOST_ROOT_FIELDS:
            return f"An operation has at most {MOST_ROOT_FIELDS} root fields."
        if _too_deep(operation.selection_set, fragments):
            return TOO_DEEP
    return None


def _too_deep(selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode]) -> bool:
    """Walk level by level, each fragment once per level, so that the walk is bounded by depth times size."""
    level: list[SelectionSetNode] = [selections]
    for _ in range(DEEPEST):
        level = [field.selection_set for field in _fields(level, fragments) if field.selection_set]
    return bool(level)


def _fields(level: list[SelectionSetNode], fragments: dict[str, FragmentDefinitionNode]) -> list[FieldNode]:
    found: list[FieldNode] = []
    seen: set[str] = set()
    waiting = [selection for selections in level for selection in selections.selections]
    while waiting:
        selection = waiting.pop()
        if isinstance(selection, FieldNode):
            found.append(selection)
        elif isinstance(selection, InlineFragmentNode):
            waiting.extend(selection.selection_set.selections)
        elif isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name not in seen and name in fragments:
                seen.add(name)
                waiting.extend(fragments[name].selection_set.selections)
    return found
