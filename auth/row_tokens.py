"""Texts that stand for one row each, and cannot be guessed: refresh tokens, and codes that complete a sign-on.

A text is its kind, its tenant, the row that stands for it, and 200 random bits. Only SHA-256 of it is stored.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID

ID_BYTES: Final = 16
SECRET_BYTES: Final = 25  # so that the whole is a multiple of three bytes, and has one written form
FORM: Final = re.compile(r"[\w-]{76}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Named:
    """Which tenant and which row a text names, genuine or not."""

    tenant_id: UUID
    row_id: UUID


@dataclass(frozen=True, slots=True)
class RowTokens:
    """Makes and reads the texts of one kind, which begin with its prefix: no other kind has their form."""

    prefix: str

    def make(self, tenant_id: UUID, row_id: UUID) -> str:
        """Make the text of a row; it cannot be made again."""
        content = tenant_id.bytes + row_id.bytes + secrets.token_bytes(SECRET_BYTES)
        return f"{self.prefix}{base64.urlsafe_b64encode(content).decode('ascii')}"

    def parse(self, text: str) -> Named | None:
        """Read what a text names that is of this kind."""
        written = text.removeprefix(self.prefix)
        if written == text or not FORM.fullmatch(written):
            return None
        content = base64.urlsafe_b64decode(written)
        return Named(UUID(bytes=content[:ID_BYTES]), UUID(bytes=content[ID_BYTES : 2 * ID_BYTES]))


def hash_of(text: str) -> bytes:
    """Return what is stored of a text: with 200 bits of entropy, a fast hash suffices."""
    return hashlib.sha256(text.encode()).digest()


def matches(text: str, stored: bytes) -> bool:
    """Tell in constant time whether a text is the one of which a hash is stored."""
    return hmac.compare_digest(hash_of(text), stored)
