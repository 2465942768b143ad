"""What the hash of an audit entry covers: a fixed list of its columns, written as canonical JSON (RFC 8785).

Whoever appends to the chain and whoever verifies it take the form from here. A form never changes: a column that comes
later makes a form of its own, and each link of the chain says by which it was made. The number of the form is itself
in what is hashed.

In the text, ids and instants are text, the latter in UTC with microseconds; a null is a null. Numbers within JSON stay
numbers as far as a double holds them exactly, and are text beyond that.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import rfc8785
from sqlalchemy import ColumnElement, Text, cast

from db.models.log import AuditLog

FORM: Final = 2
"""The form of what is appended now."""

_FIRST: Final = (
    "tenant_id",
    "id",
    "occurred_at",
    "actor_type",
    "actor_id",
    "action",
    "operation",
    "entity_type",
    "entity_id",
    "entity_version",
    "old_values",
    "new_values",
    "request_id",
    "address",
    "user_agent",
)
FORMS: Final[Mapping[int, Sequence[str]]] = {1: _FIRST, 2: (*_FIRST, "on_behalf_of_id", "impersonation_id")}
BEGIN: Final = bytes(32)
"""What the first entry of a chain has before it."""

VALUES: Final = frozenset({"old_values", "new_values"})
AS_TEXT: Final = frozenset({"action", *VALUES})
LARGEST: Final = 2**53 - 1
DIGITS: Final = 17


def entry_columns() -> list[ColumnElement[Any]]:
    """Return the columns of an entry as `canonical` takes them: JSON as the text that the database has."""
    names = dict.fromkeys(name for form in FORMS.values() for name in form)
    columns = AuditLog.__table__.c
    return [cast(columns[name], Text).label(name) if name in AS_TEXT else columns[name] for name in names]


def canonical(entry: Mapping[str, Any], form: int = FORM) -> bytes:
    """Write an entry, read by `entry_columns`, in one of the forms."""
    said = {name: _values(entry[name]) if name in VALUES else _said(entry[name]) for name in FORMS[form]}
    return rfc8785.dumps({"form": form, **said})


def hash_of(previous: bytes, entry: Mapping[str, Any], form: int = FORM) -> bytes:
    """Return the hash of an entry behind the one whose hash is given."""
    return hashlib.sha256(previous + canonical(entry, form)).digest()


def _said(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return value


def _values(stored: str) -> Any:
    return json.loads(stored, parse_int=_integer, parse_float=_fraction)


def _integer(digits: str) -> int | str:
    """Take an integer as it is unless a double would round it; the length is looked at first, as it has no bound."""
    return int(digits) if len(digits) <= DIGITS and abs(int(digits)) <= LARGEST else digits


def _fraction(digits: str) -> float | str:
    near = float(digits)
    return near if Decimal(repr(near)) == Decimal(digits) else digits
