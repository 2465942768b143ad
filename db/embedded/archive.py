"""The form of a backup: one compressed tar, read as what a stranger may have written.

    header.json         what made it and what it needs; first, so that a backup that does not fit is refused at once
    postgres/...        the data folder of PostgreSQL, with the log that makes it consistent
    files/...           the files that people uploaded
    credentials.json    the passwords of the servers
    master.key          the installation's key, unless it is kept outside the data folder
    manifest.json       SHA-256 of every member, sealed with the installation's key; last, so that nothing is missing

Only files and folders are taken, only below these names, each once. What does not agree with the manifest is damaged.
"""

import gzip
import hashlib
import hmac
import json
import tarfile
import threading
import zlib
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final, Self

from db.embedded.failures import EmbeddedServersFailed
from db.encryption import MasterKey

HEADER: Final = "header.json"
MANIFEST: Final = "manifest.json"
KEY: Final = "master.key"
CREDENTIALS: Final = "credentials.json"
POSTGRES: Final = "postgres"
FILES: Final = "files"
SINGLE: Final = frozenset({HEADER, KEY, CREDENTIALS, MANIFEST})
FOLDERS: Final = frozenset({POSTGRES, FILES})
FORM: Final = 1
CHUNK: Final = 1 << 18
# Fast: most of the time goes into compressing, and a backup that is late is not made.
LEVEL: Final = 1
LONGEST_NOTE: Final = 512 << 20


class BackupFailed(EmbeddedServersFailed):
    """A backup cannot be made; nothing of it is left."""


class RestoreRefused(EmbeddedServersFailed):
    """A backup cannot be restored; nothing of it is left."""


class Stopped(Exception):
    """Whoever asked for this work no longer waits for it."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a backup was made from, and so what it can be restored with."""

    made_at: str
    postgres: str
    catalog: str
    tenant: str
    role_prefix: str
    master_key_id: str
    holds_key: bool
    form: int = FORM


@dataclass(frozen=True, slots=True)
class Manifest:
    """The sums of all members, and how many companies there were before and after the database was copied."""

    sums: Mapping[str, str]
    tenants: tuple[int, int]

    def sealed(self, key: MasterKey) -> bytes:
        """As it stands in the archive: with a mark that only the holder of the key can make."""
        body = self._body()
        return json.dumps({"body": json.loads(body), "seal": _seal(body, key)}).encode()

    @classmethod
    def opened(cls, content: bytes, key: MasterKey) -> Self:
        """Read it; refuses one that was not sealed with the key."""
        said = json.loads(content)
        low, high = said["body"]["tenants"]
        manifest = cls({str(name): str(found) for name, found in said["body"]["sums"].items()}, (int(low), int(high)))
        if not hmac.compare_digest(_seal(manifest._body(), key), str(said["seal"])):
            raise RestoreRefused("The backup is not as it was made: its list of contents is not sealed with its key.")
        return manifest

    def _body(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True).encode()


def _seal(body: bytes, key: MasterKey) -> str:
    return hmac.digest(key.derive("backup manifest"), body, "sha256").hex()


@dataclass(slots=True)
class _Summed:
    """A file as it was at its opening: no longer, and filled with zeros where it has become shorter since.

    PostgreSQL writes while it is copied; its log, replayed by the restore, puts right what is filled in or half new.
    """

    source: IO[bytes]
    left: int
    stopped: threading.Event
    sum: Any = field(default_factory=hashlib.sha256)

    def read(self, size: int) -> bytes:
        if self.stopped.is_set():
            raise Stopped
        wanted = min(size, self.left)
        chunk = self.source.read(wanted)
        chunk += bytes(wanted - len(chunk))
        self.left -= wanted
        self.sum.update(chunk)
        return chunk


class Writer:
    """Writes a backup, member by member, and keeps their sums."""

    def __init__(self, tar: tarfile.TarFile, stopped: threading.Event) -> None:
        self._tar = tar
        self._stopped = stopped
        self._sums: dict[str, str] = {}

    def add(self, name: str, source: IO[bytes], size: int) -> None:
        """Add so many bytes of an open file."""
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        summed = _Summed(source, size, self._stopped)
        self._tar.addfile(info, summed)  # pyright: ignore[reportArgumentType] - only read() is asked of it
        self._sums[name] = summed.sum.hexdigest()

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add a small member."""
        self.add(name, BytesIO(content), len(content))

    def add_folder(self, name: str) -> None:
        """Add a folder, which may stay empty."""
        info = tarfile.TarInfo(name)
        info.type, info.mode = tarfile.DIRTYPE, 0o700
        self._tar.addfile(info)

    def finish(self, tenants: tuple[int, int], key: MasterKey) -> None:
        """Add the manifest of all that was added."""
        self.add_bytes(MANIFEST, Manifest(dict(self._sums), tenants).sealed(key))


@contextmanager
def writing(file: IO[bytes], stopped: threading.Event) -> Generator[Writer]:
    """Write an archive into a file, complete at the end of the block."""
    with (
        gzip.GzipFile(fileobj=file, mode="wb", compresslevel=LEVEL, filename="", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        yield Writer(tar, stopped)


@dataclass(slots=True)
class Member:
    """One file of an archive, or a folder, which has no content."""

    name: str
    content: IO[bytes] | None
    sum: Any = field(default_factory=hashlib.sha256)

    def chunks(self) -> Iterator[bytes]:
        """The content, once; the sum is that of what was read."""
        while chunk := self.content.read(CHUNK) if self.content else b"":
            self.sum.update(chunk)
            yield chunk

    def whole(self) -> bytes:
        """The content of a note, which is small."""
        if not self.content or len(content := self.content.read(LONGEST_NOTE + 1)) > LONGEST_NOTE:
            raise RestoreRefused(f"This is not a backup of Workgraph: {shown(self.name)} is not what it should be.")
        self.sum.update(content)
        return content


@contextmanager
def reading(path: Path) -> Generator[Iterator[Member]]:
    """The members of an archive in their order, while the block lasts; whatever cannot be read in it is refused."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise RestoreRefused(f"{path} cannot be read: {error.strerror or error}.") from error
    try:
        with file, gzip.GzipFile(fileobj=file) as unzipped, tarfile.open(fileobj=unzipped, mode="r|") as tar:
            yield _members(tar)
            while unzipped.read(CHUNK):
                pass
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError, OverflowError, RecursionError) as why:
        raise RestoreRefused(
            f"{path} is damaged, cut short, or no backup of Workgraph ({why}). Take another backup."
        ) from why


def _members(tar: tarfile.TarFile) -> Iterator[Member]:
    """Each member, unless its name or its kind is none of ours."""
    seen: set[str] = set()
    for info in tar:
        _check_member(info, seen)
        yield Member(info.name, tar.extractfile(info) if info.isreg() else None)


def _check_member(info: tarfile.TarInfo, seen: set[str]) -> None:
    """Refuse links and devices, names that lead elsewhere or are not ours, and a name that comes again."""
    parts = info.name.split("/")
    wrong = (
        info.type not in {tarfile.REGTYPE, tarfile.DIRTYPE}
        or {"", ".", ".."} & set(parts)
        or "\0" in info.name
        or str(PurePosixPath(info.name)) != info.name
        or info.name in seen
        or not _is_ours(parts, folder=info.isdir())
    )
    seen.add(info.name)
    if wrong:
        raise RestoreRefused(
            f"This is not a backup that Workgraph made: it holds {shown(info.name)}. Nothing was restored."
        )


def _is_ours(parts: list[str], *, folder: bool) -> bool:
    if parts[0] in FOLDERS:
        return folder or len(parts) > 1
    return not folder and len(parts) == 1 and parts[0] in SINGLE


def shown(name: str) -> str:
    """A name as it may stand in a message, whatever is in it."""
    return ascii(name[:200])
