"""Runs both servers for as long as a block lasts, and lets other commands on the same data folder find them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from db.embedded.binaries import find_binaries
from db.embedded.failures import DataFolderUnusable, EmbeddedServersFailed
from db.embedded.folder import (
    DataFolder,
    announce,
    announced,
    is_served,
    locked,
    make_data_folder,
    make_root,
    withdraw,
)
from db.embedded.keeper import Progress
from db.embedded.postgres import Postgres
from db.embedded.valkey import Valkey

ANNOUNCE_SECONDS = 30
STEP = 0.05


@dataclass(frozen=True, slots=True)
class EmbeddedServers:
    """Where the running servers are. The addresses hold passwords."""

    database_url: str = field(repr=False)
    superuser_url: str = field(repr=False)
    redis_url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Wanted:
    postgres: bool
    valkey: bool
    owner: str


def _silent(_message: str) -> None:
    pass


@asynccontextmanager
async def embedded_servers(
    data_dir: Path,
    *,
    role_prefix: str = "workgraph",
    postgres: bool = True,
    valkey: bool = True,
    progress: Progress = _silent,
) -> AsyncGenerator[EmbeddedServers]:
    """Start the servers of a data folder, and stop them at the end of the block within three seconds.

    The address of a server that was not asked for is empty. Raises `EmbeddedServersFailed`.
    """
    root = make_root(data_dir)
    with locked(root):
        withdraw(root)
        folder = make_data_folder(root)
        if folder.lives_elsewhere:
            progress(f"The servers' files are in {folder.servers}: their user may not pass the folders above {root}.")
        async with _running(folder, _Wanted(postgres, valkey, f"{role_prefix}_owner"), progress) as servers:
            announce(root, asdict(servers))
            try:
                yield servers
            finally:
                withdraw(root)


async def running_servers(data_dir: Path) -> EmbeddedServers | None:
    """The servers that another process runs in a data folder now; waits while it still starts them."""
    for _ in range(int(ANNOUNCE_SECONDS / STEP)):
        if not is_served(data_dir):
            return None
        if found := announced(data_dir):
            return EmbeddedServers(**found)
        await asyncio.sleep(STEP)
    raise EmbeddedServersFailed(f"The Workgraph that uses {data_dir} has not started its servers yet. Try again later.")


@asynccontextmanager
async def running_or_embedded_servers(
    data_dir: Path,
    *,
    role_prefix: str = "workgraph",
    postgres: bool = True,
    valkey: bool = True,
    progress: Progress = _silent,
) -> AsyncGenerator[EmbeddedServers]:
    """The servers of a data folder, whoever runs them: for a command beside a `serve`, or without one."""
    if found := await running_servers(data_dir):
        if postgres > bool(found.database_url) or valkey > bool(found.redis_url):
            raise EmbeddedServersFailed(
                f"The Workgraph that uses {data_dir} was started with another DATABASE_URL or REDIS_URL. "
                "Run this command with the same settings."
            )
        yield found
        return
    async with embedded_servers(
        data_dir, role_prefix=role_prefix, postgres=postgres, valkey=valkey, progress=progress
    ) as started:
        yield started


@asynccontextmanager
async def _running(folder: DataFolder, wanted: _Wanted, progress: Progress) -> AsyncGenerator[EmbeddedServers]:
    binaries = await asyncio.to_thread(find_binaries, folder.account)
    postgres, valkey = Postgres(folder, binaries, progress), Valkey(folder, binaries, progress)
    try:
        await _start(folder, wanted, postgres, valkey)
        yield EmbeddedServers(
            database_url=postgres.owner_url(wanted.owner) if wanted.postgres else "",
            superuser_url=postgres.superuser_url if wanted.postgres else "",
            redis_url=valkey.url if wanted.valkey else "",
        )
    finally:
        await asyncio.gather(asyncio.to_thread(postgres.stop), asyncio.to_thread(valkey.stop))


async def _start(folder: DataFolder, wanted: _Wanted, postgres: Postgres, valkey: Valkey) -> None:
    try:
        if wanted.postgres:
            await postgres.start(wanted.owner)
        if wanted.valkey:
            await valkey.start()
    except OSError as error:
        raise DataFolderUnusable.because_of(error, folder.root) from error
