"""Receivers of webhooks in a process of their own: bare sockets, so that they cost as little as can be.

    python -m benchmarks.receiving SECONDS...

One for each number of seconds after which it answers. It says their ports, and answers each line on its standard input
with what has come since the last one: when each change was told of first, how often one was told of again, and some
requests as they came.
"""

import asyncio
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import orjson
import uvloop

ANSWER: Final = b"HTTP/1.1 204 No Content\r\n\r\n"
HEAD_ENDS: Final = b"\r\n\r\n"
ONE_OF: Final = 100
"""One request of so many is kept as it came."""


@dataclass
class Receiver:
    """What one endpoint was told: the name that a flow was given says which change it was."""

    delay: float
    first: dict[str, float] = field(default_factory=dict[str, float])
    again: int = 0
    samples: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    connections: int = 0

    def note(self, head: bytes, body: bytes) -> None:
        """Note one request."""
        at = time.monotonic()
        mark = orjson.loads(body)["data"]["changed"]["name"]
        if mark in self.first:
            self.again += 1
            return
        if not len(self.first) % ONE_OF:
            lines = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
            self.samples.append({"headers": {name.lower(): value for name, value in lines}, "body": body.decode()})
        self.first[mark] = at

    def taken(self) -> dict[str, Any]:
        """Return what has come, and begin anew."""
        told = {
            "first": self.first,
            "again": self.again,
            "samples": self.samples,
            "connections": self.connections,
        }
        self.first, self.again, self.samples = {}, 0, []
        return told


class Conversation(asyncio.Protocol):
    """One connection: a request, its answer, the next request."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver, self._got = receiver, b""
        self._transport: Any

    def connection_made(self, transport: Any) -> None:
        """Count it."""
        self._transport = transport  # uvloop has transports of its own
        self._receiver.connections += 1

    def data_received(self, data: bytes) -> None:
        """Answer each request that is there as a whole."""
        self._got += data
        head, found, rest = self._got.partition(HEAD_ENDS)
        if not found:
            return
        _, _, length = head.lower().partition(b"\r\ncontent-length: ")
        size = int(length.partition(b"\r\n")[0])
        if len(rest) >= size:
            self._got = rest[size:]
            self._receiver.note(head, rest[:size])
            self._answer()

    def _answer(self) -> None:
        if self._receiver.delay:
            asyncio.get_running_loop().call_later(self._receiver.delay, self._transport.write, ANSWER)
        else:
            self._transport.write(ANSWER)


async def receive(*delays: str) -> None:
    """Receive until killed."""
    loop, receivers = asyncio.get_running_loop(), [Receiver(float(each)) for each in delays]
    servers = [await loop.create_server(partial(Conversation, each), "127.0.0.1", 0) for each in receivers]
    print(orjson.dumps([each.sockets[0].getsockname()[1] for each in servers]).decode(), flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(orjson.dumps([each.taken() for each in receivers]).decode(), flush=True)


if __name__ == "__main__":
    uvloop.run(receive(*sys.argv[1:]))
