"""What a list must be, worked out the plain way in Python: sorted by one term after the other, ids last."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

from tests.schema.builders import Row

Key = Callable[[Row], Any]
Term = tuple[dict[str, Any], Key, bool]
"""A term of `orderBy`, the value that it orders by, and whether the greatest comes first."""


def name_key(name: str) -> str:
    """Return a name as people order it: without accents and case."""
    return re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFKD", name)).lower()


def comparable(value: Any) -> Any:
    """Return a value as PostgreSQL compares it: text by its bytes, a choice by its stored text."""
    if isinstance(value, StrEnum):
        return value.value.encode()
    return value.encode() if isinstance(value, str) else value


def in_order(rows: Sequence[Row], terms: Sequence[Term]) -> list[Row]:
    """Sort rows: stable, from the last term to the first; nulls last; ids go the way of the last term."""
    result = sorted(rows, key=lambda row: row["id"], reverse=bool(terms) and terms[-1][2])
    for _, key, descending in reversed(terms):
        given = [row for row in result if key(row) is not None]
        missing = [row for row in result if key(row) is None]
        result = [*sorted(given, key=lambda row: comparable(key(row)), reverse=descending), *missing]
    return result
