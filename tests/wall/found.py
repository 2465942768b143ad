"""What an answer to a question about one place says: nothing, or something, wherever in the answer that stands."""

from collections.abc import Iterator, Sequence
from typing import Any

from graphql import GraphQLField, GraphQLInputObjectType

from tests.wall.graph import SCHEMA, Question, document, field_of, is_connection, kind_of
from tests.wall.parties import Party
from tests.wall.slots import Slot, Step
from tests.world import Answer

NARROWING = {"where", "and", "or", "some", "id", "eq", "in"}
SIGNED = frozenset({"url", "previewUrl", "thumbnailUrl", "expiresAt"})


def field_at(slot: Slot) -> GraphQLField:
    """The field that has the argument."""
    return field_of(slot.operation, slot.route)


def finds(slot: Slot) -> bool:
    """Whether an answer to a place holds nothing but what the id leads to."""
    if not is_connection(kind_of(field_at(slot))):
        return True
    return all(step.name in NARROWING or step.name.endswith("Id") or _relates(step) for step in slot.steps)


def _relates(step: Step) -> bool:
    """Whether a filter's field is about a related object: another filter, and no operator of this one."""
    kind = SCHEMA.type_map.get(step.within or "")
    inner = kind_of(kind.fields[step.name]).name if isinstance(kind, GraphQLInputObjectType) else ""
    return step.name not in {"not", "none", "every"} and inner.endswith("Filter")


def is_nothing(slot: Slot, value: Any) -> bool:
    """Whether nothing was found, wherever in the answer the field of a place stands."""
    found = list(at(slot.route, value))
    if is_connection(kind_of(field_at(slot))):
        return all(page is None or _is_empty(page) for page in found)
    return all(each is None or each == [None] * len(each) for each in found)


def _is_empty(page: Any) -> bool:
    return page["nodes"] == [] and page["totalCount"] == page["aggregate"]["count"] == 0


def at(route: Sequence[str], value: Any) -> Iterator[Any]:
    """What stands at the end of a route, once for each object on the way."""
    if len(route) == 1:
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from at(route, each)
    elif value is not None:
        yield from at(route[1:], value[route[1]])


def refusals(answer: Answer) -> set[str]:
    """The codes with which a mutation was refused."""
    payloads = (answer.body.get("data") or {}).values()
    return {each["code"] for payload in payloads if payload for each in payload["refusals"]}


async def cursor_of(party: Party, slot: Slot) -> str:
    """A cursor that a company was given where a place takes one."""
    asked = document(Question(slot.route, {}, "{ edges { cursor } }"))
    cursors = list(cursors_in((await party.person.ask(*asked)).data))
    assert cursors, f"no sample for {slot}: there is no page with a cursor"
    return cursors[0]


def cursors_in(value: Any) -> Iterator[str]:
    """Every cursor of an answer."""
    if isinstance(value, dict):
        yield from (value["cursor"],) if "cursor" in value else ()
        value = list(value.values())
    for each in value if isinstance(value, list) else ():
        yield from cursors_in(each)


def lasting(answer: Any) -> Any:
    """Leave out what differs from moment to moment: the addresses of files, which are signed until some minutes on."""
    if isinstance(answer, list):
        return [lasting(each) for each in answer]
    if isinstance(answer, dict):
        return {name: lasting(each) for name, each in answer.items() if name not in SIGNED}
    return answer
