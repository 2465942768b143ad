"""Which documents a change breaks: found by what each uses, and by holding each against the new schema.

A document that merely could use something, in a variable that may hold anything, is not broken by its end: what is
really sent is known from recorded usage only. What has to be given from now on breaks whoever certainly gives the
rest.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLType,
    OperationDefinitionNode,
    is_required_input_field,
    parse,
    type_from_ast,
    validate,
)

from schema.evolution.changes import Change
from schema.execute.coordinates import Reach
from schema.execute.fragments import fragments_of

MOST_ERRORS: Final = 200
BY_PLACE: Final = frozenset(
    {
        "ARG_CHANGED_KIND",
        "DIRECTIVE_LOCATION_REMOVED",
        "DIRECTIVE_REPEATABLE_REMOVED",
        "IMPLEMENTED_INTERFACE_REMOVED",
        "ONE_OF_ADDED",
        "REQUIRED_ARG_ADDED",
        "REQUIRED_DIRECTIVE_ARG_ADDED",
        "REQUIRED_INPUT_FIELD_ADDED",
        "TYPE_REMOVED_FROM_UNION",
    }
)
"""Changes that break a document only where it is not valid any more; others do wherever it uses what they are about."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a version of a client, and the day when it was last asked with, as far as that is known."""

    client: str
    version: str
    id: str
    text: str
    last_used: date | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """A document that breaks, and what a server with the new schema says of it; nothing where it stays valid."""

    document: Document
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Breaks:
    """The documents that break: by the change that does it; by none that was told apart; and those of no use before."""

    by_change: Mapping[Change, Sequence[Broken]]
    otherwise: Sequence[Broken]
    before: Sequence[Broken]


def breaks(old: GraphQLSchema, new: GraphQLSchema, breaking: Sequence[Change], documents: Iterable[Document]) -> Breaks:
    """Hold documents against breaking changes."""
    by_change: dict[Change, list[Broken]] = {each: [] for each in breaking}
    otherwise: list[Broken] = []
    before: list[Broken] = []
    for document in documents:
        held = _held(old, new, document)
        if isinstance(held, Broken):
            before.append(held)
            continue
        named = [each for each in breaking if held.is_broken_by(each)]
        for each in named:
            by_change[each].append(Broken(document, tuple(held.said_of(each))))
        if held.errors and not named:
            otherwise.append(Broken(document, tuple(each.message for each in held.errors)))
    return Breaks(by_change, otherwise, before)


def _held(old: GraphQLSchema, new: GraphQLSchema, document: Document) -> "_Held | Broken":
    """Return what a document uses of the old schema, and what is wrong with it under the new one."""
    try:
        parsed = parse(document.text)
    except GraphQLError as error:
        return Broken(document, (error.message,))
    errors = validate(new, parsed, max_errors=MOST_ERRORS, hide_suggestions=True)
    if wrong := validate(old, parsed, hide_suggestions=True):
        # what uses something that is new is not broken, and is of no use to compare with
        return Broken(document, tuple(each.message for each in wrong)) if errors else _Held(old, new, parsed, [])
    return _Held(old, new, parsed, errors)


class _Held:
    """A document between two schemas."""

    def __init__(
        self, old: GraphQLSchema, new: GraphQLSchema, parsed: DocumentNode, errors: Sequence[GraphQLError]
    ) -> None:
        self.errors, self._new = errors, new
        self._reach = Reach(old, fragments_of(parsed))
        self._reach.walk([parsed])
        self._given = set(_given(old, parsed))

    def is_broken_by(self, change: Change) -> bool:
        """Tell whether a change is what breaks it."""
        if change.kind in BY_PLACE or self._is_of_input(change):
            return any(True for _ in self.said_of(change)) or self._lacks(change)
        return change.coordinate in self._reach.coordinates or change.coordinate in self._reach.types

    def said_of(self, change: Change) -> Iterator[str]:
        """Return the errors at the places where the document uses what a change is about."""
        for error in self.errors:
            places = [self._reach.places.get(id(node), ()) for node in error.nodes or ()]
            if any(change.coordinate in place or _lacking(change, error, place) for place in places):
                yield error.message

    def _is_of_input(self, change: Change) -> bool:
        """Tell whether it is about the type of an input field, in which a value may be right as before."""
        return change.kind == "FIELD_CHANGED_KIND" and isinstance(
            self._new.type_map.get(change.owner), GraphQLInputObjectType
        )

    def _lacks(self, change: Change) -> bool:
        """Tell whether it certainly gives an input in a variable in which something has to be given from now on."""
        kind = self._new.type_map.get(change.owner)
        if change.owner not in self._given or not isinstance(kind, GraphQLInputObjectType):
            return False
        field = kind.fields.get(change.coordinate.partition(".")[2])
        return field is not None and is_required_input_field(field)


def _lacking(change: Change, error: GraphQLError, place: tuple[str, ...]) -> bool:
    """Tell whether an error says that something is not given, at the field or in the object where it belongs."""
    named = change.coordinate if "(" in change.coordinate else change.coordinate.rpartition(".")[2]
    return change.owner in place[-1:] and f"'{named}'" in error.message


def _given(schema: GraphQLSchema, parsed: DocumentNode) -> Iterator[str]:
    """Return the input types that whoever sends a document certainly gives in its variables."""
    operations = [each for each in parsed.definitions if isinstance(each, OperationDefinitionNode)]
    waiting: list[GraphQLType | None] = [
        type_from_ast(schema, each.type)
        for operation in operations
        for each in operation.variable_definitions or ()
        if each.default_value is None
    ]
    seen: set[str] = set()
    while waiting:
        kind = waiting.pop()
        inner = kind.of_type if isinstance(kind, GraphQLNonNull) else None
        if isinstance(inner, GraphQLInputObjectType) and inner.name not in seen:
            seen.add(inner.name)
            yield inner.name
            waiting.extend(field.type for field in inner.fields.values() if is_required_input_field(field))
