"""Closed lists of values (statuses, kinds): stored as text under a CHECK constraint, public as GraphQL enums.

Text, because under row-level security PostgreSQL's native enum comparison cannot use an index.
"""

from enum import StrEnum
from typing import Self


class Choice(StrEnum):
    """A closed list whose members carry their public description: `DRAFT = "draft", "Being written."`."""

    description: str

    def __new__(cls, value: str, description: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member
