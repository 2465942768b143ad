"""What differs between two schemas: each change with its coordinate, and how bad it is for those who use it.

graphql-core finds most of it. Descriptions are no change here. Added are deprecations that come, go or move, inputs
that begin or cease to take exactly one field, scalars of another specification, and root types that are gone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from graphql import (
    BreakingChangeType,
    GraphQLInputObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    OperationType,
    SchemaChange,
    find_schema_changes,
)
from graphql.utilities.find_schema_changes import DangerousChangeType

from db.deprecation import announced
from schema.evolution.elements import elements_of

COORDINATE: Final = re.compile(r"@\w+(\(\w+:\))?|\b[A-Za-z_]\w*\.\w+(\(\w+:\))?")
OF_TYPES: Final[Mapping[str, re.Pattern[str]]] = {
    "TYPE_REMOVED": re.compile(r"(?:Standard scalar )?(\w+) was removed"),
    "TYPE_ADDED": re.compile(r"(\w+) was added"),
    "TYPE_CHANGED_KIND": re.compile(r"(\w+) changed from"),
    "TYPE_ADDED_TO_UNION": re.compile(r".* was added to union type (\w+)\."),
    "TYPE_REMOVED_FROM_UNION": re.compile(r".* was removed from union type (\w+)\."),
    "IMPLEMENTED_INTERFACE_ADDED": re.compile(r".* implemented by (\w+)\."),
    "IMPLEMENTED_INTERFACE_REMOVED": re.compile(r"(\w+) no longer implements"),
}
"""How graphql-core names the type, in its descriptions of what happens to types as a whole."""


class Severity(Enum):
    """How bad a change is: it breaks what is valid now, may surprise it, or does neither."""

    BREAKING = "breaking"
    DANGEROUS = "dangerous"
    SAFE = "safe"


@dataclass(frozen=True, slots=True)
class Change:
    """One change: what it is about, how bad it is, what kind it is of, and what it says to people."""

    coordinate: str
    severity: Severity
    kind: str
    description: str

    @property
    def owner(self) -> str:
        """What it is about is in this: the field of an argument, the type of a field; a type is in itself."""
        return owner_of(self.coordinate)


def owner_of(coordinate: str) -> str:
    """Return what an argument, a field or a value of an enum is in; a type and a directive are in themselves."""
    return coordinate.partition("(")[0] if "(" in coordinate else coordinate.partition(".")[0]


def changes_between(old: GraphQLSchema, new: GraphQLSchema) -> Sequence[Change]:
    """Return every change between two schemas, the worst first."""
    found = [*_found(old, new), *_deprecations(old, new), *_of_types(old, new), *_roots(old, new)]
    order = list(Severity)
    return sorted(found, key=lambda each: (order.index(each.severity), each.coordinate, each.kind))


def _found(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[Change]:
    """Return what graphql-core finds, but for descriptions."""
    for each in find_schema_changes(old, new):
        kind = each.type.name
        if kind != "DESCRIPTION_CHANGED":
            yield Change(_coordinate(kind, each.description), _severity(each), kind, each.description)


def _severity(change: SchemaChange) -> Severity:
    if isinstance(change.type, BreakingChangeType):
        return Severity.BREAKING
    return Severity.DANGEROUS if isinstance(change.type, DangerousChangeType) else Severity.SAFE


def _coordinate(kind: str, description: str) -> str:
    """Read what a change is about out of its description, which is where graphql-core says it."""
    of_type = OF_TYPES.get(kind)
    found = of_type.match(description) if of_type else COORDINATE.search(description)
    if found is None:
        message = f"graphql-core words {kind} in another way than it did: {description}"
        raise LookupError(message)
    return found[1] if of_type else found[0]


def _deprecations(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[Change]:
    before, after = elements_of(old), elements_of(new)
    for coordinate in before.keys() & after.keys():
        was, now = before[coordinate].deprecation_reason, after[coordinate].deprecation_reason
        if was != now:
            yield _deprecation(coordinate, was, now)


def _deprecation(coordinate: str, was: str | None, now: str | None) -> Change:
    """Say what became of a deprecation; one that leaves less time than was promised is a danger."""
    if now is None:
        return Change(coordinate, Severity.SAFE, "DEPRECATION_LIFTED", f"{coordinate} is no longer deprecated.")
    if was is None:
        return Change(coordinate, Severity.SAFE, "DEPRECATED", f"{coordinate} is deprecated: {now}")
    sooner = _until(now) < _until(was)
    severity = Severity.DANGEROUS if sooner else Severity.SAFE
    said = "is deprecated for a shorter time" if sooner else "is deprecated in other words"
    return Change(coordinate, severity, "DEPRECATION_CHANGED", f"{coordinate} {said}: {now}")


def _until(reason: str) -> str:
    """Return the day until which something stays, after all days where none is said."""
    told = announced(reason)
    return told.until if told else "9999-12-31"


def _of_types(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[Change]:
    for name, was in old.type_map.items():
        now: Any = new.type_map.get(name)
        if isinstance(was, GraphQLInputObjectType) and isinstance(now, GraphQLInputObjectType):
            yield from _one_of(was, now)
        if isinstance(was, GraphQLScalarType) and isinstance(now, GraphQLScalarType):
            yield from _specified(was, now)


def _one_of(was: GraphQLInputObjectType, now: GraphQLInputObjectType) -> Iterator[Change]:
    if now.is_one_of and not was.is_one_of:
        yield Change(now.name, Severity.BREAKING, "ONE_OF_ADDED", f"{now.name} takes exactly one of its fields.")
    if was.is_one_of and not now.is_one_of:
        yield Change(now.name, Severity.SAFE, "ONE_OF_REMOVED", f"{now.name} takes any of its fields.")


def _specified(was: GraphQLScalarType, now: GraphQLScalarType) -> Iterator[Change]:
    if was.specified_by_url != now.specified_by_url:
        said = f"{now.name} is specified by {now.specified_by_url}, and was by {was.specified_by_url}."
        yield Change(now.name, Severity.DANGEROUS, "SPECIFICATION_CHANGED", said)


def _roots(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[Change]:
    """Return the kinds of operations that there are no more, though their type is still there."""
    for kind in OperationType:
        root = old.get_root_type(kind)
        if root and new.get_root_type(kind) is None and root.name in new.type_map:
            yield Change(root.name, Severity.BREAKING, "ROOT_REMOVED", f"{root.name} is no root type any more.")
