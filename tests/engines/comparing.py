"""Says whether two answers to the same operation are equal, as far as the specification makes them so.

`data` is equal to the letter, in the order of its fields. Errors are equal as a set of path and code, and what is
hidden as a set of path and permission. Where an error has made a place null from further down, whichever of the
possible errors is met first may be told: then each answer tells some of them, and nothing else. Which are possible is
found out by asking under the same schema with nothing that must not be null.

NORMALISED holds everything else in which equal answers may differ.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_nullable_type,
)

Body = Mapping[str, Any]
Path = tuple[str | int, ...]
Told = tuple[Path, str]
COST: Final = "COST_EXCEEDED"
INTERNAL: Final = "INTERNAL"
NORMALISED: Final[Mapping[str, str]] = {
    "message": "messages are for people; those of faults differ by their incident id",
    "incidentId": "each fault gets a number of its own",
    "locations": "an error of merged fields may name any of them",
    COST: "which field finds the answer too large depends on which is read first; both must find it",
}
"""What is left out of the comparison, and why. Cursors, signed addresses and times are not: the seal of a cursor is
deterministic, and both engines are asked at the same moment."""


@dataclass(frozen=True)
class Difference:
    """In what two answers differ."""

    what: str
    planned: Any
    reference: Any

    def __str__(self) -> str:
        return f"{self.what}\n  planned:   {self.planned}\n  reference: {self.reference}"


def errors_of(body: Body) -> set[Told]:
    """The errors of an answer, by path and code."""
    return {(tuple(each.get("path", ())), each["extensions"]["code"]) for each in body.get("errors", ())}


def hidden_of(body: Body) -> set[tuple[str, str]]:
    """What an answer hides, by path and permission."""
    told = body.get("extensions", {}).get("hidden", ())
    return {(each["path"], each["permission"]) for each in told}


def nulled(data: Any, path: Path) -> Path | None:
    """The place that an error has made null; None where there is none, which is wrong."""
    value = data
    for depth, step in enumerate(path):
        if value is None:
            return path[:depth]
        try:
            value = value[step]
        except (LookupError, TypeError):
            return None
    return path if value is None else None


Possible = Callable[[], Body]


def compare(planned: Body, reference: Body, possible: Possible) -> Difference | None:
    """Return the first difference between two answers; `possible` asks where nothing must not be null."""
    if "died" in planned or "died" in reference:
        return Difference("no answer", planned, reference)
    if too_much := _too_much(planned, reference):
        return None if too_much == "both" else Difference("one finds it too large", planned, reference)
    if ("data" in planned) != ("data" in reference):
        return Difference("only one was executed", planned, reference)
    if "data" in reference and (found := differing(planned["data"], reference["data"])):
        return Difference(f"data at {list(found[0])}", found[1], found[2])
    return _errors(planned, reference, possible) or _hidden(planned, reference)


def _too_much(planned: Body, reference: Body) -> str:
    found = [any(code == COST for _, code in errors_of(each)) for each in (planned, reference)]
    return "both" if all(found) else "one" if any(found) else ""


def differing(one: Any, other: Any, path: Path = ()) -> tuple[Path, Any, Any] | None:
    """Return the first place at which two values differ; objects also differ by the order of their fields."""
    if isinstance(one, dict) and isinstance(other, dict) and list(one) == list(other):
        pairs: Iterator[tuple[str | int, Any, Any]] = ((name, one[name], other[name]) for name in one)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = ((place, left, right) for place, (left, right) in enumerate(zip(one, other, strict=True)))
    else:
        return None if _same(one, other) else (path, one, other)
    found = (differing(left, right, (*path, step)) for step, left, right in pairs)
    return next((each for each in found if each), None)


def _same(one: Any, other: Any) -> bool:
    """Whether two values of JSON that are no objects or lists of one form are the same."""
    return not isinstance(one, dict | list) and type(one) is type(other) and one == other


def _errors(planned: Body, reference: Body, possible: Possible) -> Difference | None:
    ours, theirs = errors_of(planned), errors_of(reference)
    if ours == theirs:
        return _repeated(planned, reference)
    data = reference.get("data")
    for place in {nulled(data, path) for path, _ in ours ^ theirs}:
        here = [{each for each in told if nulled(data, each[0]) == place} for told in (ours, theirs)]
        if place is None or not all(here) or any(path == place for path, _ in here[0] | here[1]):
            return Difference(f"errors at {place}", *map(sorted_errors, here))
        allowed = {each for each in errors_of(possible()) if each[0][: len(place)] == place}
        if not here[0] | here[1] <= allowed:
            return Difference(f"errors under {place}, possible {sorted_errors(allowed)}", *map(sorted_errors, here))
    return None


def _repeated(planned: Body, reference: Body) -> Difference | None:
    """The same error twice is one too many."""
    for body in (planned, reference):
        told = [(tuple(each["path"]), each["extensions"]["code"]) for each in body.get("errors", ()) if "path" in each]
        if len(told) != len(set(told)):
            return Difference("an error is told twice", planned.get("errors"), reference.get("errors"))
    return None


def sorted_errors(told: set[Told]) -> list[Told]:
    """Errors in an order to be read."""
    return sorted(told, key=repr)


def _hidden(planned: Body, reference: Body) -> Difference | None:
    """What stands under a place that was made null may have been looked at, or not."""
    ours, theirs, data = hidden_of(planned), hidden_of(reference), reference.get("data")
    places = {_pattern(place) for path, _ in errors_of(reference) if (place := nulled(data, path)) not in {None, path}}
    differ = {each for each in ours ^ theirs if not any(_below(each[0], place) for place in places)}
    return Difference("hidden", sorted(ours), sorted(theirs)) if differ else None


def _pattern(place: Path | None) -> str:
    return ".".join(step for step in place or () if isinstance(step, str))


def _below(path: str, place: str) -> bool:
    return not place or path == place or path.startswith(f"{place}.")


def loosened(schema: GraphQLSchema) -> GraphQLSchema:
    """Let everything that a schema answers be null, so that each error stays where it arises.

    What is null where it must not be is an error too; it is told by `missing`.
    """
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not kind.name.startswith("__"):
            for each in kind.fields.values():
                each.type = _loose(each.type)
    return schema


def _loose(kind: Any) -> Any:
    bare = get_nullable_type(kind)
    return GraphQLList(_loose(bare.of_type)) if isinstance(bare, GraphQLList) else bare


def missing(data: Any, kinds: "Kinds", path: Path = ()) -> Iterator[Told]:
    """The places of a loose answer that are null and must not be: each could be the error that is told."""
    if data is None:
        if kinds.must(path):
            yield path, INTERNAL
    elif isinstance(data, dict):
        for name, each in data.items():
            yield from missing(each, kinds, (*path, name))
    elif isinstance(data, list):
        for place, each in enumerate(data):
            yield from missing(each, kinds, (*path, place))


@dataclass(frozen=True)
class Kinds:
    """The types that the places of an answer have, by their paths without indexes."""

    of: Mapping[tuple[str, ...], Any]

    def must(self, path: Path) -> bool:
        """Whether a place must not be null; one that is not known may be anything."""
        kind = self.of.get(tuple(step for step in path if isinstance(step, str)))
        if kind is None:
            return True
        for _ in _lists_below(path):
            kind = get_nullable_type(kind).of_type
        return isinstance(kind, GraphQLNonNull)


def _lists_below(path: Path) -> Sequence[int]:
    """The indexes at the end of a path: the place is inside so many lists."""
    found = list[int]()
    for step in reversed(path):
        if isinstance(step, str):
            break
        found.append(step)
    return found
