"""Which breaking changes were announced: what was deprecated in the released schema until a day that has passed.

A type that is gone was not deprecated itself, because types cannot be. It is excused where everything that led to it
is.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from graphql import GraphQLEnumValue, GraphQLSchema, GraphQLUnionType, get_named_type

from db.deprecation import Deprecated, announced
from schema.evolution.changes import Change, Severity, owner_of
from schema.evolution.elements import elements_of


class Excuses:
    """What the released schema has announced, and what of it is over."""

    def __init__(self, old: GraphQLSchema, new: GraphQLSchema, today: date) -> None:
        self._old, self._today = elements_of(old), today
        self._leading = _leading(old)
        self._types = self._gone({name for name in old.type_map if name not in new.type_map})

    def excused(self, change: Change) -> bool:
        """Tell whether a change that breaks was announced, and its day has passed."""
        if change.severity is not Severity.BREAKING:
            return False
        if change.kind == "TYPE_REMOVED":
            return change.coordinate in self._types
        return self._is_over(change.coordinate)

    def announcement(self, change: Change) -> Deprecated | None:
        """Return what was announced of what a change is about, be its day over or not."""
        return self._announced(change.coordinate)

    def _announced(self, coordinate: str) -> Deprecated | None:
        """Return what was announced of an element, or of the field that an argument is of."""
        for each in (coordinate, owner_of(coordinate)):
            element = self._old.get(each)
            if element and (told := announced(element.deprecation_reason)):
                return told
        return None

    def _is_over(self, coordinate: str) -> bool:
        told = self._announced(coordinate)
        return told is not None and told.is_over(self._today)

    def _gone(self, removed: set[str]) -> set[str]:
        """Return the removed types to which nothing leads but what was announced, or another such type.

        They may lead to each other, so all are taken for such, until no more have to be left out.
        """
        left = {name for name in removed if self._leading[name]}
        while True:
            kept = {name for name in left if all(self._leads_no_more(each, left) for each in self._leading[name])}
            if kept == left:
                return kept
            left = kept

    def _leads_no_more(self, coordinate: str, gone: set[str]) -> bool:
        holder = coordinate.partition(".")[0]
        return holder in gone or self._is_over(coordinate)


def _leading(schema: GraphQLSchema) -> Mapping[str, Sequence[str]]:
    """Return for each type what leads to it: fields, arguments and input fields, unions that it is in."""
    leading: defaultdict[str, list[str]] = defaultdict(list)
    for coordinate, element in elements_of(schema).items():
        if not isinstance(element, GraphQLEnumValue):
            leading[get_named_type(element.type).name].append(coordinate)
    for name, kind in schema.type_map.items():
        for member in kind.types if isinstance(kind, GraphQLUnionType) else ():
            leading[member.name].append(name)
    return leading
