"""A stream for each operation, at `/graphql`: who asks, from where on, and the events of their answers."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final
from uuid import uuid4

import orjson
from graphql import GraphQLError
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from db.encryption import CannotDecrypt
from resolvers.barred import Barred, Unauthenticated
from resolvers.context import Asking
from resolvers.identity import Visitor
from schema.answering import Asked, Unacceptable
from schema.execute.errors import shown
from schema.execute.worked_out import PURPOSE
from schema.http import visitor_of
from schema.live.answers import answers
from schema.live.guarding import Guard
from schema.live.protocol import Closing, Code
from schema.live.rooms import Rooms
from schema.live.stream import text
from schema.live.stream.response import Errors, EventStream, Write
from schema.live.stream.tokens import StreamTokens

LAST_EVENT_ID: Final = "last-event-id"
PARAMETER: Final = "streamToken"
ANONYMOUS: Final = "Nobody is signed in; send the access token as `Authorization: Bearer <token>`."
NO_EVENT_ID: Final = "`Last-Event-ID` must be the id of an event of this API."


class Visitors:
    """Tells who opens a stream."""

    def __init__(self, rooms: Rooms, tokens: StreamTokens, *, proxies: int = 0) -> None:
        self.rooms, self._tokens, self._proxies = rooms, tokens, proxies

    async def of(self, http: HTTPRequest) -> "Known":
        """Find out who asks: by the header, or by the stream token in the address."""
        visitor, proof = visitor_of(http, self._proxies), ""
        given = http.query_params.get(PARAMETER) if http.method == "GET" else None
        if given:
            opened = self._tokens.read(given, http.headers.get(LAST_EVENT_ID, ""))
            visitor, proof = replace(visitor, token=opened.token), opened.proof
        return Known(self.rooms, visitor, await self.rooms.answering.identity.asking(visitor), proof)

    async def signed_in(self, http: HTTPRequest) -> "Known":
        """Find out who asks, where it has to be somebody."""
        known = await self.of(http)
        if known.visitor.token is None:
            raise Unauthenticated(ANONYMOUS)
        return known


@dataclass(frozen=True, slots=True)
class Known:
    """Who holds a stream; `proof` goes with each event's id where a stream token opened it."""

    rooms: Rooms
    visitor: Visitor
    asking: Asking
    proof: str = ""

    async def watch(self) -> None:
        """Wait until they may go on no longer, and raise why."""
        identity, hub, clock = self.rooms.answering.identity, self.rooms.hub, self.rooms.clock
        await Guard(identity, hub, clock, self.identified).watch(self.asking, self.visitor.token)

    async def identified(self) -> Asking:
        """Find out who it is, as things are now; a session that has ended is the end of the stream."""
        try:
            return await self.rooms.answering.identity.asking(replace(self.visitor, request_id=uuid4().hex))
        except Barred as barred:
            raise Closing(Code.SIGN_IN_AGAIN, f"{barred.code}: {barred.message}") from None

    def position(self, last_event_id: str) -> int | None:
        """Return the position of the last event that they were given, if they name one."""
        cursor, sealer = last_event_id.partition(".")[0], self.rooms.answering.sealer
        if not cursor:
            return None
        try:
            return int(orjson.loads(sealer.open(cursor, tenant_id=self.asking.tenant.id, purpose=PURPOSE)))
        except CannotDecrypt:
            raise Unacceptable(400, NO_EVENT_ID) from None


class StreamEndpoint:
    """Answers operations at `/graphql` with a stream each, where that was asked for."""

    def __init__(self, visitors: Visitors) -> None:
        self._visitors = visitors

    async def asking(self, http: HTTPRequest) -> Asking:
        """Tell who asks."""
        return (await self._visitors.of(http)).asking

    async def begin(self, http: HTTPRequest, asked: Asked) -> Response:
        """Begin to answer one operation."""
        known = await self._visitors.of(http)
        return EventStream(One(known, asked, known.position(http.headers.get(LAST_EVENT_ID, ""))))

    def refuse(self, errors: Sequence[GraphQLError]) -> Response:
        """Say what is wrong with a document in a stream of one answer, as the protocol has it."""
        return EventStream(Refused(shown(errors)))


class One:
    """One operation, and a stream for it alone."""

    def __init__(self, known: Known, asked: Asked, since: int | None) -> None:
        self._known, self._asked, self._since = known, asked, since

    async def run(self, write: Write) -> None:
        """Write each answer, and that there are no more."""
        known = self._known
        async with aclosing(answers(known.rooms, known.asking, self._asked, since=self._since)) as all_told:
            async for told in all_told:
                cursor = f"{told.cursor}.{known.proof}" if told.cursor and known.proof else told.cursor
                await write(text.following(text.payload_of(told), cursor))
        await write(text.COMPLETE)

    async def watch(self) -> None:
        """Wait until who asked may go on no longer."""
        await self._known.watch()

    def last_words(self, errors: Errors) -> str:
        """Say why it ends."""
        return refused(errors)

    async def close(self) -> None:
        """Nothing is left: the seat was given up with the answers."""


class Refused:
    """An operation that cannot be answered, whoever asks."""

    def __init__(self, errors: Errors) -> None:
        self._errors = errors

    async def run(self, write: Write) -> None:
        """Say what is wrong."""
        await write(refused(self._errors))

    async def watch(self) -> None:
        """Wait for nothing: nobody has to be somebody to be told this."""
        await asyncio.Event().wait()

    def last_words(self, errors: Errors) -> str:
        """Say why it ends."""
        return refused(errors)

    async def close(self) -> None:
        """Nothing is left."""


def refused(errors: Errors) -> str:
    """Write an answer that is only errors, and that there are no more."""
    return text.following(text.written({"errors": errors})) + text.COMPLETE
