"""Refresh tokens: with one, an app goes on when its access token has run out, and gets the next one with it.

A token is its tenant, the row that stands for it, and 200 random bits. Only SHA-256 of it is stored. Each is used once:
what comes with a used one has been copied, and ends the whole family that descends from one sign-in.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

PREFIX: Final = "wgr_"
ID_BYTES: Final = 16
SECRET_BYTES: Final = 25  # so that the whole is a multiple of three bytes, and has one written form
LIFETIME: Final = timedelta(days=30)
FORM: Final = re.compile(rf"{PREFIX}([\w-]{{76}})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Named:
    """Which tenant and which row a token names, genuine or not."""

    tenant_id: UUID
    row_id: UUID


def make(tenant_id: UUID, row_id: UUID) -> str:
    """Make the token of a row; it cannot be made again."""
    content = tenant_id.bytes + row_id.bytes + secrets.token_bytes(SECRET_BYTES)
    return f"{PREFIX}{base64.urlsafe_b64encode(content).decode('ascii')}"


def parse(text: str) -> Named | None:
    """Read what a text names that has the form of a refresh token."""
    found = FORM.fullmatch(text)
    if found is None:
        return None
    content = base64.urlsafe_b64decode(found[1])
    return Named(UUID(bytes=content[:ID_BYTES]), UUID(bytes=content[ID_BYTES : 2 * ID_BYTES]))


def hash_of(text: str) -> bytes:
    """Return what is stored of a token: with 200 bits of entropy, a fast hash suffices."""
    return hashlib.sha256(text.encode()).digest()


def matches(text: str, stored: bytes) -> bool:
    """Tell in constant time whether a token is the one of which a hash is stored."""
    return hmac.compare_digest(hash_of(text), stored)
