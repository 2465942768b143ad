"""Codes with which a page completes a single sign-on: a tenant, a row, and 200 random bits, as of a refresh token.

A code has a form that no other token has, so that nothing else takes it. Only SHA-256 of it is stored.
"""

import base64
import re
import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID

from auth.refresh import ID_BYTES, SECRET_BYTES, Named, hash_of, matches

__all__ = ["LIFETIME", "hash_of", "make", "matches", "parse"]

PREFIX: Final = "wgs_"
LIFETIME: Final = timedelta(seconds=60)
FORM: Final = re.compile(rf"{PREFIX}([\w-]{{76}})", re.ASCII)


def make(tenant_id: UUID, row_id: UUID) -> str:
    """Make the code of a row; it cannot be made again."""
    content = tenant_id.bytes + row_id.bytes + secrets.token_bytes(SECRET_BYTES)
    return f"{PREFIX}{base64.urlsafe_b64encode(content).decode('ascii')}"


def parse(text: str) -> Named | None:
    """Read what a text names that has the form of a code."""
    found = FORM.fullmatch(text)
    if found is None:
        return None
    content = base64.urlsafe_b64decode(found[1])
    return Named(UUID(bytes=content[:ID_BYTES]), UUID(bytes=content[ID_BYTES : 2 * ID_BYTES]))
