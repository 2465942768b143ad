"""The endpoint `/graphql`: what a request asks, for whom, and who answers it.

Follows the GraphQL over HTTP specification: POST with JSON, GET for queries, `application/graphql-response+json` beside
`application/json`. It stands on ASGI itself: of a request it reads only what it needs, and an answer is two messages. A
browser that asks for a page gets GraphiQL; streams and pages are left to responses of Starlette.
"""

from collections.abc import Awaitable, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

from graphql import GraphQLError, OperationType
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from db.tracing import TRACERS
from resolvers.context import Asking
from schema.answering import Answered, Answering, Asked, Engine, Unacceptable, asked_of, operation_of
from schema.cost import HEADER, Wish, wish_of
from schema.documents.asking import ID, asked_for, expect_may_run, names_document
from schema.http.attending import Attending, ClientGone
from schema.http.caching import revalidated
from schema.http.incoming import Incoming
from schema.http.introspecting import Introspection, is_introspection
from schema.http.media import JSON, Accepts
from schema.http.tracing import followed, told
from schema.http.writing import Written, refused, written
from schema.metrics import Meter, Taken

ENGINE: Final = b"x-workgraph-engine"
EXPLAIN: Final = b"x-workgraph-explain"
GONE: Final = ("CLIENT_GONE",)
"""The code under which it is counted that nobody waited for the answer; nobody is sent it."""

METHODS: Final = frozenset({"GET", "HEAD", "POST"})
ALLOWED: Final = "GET, HEAD, OPTIONS, POST"
OPTIONS: Final = Response(status_code=204, headers={"allow": ALLOWED, "cache-control": "no-store"})
SUBSCRIBE: Final = (
    "Subscribe over graphql-transport-ws, a WebSocket at this same address, or with `Accept: text/event-stream`."
)
NO_MEDIA: Final = f"`Accept` must let in {JSON} or application/graphql-response+json."


class Streaming(Protocol):
    """Answers with a stream of events, where that was asked for."""

    async def asking(self, http: HTTPRequest) -> Asking:
        """Tell who asks."""
        ...

    async def begin(self, http: HTTPRequest, asked: Asked) -> Response:
        """Begin to answer one operation."""
        ...

    def refuse(self, errors: Sequence[GraphQLError]) -> Response:
        """Say in a stream what is wrong with a document."""
        ...


class GraphQLEndpoint:
    """The endpoint, which is an ASGI application."""

    def __init__(
        self,
        answering: Answering,
        page: ASGIApp | None,
        *,
        proxies: int = 0,
        streaming: Streaming | None = None,
        meter: Meter | None = None,
    ) -> None:
        self._answering, self._page, self._proxies, self._streaming = answering, page, proxies, streaming
        self._identity = answering.identity
        self._introspection = Introspection(answering.schema.core, bounds=answering.bounds)
        self._meter = meter or Meter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; a client that is gone is sent nothing."""
        incoming = Incoming(scope)
        incoming.taken = Taken(incoming.request_id)
        if TRACERS:
            with followed(incoming) as span:
                answer = await self._answered(incoming, scope, receive)
                told(span, incoming.taken, answer)
        else:
            answer = await self._answered(incoming, scope, receive)
        if answer is not None:
            await answer(scope, receive, send)

    async def _answered(self, incoming: Incoming, scope: Scope, receive: Receive) -> ASGIApp | None:
        """Return the answer, and take note of it; nothing, where nobody waits for it any more."""
        accepts = incoming.accepts()
        try:
            answer = await self._answer(incoming, accepts, scope, receive)
        except ClientGone:
            self._meter.note(incoming.taken, "", GONE, self._answering)
            return None
        except Exception as error:  # noqa: BLE001 - whatever it is, its inside is not for the caller
            answer = self._refused(error, accepts)
        if isinstance(answer, Written):
            answer.request_id = incoming.request_id
            self._meter.note(incoming.taken, answer.form, answer.codes, self._answering)
        return answer

    def _refused(self, error: Exception, accepts: Accepts) -> ASGIApp:
        if isinstance(error, GraphQLError) and self._streaming and accepts.only_events:
            return self._streaming.refuse([error])
        return refused(error, accepts.media)

    async def _answer(self, incoming: Incoming, accepts: Accepts, scope: Scope, receive: Receive) -> ASGIApp:
        method = incoming.method
        if method == "OPTIONS":
            return OPTIONS
        if method not in METHODS:
            raise Unacceptable(405, f"The methods of this address are {ALLOWED}.", {"allow": ALLOWED})
        values = incoming.parameters if method != "POST" else None
        if self._page and values is not None and accepts.page and not _asks(values, incoming):
            return self._page
        streaming = self._streaming if accepts.events and method != "HEAD" else None
        if accepts.media is None and streaming is None:
            raise Unacceptable(406, NO_MEDIA)
        values = await incoming.body(receive) if values is None else values
        if incoming.names_client or names_document(values) or incoming.document_id or self._identity.comes_first:
            asking, asked = await self._asked(values, incoming, streaming, HTTPRequest(scope, receive))
        else:
            asking, asked = None, asked_of(values, self._answering.bounds)
        kind = incoming.taken.asks(asked, operation_of(asked))
        if streaming and (accepts.only_events or kind is OperationType.SUBSCRIPTION):
            _check_method(method, kind)
            return await streaming.begin(HTTPRequest(scope, receive), asked)
        if kind is OperationType.SUBSCRIPTION:
            raise GraphQLError(SUBSCRIBE)
        _check_method(method, kind)
        # a mutation goes on to its end, though nobody may be waiting for it
        attending = Attending(self._answering.deadline, receive if kind is OperationType.QUERY else None)
        async with attending:
            answer = await self._answer_once(asking, asked, incoming, accepts.media or JSON)
        return answer if asked.registered is None or method == "POST" else revalidated(answer, incoming)

    async def _asked(
        self, values: dict[str, Any], incoming: Incoming, streaming: Streaming | None, http: HTTPRequest
    ) -> tuple[Asking, Asked]:
        """Read a request for which it matters who asks, because it names a document or a client."""
        if incoming.document_id:
            if ID in values:
                raise Unacceptable(400, "The address names a document: leave `documentId` out.")
            values[ID] = incoming.document_id
        asking = incoming.taken.asking = await (streaming.asking(http) if streaming else self._known(incoming))
        return asking, await asked_for(self._answering, asking, values)

    def _known(self, incoming: Incoming) -> Awaitable[Asking]:
        return self._identity.asking(incoming.visitor(self._proxies))

    async def _answer_once(self, asking: Asking | None, asked: Asked, incoming: Incoming, media: str) -> Written:
        asking = incoming.taken.asking = asking or await self._known(incoming)
        expect_may_run(asking, asked)
        self._answering.expect_may_introspect(asking, asked)
        wish = wish_of(incoming.header(HEADER))
        introspects = wish is not Wish.VALIDATE and is_introspection(asked)
        if introspects and (body := await self._introspection.answer(asked)):
            return Written(200, body, media, form="introspection")
        if self._page and asking.key is None:
            answered = await self._answer_developer(asking, asked, incoming, wish)
        else:
            answered = await self._answering.answer(asking, asked, wish=wish)
        incoming.taken.points = answered.points
        return written(answered, media)

    async def _answer_developer(self, asking: Asking, asked: Asked, incoming: Incoming, wish: Wish) -> Answered:
        """Answer where GraphiQL is shown: by the engine that a header names, and with the plan if another asks so."""
        by_reference = incoming.header(ENGINE) == Engine.REFERENCE.value
        engine = Engine.REFERENCE if by_reference else Engine.PLANNED
        answered = await self._answering.answer(asking, asked, engine=engine, wish=wish)
        if incoming.header(EXPLAIN) != "1":
            return answered
        return replace(answered, plan=self._answering.explained(asking, asked))


def _asks(values: dict[str, Any], incoming: Incoming) -> bool:
    """Tell whether an address asks anything, and is not just opened."""
    return "query" in values or names_document(values) or bool(incoming.document_id) or incoming.may_have_key


def _check_method(method: str, kind: OperationType) -> None:
    """Refuse a mutation by GET: whatever follows a link must not change anything."""
    if kind is OperationType.MUTATION and method != "POST":
        raise Unacceptable(405, "A mutation must be sent by POST.", {"allow": "POST"})
