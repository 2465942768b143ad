"""Who listens: over a WebSocket and over server-sent events, each coming again from its own cursor when it was cut off.

Other kinds hear of events in other ways, as `Hook`; `KINDS` in the proof names all of them.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, Final, Protocol
from uuid import UUID

import httpx
import orjson
from websockets.exceptions import WebSocketException

from db.encryption import Sealer
from schema.derive import ids
from schema.execute.worked_out import PURPOSE
from tests.live.client import connected
from tests.live.sse import streaming
from tests.proofs.ledger.places import Server
from tests.proofs.ledger.trial import MASTER_KEY, Company, Event

EVENTS: Final = """
subscription($after: String) {
  events(after: $after) { cursor gap { missed } event { id type data subject { type id version } } }
}
"""
PATIENCE: Final = 30.0
FOREVER: Final = 3_600.0
PAUSE: Final = 0.2
CUT: Final = (OSError, TimeoutError, WebSocketException, httpx.HTTPError)
PASSING: Final = frozenset({"UNAVAILABLE", "TIMEOUT"})


class CutOff(Exception):
    """The stream has ended, and will be begun again."""


@dataclass(frozen=True)
class Heard:
    """One event as it came: when, and the mark of the change that it tells of."""

    event: Event
    at: float
    mark: str | None


class Listener(Protocol):
    """Somebody who hears of the events of one company."""

    company: Company

    def __init__(self, company: Company, servers: Sequence[Server]) -> None: ...

    @property
    def name(self) -> str:
        """Who it is."""
        ...

    @property
    def counts(self) -> Mapping[str, int]:
        """What it can tell in numbers, by what each of them is."""
        ...

    async def listen(self) -> None:
        """Listen until cancelled, whatever happens to the servers meanwhile."""
        ...

    async def ready(self) -> None:
        """Wait until whatever is written from now on has to be heard."""
        ...

    def is_behind(self, committed: Sequence[Event]) -> bool:
        """Tell whether something of what was committed has still to come."""
        ...

    def check(self, committed: Sequence[Event]) -> Generator[str]:
        """Say what is wrong with what was heard, given what was committed."""
        ...


@dataclass
class Follower:
    """Somebody who subscribes, and moves the cursor from each message."""

    company: Company
    servers: Sequence[Server]
    heard: list[Heard] = field(default_factory=list[Heard])
    came_again: int = 0
    began: int = -1
    _cursor: str | None = None
    _wrong: list[str] = field(default_factory=list[str])
    _is_ready: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def name(self) -> str:
        return f"{type(self).__name__} of {self.company.slug}"

    @property
    def counts(self) -> Mapping[str, int]:
        return {"events": len(self.heard), "times it came again": self.came_again}

    async def ready(self) -> None:
        """Wait for the first cursor."""
        async with asyncio.timeout(PATIENCE):
            await self._is_ready.wait()

    async def listen(self) -> None:
        """Follow the events at one server, and when that is gone at the other."""
        for server in cycle(self.servers):
            try:
                async for payload in self.answers(server):
                    self._hear(payload)
            except (CutOff, *CUT):
                pass
            self.came_again += 1
            await asyncio.sleep(PAUSE)

    def answers(self, server: Server) -> AsyncIterator[Mapping[str, Any]]:
        """Subscribe from the cursor on, and return the answers until the stream is cut off."""
        raise NotImplementedError

    def _hear(self, payload: Mapping[str, Any]) -> None:
        if errors := payload.get("errors"):
            if errors[0]["extensions"]["code"] not in PASSING:
                self._wrong.append(f"an error: {errors[0]}")
            raise CutOff
        message = payload["data"]["events"]
        self._cursor = message["cursor"]
        position = self._position(message["cursor"])
        if message["gap"]:
            self._wrong.append(f"a gap of {message['gap']['missed']} before {position}")
        elif message["event"] is None:
            self._begin(position)
        else:
            self.heard.append(_heard(position, message["event"]))

    def _begin(self, position: int) -> None:
        if self.began >= 0 and self.heard:
            self._wrong.append(f"it began anew at {position}")
        self.began = position
        self._is_ready.set()

    def _position(self, cursor: str) -> int:
        opened = Sealer(MASTER_KEY).open(cursor, tenant_id=self.company.tenant_id, purpose=PURPOSE)
        return int(orjson.loads(opened))

    def is_behind(self, committed: Sequence[Event]) -> bool:
        """Tell whether the last event has still to come."""
        last = committed[-1].id
        return all(each.event.id != last for each in reversed(self.heard))

    def check(self, committed: Sequence[Event]) -> Generator[str]:
        """Compare what was heard with what was committed: everything, once, in its order."""
        told, expected = [each.event for each in self.heard], [each for each in committed if each.position > self.began]
        counted = Counter(each.id for each in told)
        repeated = sum(number - 1 for number in counted.values())
        missing = len({each.id for each in expected} - counted.keys())
        yield from self._wrong
        if repeated:
            yield f"{repeated} events came twice"
        if missing:
            yield f"{missing} of {len(expected)} events did not come"
        if disordered := _disordered(told):
            yield f"{disordered} events of a subject came out of their order"
        if not (repeated or missing or disordered) and told != expected:
            yield "what came is not what the log says"


def _disordered(told: Sequence[Event]) -> int:
    """Count events that came after a later one about the same subject."""
    latest: dict[UUID, int] = {}
    disordered = 0
    for event in told:
        disordered += event.version < latest.get(event.subject, 0)
        latest[event.subject] = event.version
    return disordered


def _heard(position: int, said: Mapping[str, Any]) -> Heard:
    subject = ids.row_of(said["subject"]["id"], said["subject"]["type"])
    assert subject
    event = Event(position, said["id"], said["type"], subject, said["subject"]["version"])
    return Heard(event, time.time(), said["data"].get("changed", {}).get("name"))


class Socket(Follower):
    """Over graphql-transport-ws; `after` says from where on."""

    async def answers(self, server: Server) -> AsyncIterator[Mapping[str, Any]]:
        """Subscribe on a connection of its own."""
        async with connected(server.socket, open_timeout=5) as client:
            await client.send(type="connection_init", payload={"authorization": f"Bearer {self.company.token}"})
            if (await client.receive())["type"] != "connection_ack":
                raise CutOff
            await client.subscribe(EVENTS, after=self._cursor)
            while True:
                yield _payload(await client.receive(FOREVER))


def _payload(message: Mapping[str, Any]) -> Mapping[str, Any]:
    match message["type"]:
        case "next":
            return message["payload"]
        case "error":
            return {"errors": message["payload"]}
        case _:
            raise CutOff


class Stream(Follower):
    """Over server-sent events; `Last-Event-ID` says from where on."""

    async def answers(self, server: Server) -> AsyncIterator[Mapping[str, Any]]:
        """Subscribe in a stream of its own."""
        headers = {"authorization": f"Bearer {self.company.token}"}
        known = {"last-event-id": self._cursor} if self._cursor else {}
        patience = httpx.Timeout(5, read=FOREVER)
        async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=patience) as http:
            try:
                async with streaming(http, EVENTS, known) as stream:
                    while (event := await stream.event_or_end(FOREVER)) and event.name == "next":
                        yield event.data
            except AssertionError as refused:
                raise CutOff from refused
