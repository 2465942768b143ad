"""What a document may ask for at most, so that a hostile one costs little: tokens, depth, fields, aliases.

Prices come with the gate; these are the bounds beyond which nothing is parsed, validated or run.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
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
MOST_FIELDS: Final = 10_000
MOST_REPEATS: Final = 20
MOST_ERRORS: Final = 20
MOST_MERGES: Final = 50_000
KEPT: Final = 200
"""Documents that are kept as they were parsed, so that the same one is not parsed, or held, for each who sends it."""

LONGEST_KEPT: Final = 2_000
"""Characters of a document that is kept."""

Fragments = dict[str, FragmentDefinitionNode]
TOO_DEEP: Final = f"A document is at most {DEEPEST} levels deep."

# Validation compares fields of the same name in pairs; graphql-core's own bound allows it three seconds.
merging.MAX_COMPLEXITY_BUDGET = MOST_MERGES


def parsed(query: str) -> DocumentNode:
    """Parse a document, or raise GraphQLError where it is no GraphQL or asks for more than the bounds allow."""
    return _kept(query) if may_be_kept(query) else _parsed(query)


def may_be_kept(query: str) -> bool:
    """Tell whether a document is short, and has no text in it.

    One that has may say what somebody looks for, and how fast it is answered must not tell others that it was asked.
    """
    return len(query) <= LONGEST_KEPT and '"' not in query


@lru_cache(maxsize=KEPT)
def _kept(query: str) -> DocumentNode:
    return _parsed(query)


def _parsed(query: str) -> DocumentNode:
    document = read(query)
    problem = measured(document)
    if problem:
        raise GraphQLError(problem)
    return document


def read(text: str) -> DocumentNode:
    """Parse a text that is not measured yet."""
    try:
        return parse(text, max_tokens=MOST_TOKENS)
    except RecursionError:
        raise GraphQLError(TOO_DEEP) from None


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
        """Validate here, unless that was done; strawberry does not when there is a list of errors, be it empty."""
        context = self.execution_context
        assert context.graphql_document is not None
        schema = context.schema._schema  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - strawberry has no other name
        wrong = (
            []
            if context.context.is_valid
            else remembered_problems(schema, context.query or "", context.graphql_document)
        )
        context.pre_execution_errors = wrong
        yield


def problems(schema: GraphQLSchema, document: DocumentNode) -> list[GraphQLError]:
    """Return what is wrong with a document under a schema, up to a number of errors."""
    return validate(schema, document, max_errors=MOST_ERRORS, hide_suggestions=True, allow_empty_selection_sets=False)


def remembered_problems(schema: GraphQLSchema, query: str, document: DocumentNode) -> list[GraphQLError]:
    """Return what is wrong with a document; of one that is kept it is found out once that nothing is."""
    if may_be_kept(query) and document is _kept(query) and _is_valid(schema, query):
        return []
    return problems(schema, document)


@lru_cache(maxsize=KEPT)
def _is_valid(schema: GraphQLSchema, query: str) -> bool:
    return not problems(schema, _kept(query))


def measured(document: DocumentNode) -> str | None:
    """Say which bound a document exceeds, or None. A fragment counts wherever it is spread."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    return next(filter(None, (_problem(operation, fragments) for operation in operations)), None)


def _problem(operation: OperationDefinitionNode, fragments: Fragments) -> str | None:
    """Walk an operation level by level, each selection set with the fragments spread in it, and stop at a bound."""
    level, walked = [operation.selection_set], 0
    for depth in range(DEEPEST):
        below: list[SelectionSetNode] = []
        for selections in level:
            fields = _fields(selections, fragments)
            walked += len(fields)
            if problem := _too_many(fields, walked, at_root=depth == 0):
                return problem
            below += [field.selection_set for field in fields if field.selection_set]
        level = below
    return TOO_DEEP if level else None


def _too_many(fields: list[FieldNode], walked: int, *, at_root: bool) -> str | None:
    if at_root and len(fields) > MOST_ROOT_FIELDS:
        return f"An operation has at most {MOST_ROOT_FIELDS} root fields."
    if walked > MOST_FIELDS:
        return f"An operation has at most {MOST_FIELDS} fields, those of fragments counted wherever they are spread."
    responses = {(field.name.value, (field.alias or field.name).value) for field in fields if field.selection_set}
    [(name, repeats)] = Counter(name for name, _ in responses).most_common(1) or [("", 0)]
    if not at_root and repeats > MOST_REPEATS:
        return f"A selection asks for `{name}` and what is in it at most {MOST_REPEATS} times, under other names."
    return None


def _fields(selections: SelectionSetNode, fragments: Fragments) -> list[FieldNode]:
    found: list[FieldNode] = []
    seen: set[str] = set()
    waiting = list(selections.selections)
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
