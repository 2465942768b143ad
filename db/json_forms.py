"""JSON as PostgreSQL writes it, as text that is joined: to the letter what the scalars of the API write.

Text costs PostgreSQL half of what `json_build_object` does, which looks up each argument's type in each row. Whatever
is written here is JSON by itself and never SQL's null, so that it can be joined. Constants stand in the text of the
statement, so that it stays one and the same; each is of this file, or a name that is checked.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, Text, case, func, literal, literal_column, select

Piece = str | ColumnElement[Any]
"""A text that is always the same, or an expression of text."""

INSTANT: Final = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
CONSTANT: Final = re.compile(r'[\w{}\[\]":, ]*', re.ASCII)
COMMA: Final[ColumnElement[Any]] = literal_column("','")
NULL: Final[ColumnElement[str]] = literal_column("'null'", Text())
NOTHING: Final[ColumnElement[str]] = literal_column("''", Text())


def joined(pieces: Iterable[Piece]) -> ColumnElement[str]:
    """Join pieces of text; constants beside each other become one."""
    parts: list[Piece] = []
    for piece in pieces:
        if parts and isinstance(piece, str) and isinstance(parts[-1], str):
            parts[-1] += piece
        else:
            parts.append(piece)
    return reduce(add, (_constant(part) if isinstance(part, str) else part for part in parts))


def _constant(text: str) -> ColumnElement[str]:
    if not CONSTANT.fullmatch(text):
        raise ValueError(text)
    return literal_column(f"'{text}'", Text())


def field(name: str, value: Iterable[Piece]) -> list[Piece]:
    """Write a field of an object: a name of the schema or of a document, and what it is."""
    return [f'"{name}":', *value]


def fields(each: Iterable[Sequence[Piece]]) -> list[Piece]:
    """Write fields with commas between them."""
    return [piece for one in each for piece in (",", *one)][1:]


def listed(items: Select[Any], most: int | None) -> list[Piece]:
    """Write the list of the `item`s of a statement; one that is longer than `most` bytes makes the statement fail."""
    rows = items.subquery()
    item: ColumnElement[Any] = rows.c.item
    if most is not None:
        so_far = func.sum(func.octet_length(rows.c.item)).over(rows=(None, 0)).label("so_far")
        rows = select(rows.c.item, so_far).subquery()
        item = case((rows.c.so_far <= most, rows.c.item), else_=_failing(rows.c.so_far))
    return ["[", func.coalesce(select(func.string_agg(item, COMMA)).scalar_subquery(), NOTHING), "]"]


def _failing(value: ColumnElement[Any]) -> ColumnElement[str]:
    """Fail where this is worked out, and not before."""
    return func.concat(literal_column("'too long: '"), value).cast(Integer()).cast(Text())


def or_null(pieces: Iterable[Piece]) -> list[Piece]:
    """Write null where any of it is."""
    return [func.coalesce(joined(pieces), NULL)]


def scalar(value: ColumnElement[Any]) -> list[Piece]:
    """Write text as a string of JSON, and whatever else PostgreSQL knows a form of in JSON in that."""
    return [func.json_scalar(value).cast(Text())]


def text(value: ColumnElement[Any]) -> list[Piece]:
    """Write the text of a value as it is: a number, true or false, or JSON."""
    return [value.cast(Text())]


def array(value: ColumnElement[Any]) -> list[Piece]:
    """Write an array of PostgreSQL as a list."""
    return [func.to_json(value).cast(Text())]


def global_id(type_name: str, value: Any) -> list[Piece]:
    """Write a row's id with its type, as `resolvers.ids` does."""
    return [f'"{type_name}_', value.cast(Text()), '"']


def member(words: Mapping[str, str], value: Any) -> list[Piece]:
    """Write what the API calls a stored member of an enum."""
    return ['"', _shown(words, value), '"']


def one_of(words: Mapping[str, str], value: Any) -> list[Piece]:
    """Write what the API calls a stored word, or the word itself."""
    return scalar(_shown(words, value))


def _shown(words: Mapping[str, str], value: Any) -> ColumnElement[str]:
    if all(shown == stored.upper() for stored, shown in words.items()):
        return func.upper(value.cast(Text()))
    shown = {stored: literal(shown, Text()) for stored, shown in words.items()}
    return case(shown, value=value.cast(Text()), else_=value.cast(Text()))


def _instant(value: Any) -> list[Piece]:
    """Write an instant as Python does, which leaves out a fraction of zero."""
    text = func.to_char(func.timezone(literal_column("'UTC'"), value), literal_column(f"'{INSTANT}'"))
    shown = func.replace(text, literal_column("'.000000Z'"), literal_column("'Z'"))
    return ['"', _finite(value, shown, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"), '"']


def _date(value: Any) -> list[Piece]:
    """Write a calendar date."""
    shown = func.to_char(value, literal_column("'YYYY-MM-DD'"))
    return ['"', _finite(value, shown, "0001-01-01", "9999-12-31"), '"']


def _finite(value: Any, shown: Any, first: str, last: str) -> ColumnElement[Any]:
    """Write the first and the last moment that there are, as which asyncpg stores infinity, and reads it."""
    early: Any = value == literal_column("'-infinity'")
    earliest: ColumnElement[Any] = literal_column(f"'{first}'")
    latest: ColumnElement[Any] = literal_column(f"'{last}'")
    return case((func.isfinite(value), shown), (early, earliest), (value.is_not(None), latest))


WRITTEN: Final[Mapping[type, Callable[[Any], list[Piece]]]] = {
    datetime: _instant,
    date: _date,
    Decimal: lambda value: ['"', value.cast(Text()), '"'],
    int: text,
    bool: text,
}
"""How PostgreSQL writes values as the API does; of other types, what it calls a scalar of JSON is that."""
