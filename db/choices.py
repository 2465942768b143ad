"""Closed lists of values (statuses, kinds): stored as text under a CHECK constraint, public as GraphQL enums.

Text, because under row-level security PostgreSQL's native enum comparison cannot use an index.
"""

from enum import StrEnum
from typing import Self

from db.deprecation import Deprecated


class Choice(StrEnum):
    """A closed list whose members carry their public description: `DRAFT = "draft", "Being written."`.

    A `Deprecated` behind the description announces that the member goes.
    """

    description: str
    deprecated: Deprecated | None

    def __new__(cls, value: str, description: str = "", deprecated: Deprecated | None = None) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        member.deprecated = deprecated
        return member
