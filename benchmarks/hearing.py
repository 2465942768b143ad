"""One subscriber in a process of its own, which notes when it hears of each version of a flow.

    python -m benchmarks.hearing PORT TOKEN

It says `ready` when it follows, and answers a number on its standard input with when each version came, once so many
have.
"""

import asyncio
import os
import sys
import time

import orjson
import uvloop
from websockets.asyncio.client import ClientConnection

from benchmarks.stage import EVENTS
from tests.live.client import connected


async def hear(port: str, token: str) -> None:
    """Follow, and note when each message comes."""
    heard: dict[str, float] = {}
    async with connected(f"ws://127.0.0.1:{port}") as client:
        await client.begin(authorization=f"Bearer {token}")
        await client.subscribe(EVENTS)
        await client.next()
        print("ready", flush=True)
        following = asyncio.create_task(_follow(client.connection, heard))
        wanted = int(await asyncio.to_thread(sys.stdin.readline))
        while len(heard) < wanted:  # noqa: ASYNC110 - what it takes comes over the socket
            await asyncio.sleep(0.1)
        following.cancel()
    print(orjson.dumps(heard).decode(), flush=True)


async def _follow(connection: ClientConnection, heard: dict[str, float]) -> None:
    async for text in connection:
        at = time.monotonic()
        event = orjson.loads(text)["payload"]["data"]["events"]["event"]
        heard[str(event["subject"]["version"])] = at


def serve() -> None:
    """Hear on the last core."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    uvloop.run(hear(*sys.argv[1:]))


if __name__ == "__main__":
    serve()
