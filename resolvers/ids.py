"""Opaque global ids: they name their type and their row, and are the same in every query, and in every answer in JSON.

An id grants nothing: what it names is looked up behind the tenant wall.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from typing import Final, NamedTuple
from uuid import UUID

LONGEST: Final = 200
UUID_BYTES: Final = 16


class GlobalId(NamedTuple):
    """What an id names: a type and a row."""

    type_name: str
    row_id: UUID


def encode(type_name: str, row_id: UUID) -> str:
    """Write an id."""
    return urlsafe_b64encode(type_name.encode() + b":" + row_id.bytes).decode().rstrip("=")


def decode(text: str) -> GlobalId | None:
    """Read an id; None for a text that is not one."""
    if len(text) > LONGEST or not text.isascii():
        return None
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Error, ValueError):
        return None
    name, colon, row = raw[: -UUID_BYTES - 1], raw[-UUID_BYTES - 1 : -UUID_BYTES], raw[-UUID_BYTES:]
    if colon != b":" or len(row) != UUID_BYTES or not name.isalnum():
        return None
    found = GlobalId(name.decode(), UUID(bytes=row))
    return found if encode(*found) == text else None


def row_of(text: str, type_name: str) -> UUID | None:
    """Return the row that an id names, if it is one of this type."""
    found = decode(text)
    return found.row_id if found and found.type_name == type_name else None
