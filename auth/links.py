"""Tokens of mailed links: what lets a person begin an onboarding, choose a password or prove an address.

A token is made of its tenant, the row that it stands for, and a keyed hash of both, 192 bits long. Nothing but its hash
is stored; whoever sends the mail derives it again from the row. It says which tenant it belongs to, so that it works
at any address, and a guess is turned away before any table is read.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from enum import Enum
from typing import Final
from uuid import UUID

from db.encryption import Keyring

ID_BYTES: Final = 16
MAC_BYTES: Final = 24
FORM: Final = re.compile(r"(wgh|wgp|wgv)_([\w-]{74}[048AEIMQUYcgkosw])", re.ASCII)


class Purpose(Enum):
    """What a link is for; its value begins the token."""

    ONBOARDING = "wgh"
    PASSWORD = "wgp"  # noqa: S105 - the beginning of a token, not a password
    ADDRESS = "wgv"


@dataclass(frozen=True, slots=True)
class Link:
    """What a token says, genuine or not."""

    purpose: Purpose
    tenant_id: UUID
    row_id: UUID
    mac: bytes


def write(keyring: Keyring, tenant_id: UUID, purpose: Purpose, row_id: UUID) -> str:
    """Return the token of a row: always the same one."""
    content = tenant_id.bytes + row_id.bytes + _mac(keyring, purpose, row_id)
    return f"{purpose.value}_{base64.urlsafe_b64encode(content).rstrip(b'=').decode('ascii')}"


def parse(text: str) -> Link | None:
    """Read what a text says that has the form of a token; says nothing of whether it is genuine."""
    found = FORM.fullmatch(text)
    if found is None:
        return None
    content = base64.urlsafe_b64decode(found[2] + "=" * (-len(found[2]) % 4))
    ids = content[:ID_BYTES], content[ID_BYTES : 2 * ID_BYTES]
    return Link(Purpose(found[1]), UUID(bytes=ids[0]), UUID(bytes=ids[1]), content[2 * ID_BYTES :])


def genuine(keyring: Keyring, link: Link) -> bool:
    """Tell in constant time whether a link was made with the tenant's key."""
    return hmac.compare_digest(link.mac, _mac(keyring, link.purpose, link.row_id))


def hash_of(text: str) -> bytes:
    """Return what is stored of a token: with 192 bits of entropy, a fast hash suffices."""
    return hashlib.sha256(text.encode()).digest()


def _mac(keyring: Keyring, purpose: Purpose, row_id: UUID) -> bytes:
    """Bind the token to its purpose and row; the key behind it belongs to the tenant."""
    return keyring.fingerprint(f"link:{purpose.value}:{row_id}".encode())[:MAC_BYTES]
