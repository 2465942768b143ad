"""Makes a data folder from a backup: proved to work before it has its name.

Everything is written into a folder beside the wanted one, `.<name>.restoring`. There PostgreSQL is started once, which
replays the log, and is asked whether it is what the backup says. Then the folder gets its name. A restore that fails
throws its folder away; one that is killed leaves it, and the next restore throws it away.
"""

import asyncio
import fcntl
import os
import shutil
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from db.catalog.tables import SCHEMA
from db.embedded.archive import RestoreRefused
from db.embedded.backup import count_tenants, sync_folder
from db.embedded.binaries import ANNEX
from db.embedded.copying import apart
from db.embedded.extract import Content, Expected, extract
from db.embedded.failures import AlreadyServed, DataFolderUnusable
from db.embedded.folder import is_served, make_data_folder
from db.embedded.keeper import Progress
from db.embedded.residents import evict
from db.embedded.supervisor import embedded_servers
from db.migrate import check_installation, owner_engine, revision_of
from db.standing import Heads
from db.tenancy import TEMPLATE


@dataclass(frozen=True, slots=True)
class Restored:
    """A data folder that was made from a backup; `behind` when `serve` will migrate it first."""

    made_at: str
    tenants: int
    files: int
    behind: bool


async def restore(archive: Path, data_dir: Path, expected: Expected, progress: Progress) -> Restored:
    """Make the data folder, which must be new or empty. Raises `EmbeddedServersFailed`."""
    root = _free(data_dir)
    try:
        async with _draft(root) as draft:
            progress("Reading the backup ...")
            stopped = threading.Event()
            content = await apart(stopped, extract, archive, make_data_folder(draft), expected, stopped)
            progress("Starting its database once ...")
            restored = await _proved(content, draft, progress)
            draft.rename(root)
    except OSError as error:
        raise DataFolderUnusable.because_of(error, root) from error
    sync_folder(root.parent)
    return restored


def _free(data_dir: Path) -> Path:
    """The data folder's place, if there is nothing that a restore would overwrite or could not replace."""
    root = data_dir.absolute()
    if is_served(root):
        raise AlreadyServed(root, (root / "lock").read_text("ascii").strip())
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise RestoreRefused(
            f"{root} is not empty; a restore overwrites nothing. Name a new folder with --data-dir, or move this away."
        )
    if root.is_symlink() or root.is_mount():
        raise RestoreRefused(f"{root} is a link or a disk of its own. Name a new folder inside of it with --data-dir.")
    return root


@asynccontextmanager
async def _draft(root: Path) -> AsyncGenerator[Path]:
    """An empty folder beside the wanted one, held by one restore; thrown away unless the block ends well."""
    draft = root.with_name(f".{root.name}.restoring")
    draft.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _held(draft):
        await _empty(draft)
        try:
            yield draft
        except BaseException:
            await _empty(draft)
            draft.rmdir()
            raise


@contextmanager
def _held(draft: Path) -> Generator[None]:
    """Keep other restores from a draft; one that has just taken its name is no draft any more."""
    opened = os.open(draft, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if not _is_alone(opened, draft):
            raise RestoreRefused(f"Another restore is writing {draft}. Wait for it.")
        yield
    finally:
        os.close(opened)


def _is_alone(opened: int, draft: Path) -> bool:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(opened), draft.stat())
    except (BlockingIOError, FileNotFoundError):
        return False


async def _empty(draft: Path) -> None:
    """Throw away what is in a draft, once no server that was killed runs in it."""
    servers = await asyncio.to_thread((draft / "servers").resolve)
    await evict(servers / "postgres" / "postmaster.pid", servers / "postgres")
    await asyncio.to_thread(_remove, draft, servers)


def _remove(draft: Path, servers: Path) -> None:
    """Remove all that a draft holds, also the servers' files where they lie elsewhere."""
    if servers.is_relative_to(ANNEX):
        shutil.rmtree(servers, ignore_errors=True)
    for path in draft.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


async def _proved(content: Content, draft: Path, progress: Progress) -> Restored:
    """Start the database, which repairs what was copied while it changed, and see that it is the one of the backup."""
    header = content.header
    async with embedded_servers(draft, role_prefix=header.role_prefix, valkey=False, progress=progress) as servers:
        behind = await _is_behind(servers.database_url, content)
        found = await count_tenants(servers.database_url)
    low, high = content.manifest.tenants
    if not low <= found <= high:
        raise RestoreRefused(f"The restored database has {found} companies instead of {low} to {high}.")
    return Restored(header.made_at, found, content.files, behind)


async def _is_behind(owner_url: str, content: Content) -> bool:
    """Whether it is at older revisions than ours; refuses other revisions than those of the backup."""
    header, engine = content.header, owner_engine(owner_url)
    try:
        async with engine.connect() as connection:
            await check_installation(connection, prefix=header.role_prefix, master_key=content.key)
            found = [await revision_of(connection, schema) for schema in (SCHEMA, TEMPLATE)]
            standing = await Heads().standing(connection)
    finally:
        await engine.dispose()
    if found != [header.catalog, header.tenant]:
        raise RestoreRefused(f"The restored database is at other revisions than the backup says ({found}).")
    return not standing.is_at_head
