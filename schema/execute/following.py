"""How the root fields of events are answered: what they wait for, and the message that one event becomes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from graphql import GraphQLFieldResolver

from db.base import TenantOwned
from resolvers.barred import BadInput
from resolvers.edge import admit
from resolvers.following import EventGap, EventMessage, as_shown, of_rows, of_types
from schema.derive import ids
from schema.derive.declare import Entity
from schema.execute.request import Info, Request, Telling, request_of
from schema.execute.worked_out import AFTER, Watch, opened_cursor, since_variable

EVENTS = "events.read"
Find = Callable[[Any, Info, str], Awaitable[TenantOwned | None]]


class Stream(Watch):
    """A subscription to which each event is a message, in order: none is left out, and none comes twice."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What there is to follow: each public type with the module that it belongs to, and how one is found by its id."""

    entities: Mapping[str, tuple[str, Entity]]
    find: Find

    def readable(self, request: Request) -> frozenset[str]:
        """Name the types that the caller may read."""
        modules, who = request.asking.tenant.modules, request.asking.principal
        return frozenset(
            name for name, (module, entity) in self.entities.items() if module in modules and who.can(entity.read)
        )


def events(followed: Followed) -> GraphQLFieldResolver:
    """Return what a subscription to events waits for."""

    async def subscribe(
        _root: Any, info: Info, types: list[str] | None = None, subject: str | None = None, after: str | None = None
    ) -> Stream:
        request = request_of(info)
        admit(request.asking, needs=EVENTS, module=None, writes=False)
        named = ids.decode(subject) if subject is not None else None
        readable = followed.readable(request) if subject is None or named else frozenset[str]()
        return _stream(info, of_types(types, named, readable), after)

    return subscribe


def changed(followed: Followed) -> GraphQLFieldResolver:
    """Return what a subscription to the changes of one type, or of one object, waits for."""

    async def subscribe(_root: Any, info: Info, type: str, id: str | None = None, after: str | None = None) -> Stream:
        request = request_of(info)
        if type not in followed.entities:
            raise BadInput("There is no such type in the API.", path=("type",))
        module, entity = followed.entities[type]
        admit(request.asking, needs=entity.read, module=module, writes=False)
        row = ids.row_of(id, type) if id is not None else None
        matches = of_rows("" if id is not None and row is None else type, row)
        return _stream(info, matches, after)

    return subscribe


def _stream(info: Info, matches: Any, after: str | None) -> Stream:
    since = None if after is None else opened_cursor(request_of(info), after)
    return Stream(matches, since, since_variable(info), alike=True)


def message(followed: Followed) -> GraphQLFieldResolver:
    """Return the message that is being told."""

    def resolve(_root: Any, info: Info, **_given: Any) -> EventMessage:
        request = request_of(info)
        told = request.told
        if told is None:
            raise BadInput(f"Events are followed from the root of a subscription, with `{AFTER}` to go on.")
        event = as_shown(told.event, partial(followed.find, None, info)) if told.event else None
        return EventMessage(request.cursor or "", event, _gap(told))

    return resolve


def _gap(told: Telling) -> EventGap | None:
    if not told.missed:
        return None
    return EventGap(told.missed, "They are not kept any more; read the state anew.")
