"""Kinds of facts in events: how a value that is stored there is shown, its JSON Schema, and an example of it.

What is shown follows the API: global ids, members of enums by their names, instants in UTC with a Z.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import ARRAY, Column, Enum
from sqlalchemy.dialects.postgresql import JSONB

from db.choices import Choice
from db.columns import ColumnPolicy, Format, named_by, policy_of
from resolvers.ids import encode
from subscriptions.recorder import MASK

SOME_ROW: Final = UUID("01900000-0000-7000-8000-000000000001")
SAMPLES: Final = ("text_input", "en", "employee.name")
"""Texts of which one fits each pattern that a column asks for."""

OF_FORMAT: Final = {
    Format.EMAIL: "ada@example.com",
    Format.URL: "https://example.com/",
    Format.TIME_ZONE: "Europe/Berlin",
    Format.COUNTRY: "DE",
    Format.CURRENCY: "EUR",
    Format.COLOR: "#1A2B3C",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """How a fact of one kind is shown, where it is not null: its schema, an example, and what is stored turned into it.

    The schema says a `type`, so that null can be added to it.
    """

    schema: Mapping[str, Any]
    example: Any
    show: Callable[[Any], Any] = lambda stored: stored


MASKED: Final = Kind({"type": "string", "enum": [MASK]}, MASK, lambda _stored: MASK)


def instant(stored: str) -> str:
    """Return a stored instant as the API writes it."""
    return datetime.fromisoformat(stored).astimezone(UTC).isoformat().replace("+00:00", "Z")


OF_PYTHON: Final[Mapping[Any, Kind]] = {
    str: Kind({"type": "string"}, "text"),
    int: Kind({"type": "integer"}, 1),
    bool: Kind({"type": "boolean"}, example=True),
    Decimal: Kind({"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}, "12.50"),
    UUID: Kind({"type": "string", "format": "uuid"}, str(SOME_ROW)),
    datetime: Kind({"type": "string", "format": "date-time"}, "2026-06-30T12:00:00Z", instant),
    date: Kind({"type": "string", "format": "date"}, "2026-06-30"),
    time: Kind({"type": "string", "pattern": r"^\d{2}:\d{2}(:\d{2}(\.\d+)?)?$"}, "09:30:00"),
    dict[str, Any]: Kind({"type": "object"}, {}),
}


def id_of(type_name: str) -> Kind:
    """Ids of objects of one type."""
    schema = {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}
    return Kind(schema, encode(type_name, SOME_ROW), lambda stored: encode(type_name, UUID(stored)))


def one_of(choices: type[Choice]) -> Kind:
    """Members of a closed list. One that is there no more is shown as it was stored."""
    names = {member.value: member.name for member in choices}
    listed = list(names.values())
    return Kind({"type": "string", "enum": listed}, listed[0], lambda stored: names.get(stored, stored))


def list_of(kind: Kind) -> Kind:
    """Lists of values of one kind."""
    return Kind(
        {"type": "array", "items": kind.schema}, [kind.example], lambda stored: [kind.show(each) for each in stored]
    )


def of_annotation(kind: Any, names: str | None) -> Kind:
    """Return the kind of a named event's field, whose ids name a type."""
    if names is not None:
        return id_of(names)
    if isinstance(kind, type) and issubclass(kind, Choice):
        return one_of(kind)
    return OF_PYTHON[kind]


def of_column(column: Column[Any]) -> Kind:
    """Return the kind of a column's values."""
    policy, names = policy_of(column), named_by(column)
    held: Any = column.type
    if policy.masked:
        return MASKED
    if names is not None:
        return id_of(names)
    if isinstance(held, Enum):
        return one_of(cast("type[Choice]", held.enum_class))
    if isinstance(held, JSONB):
        return OF_PYTHON[dict[str, Any]]
    return _listed(held, policy, column.key) if isinstance(held, ARRAY) else _bounded(held, policy, column.key)


def _listed(held: Any, policy: ColumnPolicy, name: str) -> Kind:
    return list_of(_bounded(held.item_type, policy, name))


def _bounded(held: Any, policy: ColumnPolicy, name: str) -> Kind:
    """Return the kind of a type of SQL within the bounds that a column declares."""
    if held.python_type is str:
        return _text(policy, name)
    plain = OF_PYTHON[held.python_type]
    if held.python_type is not int:
        return plain
    bounds = {"minimum": policy.minimum, "maximum": policy.maximum}
    schema = {**plain.schema, **{bound: value for bound, value in bounds.items() if value is not None}}
    return Kind(schema, max(1, int(policy.minimum or 0)))


def _text(policy: ColumnPolicy, name: str) -> Kind:
    schema: dict[str, Any] = {"type": "string"}
    if policy.max_length:
        schema["maxLength"] = policy.max_length
    if policy.pattern:
        schema["pattern"] = f"^(?:{policy.pattern.pattern})$"
    return Kind(schema, OF_FORMAT.get(policy.text_format) or _sample(policy, name))


def _sample(policy: ColumnPolicy, name: str) -> str:
    said = name.replace("_", " ").capitalize()
    if policy.pattern is None:
        return said[: policy.max_length]
    return next((each for each in SAMPLES if policy.pattern.fullmatch(each)), said)
