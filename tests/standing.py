"""Where the log stands on its way from the outbox to who follows it: to read beside a test that has waited in vain."""

import asyncio
import gc
from threading import Thread
from typing import Any, Final

import asyncpg
from redis.asyncio import Redis

from tests.world import World

PATIENCE: Final = 20
WAITING: Final = "select count(*) from pool.event_outbox where position is null"
NEWEST: Final = "select tenant_id, sequence, position, type from pool.event_outbox order by sequence desc limit 5"
HELD: Final = (
    "select a.usename, a.state, a.query from pg_locks l join pg_stat_activity a using (pid) where locktype = 'advisory'"
)
COMMANDS: Final = ("xread", "subscribe", "publish")


def standing(world: World, superuser_url: str, loop: asyncio.AbstractEventLoop) -> str:
    """Say what stands where, as this process knows it, and as another sees it."""
    said = [_here(world, loop)]
    looking = Thread(target=lambda: said.append(asyncio.run(_there(world, superuser_url))))
    looking.start()
    looking.join(PATIENCE)
    return "\n".join(said)


def _here(world: World, loop: asyncio.AbstractEventLoop) -> str:
    """Up to where the hub has told events, and where the tasks of this process are."""
    hub: Any = world.parts.hub
    lines = [f"the hub is away: {hub.is_away}"]
    for tenant, log in hub._logs.items():
        lines.append(f"  {tenant} told up to {log.position}; {len(log.followers)} follow")
    lines += [f"  task {' > '.join(_waiting(task.get_coro()))}" for task in asyncio.all_tasks(loop)]
    tasks = (each for each in gc.get_objects() if issubclass(type(each), asyncio.Task))
    lines += [f"  ended {task!r}" for task in tasks if _has_ended(task)]
    return "\n".join(lines)


def _has_ended(task: asyncio.Task[Any]) -> bool:
    """Whether a task that goes on for as long as the application does has ended."""
    return task.done() and getattr(task.get_coro(), "__name__", "") == "persevere"


def _waiting(coroutine: Any) -> list[str]:
    """Where a coroutine waits, and what it waits for does, down to the innermost."""
    places: list[str] = []
    while frame := getattr(coroutine, "cr_frame", None) or getattr(coroutine, "ag_frame", None):
        places.append(f"{coroutine.__qualname__}:{frame.f_lineno}")
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "ag_await", None)
    return places


async def _there(world: World, superuser_url: str) -> str:
    """What waits in the outbox, what the bus holds, and who reads it."""
    redis: Any = Redis.from_url(world.wiring.redis_url)  # pyright: ignore[reportUnknownMemberType] - redis-py leaves it untyped
    outbox: Any = await asyncpg.connect(superuser_url.replace("+asyncpg", ""))  # pyright: ignore[reportUnknownMemberType] - asyncpg leaves it untyped
    prefix = world.wiring.role_prefix
    try:
        lines = [f"waiting in the outbox: {await outbox.fetchval(WAITING)}"]
        for row in await outbox.fetch(NEWEST):
            there = await redis.xrevrange(f"{prefix}:events:{row['tenant_id']}", count=1)
            lines.append(f"  event {tuple(map(str, row))}; newest on the bus {there and there[0][0]}")
        lines += [f"  lock {tuple(row)}" for row in await outbox.fetch(HELD)]
        lines += [f"  wake {each}" for each in await redis.xrevrange(f"{prefix}:wake", count=5)]
        lines += [f"  client {each}" for each in await redis.client_list() if each["cmd"] in COMMANDS]
    finally:
        await outbox.close()
        await redis.aclose()
    return "\n".join(lines)
