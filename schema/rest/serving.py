"""The endpoint `/rest/...`: finds the document of an address, has it answered as any other, and writes the answer."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote, unquote

import orjson
from starlette.types import Receive, Scope, Send

from db.models.clients import RestMethod
from db.tracing import TRACERS
from resolvers.barred import DocumentRequired
from resolvers.context import Asking
from resolvers.edge import admit
from schema.answering import Answered, Answering, Asked, Unacceptable
from schema.cost import HEADER, Wish, wish_of
from schema.execute.addressed.endpoint import Endpoint
from schema.execute.addressed.taking import IN_QUERY, SESSION
from schema.execute.bounds import wrong_variables
from schema.http.attending import Attending, ClientGone
from schema.http.endpoint import GONE
from schema.http.incoming import Incoming
from schema.http.tracing import followed, told
from schema.metrics import Meter, Taken
from schema.rest.arguments import variables_of
from schema.rest.describing import NAMES, Descriptions
from schema.rest.of_clients import ClientTables
from schema.rest.outcomes import of_errors, plain, value_of
from schema.rest.problems import Problem, missing
from schema.rest.shipped import shipped
from schema.rest.table import Table, given_in
from schema.rest.writing import AskedWith, Reply, costing, problem_of, problem_reply, reply_to

PREFIX: Final = "/rest"
OF_CLIENT: Final = "~"
METHODS: Final = {each.name: each for each in RestMethod}
REQUIRED: Final = "Only registered documents are run here: call those of your client, below /rest/~<client>."
DRY: Final = "dryRun"
READ: Final = "clients.read"


@dataclass(frozen=True, slots=True)
class Called:
    """An endpoint that was found, among which others, and who calls it; `base` is the address of them all."""

    endpoint: Endpoint
    table: Table
    base: str
    given: dict[str, str]
    asking: Asking


class RestEndpoint:
    """The endpoint, which is an ASGI application."""

    def __init__(self, answering: Answering, *, proxies: int = 0, meter: Meter | None = None) -> None:
        self._answering, self._proxies, self._meter = answering, proxies, meter or Meter()
        self._of_clients = ClientTables(answering)
        self._table: Table | None = None
        self._descriptions = Descriptions(answering.schema.core)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; a client that is gone is sent nothing."""
        incoming = Incoming(scope)
        incoming.taken = Taken(incoming.request_id)
        if TRACERS:
            with followed(incoming, PREFIX) as span:
                reply = await self._replied(incoming, scope, receive)
                told(span, incoming.taken, reply)
        else:
            reply = await self._replied(incoming, scope, receive)
        if reply is not None:
            await reply(scope, receive, send)

    async def _replied(self, incoming: Incoming, scope: Scope, receive: Receive) -> Reply | None:
        """Return the answer, and take note of it; nothing, where nobody waits for it any more."""
        try:
            reply = await self._reply(incoming, scope, receive)
        except ClientGone:
            self._meter.note(incoming.taken, "", GONE, self._answering)
            return None
        except Exception as error:  # noqa: BLE001 - whatever it is, its inside is not for the caller
            reply = problem_reply(problem_of(error))
        reply.request_id = incoming.request_id
        self._meter.note(incoming.taken, reply.form, reply.codes, self._answering)
        return reply

    async def _reply(self, incoming: Incoming, scope: Scope, receive: Receive) -> Reply:
        segments = segments_of(scope)
        if segments and segments[0].startswith(OF_CLIENT):
            called = await self._of_client(incoming, segments)
        else:
            called = await self._shipped(incoming, segments)
        return called if isinstance(called, Reply) else await self._call(called, incoming, scope, receive)

    async def _of_client(self, incoming: Incoming, segments: Sequence[str]) -> Called | Reply:
        """Find an endpoint of a client: which there are depends on the company, so that who asks comes first."""
        incoming.taken.asking = asking = await self._asking(incoming)
        client = segments[0].removeprefix(OF_CLIENT)
        if asking.key is not None:
            await self._expect_own(asking, client)
        table = await self._of_clients.of(asking, client)
        base = f"{PREFIX}/{OF_CLIENT}{quote(client, safe='')}"
        if table and asking.key is None and _describes(segments[1:], incoming.method):
            admit(asking, needs=READ, module=None, writes=False)
            return self._descriptions.reply(table, base, segments[1], incoming, client=client)
        found = _found(table, segments[1:], incoming.method) if table else None
        if table is None or found is None:
            raise missing()
        if isinstance(found, Reply):
            return found
        return Called(found, table, base, given_in(found, segments[1:]), asking)

    async def _shipped(self, incoming: Incoming, segments: Sequence[str]) -> Called | Reply:
        """Find an endpoint of the product, which every company has."""
        table = await self._product()
        if _describes(segments, incoming.method):
            return self._descriptions.reply(table, PREFIX, segments[0], incoming)
        found = _found(table, segments, incoming.method)
        if found is None:
            raise missing()
        if isinstance(found, Reply):
            return found
        given = given_in(found, segments)
        incoming.taken.asking = asking = await self._asking(incoming, given.get(SESSION))
        await expect_unlocked(self._answering, asking)
        return Called(found, table, PREFIX, given, asking)

    async def _product(self) -> Table:
        """Return the endpoints of the product, read beside what is going on when they are first called."""
        if self._table is None:
            self._table = await asyncio.to_thread(shipped, self._answering.schema.core)
        return self._table

    async def _asking(self, incoming: Incoming, token: str | None = None) -> Asking:
        """Tell who asks; a token may stand in the address."""
        visitor = incoming.visitor(self._proxies)
        return await self._answering.identity.asking(replace(visitor, token=token) if token else visitor)

    async def _expect_own(self, asking: Asking, client: str) -> None:
        """Count a request of an API key, which calls the documents of its client and no others."""
        with self._answering.identity.key_usage.request(asking.tenant.id, asking.principal.id):
            if self._answering.rates is not None:
                await self._answering.rates.take(asking)
        if client != asking.client:
            raise missing()

    async def _call(self, called: Called, incoming: Incoming, scope: Scope, receive: Receive) -> Reply:
        endpoint, taken = called.endpoint, incoming.taken
        body = {} if endpoint.address.method in IN_QUERY else await _body(incoming, receive)
        # a mutation goes on to its end, though nobody may be waiting for it
        async with Attending(self._answering.deadline, receive if endpoint.reads else None):
            await self._expect_parents(called)
            variables = variables_of(endpoint.takes, called.given, scope.get("query_string", b""), body, incoming)
            if said := wrong_variables(variables, self._answering.bounds):
                raise Unacceptable(400, said)
            asked = Asked(endpoint.text, endpoint.document, variables, None, registered=endpoint.registered)
            taken.asks(asked, endpoint.operation)
            wish = wish_of(incoming.header(HEADER))
            answered = await self._answering.answer(called.asking, asked, wish=wish)
        taken.points = answered.points
        reply = (
            _written(called, incoming, variables, answered) if answered.errors or wish is not Wish.VALIDATE else None
        )
        return costing(answered, reply)

    async def _expect_parents(self, called: Called) -> None:
        """Refuse a path whose parts do not belong together."""
        parents = called.endpoint.parents
        if parents is None:
            return
        variables = {name: called.given[name] for name in parents.variables}
        answered = await self._answering.answer(called.asking, Asked(parents.text, parents.document, variables, None))
        if answered.errors:
            raise of_errors(called.endpoint, answered)
        if not parents.hold(plain(answered), called.given, called.asking.tenant.slug):
            raise missing()


async def expect_unlocked(answering: Answering, asking: Asking) -> None:
    """Refuse the documents of the product where only those that were registered are run."""
    if asking.key is not None:
        with answering.identity.key_usage.request(asking.tenant.id, asking.principal.id):
            raise DocumentRequired(REQUIRED)
    client = await answering.documents.client(asking.tenant.placement, asking.client) if asking.client else None
    if asking.tenant.registered_only or (client and client.locked):
        raise DocumentRequired(REQUIRED)


def _describes(segments: Sequence[str], method: str) -> bool:
    """Tell whether a path is that of a description."""
    return len(segments) == 1 and segments[0] in NAMES and method in {"GET", "HEAD"}


def _written(called: Called, incoming: Incoming, variables: Mapping[str, Any], answered: Answered) -> Reply:
    """Write an answer; what was asked is counted by how it was read, also where it is a problem."""
    endpoint = called.endpoint
    try:
        value = value_of(endpoint, answered, matched=bool(incoming.header(b"if-match")))
    except Problem as problem:
        return problem_reply(problem, answered.form)
    given = variables.get(endpoint.takes.body, {}) if endpoint.takes.body else variables
    asked = AskedWith(incoming, called.given, dry=given.get(DRY) is True)
    return reply_to(endpoint, called.table, called.base, answered, asked, value)


async def _body(incoming: Incoming, receive: Receive) -> dict[str, Any]:
    """Read the object of a body; there may be none at all."""
    is_empty = incoming.header(b"content-length") in {"", "0"} and not incoming.header(b"transfer-encoding")
    return {} if is_empty and not incoming.header(b"content-type") else await incoming.body(receive, _object)


def _object(text: bytearray, what: str) -> dict[str, Any]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Unacceptable(400, f"The {what} is not JSON: {error}.") from error
    if not isinstance(value, dict):
        raise Unacceptable(400, f"The {what} must be a JSON object.")
    return value


def segments_of(scope: Scope) -> list[str]:
    """Return the segments of the path below `/rest`."""
    return segments_below(scope, PREFIX)


def segments_below(scope: Scope, prefix: str) -> list[str]:
    """Return the segments of a path below another, each read by itself: one may hold an encoded slash."""
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    path = raw.partition(b"?")[0].decode("latin-1")
    _, _, below = path.partition(f"{prefix}/")
    return [unquote(each) for each in below.split("/")]


def _found(table: Table, segments: Sequence[str], method: str) -> Endpoint | Reply | None:
    """Return the endpoint of a path and a method, or say which methods there are."""
    there = table.at(segments)
    if not there:
        return None
    if found := there.get(METHODS["GET" if method == "HEAD" else method]) if method in {*METHODS, "HEAD"} else None:
        return found
    names = {each.name for each in there} | ({"HEAD"} if RestMethod.GET in there else set()) | {"OPTIONS"}
    allow = {"allow": ", ".join(sorted(names))}
    if method == "OPTIONS":
        return Reply(204, b"", headers=allow)
    said = f"The methods of this address are {allow['allow']}."
    told_of = [{"code": "METHOD_NOT_ALLOWED", "detail": said}]
    return problem_reply(Problem(405, said, "METHOD_NOT_ALLOWED", told_of, allow))
