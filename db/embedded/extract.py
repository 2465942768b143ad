"""Writes a backup's members into a new data folder, and holds all of it against the backup's manifest."""

import base64
import json
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from db.embedded.account import KEEP, Account
from db.embedded.archive import (
    CREDENTIALS,
    FILES,
    FORM,
    HEADER,
    KEY,
    MANIFEST,
    POSTGRES,
    Header,
    Manifest,
    Member,
    RestoreRefused,
    Stopped,
    reading,
    shown,
)
from db.embedded.binaries import major_version
from db.embedded.folder import DataFolder
from db.encryption import MasterKey
from db.migrations.trees import Tree, catalog_tree, tenant_tree

OURSELVES: Final = Account(KEEP, KEEP)
NEEDED: Final = frozenset({CREDENTIALS, f"{POSTGRES}/PG_VERSION", f"{POSTGRES}/backup_label"})
NO_BACKUP: Final = "This is not a backup that Workgraph made, or it is damaged"


@dataclass(frozen=True, slots=True)
class Expected:
    """The settings that a backup is restored with; without a key, the backup must hold its own."""

    role_prefix: str
    key: MasterKey | None


@dataclass(frozen=True, slots=True)
class Content:
    """What was read of a backup."""

    header: Header
    manifest: Manifest
    key: MasterKey

    @property
    def files(self) -> int:
        """How many uploaded files are in it."""
        return sum(name.startswith(f"{FILES}/") for name in self.manifest.sums)


def extract(archive: Path, folder: DataFolder, expected: Expected, stopped: threading.Event) -> Content:
    """Write out every member; refuses a backup that does not fit, is not whole, or is not as it was made."""
    sums: dict[str, str] = {}
    with reading(archive) as found:
        header = _header(next(found, None), sums)
        _check_fits(header, expected)
        sealed = _write_all(found, folder, sums, stopped)
    key = _key(folder, header, expected)
    return Content(header, _agreed(sealed, sums, key), key)


def _write_all(found: Iterator[Member], folder: DataFolder, sums: dict[str, str], stopped: threading.Event) -> bytes:
    """Write every member but the last, which is the sealed manifest, and note the sums of what was written."""
    sealed = b""
    for member in found:
        if sealed:
            raise RestoreRefused(f"{NO_BACKUP}: it goes on behind its end.")
        if member.name == MANIFEST:
            sealed = member.whole()
        else:
            _write(member, folder, stopped)
            sums |= {member.name: member.sum.hexdigest()} if member.content else {}
    return sealed


def _header(member: Member | None, sums: dict[str, str]) -> Header:
    if member is None or member.name != HEADER:
        raise RestoreRefused(f"{NO_BACKUP}: its beginning is missing.")
    try:
        said = json.loads(member.whole())
        form = said.pop("form")
        header = Header(**said) if form == FORM else None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RestoreRefused(f"{NO_BACKUP}: its beginning cannot be read.") from error
    if header is None:
        raise RestoreRefused("The backup has another form than this Workgraph writes. Restore it with its own version.")
    sums[HEADER] = member.sum.hexdigest()
    return header


def _check_fits(header: Header, expected: Expected) -> None:
    """Refuse, before anything is written, what could not be used here."""
    ours = major_version()
    if header.postgres != ours:
        raise RestoreRefused(
            f"The backup holds data of PostgreSQL {shown(header.postgres)}, and this Workgraph brings {ours}. "
            "Restore it with the version that made it."
        )
    if not (_knows(catalog_tree(), header.catalog) and _knows(tenant_tree(), header.tenant)):
        raise RestoreRefused("The backup was made by a newer Workgraph. Restore it with that version or a newer one.")
    if header.role_prefix != expected.role_prefix:
        raise RestoreRefused(f"The backup needs WORKGRAPH_ROLE_PREFIX={shown(header.role_prefix)}. Set it, and again.")
    _check_key(header, expected.key)


def _knows(tree: Tree, revision: str) -> bool:
    return any(script.revision == revision for script in tree.scripts.walk_revisions())


def _check_key(header: Header, key: MasterKey | None) -> None:
    if key is None and not header.holds_key:
        raise RestoreRefused(
            "The backup does not hold the master key, as it was set in WORKGRAPH_MASTER_KEY. Set the same, and again."
        )
    if key is not None and key.key_id != header.master_key_id:
        raise RestoreRefused(
            "WORKGRAPH_MASTER_KEY is not the key of this backup; nothing in it that is encrypted could be read. "
            + ("Unset it: the backup holds its own." if header.holds_key else "Set the one that it was made with.")
        )


def _write(member: Member, folder: DataFolder, stopped: threading.Event) -> None:
    """Write one file or folder; what is PostgreSQL's is given to its user."""
    inside = member.name.startswith(f"{POSTGRES}/")
    path, account = (folder.servers if inside else folder.root) / member.name, folder.account if inside else OURSELVES
    try:
        if member.content is None:
            _make(path, account)
        else:
            _make(path.parent, account)
            _write_file(member, path, account, stopped)
    except (FileExistsError, NotADirectoryError) as error:
        raise RestoreRefused(f"{NO_BACKUP}: {shown(member.name)} is in the way of another.") from error


def _make(path: Path, account: Account) -> None:
    if not path.is_dir():
        _make(path.parent, account)
        path.mkdir(mode=0o700)
        account.takes(path)


def _write_file(member: Member, path: Path, account: Account, stopped: threading.Event) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        for chunk in member.chunks():
            if stopped.is_set():
                raise Stopped
            file.write(chunk)
        if not account.differs:
            file.flush()
            os.fsync(file.fileno())
    account.takes(path)


def _key(folder: DataFolder, header: Header, expected: Expected) -> MasterKey:
    """The key of the settings, which has been looked at, or the one that was just written."""
    try:
        text = (folder.root / KEY).read_text("ascii") if header.holds_key else ""
        key = MasterKey(base64.b64decode(text.strip(), validate=True)) if text else expected.key
    except (FileNotFoundError, ValueError) as error:
        raise RestoreRefused(f"{NO_BACKUP}: its master key cannot be read.") from error
    if key is None or key.key_id != header.master_key_id:
        raise RestoreRefused(f"{NO_BACKUP}: its master key is another than it says.")
    return key


def _agreed(sealed: bytes, sums: Mapping[str, str], key: MasterKey) -> Manifest:
    """The manifest, if it was sealed with the key and what was written is what it lists."""
    if not sealed:
        raise RestoreRefused(f"{NO_BACKUP}: it is cut short.")
    try:
        manifest = Manifest.opened(sealed, key)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RestoreRefused(f"{NO_BACKUP}: its end cannot be read.") from error
    wrong = sorted(name for name, _ in sums.items() ^ manifest.sums.items())
    if wrong or not sums.keys() >= NEEDED:
        raise RestoreRefused(
            f"{NO_BACKUP}: {shown(wrong[0]) if wrong else 'a needed part'} is not as it was when it was made."
        )
    return manifest
