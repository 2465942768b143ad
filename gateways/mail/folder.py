"""A folder that mails land in where no mail server is named: one file each, for `/dev/mail` and for whoever looks.

A file is there whole or not at all. Mails hold links that let somebody in, so only the user who runs the program can
read them. The files are named by when the mail was written, so that the order of names is the order of time.
"""

import asyncio
import os
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path
from typing import Final

from gateways.mail.letter import CannotBeAddressed, Letter, Sender, compose
from gateways.mail.post import Rejected, Unreachable

NAME: Final = re.compile(r"\d{8}T\d{12}Z-[0-9a-f-]{36}")
SUFFIX: Final = ".eml"


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A mail of the folder, by its name there."""

    name: str
    mail: EmailMessage

    def body(self, kind: str) -> str:
        """Return what it says, as `plain` text or `html`; empty where it does not say it so."""
        part = self.mail.get_body((kind,))
        return str(part.get_content()).replace("\r\n", "\n") if part else ""


class MailFolder:
    """Puts mails into a folder and reads them there."""

    def __init__(self, folder: Path, sender: Sender) -> None:
        self.folder, self._sender = folder, sender

    async def send(self, letter: Letter) -> None:
        """Write a letter into the folder; one that is there already is replaced by itself."""
        try:
            content = compose(letter, self._sender).as_bytes(policy=SMTP.clone(utf8=not letter.to.isascii()))
            await asyncio.to_thread(self._write, name_of(letter), content)
        except CannotBeAddressed as error:
            raise Rejected(str(error)) from None
        except OSError as error:
            raise Unreachable(f"The folder of mails cannot be written ({error.strerror}).") from None

    def _write(self, name: str, content: bytes) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.folder / f".{name}.{secrets.token_hex(4)}"
        try:
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.folder / f"{name}{SUFFIX}")
        finally:
            draft.unlink(missing_ok=True)

    async def newest(self, most: int) -> Sequence[StoredMail]:
        """Read the newest mails, the newest first."""
        return await asyncio.to_thread(self._newest, most)

    def _newest(self, most: int) -> Sequence[StoredMail]:
        names = sorted((path.stem for path in self.folder.glob(f"*{SUFFIX}")), reverse=True)
        return [found for name in names[:most] if (found := self._read(name))]

    async def find(self, name: str) -> StoredMail | None:
        """Read one mail, by a name that the folder has given."""
        return await asyncio.to_thread(self._read, name)

    def _read(self, name: str) -> StoredMail | None:
        if not NAME.fullmatch(name):
            return None
        with suppress(OSError):
            content = (self.folder / f"{name}{SUFFIX}").read_bytes()
            return StoredMail(name, message_from_bytes(content, policy=default))
        return None


def name_of(letter: Letter) -> str:
    """Name a letter by its moment and its id, and by nothing of whom it is for."""
    return f"{letter.written_at.astimezone(UTC):%Y%m%dT%H%M%S%fZ}-{letter.id}"
