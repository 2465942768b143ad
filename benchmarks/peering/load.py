"""Who asks: a process that keeps a number of connections busy, each with one request after the other.

Bare sockets that look for the end of an answer and nothing else, so that asking costs little beside PostgreSQL, which
runs on the same core. Each line of its standard input says what to ask, and for how long; it answers with one line:
how many were answered until the last of those that were begun in time, and how long they took.
"""

import asyncio
import re
import sys
import time
from functools import partial
from itertools import cycle, islice
from typing import Any, Final

import orjson
import uvloop

HEAD: Final = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    "Accept: application/json\r\nAuthorization: Bearer {token}\r\n{more}Content-Length: {length}\r\n\r\n"
)
LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
SHOWN: Final = 500
OK: Final = b"HTTP/1.1 200 "


class Run:
    """One run: until when requests are begun, how long each took, and what the first answer was."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.took: list[float] = []
        self.wrong, self.wrong_answer = 0, ""
        self.answer: bytes | None = None
        self.ends = 0.0

    def note(self, began: float, body: bytes, *, good: bool) -> bool:
        """Note an answer; tell whether there is time for another request."""
        at = time.perf_counter()
        self.took.append(at - began)
        if self.answer is None:
            self.answer = body
        if not good or body != self.answer:
            self.wrong += 1
            self.wrong_answer = self.wrong_answer or body[:SHOWN].decode(errors="replace")
        return at < self.ends


class Asker(asyncio.Protocol):
    """One connection."""

    def __init__(self, run: Run, request: bytes, every: float) -> None:
        self._run, self._request, self._every = run, request, every
        self._transport: Any
        self._got, self._size, self._body = bytearray(), 0, 0
        self._began = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        """Keep the transport, which is uvloop's own."""
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever is cut off has no answer."""
        if not self.done.done():
            self.done.set_exception(exc or ConnectionResetError("the server closed the connection"))

    def close(self) -> None:
        """Hang up."""
        self._transport.close()

    def ask(self) -> None:
        """Send the request."""
        self._got.clear()
        self._size = 0
        self._began = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Take a piece of the answer; when it is whole, ask again or be done."""
        self._got += data
        if not self._size and not self._measure():
            return
        if len(self._got) < self._size:
            return
        good = self._got.startswith(OK)
        if self._run.note(self._began, bytes(memoryview(self._got)[self._body : self._size]), good=good):
            self._again()
        elif not self.done.done():
            self.done.set_result(None)

    def _again(self) -> None:
        """Ask again: at once, or when it is time."""
        wait = self._began + self._every - time.perf_counter()
        if wait <= 0:
            self.ask()
        else:
            asyncio.get_running_loop().call_later(wait, self.ask)

    def _measure(self) -> bool:
        end = self._got.find(b"\r\n\r\n")
        if end < 0:
            return False
        found = LENGTH.search(self._got, 0, end + 4)
        if found is None:
            self._transport.abort()
            return False
        self._body = end + 4
        self._size = self._body + int(found[1])
        return True


async def load(wanted: Any) -> dict[str, Any]:
    """Keep so many connections busy for so long, in turns of `every` seconds, each with one of the tokens."""
    body = wanted["body"].encode()
    more = "".join(f"{name}: {value}\r\n" for name, value in wanted["headers"].items())
    known = {"path": wanted["path"], "port": wanted["port"], "more": more, "length": len(body)}
    requests = [HEAD.format(token=token, **known).encode() + body for token in wanted["tokens"]]
    run = Run(wanted["seconds"])
    loop = asyncio.get_running_loop()
    askers = [
        (await loop.create_connection(partial(Asker, run, request, wanted["every"]), "127.0.0.1", wanted["port"]))[1]
        for request in islice(cycle(requests), wanted["connections"])
    ]
    began = time.perf_counter()
    run.ends = began + run.seconds
    for asker in askers:
        asker.ask()
    await asyncio.gather(*(asker.done for asker in askers))
    seconds = time.perf_counter() - began
    for asker in askers:
        asker.close()
    return {
        "answered": len(run.took),
        "wrong": run.wrong,
        "wrong_answer": run.wrong_answer,
        "seconds": seconds,
        "took": sorted(run.took),
    }


async def obey() -> None:
    """Do what each line says."""
    reader = asyncio.StreamReader(limit=10_000_000)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        print(orjson.dumps(await load(orjson.loads(line))).decode(), flush=True)


if __name__ == "__main__":
    uvloop.run(obey())
