"""Who the servers run as: ourselves, or an unprivileged user when we are root, which PostgreSQL refuses to be."""

import os
import pwd
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from db.embedded.failures import EmbeddedServersFailed

UNPRIVILEGED = ("nobody", "daemon")
KEEP = -1


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine; `KEEP` means whoever runs us."""

    user: int
    group: int

    @property
    def differs(self) -> bool:
        """Whether files must be given to it."""
        return self.user != KEEP

    def may_enter(self, folder: Path) -> bool:
        """Whether the mode of a folder lets this user pass through it."""
        if not self.differs:
            return os.access(folder, os.X_OK)
        status = folder.stat()
        if status.st_uid == self.user:
            return bool(status.st_mode & stat.S_IXUSR)
        return bool(status.st_mode & (stat.S_IXGRP if status.st_gid == self.group else stat.S_IXOTH))

    def blocked_at(self, path: Path) -> Path | None:
        """The outermost folder on the way to a path that this user cannot pass, if there is one."""
        return next((folder for folder in _on_the_way(path) if not self.may_enter(folder)), None)

    def takes(self, path: Path) -> None:
        """Give it one file or folder of ours."""
        if self.differs:
            os.chown(path, self.user, self.group, follow_symlinks=False)


def _on_the_way(path: Path) -> Iterable[Path]:
    resolved = path.resolve()
    return [folder for folder in reversed([resolved, *resolved.parents]) if folder.is_dir()]


def server_account(folder: Path) -> Account:
    """Ourselves, unless we are root: then the owner of the servers' folder, or else an unprivileged user."""
    if os.geteuid() != 0:
        return Account(KEEP, KEEP)
    if folder.exists() and folder.stat().st_uid != 0:
        return Account(folder.stat().st_uid, folder.stat().st_gid)
    return _unprivileged()


def _unprivileged() -> Account:
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    message = f"PostgreSQL does not run as root, and this machine has no user {' or '.join(UNPRIVILEGED)}. Add one."
    raise EmbeddedServersFailed(message)
