"""The data folder: its layout, its lock, its passwords, and what is repaired when an earlier start was cut short.

    <data folder>/lock               held by the one process that runs the servers
    <data folder>/credentials.json   passwords of the superuser, the owner and Valkey; mode 0600
    <data folder>/running.json       where the running servers are; mode 0600, there only while they are ready
    <data folder>/servers/           the servers' own: postgres, valkey, log, run

When root starts them, `servers` belongs to an unprivileged user. If that user cannot reach it, because a parent is
closed to others, the servers' files live below /var/lib/workgraph and `servers` is a link to them.
"""

import fcntl
import json
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from db.embedded.account import Account, server_account
from db.embedded.binaries import ANNEX
from db.embedded.failures import AlreadyServed, DataFolderUnusable

OLD_LOG = 10_000_000
LOCK_ATTEMPTS = 5
OURS = frozenset({"lock", "master.key", "credentials.json", "running.json"})


@dataclass(frozen=True, slots=True)
class Credentials:
    """The passwords of one data folder, made at its first start."""

    superuser: str = field(repr=False)
    owner: str = field(repr=False)
    valkey: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DataFolder:
    """One data folder and the user that its servers run as."""

    root: Path
    account: Account

    @property
    def servers(self) -> Path:
        """The servers' own files, through the link if there is one."""
        return (self.root / "servers").resolve()

    @property
    def lives_elsewhere(self) -> bool:
        """Whether the servers' files are outside the data folder."""
        return (self.root / "servers").is_symlink()

    def place(self, name: str) -> Path:
        """A folder of the servers, made on first use and given to their user."""
        path = self.servers / name
        path.mkdir(mode=0o700, exist_ok=True)
        self.account.takes(path)
        return path

    def log(self, name: str) -> Path:
        """The log file of a server; a long one is put aside."""
        path = self.place("log") / f"{name}.log"
        if path.exists() and path.stat().st_size > OLD_LOG:
            path.rename(path.with_suffix(".log.1"))
        return path

    def write_for_server(self, path: Path, text: str) -> None:
        """Write a file that only the servers' user may read."""
        _write_privately(path, text)
        self.account.takes(path)

    def discard(self, path: Path) -> None:
        """Throw away a folder of the servers, also one that a dying process still writes to."""
        if path.exists():
            path.rename(path.with_name(f"discarded-{secrets.token_hex(4)}"))
        for discarded in self.servers.glob("discarded-*"):
            shutil.rmtree(discarded, ignore_errors=True)

    def has_other_passwords(self) -> DataFolderUnusable:
        """The servers' data and the passwords beside it do not belong together."""
        return DataFolderUnusable(
            f"{self.root / 'credentials.json'} does not hold the passwords of the data in {self.servers}. "
            "Bring back the file that belongs to it."
        )

    def credentials(self) -> Credentials:
        """The passwords, made at the first start."""
        path = self.root / "credentials.json"
        if not path.exists():
            fresh = Credentials(*(secrets.token_hex(24) for _ in range(3)))
            _write_privately(path, json.dumps(asdict(fresh), indent=2))
        return _read_credentials(path)


def make_root(data_dir: Path) -> Path:
    """Make the data folder itself, if it is not there."""
    root = data_dir.absolute()
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise DataFolderUnusable.because_of(error, root) from error
    return root


def make_data_folder(root: Path) -> DataFolder:
    """Make what is missing of a locked data folder, and choose the servers' user. Refuses what cannot be used."""
    try:
        folder = DataFolder(root, server_account(root / "servers"))
        _make_servers(folder)
        _check_reach(folder)
    except OSError as error:
        raise DataFolderUnusable.because_of(error, root) from error
    return folder


def _make_servers(folder: DataFolder) -> None:
    servers = folder.root / "servers"
    if servers.is_symlink() or servers.exists():
        return
    _let_pass(folder)
    if folder.account.blocked_at(folder.root) is None:
        servers.mkdir(mode=0o700)
        folder.account.takes(servers)
    else:
        servers.symlink_to(_annex(folder.account))


def _let_pass(folder: DataFolder) -> None:
    """Let the servers' user through the data folder, unless it holds what is not ours."""
    if folder.account.differs and OURS.issuperset(path.name for path in folder.root.iterdir()):
        folder.root.chmod(0o711)


def _annex(account: Account) -> Path:
    ANNEX.mkdir(parents=True, exist_ok=True, mode=0o755)
    annex = Path(tempfile.mkdtemp(prefix="servers-", dir=ANNEX))
    account.takes(annex)
    return annex


def _check_reach(folder: DataFolder) -> None:
    if not folder.servers.is_dir():
        raise DataFolderUnusable(
            f"{folder.root / 'servers'} points to {folder.servers}, which is not there. Bring that folder back, or "
            f"remove the link to start with empty data."
        )
    if blocked := folder.account.blocked_at(folder.servers):
        raise DataFolderUnusable(
            f"The servers run as user {folder.account.user if folder.account.differs else os.geteuid()}, "
            f"who cannot pass {blocked}. Allow it (chmod o+x), start as the user that owns {folder.servers}, or choose "
            "another folder with --data-dir or WORKGRAPH_DATA_DIR."
        )


@contextmanager
def locked(root: Path) -> Generator[None]:
    """Hold the data folder; the system lets go when the process ends, however it ends."""
    try:
        file = _open_lock(root)
    except OSError as error:
        raise DataFolderUnusable.because_of(error, root) from error
    with file:
        _hold(file, root)
        _sign(file)
        yield


def _open_lock(root: Path) -> IO[str]:
    return os.fdopen(os.open(root / "lock", os.O_RDWR | os.O_CREAT, 0o644), "r+", encoding="ascii")


def _hold(file: IO[str], root: Path) -> None:
    """Take the lock. Another command looks at it for a moment to see whether it is held; that is waited out."""
    for attempt in range(LOCK_ATTEMPTS):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt == LOCK_ATTEMPTS - 1:
                raise AlreadyServed(root, file.read().strip()) from None
            time.sleep(0.05)
        except OSError as error:
            raise DataFolderUnusable.because_of(error, root) from error
        else:
            return


def _sign(file: IO[str]) -> None:
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()


def is_served(root: Path) -> bool:
    """Whether a process runs this folder's servers now."""
    try:
        with (root / "lock").open(encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def announce(root: Path, addresses: Mapping[str, str]) -> None:
    """Tell other commands on this folder where the servers are."""
    _write_privately(root / "running.json", json.dumps({"pid": os.getpid(), **addresses}, indent=2))


def withdraw(root: Path) -> None:
    """Take back what `announce` told."""
    (root / "running.json").unlink(missing_ok=True)


def announced(root: Path) -> Mapping[str, str] | None:
    """What the process that holds the folder has announced; nothing while it still starts."""
    try:
        found = json.loads((root / "running.json").read_text("utf-8"))
        holder = (root / "lock").read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataFolderUnusable.because_of(error, root) from error
    return found if str(found.pop("pid")) == holder else None


def _read_credentials(path: Path) -> Credentials:
    try:
        return Credentials(**json.loads(path.read_text("utf-8")))
    except (ValueError, TypeError) as error:
        raise DataFolderUnusable(f"{path} is damaged: restore it from a backup, or remove it.") from error


def _write_privately(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner only."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
