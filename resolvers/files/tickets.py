"""Signed addresses: they let whoever holds one upload or read one file, for at most fifteen minutes.

What is signed is the file, what may be done, and until when; the key behind it belongs to the tenant. Nothing is kept
of them, and whatever is wrong with one is the same answer.
"""

import base64
import hmac
import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Final
from uuid import UUID

from db.encryption import Keyring

MAC_BYTES: Final = 24
CONTENT: Final = struct.Struct(">cH16sq")
FORM: Final = re.compile(r"[\w-]{68}", re.ASCII)


class Deed(Enum):
    """What a ticket is good for."""

    UPLOAD = b"u"
    READ = b"r"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a signed address says: what may be done with which file, until when. `edge` is that of a smaller form."""

    deed: Deed
    file_id: UUID
    until: datetime
    edge: int = 0


def write(keyring: Keyring, ticket: Ticket) -> str:
    """Return a ticket as the last part of an address."""
    content = CONTENT.pack(ticket.deed.value, ticket.edge, ticket.file_id.bytes, int(ticket.until.timestamp()))
    return base64.urlsafe_b64encode(content + _mac(keyring, content)).decode("ascii")


def read(keyring: Keyring, text: str, now: datetime) -> Ticket | None:
    """Return what a text says that was signed with the tenant's key and has not run out; None for anything else."""
    if not FORM.fullmatch(text):
        return None
    signed = base64.urlsafe_b64decode(text)
    content, mac = signed[: CONTENT.size], signed[CONTENT.size :]
    if not hmac.compare_digest(mac, _mac(keyring, content)):
        return None
    deed, edge, file_id, until = CONTENT.unpack(content)
    ticket = Ticket(Deed(deed), UUID(bytes=file_id), datetime.fromtimestamp(until, UTC), edge)
    return ticket if now < ticket.until else None


def _mac(keyring: Keyring, content: bytes) -> bytes:
    return keyring.fingerprint(b"file ticket:" + content)[:MAC_BYTES]
