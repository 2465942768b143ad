"""One connection: who it is, what it has asked for, and when it has to end.

The first message signs in, because a browser sends no headers here. From then on the connection costs no statement by
itself: it ends when its token runs out, and looks again at who it is when something happened to that person. Each
message is sent by its own operation's task, so that a client that reads slowly holds up nobody else; one that does not
read at all is dropped. An event is sent by whoever tells everybody of it, as long as that does not have to wait.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final
from uuid import uuid4

from graphql import GraphQLError
from starlette.websockets import WebSocket, WebSocketDisconnect

from resolvers.barred import Barred, TenantMismatch, TenantNotFound
from resolvers.context import Asking
from resolvers.identity import Visitor
from resolvers.keys.using import is_key
from schema.answering import Answering, Asked, Unacceptable, asked_of, kind_of
from schema.documents.asking import asked_for, names_document
from schema.execute.errors import shown
from schema.http import LONGEST_CLIENT, slug_of
from schema.live import protocol
from schema.live.answers import answers
from schema.live.guarding import Guard
from schema.live.outright import Rest, begun
from schema.live.patience import Patience
from schema.live.protocol import Closing, Code, Received
from schema.live.rooms import Rooms
from schema.live.streams import TooSlow
from schema.live.told import Told
from subscriptions.ending import end

BEGIN_WITHIN: Final = 10.0
READ_WITHIN: Final = 15.0
"""Seconds that a message may wait for a client that does not read."""

TOO_SLOW: Final = "Too slow: subscribe again from your last cursor"
CLOSE_WITHIN: Final = 1.0
MOST_AT_ONCE: Final = 100
TENANT_NAMES: Final = ("tenant", "x-workgraph-tenant")
CLIENT: Final = "graphql-client-name"


class Gone(Exception):
    """The client cannot be sent anything any more."""


class Connection:
    """One client."""

    def __init__(self, websocket: WebSocket, answering: Answering, rooms: Rooms, visitor: Visitor) -> None:
        self._websocket, self._answering, self._rooms, self._visitor = websocket, answering, rooms, visitor
        self._running: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._alone = asyncio.Lock()
        self._patience = Patience(READ_WITHIN, lambda: self._end(Closing(Code.LATER, TOO_SLOW)))
        self._ended: asyncio.Future[Closing | None] = asyncio.get_running_loop().create_future()

    async def serve(self) -> None:
        """Serve until either side ends it; whatever is under way ends with the connection."""
        self._start(self._serve())
        try:
            closing = await self._ended
        finally:
            self._patience.close()
            await end(tuple(self._tasks))
        if closing:
            with suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
                async with asyncio.timeout(CLOSE_WITHIN):
                    await self._websocket.close(closing.code, closing.reason)

    def _start(self, work: Awaitable[None]) -> asyncio.Task[None]:
        task = asyncio.create_task(self._surely(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _surely(self, work: Awaitable[None]) -> None:
        """Do something of which the connection ends if it goes wrong."""
        try:
            await work
        except Closing as closing:
            self._end(closing)
        except TooSlow:
            self._end(Closing(Code.LATER, TOO_SLOW))
        except (Gone, WebSocketDisconnect):
            self._end(None)
        except Exception as error:  # noqa: BLE001 - whatever it is, its inside is not for the caller
            shown([GraphQLError(str(error), original_error=error)])
            self._end(Closing(Code.LATER, "Try again later"))

    def _end(self, closing: Closing | None) -> None:
        if not self._ended.done():
            self._ended.set_result(closing)

    async def _serve(self) -> None:
        asking = await self._begin()
        hub, clock = self._rooms.hub, self._rooms.clock
        guard = Guard(self._answering.identity, hub, clock, self._identified)
        self._start(guard.watch(asking, self._visitor.token))
        while True:
            await self._take(await self._receive())

    async def _begin(self) -> Asking:
        """Wait for the first message, and sign in with what it brings."""
        with suppress(TimeoutError):
            async with asyncio.timeout(BEGIN_WITHIN):
                while (message := await self._receive()).type != "connection_init":
                    if message.type not in {"ping", "pong"}:
                        raise Closing(Code.NEVER, "Unauthorized: begin with connection_init")
                    await self._take(message)
                return await self._sign_in(message.payload or {})
        raise Closing(Code.NO_BEGINNING, "Connection initialisation timeout")

    async def _sign_in(self, payload: Mapping[str, Any]) -> Asking:
        said = {str(name).lower(): value for name, value in payload.items() if isinstance(value, str)}
        scheme, _, token = said.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            self._visitor = replace(self._visitor, token=token.strip())
        for name in TENANT_NAMES:
            if name in said:
                self._visitor = replace(self._visitor, tenant_slug=slug_of(said[name]))
        if CLIENT in said:
            self._visitor = replace(self._visitor, client=said[CLIENT][:LONGEST_CLIENT])
        asking = await self._identified()
        await self._send(protocol.ACKNOWLEDGED)
        return asking

    async def _identified(self) -> Asking:
        """Find out who is there, as things are now; a session that has ended is the end of the connection."""
        try:
            return await self._answering.identity.asking(replace(self._visitor, request_id=uuid4().hex))
        except (TenantMismatch, TenantNotFound) as barred:
            raise Closing(Code.NEVER, f"{barred.code}: {barred.message}") from None
        except Barred as barred:
            raise Closing(Code.SIGN_IN_AGAIN, f"{barred.code}: {barred.message}") from None

    async def _receive(self) -> Received:
        try:
            return protocol.received(await self._websocket.receive_text())
        except KeyError:
            raise Closing(Code.INVALID, "Messages are text") from None

    async def _take(self, message: Received) -> None:
        match message.type:
            case "ping":
                await self._send(protocol.pong(message.payload))
            case "pong":
                pass
            case "connection_init":
                raise Closing(Code.BEGUN_TWICE, "Too many initialisation requests")
            case "subscribe":
                self._subscribe(message)
            case "complete":
                if task := self._running.pop(message.id, None):
                    task.cancel()
            case _:
                raise Closing(Code.INVALID, protocol.INVALID)

    def _subscribe(self, message: Received) -> None:
        if message.id in self._running:
            raise Closing(Code.ID_TAKEN, f"Subscriber for {message.id} already exists")
        task = self._running[message.id] = self._start(self._operate(message))
        task.add_done_callback(lambda _: self._forget(message.id, task))

    def _forget(self, name: str, task: asyncio.Task[None]) -> None:
        """Let an id be used again, unless it is already."""
        if self._running.get(name) is task:
            del self._running[name]

    async def _operate(self, message: Received) -> None:
        """Answer one operation; what is wrong with it is said, and ends nothing else."""
        try:
            await self._answer(message)
        except Unacceptable as error:
            await self._refuse(message.id, [{"message": error.message, "extensions": {"code": "BAD_USER_INPUT"}}])
        except GraphQLError as error:
            await self._refuse(message.id, shown([error]))
        except (Closing, Gone, TooSlow):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, its inside is not for the caller
            await self._refuse(message.id, shown([GraphQLError(str(error), original_error=error)]))

    async def _answer(self, message: Received) -> None:
        if len(self._running) > MOST_AT_ONCE:
            raise Unacceptable(400, f"At most {MOST_AT_ONCE} operations at once on one connection.")
        asking, asked = await self._asked(message.payload or {})
        beginning = protocol.beginning(message.id)
        async with aclosing(answers(self._rooms, asking, asked, taker=partial(self._take_up, beginning))) as all_told:
            async for told in all_told:
                await self._tell(message.id, beginning, told)

    async def _asked(self, payload: Mapping[str, Any]) -> tuple[Asking, Asked]:
        """Read an operation, and find out who asks: first, where it names a document or its client has a name."""
        identity = self._answering.identity
        if self._visitor.client or is_key(self._visitor.token) or names_document(payload) or identity.comes_first:
            asking = await self._identified()
            return asking, await asked_for(self._answering, asking, payload)
        asked = asked_of(payload)
        kind_of(asked)  # refuses a document without the operation before anybody is looked up
        return await self._identified(), asked

    def _take_up(self, beginning: str, told: Told) -> bool:
        """Send an answer outright, if none is being sent; what of it has to wait gets a task of its own."""
        if told.errors is not None or told.last or self._alone.locked() or self._ended.done():
            return False
        try:
            rest = begun(self._websocket.send_text(protocol.following(beginning, told.payload)))
        except (RuntimeError, WebSocketDisconnect):
            self._end(None)
            return True
        if rest and (waiting := begun(self._surely(self._finish(rest)))):
            self._start(waiting)
        return True

    async def _finish(self, rest: Rest) -> None:
        """Wait until a message that was begun is sent; others are sent behind it."""
        async with self._sending():
            await rest

    async def _tell(self, name: str, beginning: str, told: Told) -> None:
        if told.errors is not None:
            await self._refuse(name, told.errors)
            return
        await self._send(protocol.following(beginning, told.payload))
        if told.last:
            await self._send(protocol.completed(name))

    async def _refuse(self, name: str, errors: list[dict[str, Any]]) -> None:
        await self._send(protocol.refused(name, errors))

    async def _send(self, text: str) -> None:
        """Send a message, behind those that are being sent; whoever does not read is dropped."""
        async with self._sending():
            await self._websocket.send_text(text)

    @asynccontextmanager
    async def _sending(self) -> AsyncGenerator[None]:
        """Send alone for as long as the block lasts, which is not for ever."""
        try:
            async with self._alone:
                self._patience.begin()
                yield
                self._patience.end()
        except (RuntimeError, WebSocketDisconnect):
            raise Gone from None
