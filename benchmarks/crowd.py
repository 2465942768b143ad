"""Many subscribers in a process of their own: bare sockets that count messages, so that they cost as little as can be.

    python -m benchmarks.crowd PORT PATH NUMBER ANSWERS TOKEN QUERY

It says `ready` when each has subscribed and got so many answers, and then answers each line `NUMBER` on its standard
input, when all together have got so many messages more, with the time of the first and of the last of them.
"""

import asyncio
import os
import resource
import sys
import time
from typing import Any, Final

import orjson
import uvloop

AT_ONCE: Final = 50
PORTS_OF_AN_ADDRESS: Final = 5_000
"""Connections from one loopback address, as each has only so many ports."""

SHORT: Final = 126
LONG: Final = 127
TEXT, PING = 0x1, 0x9
HANDSHAKE: Final = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)


class Counting:
    """What all subscribers have got in all, since when and until when."""

    def __init__(self) -> None:
        self.got = 0
        self.lost = 0
        self.first = self.last = 0.0
        self._wanted = 0
        self._enough = asyncio.Event()

    def note(self, number: int) -> None:
        """Note messages that came."""
        self.last = time.monotonic()
        if not self.got:
            self.first = self.last
        self.got += number
        if self.got >= self._wanted:
            self._enough.set()

    def lose(self) -> None:
        """Note that one is gone: the messages of that one will not come."""
        self.lost += 1
        self._enough.set()

    async def reach(self, wanted: int) -> tuple[float, float]:
        """Wait for so many messages; return when the first and the last came, and begin anew."""
        self._wanted = wanted
        while self.got < wanted and not self.lost:
            self._enough.clear()
            await self._enough.wait()
        self.got -= wanted
        return self.first, self.last


class Subscriber(asyncio.Protocol):
    """One connection."""

    def __init__(self, counting: Counting, hello: bytes, answers: int) -> None:
        self._counting, self._hello = counting, hello
        self._rest, self._is_open = b"", False
        self._transport: Any
        self.upgraded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answers, self.answered = answers, asyncio.Event()

    def connection_made(self, transport: Any) -> None:
        """Ask for the upgrade."""
        self._transport = transport  # uvloop has transports of its own
        transport.write(self._hello)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that one is gone."""
        self._counting.lose()
        self.answered.set()
        if not self.upgraded.done():
            self.upgraded.set_exception(exc or ConnectionResetError())

    def send(self, message: object) -> None:
        """Send a message, masked by nothing."""
        self._transport.write(_framed(TEXT, orjson.dumps(message)))

    def data_received(self, data: bytes) -> None:
        """Count the frames of a chunk."""
        if not self._is_open:
            head, found, data = data.partition(b"\r\n\r\n")
            if not found or b" 101 " not in head:
                self._transport.abort()
                return
            self._is_open = True
            self.upgraded.set_result(None)
        if number := self._frames(self._rest + data):
            self._counting.note(number)
            self._answers -= number
            if self._answers <= 0:
                self.answered.set()

    def _frames(self, data: bytes) -> int:
        number, place, end = 0, 0, len(data)
        while place + 4 <= end:
            begin, size = place + 2, data[place + 1]
            if size >= SHORT:
                width = 2 if size == SHORT else 8
                begin, size = begin + width, int.from_bytes(data[begin : begin + width], "big")
            if begin + size > end:
                break
            if data[place] & 0xF == PING:
                self._transport.write(_framed(0xA, data[begin : begin + size]))
            else:
                number += 1
            place = begin + size
        self._rest = data[place:]
        return number


def _framed(kind: int, content: bytes) -> bytes:
    """Write a frame of a client, whose mask changes nothing."""
    size = len(content)
    head = bytes([0x80 | kind, 0x80 | size]) if size < SHORT else bytes([0x80 | kind, 0x80 | SHORT, *divmod(size, 256)])
    return head + bytes(4) + content


async def come(port: int, path: str, number: int, answers: int, asked: tuple[str, str]) -> None:
    """Connect everybody, and count."""
    token, query = asked
    counting, coming = Counting(), asyncio.Semaphore(AT_ONCE)
    hello = HANDSHAKE.format(path=path, port=port).encode()

    async def one(place: int) -> None:
        async with coming:
            source = (f"127.0.0.{2 + place // PORTS_OF_AN_ADDRESS}", 0)
            loop = asyncio.get_running_loop()
            _, subscriber = await loop.create_connection(
                lambda: Subscriber(counting, hello, answers), "127.0.0.1", port, local_addr=source
            )
            await subscriber.upgraded
            if answers:
                subscriber.send({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
                subscriber.send({"type": "subscribe", "id": "1", "payload": {"query": query}})
                await subscriber.answered.wait()

    await asyncio.gather(*map(one, range(number)))
    await counting.reach(number * answers)
    await _obey(counting)


async def _obey(counting: Counting) -> None:
    print("ready", flush=True)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        first, last = await counting.reach(int(line))
        print(orjson.dumps({"first": first, "last": last, "lost": counting.lost}).decode(), flush=True)


def serve() -> None:
    """Read what is wanted, and do it on the last core."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    port, path, number, answers, token, query = sys.argv[1:]
    uvloop.run(come(int(port), path, int(number), int(answers), (token, query)))


if __name__ == "__main__":
    serve()
