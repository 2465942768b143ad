"""What somebody meets at a place of the schema: they are let in, see null there, are turned away, or never come."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from resolvers.context import Asking
from schema.answering import Answered, Answering, asked_of
from tests.access.places import Place, Whole

YES, HIDDEN, NO, AWAY = "yes", "hidden", "no", "."
AT_ONCE: Final = 40
TURNED_AWAY: Final = frozenset({"UNAUTHENTICATED", "FORBIDDEN", "INSUFFICIENT_SCOPE", "IMPERSONATION_READ_ONLY"})
FAULTS: Final = frozenset({"INTERNAL", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"})


async def at_root(answering: Answering, asking: Asking, place: Whole) -> str:
    """Ask for a field of the root by itself; what is allowed is done."""
    body = await _asked(answering, asking, place.document, place.variables)
    return NO if TURNED_AWAY & set(_codes(body.get("errors", ()))) else YES


async def at_places(answering: Answering, asking: Asking, places: Sequence[Place]) -> Mapping[str, str]:
    """Ask for many places, some at once."""
    found = dict[str, str]()
    for some in _some(places):
        body = await _together(answering, asking, some)
        bodies = [body] * len(some)
        if body.get("data") is None:  # one has taken all with it: of the others, nothing need be said
            bodies = [await _together(answering, asking, [None] * number + [each]) for number, each in enumerate(some)]
        for number, each in enumerate(some):
            found[each.name] = _met(bodies[number], f"a{number}", each)
    return found


async def _together(answering: Answering, asking: Asking, some: Sequence[Place | None]) -> dict[str, Any]:
    asked = " ".join(f"a{number}: {each.question}" for number, each in enumerate(some) if each)
    return await _asked(answering, asking, f"{{ {asked} }}", {})


def _met(body: Mapping[str, Any], alias: str, place: Place) -> str:
    mine = [each for each in body.get("errors", ()) if each.get("path", [None])[0] == alias]
    if wrong := FAULTS & set(_codes(mine)):
        message = f"{place.name}: {', '.join(wrong)}: {mine[0]['message']}"
        raise AssertionError(message)
    barred = [_names(each["path"])[1:] for each in mine if TURNED_AWAY & set(_codes([each]))]
    if barred:
        return NO if list(place.below) in barred or not place.below else AWAY
    path = ".".join([alias, *place.below])
    hidden = {_plain(each["path"]) for each in body.get("extensions", {}).get("hidden", ())}
    if path in hidden:
        return HIDDEN
    return AWAY if _stops_before(hidden, path) else YES


def _stops_before(hidden: set[str], path: str) -> bool:
    """Whether something on the way is hidden already."""
    return any(path.startswith(f"{each}.") for each in hidden)


def _plain(path: str) -> str:
    """A path of a hidden field without the places in lists."""
    return ".".join(
        each for each in path.replace("[", ".").replace("]", "").split(".") if not each.isdigit() and each != "*"
    )


def _names(path: Sequence[Any]) -> list[str]:
    return [each for each in path if isinstance(each, str)]


def _codes(errors: Sequence[Mapping[str, Any]]) -> list[str]:
    return [each["extensions"]["code"] for each in errors]


def _some(places: Sequence[Place]) -> Iterator[Sequence[Place]]:
    for start in range(0, len(places), AT_ONCE):
        yield places[start : start + AT_ONCE]


async def _asked(answering: Answering, asking: Asking, document: str, variables: Any) -> dict[str, Any]:
    answered: Answered = await answering.answer(asking, asked_of({"query": document, "variables": variables}))
    return orjson.loads(orjson.dumps(answered.body()))
