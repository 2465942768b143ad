"""Takes a backup of the embedded database and what belongs to it, while it is used.

What was acknowledged before the begin is in it. Uploaded files are copied after the database, so that those which its
rows name are there.
"""

import fcntl
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from json import dumps
from pathlib import Path
from typing import IO

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from db.catalog.tables import SCHEMA, tenants
from db.embedded.archive import CREDENTIALS, FILES, HEADER, KEY, BackupFailed, Header, Writer, writing
from db.embedded.copying import add_file, apart, copy_database, unless_gone
from db.embedded.keeper import Progress
from db.embedded.supervisor import EmbeddedServers
from db.encryption import MasterKey
from db.migrate import check_installation, owner_engine, revision_of
from db.tenancy import TEMPLATE


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is backed up, and with which key; `holds_key` puts the key itself into the backup."""

    data_dir: Path
    servers: EmbeddedServers
    role_prefix: str
    key: MasterKey
    holds_key: bool

    @property
    def data(self) -> Path:
        """Where PostgreSQL keeps its files."""
        return (self.data_dir / "servers").resolve() / "postgres"


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup that is complete."""

    size: int
    tenants: int
    files: int


async def back_up(wanted: Wanted, target: Path, *, replace: bool, progress: Progress) -> Taken:
    """Write a backup: whole under its name, or nothing at all. Raises `EmbeddedServersFailed`."""
    _check_target(wanted, target, replace=replace)
    stopped = threading.Event()
    try:
        with _draft(target) as file:
            with writing(file, stopped) as writer:
                counts, files = await _write(wanted, writer, stopped, progress)
            file.flush()
            size = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise BackupFailed(f"{error.filename or target}: {error.strerror or error}. No backup was made.") from error
    except DBAPIError as error:
        raise BackupFailed(f"PostgreSQL did not go on with the backup: {error.orig}. No backup was made.") from error
    return Taken(size, counts[1], files)


def _check_target(wanted: Wanted, target: Path, *, replace: bool) -> None:
    if target.is_dir():
        raise BackupFailed(f"{target} is a folder. Name the file that is to be written in it.")
    if target.exists() and not replace:
        raise BackupFailed(f"{target} is there already. Choose another name, or replace it with --force.")
    inside = target.parent.resolve()
    if inside.is_relative_to((wanted.data_dir / FILES).resolve()) or inside.is_relative_to(wanted.data.parent):
        raise BackupFailed(f"{target} is inside of what is backed up. Choose another folder, best on another disk.")


@contextmanager
def _draft(target: Path) -> Generator[IO[bytes]]:
    """Write beside the target, and take its name when all is on disk; only its owner may read it."""
    draft = target.with_name(f"{target.name}.part")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600), "wb") as file:
        _hold(file, draft)
        try:
            os.fchmod(file.fileno(), 0o600)
            file.truncate(0)
            yield file
            file.flush()
            os.fsync(file.fileno())
            draft.rename(target)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    sync_folder(target.parent)


def _hold(file: IO[bytes], draft: Path) -> None:
    """Keep other backups from the draft; one that has just taken its name is no draft any more."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        alone = os.path.samestat(os.fstat(file.fileno()), draft.stat())
    except (BlockingIOError, FileNotFoundError):
        alone = False
    if not alone:
        raise BackupFailed(f"Another backup is writing {draft}. Wait for it, or choose another name.")


def sync_folder(folder: Path) -> None:
    """See that the names in a folder are on disk."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


async def _write(
    wanted: Wanted, writer: Writer, stopped: threading.Event, progress: Progress
) -> tuple[tuple[int, int], int]:
    header = await _header(wanted)
    writer.add_bytes(HEADER, dumps(asdict(header)).encode())
    progress("Copying the database ...")
    before = await _tenants(wanted)
    await copy_database(wanted.servers.superuser_url, wanted.data, writer, stopped)
    counts = before, await _tenants(wanted)
    progress("Copying the files ...")
    files = await apart(stopped, _copy_files, writer, wanted.data_dir / FILES)
    _add_small(writer, wanted.data_dir / CREDENTIALS, CREDENTIALS)
    if wanted.holds_key:
        _add_small(writer, wanted.data_dir / KEY, KEY)
    writer.finish(counts, wanted.key)
    return counts, files


async def _header(wanted: Wanted) -> Header:
    """What the database is; refuses other settings than its own."""
    engine = owner_engine(wanted.servers.database_url)
    try:
        async with engine.connect() as connection:
            await check_installation(connection, prefix=wanted.role_prefix, master_key=wanted.key)
            revisions = [await revision_of(connection, schema) for schema in (SCHEMA, TEMPLATE)]
    finally:
        await engine.dispose()
    if None in revisions:
        raise BackupFailed("There is nothing to back up: the database was never migrated. `workgraph serve` does it.")
    return Header(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        postgres=(wanted.data / "PG_VERSION").read_text("ascii").strip(),
        catalog=str(revisions[0]),
        tenant=str(revisions[1]),
        role_prefix=wanted.role_prefix,
        master_key_id=wanted.key.key_id,
        holds_key=wanted.holds_key,
    )


async def _tenants(wanted: Wanted) -> int:
    return await count_tenants(wanted.servers.database_url)


async def count_tenants(owner_url: str) -> int:
    """How many companies the control plane knows."""
    engine = owner_engine(owner_url)
    try:
        async with engine.connect() as connection:
            return int(await connection.scalar(select(func.count()).select_from(tenants)) or 0)
    finally:
        await engine.dispose()


def _copy_files(writer: Writer, folder: Path) -> int:
    """Copy what people uploaded; a link is not ours, and what vanishes is not needed any more."""
    count = 0
    for place, folders, files in os.walk(folder, onerror=unless_gone):
        folders.sort()
        for path in (Path(place, name) for name in sorted(files)):
            if path.is_file() and not path.is_symlink():
                count += add_file(writer, path, f"{FILES}/{path.relative_to(folder).as_posix()}")
    return count


def _add_small(writer: Writer, path: Path, name: str) -> None:
    if not add_file(writer, path, name):
        raise BackupFailed(f"{path} is not there; without it the backup could not be restored.")
