"""Errors as marks: what went wrong stands in a column in the place of the value, and is told at the end.

A mark in a nullable place stays where it is. One in a place that must not be null takes the place of what holds it, and
so on up to the nearest place that may be null: it remembers the way it came, which is the end of the error's path. Only
where there was a mark at all is the answer walked once more: each mark becomes null, and an error with its whole path.
Source: the GraphQL specification, section 6.4.4, "Handling Execution Errors".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, GraphQLError
from graphql.error import located_error

Way = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """An error in the place of a value; `way` leads from that place to the field that failed."""

    error: Exception
    nodes: Sequence[FieldNode]
    way: Way = ()
    bubbles: bool = False

    def bubbling(self) -> "Mark":
        """The same in a place that must not be null."""
        return Mark(self.error, self.nodes, self.way, bubbles=True)

    def above(self, name: str | int) -> "Mark":
        """The same in the place of what holds it under a name, or at an index."""
        return Mark(self.error, self.nodes, (name, *self.way))


def settled(value: Any, path: Way, errors: list[GraphQLError]) -> Any:
    """Return an answer without its marks, and add the errors that they stand for.

    What is shared between places is copied: an error is told at each place.
    """
    if isinstance(value, Mark):
        errors.append(located_error(value.error, value.nodes, [*path, *value.way]))
        return None
    if isinstance(value, dict):
        return {name: settled(each, (*path, name), errors) for name, each in value.items()}
    if isinstance(value, list):
        return [settled(each, (*path, index), errors) for index, each in enumerate(value)]
    return value
