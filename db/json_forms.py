"""How PostgreSQL writes values into JSON as the API shows them: to the letter what its scalars write.

Constants stand in the text of the statement, so that it stays one and the same; each is of this file, or a name that
is checked.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, case, func, literal, literal_column

INSTANT: Final = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
NO_ITEMS: Final[ColumnElement[Any]] = literal_column("'[]'::json")


def word(name: str) -> ColumnElement[Any]:
    """Write a name of the schema or of a document; it has letters, digits and underscores only."""
    if not name.replace("_", "a").isalnum() or not name.isascii():
        raise ValueError(name)
    return literal_column(f"'{name}'")


def global_id(type_name: str, value: Any) -> ColumnElement[Any]:
    """Write a row's id with its type, as `resolvers.ids` does."""
    prefix: ColumnElement[Any] = literal_column(f"'\\x{type_name.encode().hex()}3a'::bytea")
    text = func.encode(prefix.op("||")(func.uuid_send(value)), literal_column("'base64'"))
    return func.rtrim(func.translate(text, literal_column("E'+/\\n'"), literal_column("'-_'")), literal_column("'='"))


def one_of(words: Mapping[str, str], value: Any) -> ColumnElement[Any]:
    """Write what the API calls a stored word."""
    if all(shown == stored.upper() for stored, shown in words.items()):
        return func.upper(value.cast(Text()))
    shown = {stored: literal(shown, Text()) for stored, shown in words.items()}
    return case(shown, value=value.cast(Text()), else_=value.cast(Text()))


def _instant(value: Any) -> ColumnElement[Any]:
    """Write an instant as Python does, which leaves out a fraction of zero."""
    text = func.to_char(func.timezone(literal_column("'UTC'"), value), literal_column(f"'{INSTANT}'"))
    shown = func.replace(text, literal_column("'.000000Z'"), literal_column("'Z'"))
    return _finite(value, shown, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z")


def _date(value: Any) -> ColumnElement[Any]:
    """Write a calendar date."""
    return _finite(value, func.to_char(value, literal_column("'YYYY-MM-DD'")), "0001-01-01", "9999-12-31")


def _finite(value: Any, shown: Any, first: str, last: str) -> ColumnElement[Any]:
    """Write the first and the last moment that there are, as which asyncpg stores infinity, and reads it."""
    early: Any = value == literal_column("'-infinity'")
    earliest: ColumnElement[Any] = literal_column(f"'{first}'")
    latest: ColumnElement[Any] = literal_column(f"'{last}'")
    return case((func.isfinite(value), shown), (early, earliest), (value.is_not(None), latest))


WRITTEN: Final[Mapping[type, Callable[[Any], ColumnElement[Any]]]] = {
    datetime: _instant,
    date: _date,
    Decimal: lambda value: value.cast(Text()),
}
"""How PostgreSQL writes what it would not write as the API does."""
