"""A response that goes on: events are written while there are any, and whatever makes them ends with it.

It ends when its work is done, when the client is gone or does not read, when who asked may go on no longer, and when
the server stops. However it ends, nothing of it is left behind.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any, Final, Protocol

from graphql import GraphQLError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from schema.execute.errors import shown
from schema.live.protocol import Closing
from schema.live.stream import text
from schema.live.streams import TooSlow
from subscriptions.ending import end

PING_EVERY: Final = 12.0
READ_WITHIN: Final = 15.0
"""Seconds that an event may wait for a client that does not read."""

CLOSE_WITHIN: Final = 1.0
STOPPING: Final = "stopping"
"""Where the state of the server's connections holds what is set when it stops."""

HEADERS: Final = {"cache-control": "no-store", "x-accel-buffering": "no"}
TOO_SLOW: Final = {
    "message": "Too slow: subscribe again from your last cursor.",
    "extensions": {"code": "UNAVAILABLE"},
}
Write = Callable[[str], Awaitable[None]]
Errors = list[dict[str, Any]]


class Gone(Exception):
    """The client cannot be sent anything any more."""


class Work(Protocol):
    """What fills a stream."""

    async def run(self, write: Write) -> None:
        """Write events until there are no more."""
        ...

    async def watch(self) -> None:
        """Wait until who asked may go on no longer, and raise why; for ever, where that cannot be."""
        ...

    def last_words(self, errors: Errors) -> str:
        """Say why it ends, as events."""
        ...

    async def close(self) -> None:
        """Leave nothing behind."""
        ...


class EventStream(Response):
    """A stream of events, made by some work."""

    def __init__(self, work: Work, status: int = 200) -> None:
        super().__init__(status_code=status, headers=HEADERS, media_type="text/event-stream")
        del self.headers["content-length"]
        self._work, self._alone = work, asyncio.Lock()
        self._send: Send

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream."""
        self._send = send
        try:
            served = await self._until_it_ends(scope, receive)
        finally:
            await self._work.close()
        if served:
            with suppress(TimeoutError, OSError):
                async with asyncio.timeout(CLOSE_WITHIN):
                    await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _until_it_ends(self, scope: Scope, receive: Receive) -> bool:
        """Serve, and tell whether there is a client to whom the end can be sent."""
        working = asyncio.create_task(self._serve())
        leaving = asyncio.create_task(_left(receive))
        stopping = asyncio.create_task(_stopped(scope))
        tasks = (working, leaving, stopping)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return not leaving.done() and (not working.done() or working.result())
        finally:
            await end(tasks)

    async def _serve(self) -> bool:
        """Do the work, and tell whether the client is there at its end."""
        try:
            await self._send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await self.write(text.COMMENT)
            await self._work_out()
        except (Gone, TooSlow, OSError):
            return False
        return True

    async def _work_out(self) -> None:
        try:
            await first(self._work.run(self.write), self._work.watch(), self._ping())
        except Gone:
            raise
        except TooSlow:
            await self.write(self._work.last_words([TOO_SLOW]))
        except Closing as closing:
            await self.write(self._work.last_words([error_of(closing)]))
        except Exception as error:  # noqa: BLE001 - whatever it is, its inside is not for the caller
            await self.write(self._work.last_words(errors_of(error)))

    async def write(self, events: str) -> None:
        """Send events, behind those that are being sent; whoever does not read is dropped."""
        try:
            async with asyncio.timeout(READ_WITHIN), self._alone:
                await self._send({"type": "http.response.body", "body": events.encode(), "more_body": True})
        except (TimeoutError, OSError):
            raise Gone from None

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING_EVERY)
            await self.write(text.COMMENT)


async def first(*works: Coroutine[Any, Any, None]) -> None:
    """Do several things until one of them has ended, however it does."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(tasks)
    for task in done:
        task.result()


async def _left(receive: Receive) -> None:
    """Wait until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _stopped(scope: Scope) -> None:
    """Wait until the server stops."""
    state: Mapping[str, Any] = scope.get("state") or {}
    await (state.get(STOPPING) or asyncio.Event()).wait()


def error_of(closing: Closing) -> dict[str, Any]:
    """Write why a stream has to end; the reason begins with its code."""
    code, _, message = str(closing).partition(": ")
    return {"message": message, "extensions": {"code": code}}


def errors_of(error: Exception) -> Errors:
    """Write what went wrong; what is not for the caller is masked."""
    return shown([error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)])
