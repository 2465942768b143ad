"""The released schema: a file that says of which version it is and since when, and then the schema as text."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from graphql import GraphQLSchema, GraphQLSyntaxError, build_schema

HEAD: Final = re.compile(r"# Released with version (?P<version>\S+) on (?P<day>\d{4}-\d{2}-\d{2})\.\n")


class NotReleased(Exception):
    """There is no released schema to compare with, or it is not what a release writes."""


@dataclass(frozen=True, slots=True)
class Released:
    """A released schema: its version, since when it is out, and its text."""

    version: str
    day: date
    text: str

    @property
    def file(self) -> str:
        """What is written down of it."""
        return f"# Released with version {self.version} on {self.day.isoformat()}.\n{self.text}"

    @property
    def schema(self) -> GraphQLSchema:
        """The schema, built from its text."""
        return schema_of(self.text)


def read_released(file: str) -> Released:
    """Read what was written down."""
    head = HEAD.match(file)
    if head is None:
        raise NotReleased("The released schema does not begin with its version and its day.")
    try:
        return Released(head["version"], date.fromisoformat(head["day"]), file[head.end() :])
    except ValueError as error:
        raise NotReleased(f"The released schema names no day: {error}.") from error


def schema_of(text: str) -> GraphQLSchema:
    """Build a schema from its text; both sides of a comparison are made so, and differ in nothing but what they say."""
    try:
        return build_schema(text)
    except (GraphQLSyntaxError, TypeError) as error:
        raise NotReleased(f"The released schema cannot be read: {error}") from error
