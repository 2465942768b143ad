"""The scalars of the API, and which one a column or a Python type has.

Each scalar checks its input strictly, so that what reaches an operation has the right type; the message names the form.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import available_timezones

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLScalarType,
    GraphQLString,
    ValueNode,
    value_from_ast_untyped,
)
from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB

from db.columns import EMAIL_FORM, Format, policy_of
from resolvers.views import AnyId, JsonValue

MAX_DIGITS: Final = 40
INTEGERS: Final = range(-(2**63), 2**63)
INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
COLOR: Final = re.compile(r"#[0-9A-Fa-f]{6}")
COUNTRY: Final = re.compile(r"[A-Z]{2}")
CURRENCY: Final = re.compile(r"[A-Z]{3}")
ZONES: Final = frozenset(available_timezones() - {"localtime"})
"""The zones of the database; some systems have one more, which is wherever the machine is."""


def _scalar(
    name: str,
    description: str,
    parse: Callable[[str], Any],
    show: Callable[[Any], Any],
    specified_by: str | None = None,
) -> GraphQLScalarType:
    """Make a scalar that is a string on the wire."""

    def parse_value(value: Any) -> Any:
        if not isinstance(value, str):
            message = f"{name} must be a string."
            raise GraphQLError(message)
        try:
            return parse(value)
        except (ValueError, InvalidOperation, OverflowError) as error:
            message = f"{name}: {error}"
            raise GraphQLError(message) from error

    return GraphQLScalarType(
        name, description=description, serialize=show, parse_value=parse_value, specified_by_url=specified_by
    )


def _instant(text: str) -> dt.datetime:
    if not INSTANT.fullmatch(text):
        message = "must be an instant with its offset, such as 2026-06-30T12:00:00Z."
        raise ValueError(message)
    return dt.datetime.fromisoformat(text.upper()).astimezone(dt.UTC)


def _show_instant(instant: dt.datetime) -> str:
    """Write an instant; the ends of time, which PostgreSQL's driver stores as infinite, come back without a zone."""
    known = instant if instant.tzinfo else instant.replace(tzinfo=dt.UTC)
    return known.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def _date(text: str) -> dt.date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        message = "must be a date, such as 2026-06-30."
        raise ValueError(message)
    return dt.date.fromisoformat(text)


def _time(text: str) -> dt.time:
    if not re.fullmatch(r"\d{2}:\d{2}(:\d{2})?", text):
        message = "must be a time of day, such as 09:30."
        raise ValueError(message)
    return dt.time.fromisoformat(text)


def _decimal(text: str) -> Decimal:
    if len(text) > MAX_DIGITS or not re.fullmatch(r"[+-]?\d+(\.\d+)?", text):
        message = f"must be a decimal number of at most {MAX_DIGITS} digits, such as 12.50."
        raise ValueError(message)
    return Decimal(text)


def _matching(pattern: re.Pattern[str], form: str, change: Callable[[str], str] = str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not pattern.fullmatch(text):
            message = f"must be {form}."
            raise ValueError(message)
        return change(text)

    return parse


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or any(char.isspace() for char in text):
        message = "must be an absolute http or https URL."
        raise ValueError(message)
    return text


def _zone(text: str) -> str:
    if text not in ZONES:
        message = "must be an IANA time zone, such as Europe/Berlin."
        raise ValueError(message)
    return text


def _json(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        message = "JSON must be an object here."
        raise GraphQLError(message)
    if not all(map(_storable, _leaves(value))):
        message = "JSON: a number is a 64-bit integer or a finite double."
        raise GraphQLError(message)
    return value


def _any_json(value: Any) -> Any:
    if not all(map(_storable, _leaves(value))):
        message = "JSONValue: a number is a 64-bit integer or a finite double."
        raise GraphQLError(message)
    return value


def _any_json_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
    return _any_json(value_from_ast_untyped(node, variables))


def _leaves(value: Any) -> Iterator[Any]:
    """Walk what JSON holds without recursion, so that its depth costs no stack."""
    waiting: list[Any] = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
        else:
            yield each


def _storable(leaf: Any) -> bool:
    if isinstance(leaf, int):
        return leaf in INTEGERS
    return not isinstance(leaf, float) or isfinite(leaf)


def _json_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    return _json(value_from_ast_untyped(node, variables))


DateTime = _scalar(
    "DateTime",
    "An instant, in UTC: RFC 3339, such as 2026-06-30T12:00:00Z. Input may have any offset.",
    _instant,
    _show_instant,
    "https://scalars.graphql.org/andimarek/date-time.html",
)
Date = _scalar(
    "Date",
    "A calendar date, such as 2026-06-30.",
    _date,
    dt.date.isoformat,
    "https://scalars.graphql.org/andimarek/local-date.html",
)
LocalTime = _scalar("LocalTime", "A time of day in the place's own time, such as 09:30.", _time, dt.time.isoformat)
DecimalScalar = _scalar(
    "Decimal", "An exact decimal number, as a string, such as 12.50.", _decimal, lambda value: format(value, "f")
)
EmailAddress = _scalar(
    "EmailAddress",
    "An e-mail address; it is stored in lower case.",
    _matching(EMAIL_FORM, "an e-mail address, such as ada@example.com", str.lower),
    str,
)
URLScalar = _scalar("URL", "An absolute http or https URL.", _url, str, "https://url.spec.whatwg.org/")
TimeZone = _scalar(
    "TimeZone",
    "A time zone of the IANA database, such as Europe/Berlin.",
    _zone,
    str,
    "https://www.iana.org/time-zones",
)
CountryCode = _scalar(
    "CountryCode", "A country, ISO 3166-1 alpha-2, such as DE.", _matching(COUNTRY, "two capital letters"), str
)
CurrencyCode = _scalar(
    "CurrencyCode", "A currency, ISO 4217, such as EUR.", _matching(CURRENCY, "three capital letters"), str
)
HexColor = _scalar("HexColor", "A colour as #RRGGBB.", _matching(COLOR, "a colour such as #1A2B3C", str.upper), str)
JSONScalar = GraphQLScalarType(
    "JSON",
    description="A JSON object.",
    serialize=lambda value: value,
    parse_value=_json,
    parse_literal=_json_literal,
    specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
)

JSONValueScalar = GraphQLScalarType(
    "JSONValue",
    description="Any JSON value: text, a number, true or false, a list, an object, or null.",
    serialize=lambda value: value,
    parse_value=_any_json,
    parse_literal=_any_json_literal,
    specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
)

OF_FORMAT: Final = {
    Format.TEXT: GraphQLString,
    Format.EMAIL: EmailAddress,
    Format.URL: URLScalar,
    Format.TIME_ZONE: TimeZone,
    Format.COUNTRY: CountryCode,
    Format.CURRENCY: CurrencyCode,
    Format.COLOR: HexColor,
}
OF_PYTHON: Final[dict[Any, GraphQLScalarType]] = {
    str: GraphQLString,
    int: GraphQLInt,
    float: GraphQLFloat,
    bool: GraphQLBoolean,
    Decimal: DecimalScalar,
    UUID: GraphQLID,
    AnyId: GraphQLID,
    dt.datetime: DateTime,
    dt.date: Date,
    dt.time: LocalTime,
    dict[str, Any]: JSONScalar,
    JsonValue: JSONValueScalar,
}
READERS: Final[Mapping[type, Callable[[str], Any]]] = {
    UUID: UUID,
    dt.datetime: dt.datetime.fromisoformat,
    dt.date: dt.date.fromisoformat,
    dt.time: dt.time.fromisoformat,
    Decimal: Decimal,
}
"""How a value that JSON does not have is read back from the text that it was written as."""


def scalar_of(column: Column[Any]) -> GraphQLScalarType:
    """Return the scalar of a column that is neither an enum nor a list."""
    policy = policy_of(column)
    if policy.encrypted:
        return GraphQLString
    if isinstance(column.type, JSONB):
        return JSONScalar
    if column.type.python_type is str:
        return OF_FORMAT[policy.text_format]
    return OF_PYTHON[column.type.python_type]


BY_NAME: Final = {scalar.name: scalar for scalar in (*OF_FORMAT.values(), *OF_PYTHON.values())}
