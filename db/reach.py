"""Can the database and the bus be reached, and how fast: asked before anything is built on them.

Each question is answered within five seconds, also by a host that never replies. A refusal names the setting, the host
and what to do, and never the password.
"""

import asyncio
import socket
import time
from collections.abc import Awaitable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, RedisError
from sqlalchemy import NullPool, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from db.session import async_url

PATIENCE = 4.5
OLDEST_POSTGRES = 180000
MEANINGS = {
    "28P01": "the server does not accept the user name or the password",
    "28000": "the server does not let this user in (see its pg_hba.conf)",
    "42501": "this user may not connect to that database",
    "3D000": "there is no database of that name; create it",
    "53300": "the server has no free connection",
    "57P03": "the server is starting up; try again in a moment",
}

REASONS: tuple[tuple[type[Exception], str], ...] = (
    (socket.gaierror, "that host name is not known"),
    (ConnectionRefusedError, "nothing listens there"),
    (TimeoutError, f"no answer within {PATIENCE:g} seconds"),
)

Answer = TypeVar("Answer")


class Unreachable(Exception):
    """A server that a setting names cannot be used."""


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What matters to us about a PostgreSQL server."""

    seconds: float
    version: str
    version_number: int
    locks_per_transaction: int

    @property
    def new_enough(self) -> bool:
        """Whether it has what our tables need."""
        return self.version_number >= OLDEST_POSTGRES


@dataclass(frozen=True, slots=True)
class BusFacts:
    """What matters to us about a Valkey or Redis server."""

    seconds: float
    version: str


async def reach_database(url: str, setting: str = "DATABASE_URL") -> DatabaseFacts:
    """Connect once and ask the server about itself."""
    try:
        engine = create_async_engine(async_url(url), poolclass=NullPool)
        return await _in_time(_ask_database(engine))
    except DBAPIError as error:
        state = str(getattr(error.orig, "sqlstate", ""))
        raise _unreachable(setting, url, MEANINGS.get(state, f"the server said: {error.orig}")) from None
    except (OSError, ArgumentError, ValueError) as error:
        raise _unreachable(setting, url, _why(error)) from None


async def reach_bus(url: str, setting: str = "REDIS_URL") -> BusFacts:
    """Connect once and ask the server about itself."""
    try:
        async with Redis.from_url(url, socket_connect_timeout=PATIENCE) as redis:  # pyright: ignore[reportUnknownMemberType] - redis types **kwargs as unknown
            return await _in_time(_ask_bus(redis))
    except AuthenticationError:
        raise _unreachable(setting, url, "the server does not accept the user name or the password") from None
    except (OSError, RedisError, ValueError) as error:
        raise _unreachable(setting, url, _why(error)) from None


async def reach_both(database_url: str | None, redis_url: str | None) -> None:
    """Ask both servers at the same time; what is None is not asked. Says of each that cannot be used why."""
    asking: list[Coroutine[Any, Any, object]] = []
    if database_url:
        asking.append(reach_database(database_url))
    if redis_url:
        asking.append(reach_bus(redis_url))
    answers = await asyncio.gather(*asking, return_exceptions=True)
    if refusals := [str(answer) for answer in answers if isinstance(answer, Unreachable)]:
        raise Unreachable("\n".join(refusals))
    for fault in (answer for answer in answers if isinstance(answer, BaseException)):
        raise fault


async def _in_time(asking: Awaitable[Answer]) -> Answer:
    async with asyncio.timeout(PATIENCE):
        return await asking


async def _ask_database(engine: AsyncEngine) -> DatabaseFacts:
    begin = time.monotonic()
    async with engine.connect() as connection:
        settings = "select current_setting(name) from unnest(cast(:names as text[])) as name"
        names = ["server_version", "server_version_num", "max_locks_per_transaction"]
        version, number, locks = (await connection.scalars(text(settings), {"names": names})).all()
        return DatabaseFacts(time.monotonic() - begin, version, int(number), int(locks))


async def _ask_bus(redis: Redis) -> BusFacts:
    begin = time.monotonic()
    found = await redis.info("server")  # pyright: ignore[reportUnknownMemberType] - as above
    name = "Valkey" if "valkey_version" in found else "Redis"
    return BusFacts(time.monotonic() - begin, f"{name} {found.get('valkey_version', found['redis_version'])}")


def _unreachable(setting: str, url: str, why: str) -> Unreachable:
    parts = urlsplit(url)
    safe = why.replace(parts.password, "***") if parts.password else why
    return Unreachable(f"{setting}: cannot use the server at {_place(url)}: {safe}. Check the setting and the server.")


def _place(url: str) -> str:
    """The part of an address that is no secret."""
    return urlsplit(url).netloc.rpartition("@")[2] or urlsplit(url).path


def _why(error: Exception) -> str:
    meanings = [meaning for kind, meaning in REASONS if any(isinstance(each, kind) for each in _chain(error))]
    return meanings[0] if meanings else str(error).rstrip(".") or type(error).__name__


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it came from: the drivers hide the system's error in one of their own."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
