"""Copies a running PostgreSQL, as its manual says (Low-Level API of base backups).

Between `pg_backup_start` and `pg_backup_stop` the files are copied as they change, then the log between the two is
added; replaying it makes them one moment, that of the end. A temporary replication slot keeps the log.
"""

import asyncio
import os
import secrets
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from db.embedded.archive import POSTGRES, BackupFailed, Writer
from db.session import async_url

SEGMENTS_IN_A_LOG: Final = 256
CONTROL: Final = "global/pg_control"
EMPTIED: Final = frozenset(
    {"pg_wal", "pg_replslot", "pg_dynshmem", "pg_notify", "pg_serial", "pg_snapshots", "pg_stat_tmp", "pg_subtrans"}
)
LEFT_OUT: Final = frozenset(
    {
        "postmaster.pid",
        "postmaster.opts",
        "backup_label",
        "backup_label.old",
        "tablespace_map",
        "tablespace_map.old",
        "backup_manifest",
        "postgresql.auto.conf.tmp",
        "current_logfiles.tmp",
        "recovery.signal",
        "standby.signal",
        CONTROL,
    }
)
RESERVE: Final = "select pg_create_physical_replication_slot(:name, immediately_reserve => true, temporary => true)"
BEGIN: Final = "select pg_walfile_name(pg_backup_start('workgraph backup', fast => true))"
END: Final = """
select pg_walfile_name(lsn) as last, labelfile as label, spcmapfile as tablespaces
from pg_backup_stop(wait_for_archive => false)
"""


async def copy_database(superuser_url: str, data: Path, writer: Writer, stopped: threading.Event) -> None:
    """Add PostgreSQL's folder to an archive."""
    async with _administrator(superuser_url) as connection:
        await connection.execute(text(RESERVE), {"name": f"workgraph_backup_{secrets.token_hex(4)}"})
        first = str(await connection.scalar(text(BEGIN)))
        await apart(stopped, _copy_data, writer, data)
        end = (await connection.execute(text(END))).one()
        if end.tablespaces:
            raise BackupFailed("The database has tablespaces outside of its folder, which a backup does not hold.")
        writer.add_bytes(f"{POSTGRES}/backup_label", str(end.label).encode())
        await apart(stopped, _copy_log, writer, data / "pg_wal", segments(first, str(end.last)))


@asynccontextmanager
async def _administrator(url: str) -> AsyncGenerator[AsyncConnection]:
    """One connection that is kept: PostgreSQL gives a backup up when it is lost."""
    engine = create_async_engine(async_url(url), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        yield connection


async def apart(stopped: threading.Event, work: Callable[..., Any], *given: Any) -> Any:
    """Do what blocks in a thread; who is cancelled meanwhile stops it, and waits until it has."""
    task = asyncio.ensure_future(asyncio.to_thread(work, *given))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        stopped.set()
        await asyncio.gather(task, return_exceptions=True)
        raise


def segments(first: str, last: str) -> list[str]:
    """The names of the files of PostgreSQL's log from one to another, of the same timeline."""
    timeline, begin, end = first[:8], _number(first), _number(last)
    return [
        f"{timeline}{number // SEGMENTS_IN_A_LOG:08X}{number % SEGMENTS_IN_A_LOG:08X}"
        for number in range(begin, end + 1)
    ]


def _number(segment: str) -> int:
    return int(segment[8:16], 16) * SEGMENTS_IN_A_LOG + int(segment[16:], 16)


def _copy_data(writer: Writer, data: Path) -> None:
    for path, name in _contents(data):
        if path.is_dir():
            writer.add_folder(f"{POSTGRES}/{name}")
        else:
            add_file(writer, path, f"{POSTGRES}/{name}")
    writer.add_bytes(f"{POSTGRES}/{CONTROL}", _settled(data / CONTROL))


def _contents(data: Path) -> Iterator[tuple[Path, str]]:
    """What is copied of PostgreSQL's folder: all but what belongs to the running server or is made anew."""
    for place, folders, files in os.walk(data, onerror=unless_gone):
        inside = Path(place).relative_to(data)
        if inside.as_posix() in EMPTIED:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("pgsql_tmp"))
        for name in (*folders, *sorted(files)):
            if not _is_left_out((inside / name).as_posix(), name):
                yield Path(place, name), (inside / name).as_posix()


def unless_gone(error: OSError) -> None:
    """Stop at a folder that cannot be read; one that has gone meanwhile is not needed."""
    if not isinstance(error, FileNotFoundError):
        raise error


def _is_left_out(path: str, name: str) -> bool:
    return path in LEFT_OUT or name.startswith(("pgsql_tmp", "pg_internal.init"))


def _settled(control: Path) -> bytes:
    """The control file, read until two readings agree: the server may be writing it."""
    before, after = b"", control.read_bytes()
    while before != after:
        before, after = after, control.read_bytes()
    return after


def _copy_log(writer: Writer, folder: Path, names: list[str]) -> None:
    for name in names:
        if not add_file(writer, folder / name, f"{POSTGRES}/pg_wal/{name}"):
            raise BackupFailed(f"PostgreSQL threw a part of its log away while it was copied ({name}). Try again.")


def add_file(writer: Writer, path: Path, name: str) -> bool:
    """Add a file; says no if it has gone meanwhile."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return False
    with file:
        writer.add(name, file, os.fstat(file.fileno()).st_size)
    return True
