"""The servers of a command: those that the settings name, or embedded ones."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from cli.running import say
from db.embedded import embedded_servers, running_or_embedded_servers
from db.reach import reach_both
from settings import Settings, secret


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the database and the bus are, whoever runs them."""

    database_url: str
    redis_url: str


@asynccontextmanager
async def servers(settings: Settings, *, alone: bool = False) -> AsyncGenerator[Addresses]:
    """The servers that the settings name, or embedded ones: our own, or those of a `serve` beside this command."""
    database_url, redis_url = secret(settings.database_url), secret(settings.redis_url)
    await reach_both(database_url, redis_url)
    if database_url and redis_url:
        yield Addresses(database_url, redis_url)
        return
    start = embedded_servers if alone else running_or_embedded_servers
    async with start(
        settings.data_dir,
        role_prefix=settings.role_prefix,
        postgres=settings.embedded_postgres,
        valkey=settings.embedded_valkey,
        progress=say,
    ) as embedded:
        yield Addresses(database_url or embedded.database_url, redis_url or embedded.redis_url)
