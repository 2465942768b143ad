"""Readers who do not take what they are given."""

import asyncio
import socket
from typing import Any

import orjson

from schema.live import streams
from tests.live.client import BOARD, client_of
from tests.live.endings.scene import CUT, FOLLOW, Scene
from tests.live.sse import client, streaming


def crowded(scene: Scene) -> list[streams.StreamSeat]:
    """Let no more than two events wait for a reader; return the seats that are taken from now on."""
    scene.patch.setattr(streams, "MOST_WAITING", 2)
    return noted_seats(scene)


def noted_seats(scene: Scene) -> list[streams.StreamSeat]:
    """Return the seats that are taken from now on."""
    seats, original = list[streams.StreamSeat](), streams.Stream.sit

    async def noted(stream: streams.Stream, *arguments: Any) -> streams.StreamSeat:
        seats.append(await original(stream, *arguments))
        return seats[-1]

    scene.patch.setattr(streams.Stream, "sit", noted)
    return seats


def give_many(seats: list[streams.StreamSeat], count: int = 4, what: str = "") -> None:
    """Have more happen at once than may wait."""
    [seat] = seats
    for number in range(count):
        seat.give([(10**9 + number, streams.Told(f'{{"data": {{"events": "{what}"}}}}'))])


async def behind(scene: Scene) -> int | None:
    seats = crowded(scene)
    async with client_of(scene.address, scene.hr) as slow:
        await slow.subscribe(FOLLOW)
        await slow.next()
        seats[0].taker = None  # as while a message is on its way to who does not read: the others wait
        give_many(seats)
        return await slow.code()


async def stream_behind(scene: Scene) -> str:
    seats = crowded(scene)
    async with client(scene.address, scene.hr) as http, streaming(http, FOLLOW) as stream:
        await stream.next()
        give_many(seats)
        while "data" in (event := await stream.event()).data:
            pass
        assert await stream.is_complete()
        [error] = event.data["errors"]
        return f"`{error['extensions']['code']}`, `complete`"


async def never_reads(scene: Scene) -> int | None:
    """Be given more than fits on the way, and read on only when the server has lost patience: no frame comes."""
    scene.patch.setattr("schema.live.connection.READ_WITHIN", 0.5)
    seats = noted_seats(scene)
    async with client_of(scene.address, scene.hr) as slow:
        await slow.subscribe(FOLLOW)
        await slow.next()
        slow.connection.transport.pause_reading()  # type: ignore[attr-defined]
        give_many(seats, 100, "x" * 300_000)
        await asyncio.sleep(2.5)
        slow.connection.transport.resume_reading()  # type: ignore[attr-defined]
        assert await slow.code() is None
        return slow.connection.close_code


async def stream_never_reads(scene: Scene) -> str:
    scene.patch.setattr("schema.live.stream.response.READ_WITHIN", 0.5)
    scene.patch.setattr("schema.live.stream.response.PING_EVERY", 0.001)
    scene.patch.setattr("schema.live.stream.text.COMMENT", f":{' ' * 200_000}\n\n")
    loop = asyncio.get_running_loop()
    with socket.socket() as silent:
        silent.settimeout(0)
        await loop.sock_connect(silent, ("127.0.0.1", int(scene.address.rpartition(":")[2])))
        await loop.sock_sendall(silent, asked(scene))
        await asyncio.sleep(1.5)
        heard = b""
        while some := await lost(loop, silent):
            heard += some
    assert heard.startswith(b"HTTP/1.1 200")
    assert b"event: complete" not in heard
    return CUT


async def lost(loop: asyncio.AbstractEventLoop, silent: socket.socket) -> bytes:
    """Read on; a connection that was torn off has nothing more."""
    try:
        return await asyncio.wait_for(loop.sock_recv(silent, 1_000_000), timeout=5)
    except ConnectionError:
        return b""


def asked(scene: Scene) -> bytes:
    """Write a request for a stream as it goes over the wire."""
    body = orjson.dumps({"query": BOARD, "variables": {"id": scene.flow.id}})
    headers = {
        "host": "127.0.0.1",
        "accept": "text/event-stream",
        "content-type": "application/json",
        "authorization": f"Bearer {scene.hr.token}",
        "content-length": str(len(body)),
    }
    lines = [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(["POST /graphql HTTP/1.1", *lines, "", ""]).encode() + body
