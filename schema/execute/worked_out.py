"""How the value of what is worked out is got: fields of views, readings, and readings that are watched.

An id that names nothing of its type has the same empty answer as one that names nothing at all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn, get_origin
from uuid import UUID

import orjson
from graphql import GraphQLFieldResolver, VariableNode, Visitor, visit

from db.encryption import CannotDecrypt, Sealer
from resolvers.barred import BadInput
from resolvers.edge import admit
from resolvers.operation import Parameter
from resolvers.views import ViewField
from schema.derive import ids
from schema.derive.fields import ReadingField, WatchingField
from schema.execute.request import Info, Request, request_of
from subscriptions.events import Event
from subscriptions.followers import Matches

PURPOSE: Final = "event"
AFTER: Final = "after"


def attribute(declared: ViewField) -> Callable[[Any, Info], Any]:
    """Return the value of a view's field."""

    def resolve(view: Any, info: Info) -> Any:
        return _answered(getattr(view, declared.name), declared.names, info)

    return resolve


def called(declared: ViewField) -> Callable[..., Any]:
    """Return what a view's method answers to the arguments of its field."""

    def resolve(view: Any, info: Info, **given: Any) -> Any:
        arguments = rows_named(declared.arguments, given)
        return None if arguments is None else _answered(getattr(view, declared.name)(**arguments), declared.names, info)

    return resolve


def reading(declared: ReadingField) -> GraphQLFieldResolver:
    """Return the answer of a reading to those who may ask."""
    asked = declared.reading
    nothing: Any = [] if get_origin(asked.kind) is list else None

    async def resolve(_root: Any, info: Info, **given: Any) -> Any:
        request = request_of(info)
        module, who = declared.module if declared.needs else None, request.asking.principal
        opened = asked.scoped and declared.needs is not None and who.within(declared.needs) is not None
        admit(request.asking, needs=declared.needs, module=module, writes=False, opened=opened)
        arguments = rows_named(asked.parameters, given)
        if arguments is None:
            return nothing
        return _answered(await asked(request.reading.looking, **arguments), None, info)

    return resolve


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a subscription: the state, and the cursor that goes with it."""

    state: Any
    cursor: str


@dataclass(frozen=True, slots=True)
class Watch:
    """What a subscription waits for, as it is settled when it begins.

    Events that match concern it; `since` is the position up to which the subscriber knows everything, and
    `since_variable` the variable that said so and nothing else. `alike` says that who asks makes no difference beyond
    their permissions.
    """

    matches: Matches
    since: int | None
    since_variable: str | None
    alike: bool

    def __aiter__(self) -> NoReturn:
        """Refuse: graphql-core takes only what has this, and the rooms wait in their own way."""
        raise NotImplementedError


def watch(declared: WatchingField) -> GraphQLFieldResolver:
    """Return what a subscription waits for, to those who may watch."""
    watched = declared.watching

    async def subscribe(_root: Any, info: Info, **given: Any) -> Watch:
        request = request_of(info)
        after = given.pop(AFTER, None)
        arguments = rows_named(watched.parameters, given)
        _admit_watcher(request, declared, arguments)
        matches = nothing_matches if arguments is None else watched.about(**arguments)
        since = None if after is None else opened_cursor(request, after)
        return Watch(matches, since, since_variable(info), watched.alike and not _is_opened(request, declared))

    return subscribe


def nothing_matches(_event: Event) -> bool:
    """Match no event: what was asked for does not exist."""
    return False


def watching(declared: WatchingField) -> GraphQLFieldResolver:
    """Return the state that is watched, as it is now."""
    watched = declared.watching

    async def resolve(_root: Any, info: Info, **given: Any) -> Message | None:
        request = request_of(info)
        given.pop(AFTER, None)
        arguments = rows_named(watched.parameters, given)
        _admit_watcher(request, declared, arguments)
        state = None if arguments is None else await watched.run(request.reading.looking, **arguments)
        return None if state is None else Message(state, request.cursor or "")

    return resolve


def _admit_watcher(request: Request, declared: WatchingField, arguments: Mapping[str, Any] | None) -> None:
    """Turn away who may not watch; somebody may watch what is about themselves with a permission of its own."""
    own, needs, who = declared.watching.own, declared.needs, request.asking.principal
    if own and arguments and who.can(own.permission) and arguments[own.parameter] == who.id:
        needs = own.permission
    admit(request.asking, needs=needs, module=declared.module, writes=False, opened=_is_opened(request, declared))


def _is_opened(request: Request, declared: WatchingField) -> bool:
    """Tell whether somebody who holds the permission for some people only may watch."""
    return declared.watching.scoped and request.asking.principal.within(declared.watching.needs) is not None


def since_variable(info: Info) -> str | None:
    """Return the variable that holds the cursor, if it stands nowhere else in the document."""
    given = {each.name.value: each.value for each in info.field_nodes[0].arguments or ()}
    variable = given.get(AFTER)
    if not isinstance(variable, VariableNode):
        return None
    uses = Uses(variable.name.value)
    for part in (info.operation.selection_set, *(info.operation.directives or ()), *info.fragments.values()):
        visit(part, uses)
    return variable.name.value if uses.count == 1 else None


class Uses(Visitor):
    """Counts where a variable is used."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.count = name, 0

    def enter_variable(self, node: VariableNode, *_place: Any) -> None:
        """Count one use."""
        self.count += node.name.value == self.name


def state(message: Message, _info: Info) -> Any:
    """Return the state of a message."""
    return message.state


def cursor(message: Message, _info: Info) -> str:
    """Return the cursor of a message."""
    return message.cursor


def seal_cursor(sealer: Sealer, tenant_id: UUID, position: int) -> str:
    """Write a position in a tenant's log as a cursor."""
    return sealer.seal(orjson.dumps(position), tenant_id=tenant_id, purpose=PURPOSE)


def opened_cursor(request: Request, text: str) -> int:
    """Return the position that a cursor of this tenant marks."""
    try:
        return int(orjson.loads(request.sealer.open(text, tenant_id=request.asking.tenant.id, purpose=PURPOSE)))
    except CannotDecrypt as error:
        raise BadInput("This is not a cursor of a subscription.", path=(AFTER,)) from error


def rows_named(parameters: Sequence[Parameter], given: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return arguments with ids turned into rows; None when one names nothing of its type.

    A null that an argument does not take is left out, so that its default counts.
    """
    arguments = dict(given)
    for each in parameters:
        value = given.get(each.name)
        if value is None and not each.takes_null:
            arguments.pop(each.name, None)
        if each.names is None or value is None:
            continue
        rows = [ids.row_of(text, each.names) for text in (value if isinstance(value, list) else [value])]
        if None in rows:
            return None
        arguments[each.name] = rows if isinstance(value, list) else rows[0]
    return arguments


def _answered(value: Any, names: str | None, info: Info) -> Any:
    """Count what is handed out, and write ids as the API does."""
    if isinstance(value, list):
        request_of(info).hand_out(len(value))
    if names is None or value is None:
        return value
    return [ids.encode(names, each) for each in value] if isinstance(value, list) else ids.encode(names, value)
