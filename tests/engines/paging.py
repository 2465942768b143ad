"""Draws the arguments of a page: how many, from which end, between which places, in which order, matching what.

Cursors are those that earlier answers held, of this list or of another, and texts that are none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import GraphQLField, GraphQLObjectType, get_named_type

from tests.engines.reach import argument
from tests.engines.values import ANY, GARBAGE, Values

SIZES: Final = (2, 3, 1, 5, 10)
ODD_SIZES: Final = (0, 200, 50, 0, 200, 201, -1, 200, None, 2**31 - 1)


@dataclass(frozen=True)
class Place:
    """A cursor, and the order under which it was given; None is the order of the field itself."""

    order: Any
    cursor: str


@dataclass
class Cursors:
    """The cursors that were given, by the field that gave them."""

    given: dict[str, list[Place]] = field(default_factory=dict[str, list[Place]])

    def add(self, coordinate: str, order: Any, cursors: Sequence[str]) -> None:
        """Keep some cursors of a field."""
        kept = self.given.setdefault(coordinate, [])
        new = [Place(order, each) for each in cursors]
        kept += [each for each in new if each not in kept][:4]
        del kept[:-40]


def is_connection(kind: Any) -> bool:
    """Whether a type is a page."""
    return isinstance(kind, GraphQLObjectType) and kind.name.endswith("Connection")


class Paging:
    """Draws the arguments of connections; with `onwards`, no page is read from its end, and none between places."""

    def __init__(self, values: Values, cursors: Cursors, *, onwards: bool = False) -> None:
        self._values, self._cursors, self._onwards = values, cursors, onwards

    def arguments(self, owner: str, name: str, declared: GraphQLField, depth: int) -> dict[str, Any]:
        """The arguments of one connection; deeper down, pages are small."""
        drawing, made = self._values.drawing, dict[str, Any]()
        filtered = drawing.chance(self._percent(owner, name, "where", 35))
        if filtered:
            made["where"] = self._input(declared, "where")
        placeless = self._onwards or (filtered and drawing.chance(60))
        place = None if placeless else self._place(f"{owner}.{name}")
        if place and drawing.chance(25 + 50 * self._open(owner, name, "after", "before")):
            made |= self._between(place)
        elif drawing.chance(self._percent(owner, name, "orderBy", 30)):
            made["orderBy"] = self._input(declared, "orderBy")
        if not self._values.plain and drawing.chance(1):
            made["after"] = drawing.of(GARBAGE)
        return made | dict(self._size(owner, name, depth))

    def _open(self, owner: str, name: str, *arguments: str) -> bool:
        return any(argument(owner, name, each) in self._values.wanted.open for each in arguments)

    def _percent(self, owner: str, name: str, which: str, usually: int) -> int:
        return 75 if self._open(owner, name, which) else usually

    def _input(self, declared: GraphQLField, name: str) -> Any:
        return self._values.value(declared.args[name].type, (), ANY, 0)

    def _place(self, coordinate: str) -> Place | None:
        given = self._cursors.given.get(coordinate)
        return self._values.drawing.of(given) if given else None

    def _between(self, place: Place) -> dict[str, Any]:
        """Begin after a place or end before it, in the order that it belongs to."""
        order = {} if place.order is None else {"orderBy": place.order}
        side = self._values.drawing.of(("after", "before"))
        if self._values.drawing.chance(25):
            variable = self._values.variables.declare("String")
            self._values.variables.given[variable.name] = place.cursor
            return {**order, side: variable}
        return {**order, side: place.cursor}

    def _size(self, owner: str, name: str, depth: int) -> Iterator[tuple[str, Any]]:
        drawing = self._values.drawing
        sizes: Sequence[int | None] = SIZES[: 2 if depth else len(SIZES)]
        if drawing.chance(5):
            sizes = ODD_SIZES[: 1 if depth else len(ODD_SIZES)]
        if drawing.chance(10) and not depth:
            return
        size: Any = drawing.of(sizes)
        if drawing.chance(20):
            size = self._values.variables.declare("Int")
            self._values.variables.given[size.name] = drawing.of(sizes)
        last = not self._onwards and drawing.chance(60 if self._open(owner, name, "last") else 30)
        yield ("last" if last else "first"), size
        if drawing.chance(1):
            yield ("first" if last else "last"), 1


def cursors_in(value: Mapping[str, Any]) -> list[str]:
    """The cursors that a page of an answer holds, under whatever names."""
    found = list[str]()
    for each in value.values():
        inner = each if isinstance(each, list) else [each]
        for one in inner:
            if isinstance(one, dict):
                found += [text for text in one.values() if isinstance(text, str) and len(text) > 60]
    return found


def connections(kind: GraphQLObjectType) -> Iterator[tuple[str, GraphQLField]]:
    """The fields of a type that return pages."""
    for name, each in kind.fields.items():
        if is_connection(get_named_type(each.type)):
            yield name, each
