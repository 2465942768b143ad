"""The process that is measured: the product, a bare broadcast and strawberry's own subscription, on one feed.

python -m benchmarks.fanout_server DATABASE_URL REDIS_URL FOLDER TENANT_ID
"""

import asyncio
import os
import resource
import socket
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final
from uuid import UUID

import orjson
import strawberry
import uvloop
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.asgi import GraphQL
from strawberry.scalars import JSON

from app import connected, make_app
from benchmarks.stage import a_wiring
from cli.listening import answer
from db.catalog import PRIMARY
from db.tenancy import POOL, Placement
from subscriptions.events import Event
from subscriptions.hub import Hub

CURSOR: Final = "c" * 60
"""As long as a real one."""


@strawberry.type
class Subject:
    """What an event is about."""

    type: str
    id: strawberry.ID
    version: int


@strawberry.type
class Told:
    """An event."""

    id: strawberry.ID
    type: str
    occurred_at: str
    data: JSON
    subject: Subject


@strawberry.type
class Gap:
    """What is not kept any more."""

    missed: int


@strawberry.type
class Message:
    """One message, as the product has it."""

    cursor: str
    gap: Gap | None
    event: Told | None


class Feed:
    """The events of one company, from the hub, to whoever follows in one of the two other ways."""

    def __init__(self, hub: Hub, tenant_id: UUID) -> None:
        self.hub, self.tenant_id = hub, tenant_id
        self.followers = 0
        self.bare: set[WebSocket] = set()

    async def broadcast(self) -> None:
        """Send each event to everybody who is connected, as one text made once, with nothing around it."""
        async with self.hub.collecting(self.tenant_id, _every) as collector:
            while True:
                await collector.changed()
                for each in collector.take().events:
                    message = {"type": "websocket.send", "text": _text_of(each)}
                    for websocket in self.bare:
                        await websocket._send(message)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - as bare as can be

    async def respond(self, websocket: WebSocket) -> None:
        """Connect somebody to the broadcast."""
        await websocket.accept("graphql-transport-ws")
        self.bare.add(websocket)
        self.followers += 1
        try:
            while True:
                await websocket.receive_text()
        except WebSocketDisconnect:
            self.bare.discard(websocket)

    async def messages(self) -> AsyncGenerator[Message]:
        """Follow, as a subscription of strawberry's does: a generator for each subscriber."""
        async with self.hub.collecting(self.tenant_id, _every) as collector:
            self.followers += 1
            while True:
                await collector.changed()
                for each in collector.take().events:
                    yield _message_of(each)

    async def count(self, _http: Request) -> JSONResponse:
        """Say how many follow."""
        return JSONResponse(self.followers)


def _every(_event: Event) -> bool:
    return True


def _text_of(event: Event) -> str:
    subject = {"type": event.subject_type, "id": "x" * 40, "version": event.subject_version}
    said = {"id": event.message_id, "type": event.type, "occurredAt": event.occurred_at.isoformat()}
    told = {"cursor": CURSOR, "gap": None, "event": {**said, "data": event.data, "subject": subject}}
    return orjson.dumps({"id": "1", "type": "next", "payload": {"data": {"events": told}}}).decode()


def _message_of(event: Event) -> Message:
    subject = Subject(type=event.subject_type, id=strawberry.ID("x" * 40), version=event.subject_version)
    told = Told(
        id=strawberry.ID(event.message_id),
        type=event.type,
        occurred_at=event.occurred_at.isoformat(),
        data=JSON(event.data),
        subject=subject,
    )
    return Message(cursor=CURSOR, gap=None, event=told)


def strawberrys(feed: Feed) -> GraphQL[Any, Any]:
    """Make strawberry's application."""

    @strawberry.type
    class Query:
        nothing: int = 0

    @strawberry.type
    class Subscription:
        @strawberry.subscription
        async def events(self) -> AsyncGenerator[Message]:
            async for message in feed.messages():
                yield message

    return GraphQL(strawberry.Schema(Query, subscription=Subscription))


def a_placement(tenant_id: str) -> Placement:
    """Say where the company is."""
    return Placement(UUID(tenant_id), POOL, PRIMARY)


def counting(engines: Mapping[str, AsyncEngine]) -> Callable[[Request], Awaitable[JSONResponse]]:
    """Count the statements of some engines from now on; return what tells how many there were."""
    counted = dict.fromkeys(engines, 0)

    def note(name: str, *_cursor: object) -> None:
        counted[name] += 1

    for name, engine in engines.items():
        event.listen(engine.sync_engine, "before_cursor_execute", partial(note, name))

    async def respond(_http: Request) -> JSONResponse:
        return JSONResponse(counted)

    return respond


async def run(database_url: str, redis_url: str, folder: str, tenant_id: str) -> None:
    """Serve until killed."""
    wiring = a_wiring(database_url, redis_url, folder)
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(4096)
        async with connected(wiring) as parts:
            feed = Feed(parts.hub, UUID(tenant_id))
            broadcasting = asyncio.create_task(feed.broadcast())
            app = make_app(wiring, parts)
            engines = {"company": parts.catalog, "requests": parts.database.engine(a_placement(tenant_id))}
            app.router.routes += [
                Route("/statements", counting(engines)),
                WebSocketRoute("/bare", feed.respond),
                Route("/followers", feed.count),
                Mount("/strawberry", strawberrys(feed)),
            ]
            port = sock.getsockname()[1]
            await answer(app, sock, asyncio.Event(), lambda: print(port, flush=True))
            broadcasting.cancel()


def serve() -> None:
    """Serve on the first core, with as many connections as the machine lets it have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    uvloop.run(run(*sys.argv[1:]))


if __name__ == "__main__":
    serve()
