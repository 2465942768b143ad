"""The endpoint `/graphql`: what a request asks, for whom, and who answers it.

Follows the GraphQL over HTTP specification: POST with JSON, GET for queries, `application/graphql-response+json` beside
`application/json`. It stands on ASGI itself: of a request it reads only what it needs, and an answer is two messages. A
browser that asks for a page gets GraphiQL; streams and pages are left to responses of Starlette.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from graphql import GraphQLError, OperationType
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from resolvers.context import Asking
from schema.answering import Answered, Answering, Asked, Engine, Unacceptable, asked_of, kind_of
from schema.http.attending import Attending, ClientGone
from schema.http.incoming import Incoming
from schema.http.introspecting import Introspection, is_introspection
from schema.http.media import JSON, Accepts
from schema.http.writing import Written, refused, written

ENGINE: Final = b"x-workgraph-engine"
EXPLAIN: Final = b"x-workgraph-explain"
METHODS: Final = frozenset({"GET", "HEAD", "POST"})
ALLOWED: Final = "GET, HEAD, OPTIONS, POST"
OPTIONS: Final = Response(status_code=204, headers={"allow": ALLOWED, "cache-control": "no-store"})
SUBSCRIBE: Final = (
    "Subscribe over graphql-transport-ws, a WebSocket at this same address, or with `Accept: text/event-stream`."
)
NO_MEDIA: Final = f"`Accept` must let in {JSON} or application/graphql-response+json."


class Streaming(Protocol):
    """Answers with a stream of events, where that was asked for."""

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
    ) -> None:
        self._answering, self._page, self._proxies, self._streaming = answering, page, proxies, streaming
        core = answering.schema._schema  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - strawberry has no other name
        self._introspection = Introspection(core)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; a client that is gone is sent nothing."""
        incoming = Incoming(scope)
        accepts = incoming.accepts()
        try:
            answer = await self._answer(incoming, accepts, scope, receive)
        except ClientGone:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, its inside is not for the caller
            answer = self._refused(error, accepts)
        await answer(scope, receive, send)

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
        if self._page and values is not None and accepts.page and "query" not in values:
            return self._page
        streaming = self._streaming if accepts.events and method != "HEAD" else None
        if accepts.media is None and streaming is None:
            raise Unacceptable(406, NO_MEDIA)
        asked = asked_of(await incoming.body(receive) if values is None else values)
        kind = kind_of(asked)
        if streaming and (accepts.only_events or kind is OperationType.SUBSCRIPTION):
            _check_method(method, kind)
            return await streaming.begin(HTTPRequest(scope, receive), asked)
        if kind is OperationType.SUBSCRIPTION:
            raise GraphQLError(SUBSCRIBE)
        _check_method(method, kind)
        # a mutation goes on to its end, though nobody may be waiting for it
        attending = Attending(self._answering.deadline, receive if kind is OperationType.QUERY else None)
        async with attending:
            return await self._answer_once(asked, incoming, accepts.media or JSON)

    async def _answer_once(self, asked: Asked, incoming: Incoming, media: str) -> Written:
        asking = await self._answering.identity.asking(incoming.visitor(self._proxies))
        if is_introspection(asked) and (body := await self._introspection.answer(asked)):
            return Written(200, body, media)
        if self._page:
            return written(await self._answer_developer(asking, asked, incoming), media)
        return written(await self._answering.answer(asking, asked), media)

    async def _answer_developer(self, asking: Asking, asked: Asked, incoming: Incoming) -> Answered:
        """Answer where GraphiQL is shown: by the engine that a header names, and with the plan if another asks so."""
        by_reference = incoming.header(ENGINE) == Engine.REFERENCE.value
        engine = Engine.REFERENCE if by_reference else Engine.PLANNED
        answered = await self._answering.answer(asking, asked, engine=engine)
        if incoming.header(EXPLAIN) != "1":
            return answered
        return replace(answered, plan=self._answering.explained(asking, asked))


def _check_method(method: str, kind: OperationType) -> None:
    """Refuse a mutation by GET: whatever follows a link must not change anything."""
    if kind is OperationType.MUTATION and method != "POST":
        raise Unacceptable(405, "A mutation must be sent by POST.", {"allow": "POST"})
