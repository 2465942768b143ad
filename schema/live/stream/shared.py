"""One stream for many operations, at `/graphql/stream`: reserved, opened, and then filled by requests that only begin.

For browsers over HTTP/1.1, which allow six connections to a host. A reserved stream belongs to who reserved it, and to
this process: where several serve, all requests of one client have to come to the same.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Mapping
from contextlib import aclosing
from secrets import token_urlsafe
from typing import Any, Final

from graphql import GraphQLError
from starlette.requests import Request as HTTPRequest
from starlette.responses import PlainTextResponse, Response

from schema.answering import Unacceptable
from schema.documents.asking import asked_for
from schema.http import body_of, refusal
from schema.live.answers import answers
from schema.live.stream import text
from schema.live.stream.endpoint import Known, Visitors
from schema.live.stream.response import TOO_SLOW, Errors, EventStream, Gone, Write, errors_of
from schema.live.streams import TooSlow
from schema.live.told import Told
from subscriptions.ending import end

HEADER: Final = "x-graphql-event-stream-token"
OPEN_WITHIN: Final = 60.0
MOST_STREAMS: Final = 100
MOST_AT_ONCE: Final = 100
METHODS: Final = ("PUT", "GET", "POST", "DELETE")
ALLOWED: Final = ", ".join(METHODS)
UNKNOWN: Final = "No stream of this token is here; reserve one with PUT /graphql/stream."
NO_STORE: Final = {"cache-control": "no-store"}


class Shared:
    """A stream, and the operations that fill it; `owner` says whose it is."""

    def __init__(self, owner: Hashable, forget: Callable[[], object]) -> None:
        loop = asyncio.get_running_loop()
        self.owner, self._forget = owner, forget
        self.known: Known | None = None
        self._running: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._writing: asyncio.Future[Write] = loop.create_future()
        self._ended = asyncio.Event()
        self._expiry = loop.call_later(OPEN_WITHIN, self._expire)

    def open(self, known: Known) -> None:
        """Take it into use; this can be done once."""
        if self.known:
            raise Unacceptable(409, "This stream is open already; there is one for each token.")
        self.known = known
        self._expiry.cancel()

    def _expire(self) -> None:
        """Give up waiting to be opened, with what was begun meanwhile."""
        self._forget()
        for task in self._tasks:
            task.cancel()

    def start(self, name: str, told: AsyncGenerator[Told]) -> None:
        """Begin an operation."""
        if name in self._running:
            raise Unacceptable(409, f"An operation {name[:50]!r} is under way; choose another `operationId`.")
        if len(self._running) >= MOST_AT_ONCE:
            raise Unacceptable(429, f"At most {MOST_AT_ONCE} operations at once in one stream.")
        task = self._running[name] = asyncio.create_task(self._surely(self._operate(name, told)))
        self._tasks.add(task)
        task.add_done_callback(lambda _: self._done(name, task))

    def stop(self, name: str) -> None:
        """End an operation, if it is under way; its name may be used again."""
        if task := self._running.pop(name, None):
            task.cancel()

    def _done(self, name: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._running.get(name) is task:
            del self._running[name]

    async def _surely(self, work: Awaitable[None]) -> None:
        """Do something; a client that is gone is the end of the whole stream."""
        try:
            await work
        except Gone:
            self._ended.set()

    async def _operate(self, name: str, told: AsyncGenerator[Told]) -> None:
        write = await asyncio.shield(self._writing)
        try:
            async with aclosing(told) as all_told:
                async for each in all_told:
                    await write(text.following_of(name, text.payload_of(each)))
            await write(text.completed_of(name))
        except Gone:
            raise
        except TooSlow:
            await write(_refused(name, [TOO_SLOW]))
        except Exception as error:  # noqa: BLE001 - whatever it is, its inside is not for the caller
            await write(_refused(name, errors_of(error)))

    async def run(self, write: Write) -> None:
        """Let operations write, for as long as the client reads."""
        self._writing.set_result(write)
        await self._ended.wait()
        raise Gone

    async def watch(self) -> None:
        """Wait until who opened it may go on no longer."""
        if self.known:
            await self.known.watch()

    def last_words(self, errors: Errors) -> str:
        """Say to each operation why it ends."""
        return "".join(_refused(name, errors) for name in self._running)

    async def close(self) -> None:
        """End what is under way, and let the token be unknown."""
        self._forget()
        await end(tuple(self._tasks))


def _refused(name: str, errors: Errors) -> str:
    return text.following_of(name, text.written({"errors": errors})) + text.completed_of(name)


class SharedEndpoint:
    """The endpoint `/graphql/stream`."""

    def __init__(self, visitors: Visitors) -> None:
        self._visitors = visitors
        self._reserved: dict[str, Shared] = {}

    def __len__(self) -> int:
        return len(self._reserved)

    async def respond(self, http: HTTPRequest) -> Response:
        """Answer one request about a stream."""
        try:
            return await self._respond(http, await self._visitors.signed_in(http))
        except Exception as error:  # noqa: BLE001 - whatever it is, its inside is not for the caller
            return refusal(error, http)

    async def _respond(self, http: HTTPRequest, known: Known) -> Response:
        match http.method:
            case "PUT":
                return self._reserve(known)
            case "GET":
                return self._open(http, known)
            case "POST":
                return await self._start(http, known)
            case "DELETE":
                return self._stop(http, known)
            case _:
                raise Unacceptable(405, "A stream is reserved, opened, or given operations.", {"allow": ALLOWED})

    def _reserve(self, known: Known) -> Response:
        owner, token = _owner(known), token_urlsafe(24)
        if sum(each.owner == owner for each in self._reserved.values()) >= MOST_STREAMS:
            raise Unacceptable(429, f"At most {MOST_STREAMS} streams for one person; close those that nobody reads.")
        self._reserved[token] = Shared(owner, lambda: self._reserved.pop(token, None))
        return PlainTextResponse(token, 201, NO_STORE)

    def _open(self, http: HTTPRequest, known: Known) -> Response:
        shared = self._of(http, known)
        shared.open(known)
        return EventStream(shared)

    async def _start(self, http: HTTPRequest, known: Known) -> Response:
        values = await body_of(http)
        shared, name = self._of(http, known), _name(values)
        shared.start(name, await _answers(known, values))
        return Response(status_code=202, headers=NO_STORE)

    def _stop(self, http: HTTPRequest, known: Known) -> Response:
        shared, name = self._of(http, known), http.query_params.get("operationId")
        if not name:
            raise Unacceptable(400, "`operationId` must name the operation to stop.")
        shared.stop(name)
        return Response(headers=NO_STORE)

    def _of(self, http: HTTPRequest, known: Known) -> Shared:
        """Return the stream of a token; another's is as unknown as none."""
        shared = self._reserved.get(http.headers.get(HEADER) or http.query_params.get("token", ""))
        if shared is None or shared.owner != _owner(known):
            raise Unacceptable(404, UNKNOWN)
        return shared


def _owner(known: Known) -> Hashable:
    who = known.asking.principal
    return (known.asking.tenant.id, who.kind, who.id)


def _name(values: Mapping[str, Any]) -> str:
    extensions = values.get("extensions")
    name = extensions.get("operationId") if isinstance(extensions, dict) else None
    if not isinstance(name, str) or not name:
        raise Unacceptable(400, "`extensions.operationId` must name the operation.")
    return name


async def _answers(known: Known, values: Mapping[str, Any]) -> AsyncGenerator[Told]:
    """Return the answers to an operation; what is wrong with its document is an answer too."""
    try:
        return answers(known.rooms, known.asking, await asked_for(known.rooms.answering, known.asking, values))
    except GraphQLError as error:
        return _only(errors_of(error))


async def _only(errors: Errors) -> AsyncGenerator[Told]:
    yield Told(errors=errors, last=True)
