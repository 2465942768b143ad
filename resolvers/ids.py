"""Global ids: they name their type and their row, and are the same in every query, and in every answer in JSON.

To those who use the API they are opaque: `Flow_01a1ffe2-31a5-7547-9944-bd7eeb9b94ec` is kept and given back as it is.
They are written so that PostgreSQL writes them as well, at the cost of a concatenation (ADR 18). An id grants nothing:
what it names is looked up behind the tenant wall.
"""

import re
from typing import Final, NamedTuple
from uuid import UUID

FORM: Final = re.compile(r"([A-Za-z0-9]{1,100})_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


class GlobalId(NamedTuple):
    """What an id names: a type and a row."""

    type_name: str
    row_id: UUID


def encode(type_name: str, row_id: UUID) -> str:
    """Write an id."""
    return f"{type_name}_{row_id}"


def decode(text: str) -> GlobalId | None:
    """Read an id; None for a text that is not one."""
    found = FORM.fullmatch(text)
    return GlobalId(found[1], UUID(found[2])) if found else None


def row_of(text: str, type_name: str) -> UUID | None:
    """Return the row that an id names, if it is one of this type."""
    found = decode(text)
    return found.row_id if found and found.type_name == type_name else None
