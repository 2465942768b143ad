"""What somebody meets at a place of the schema.

They are let in, see null there, are turned away, or never come; or what they name by its id is as if it were not.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from resolvers.context import Asking
from schema.answering import Answered, Answering, asked_of
from tests.access.places import Place, Whole

YES, HIDDEN, NO, AWAY, NONE = "yes", "hidden", "no", ".", "none"
AT_ONCE: Final = 40
TURNED_AWAY: Final = frozenset({"UNAUTHENTICATED", "FORBIDDEN", "INSUFFICIENT_SCOPE", "IMPERSONATION_READ_ONLY"})
FAULTS: Final = frozenset({"INTERNAL", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"})
NOT_THERE: Final = frozenset({"NOT_FOUND", "INVALID_ORDER"})
"""How a mutation refuses an id of nothing; the latter where the ids of all parts of something are to be given."""


async def at_root(answering: Answering, asking: Asking, place: Whole) -> Mapping[str, str]:
    """Ask for a field of the root by itself, and for what is within its payload; what is allowed is done, or tried."""
    body = await _asked(answering, asking, *place.asked(place.within))
    if TURNED_AWAY & set(_codes([each for each in body.get("errors", ()) if len(each.get("path", ())) <= 1])):
        return {place.name: NO, **dict.fromkeys((each.name for each in place.within), AWAY)}
    found = {place.name: YES}
    for each in place.within:
        if body.get("data") is None:  # one has taken all with it: of the others, nothing need be said
            found[each.name] = _met_within(await _asked(answering, asking, *place.asked([each])), each)
        else:
            found[each.name] = _met_within(body, each)
    return found


def _met_within(body: Mapping[str, Any], place: Place) -> str:
    """Tell what is met in a payload; where the mutation was refused, nobody comes there."""
    errors = body.get("errors", ())
    if wrong := FAULTS & set(_codes(errors)):
        message = f"{place.name}: {', '.join(wrong)}: {errors[0]['message']}"
        raise AssertionError(message)
    if list(place.below) in [_names(each["path"])[1:] for each in errors if TURNED_AWAY & set(_codes([each]))]:
        return NO
    found: Any = body["data"] and body["data"]["a0"]
    for name in place.below[:-1]:
        found = found and found[name]
    hidden = {_plain(each["path"]) for each in body.get("extensions", {}).get("hidden", ())}
    return AWAY if found is None else HIDDEN if ".".join(["a0", *place.below]) in hidden else YES


async def by_ids_at_root(answering: Answering, asking: Asking, place: Whole) -> str:
    """Ask for a field of the root by ids of a company: there is nothing, unless it is one's own."""
    assert place.elsewhere is not None
    body = await _asked(answering, asking, *place.elsewhere)
    if TURNED_AWAY & set(_codes(body.get("errors", ()))):
        return NO
    return NONE if _is_nothing(body["data"]["a0"]) else YES


def _is_nothing(found: Any) -> bool:
    """Tell whether an answer is what is said of ids of nothing."""
    if isinstance(found, dict) and "refusals" in found:
        return bool(found["refusals"]) and {each["code"] for each in found["refusals"]} <= NOT_THERE
    if isinstance(found, dict) and "totalCount" in found:
        return found == {"totalCount": 0, "nodes": []}
    return found is None or (isinstance(found, list) and not any(found))


async def by_ids_at_places(answering: Answering, asking: Asking, places: Sequence[Place]) -> Mapping[str, str]:
    """Ask for fields of the objects of a company by their ids."""
    found = dict[str, str]()
    for some in _some(places):
        asked = " ".join(f"a{number}: {each.elsewhere}" for number, each in enumerate(some))
        data = (await _asked(answering, asking, f"{{ {asked} }}", {}))["data"]
        found |= {each.name: NONE if data[f"a{number}"] is None else YES for number, each in enumerate(some)}
    return found


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
