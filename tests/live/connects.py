"""Comes and goes many times, and looks at what that leaves in the process that serves."""

import asyncio
import gc
import os
import resource
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import literal, select

from tests.live.client import client_of
from tests.live.sse import client, streaming
from tests.world import Person, World

EVENTS = "subscription { events { cursor event { id } } }"
AT_ONCE = 20
PATIENCE = 20


@dataclass(frozen=True, slots=True)
class Left:
    """What a process holds at a moment."""

    tasks: int
    descriptors: int
    objects: int
    memory: int
    rooms: int
    logs: int


def left(world: World) -> Left:
    """Look at this process, with everything collected that nobody holds."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return Left(
        tasks=len(asyncio.all_tasks()),
        descriptors=len(os.listdir("/proc/self/fd")),  # noqa: PTH208 - one call, which holds nothing
        objects=len(gc.get_objects()),
        memory=pages * resource.getpagesize(),
        rooms=len(rooms_of(world)),
        logs=len(world.parts.hub._logs),
    )


def rooms_of(world: World) -> Any:
    [route] = [each for each in world.app.routes if each.__class__.__name__ == "WebSocketRoute"]
    return route.endpoint.__self__._rooms  # type: ignore[attr-defined]


async def by_socket(address: str, person: Person, *, politely: bool) -> None:
    """Connect, subscribe, be answered, and go: with a close frame, or as a machine that is gone."""
    async with client_of(address, person) as one:
        await one.subscribe(EVENTS)
        await one.next()
        if not politely:
            one.connection.transport.abort()


async def by_stream(http: httpx.AsyncClient) -> None:
    """Open a stream, be answered, and go."""
    async with streaming(http, EVENTS) as stream:
        await stream.next()


async def come_and_go(address: str, person: Person, times: int) -> None:
    """Come and go so many times, some at once: by socket politely, by socket torn off, and by stream."""
    http = client(address, person)
    ways: list[Callable[[], Awaitable[None]]] = [
        lambda: by_socket(address, person, politely=True),
        lambda: by_socket(address, person, politely=False),
        lambda: by_stream(http),
    ]
    numbers = iter(range(times))

    async def some() -> None:
        for number in numbers:
            await ways[number % len(ways)]()

    # Not a task for each: they would be memory of their own.
    async with http:
        await asyncio.gather(*(some() for _ in range(AT_ONCE)))


async def fill_pools(world: World, person: Person) -> None:
    """Open as many connections to PostgreSQL as pools may, and to Valkey as are used at once."""
    database, placement = world.parts.database, person.asking.tenant.placement
    async with AsyncExitStack() as stack:
        for _ in range(world.wiring.pool_size):
            session = await stack.enter_async_context(database.reading(placement))
            await session.scalars(select(literal(1)))
            await stack.enter_async_context(database.moment(placement))
        for _ in range(world.parts.catalog.pool.size()):  # type: ignore[attr-defined]
            await stack.enter_async_context(world.parts.catalog.connect())
        for valkey in (world.parts.bus, world.parts.hub._bus._redis):
            for _ in range(AT_ONCE * 2):
                await stack.enter_async_context(valkey.client())


async def settled(world: World) -> Left:
    """Wait until nobody is connected any more, for a while; return what is there then."""
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE
    while (left(world).rooms or left(world).logs) and loop.time() < until:
        await asyncio.sleep(0.2)
    await asyncio.sleep(0.5)
    return left(world)
