"""Parses and validates documents within their bounds, and remembers of the short ones what was found.

Over a limit nothing is parsed, validated or run: `scanning` looks over the text, `extent` over what was parsed.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse, validate
from graphql.validation.rules import overlapping_fields_can_be_merged as merging
from strawberry.extensions import SchemaExtension

from schema.execute.bounds import BOUNDS, Bounds, exceeded
from schema.execute.extent import measured
from schema.execute.scanning import scanned

KEPT: Final = 200
"""Documents that are kept as they were parsed, so that the same one is not parsed, or held, for each who sends it."""

LONGEST_KEPT: Final = 2_000
"""Characters of a document that is kept."""

COMPARING: Final = 2
"""What graphql-core counts for one comparison of two fields."""

MEANT: Final = re.compile(r" Did you mean '\w+ \{ \.\.\. \}'\?$")
"""What graphql-core suggests for a field without a selection, also where suggestions are hidden."""

ABORTED: Final = "Validation aborted."
TOO_MANY: Final = "Too many validation errors, error limit reached. Validation aborted."


def parsed(query: str, bounds: Bounds = BOUNDS) -> DocumentNode:
    """Parse a document, or raise GraphQLError where it is no GraphQL or asks for more than the bounds allow."""
    return _kept(query, bounds) if may_be_kept(query) else _parsed(query, bounds)


def may_be_kept(query: str) -> bool:
    """Tell whether a document is short, and has no text in it.

    One that has may say what somebody looks for, and how fast it is answered must not tell others that it was asked.
    """
    return len(query) <= LONGEST_KEPT and '"' not in query


@lru_cache(maxsize=KEPT)
def _kept(query: str, bounds: Bounds) -> DocumentNode:
    return _parsed(query, bounds)


def _parsed(query: str, bounds: Bounds) -> DocumentNode:
    document = read(query, bounds)
    problem = measured(document, bounds)
    if problem:
        raise problem
    return document


def read(text: str, bounds: Bounds = BOUNDS) -> DocumentNode:
    """Parse a text that is not measured yet."""
    if problem := scanned(text, bounds):
        raise problem
    return parse(text, max_tokens=bounds.tokens)


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
            else remembered_problems(schema, context.query or "", context.graphql_document, context.context.bounds)
        )
        context.pre_execution_errors = wrong
        yield


def problems(schema: GraphQLSchema, document: DocumentNode, bounds: Bounds = BOUNDS) -> list[GraphQLError]:
    """Return what is wrong with a document under a schema, up to a number of errors."""
    # Fields of one name are compared in pairs, those below them too; graphql-core's own bound allows it seconds.
    merging.MAX_COMPLEXITY_BUDGET = COMPARING * bounds.overlaps
    found = validate(
        schema, document, max_errors=bounds.errors, hide_suggestions=True, allow_empty_selection_sets=False
    )
    return [_told(each, bounds) for each in found]


def _told(problem: GraphQLError, bounds: Bounds) -> GraphQLError:
    """Name the limit where validation stopped at one; leave out what may have been meant."""
    if problem.message == TOO_MANY:
        return exceeded("errors", bounds.errors, bounds.errors + 1, f"At most {bounds.errors} errors are looked for")
    if problem.message != ABORTED:
        problem.message = MEANT.sub("", problem.message)
        return problem
    said = f"An operation has at most {bounds.overlaps:,} pairs of fields of one name to be compared"
    return exceeded("overlaps", bounds.overlaps, bounds.overlaps + 1, said)


def remembered_problems(
    schema: GraphQLSchema, query: str, document: DocumentNode, bounds: Bounds = BOUNDS
) -> list[GraphQLError]:
    """Return what is wrong with a document; of one that is kept it is found out once that nothing is."""
    if may_be_kept(query) and document is _kept(query, bounds) and _is_valid(schema, query, bounds):
        return []
    return problems(schema, document, bounds)


@lru_cache(maxsize=KEPT)
def _is_valid(schema: GraphQLSchema, query: str, bounds: Bounds) -> bool:
    return not problems(schema, _kept(query, bounds), bounds)
