"""The text of API keys: `wgk_`, a prefix by which a key is found and told, and a secret part of 208 bits.

The secret part says which company the key belongs to, so that the key alone suffices, at any address. Nothing of it but
its SHA-256 is stored: with so much entropy, a fast hash suffices.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

BEGINNING: Final = "wgk_"
PREFIX_LENGTH: Final = 8
LETTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
ID_BYTES: Final = 16
SECRET_BYTES: Final = 26
"""With the company's id these are 42 bytes, which base64 writes without a rest: one key, one text."""

FORM: Final = re.compile(r"wgk_([a-z0-9]{8})_([\w-]{56})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Key:
    """What the text of a key says, genuine or not, without the text: of that, its SHA-256, which is stored."""

    prefix: str
    tenant_id: UUID
    hash: bytes = field(repr=False)

    def matches(self, stored: bytes) -> bool:
        """Tell in constant time whether it is the key of which this was stored."""
        return hmac.compare_digest(self.hash, stored)


def new_key(tenant_id: UUID) -> str:
    """Make a key for a company, and return its text."""
    prefix = "".join(secrets.choice(LETTERS) for _ in range(PREFIX_LENGTH))
    content = base64.urlsafe_b64encode(tenant_id.bytes + secrets.token_bytes(SECRET_BYTES)).decode("ascii")
    return f"{BEGINNING}{prefix}_{content}"


def parse(text: str) -> Key | None:
    """Read what a text says that has the form of a key; says nothing of whether it is genuine."""
    found = FORM.fullmatch(text)
    if found is None:
        return None
    content = base64.urlsafe_b64decode(found[2])
    return Key(found[1], UUID(bytes=content[:ID_BYTES]), hashlib.sha256(text.encode()).digest())
