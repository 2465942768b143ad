"""Compares one column with one value: the operators, and what a value must be before PostgreSQL sees it.

A list travels as one array parameter, however long it is. Text is greater or less as its bytes are, as in orders, and
without regard to case means Unicode's case folding: both are the same in every database.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from sqlalchemy import ARRAY, Column, ColumnElement, Numeric, String, Text, Uuid, bindparam, cast, collate, func, or_
from sqlalchemy.types import TypeEngine

from resolvers.barred import BadInput
from resolvers.refusals import InvalidInput
from resolvers.values import check_value

LONGEST_LIST: Final = 1000
LONGEST_TEXT: Final = 10_000

Path = tuple[str | int, ...]


def _ranked(column: Any) -> Any:
    return column.collate("C") if isinstance(column.type, String) else column


def _alike(column: Any, pattern: Any) -> ColumnElement[bool]:
    return _folded(column).like(_folded(pattern), escape="/")


def _folded(text: Any) -> ColumnElement[str]:
    return func.casefold(collate(text, "pg_unicode_fast"))


OPERATORS: Final[Mapping[str, Callable[[Any, Any], ColumnElement[bool]]]] = {
    "eq": lambda column, value: column == value,
    "ne": lambda column, value: column.is_distinct_from(value),
    "in": lambda column, values: column == func.any(values),
    "not_in": lambda column, values: or_(column != func.all(values), column.is_(None)),
    "lt": lambda column, value: _ranked(column) < value,
    "lte": lambda column, value: _ranked(column) <= value,
    "gt": lambda column, value: _ranked(column) > value,
    "gte": lambda column, value: _ranked(column) >= value,
    "contains": lambda column, pattern: column.like(pattern, escape="/"),
    "starts_with": lambda column, pattern: column.like(pattern, escape="/"),
    "ends_with": lambda column, pattern: column.like(pattern, escape="/"),
    "icontains": _alike,
    "istarts_with": _alike,
    "iends_with": _alike,
    "has_key": lambda column, value: column.has_key(value),
    "contains_json": lambda column, value: column.contains(value),
}
PATTERNS: Final[Mapping[str, str]] = {
    "contains": "%{}%",
    "starts_with": "{}%",
    "ends_with": "%{}",
    "icontains": "%{}%",
    "istarts_with": "{}%",
    "iends_with": "%{}",
}
UUIDS: Final[Any] = ARRAY(Uuid)
LISTS: Final = frozenset({"in", "not_in"})
TEXTS: Final = frozenset({*PATTERNS, "has_key"})


class Binds:
    """Values that a statement is given, in the order in which its parts take them, each under a name of its own.

    The parts of a statement take the same number of values in the same order whenever the statement has the same
    shape, so that a statement that is kept can be given other values.
    """

    def __init__(self, values: Iterable[Any]) -> None:
        self._values, self._taken = iter(values), 0

    def take(self, kind: TypeEngine[Any]) -> ColumnElement[Any]:
        """Take the next value."""
        self._taken += 1
        return bindparam(f"{BIND}{self._taken - 1}", next(self._values), kind)


BIND: Final = "given_"


def operand(operator: str, value: Any) -> Any:
    """Return a checked value as it is compared: for some operators, a pattern of it."""
    pattern = PATTERNS.get(operator)
    return value if pattern is None else pattern.format(_escaped(value))


def compared(column: Any, operator: str, binds: Binds) -> ColumnElement[bool]:
    """Return the condition that a column compares with the next value."""
    return OPERATORS[operator](column, _taken(column.type, operator, binds))


def _taken(kind: TypeEngine[Any], operator: str, binds: Binds) -> Any:
    """Take a value as a type that neither rounds nor cuts it to what the column holds."""
    if operator in LISTS:
        wide = ARRAY(_wide(kind))
        return cast(binds.take(wide), wide)
    if operator in TEXTS:
        return binds.take(Text())
    return binds.take(Numeric() if isinstance(kind, Numeric) else kind)


def _wide(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    if isinstance(kind, String):
        return Text()
    return Numeric() if isinstance(kind, Numeric) else kind


def _escaped(text: str) -> str:
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")


def checked(column: Column[Any], value: Any, path: Path) -> Any:
    """Refuse what PostgreSQL could not compare with."""
    if value is None:
        raise BadInput("Leave the comparison out instead of giving null; `isNull` asks for null.", path=path)
    if isinstance(value, dict):
        _check_json(column, value, path)
    if isinstance(value, list) and len(value) > LONGEST_LIST:
        raise BadInput(f"At most {LONGEST_LIST} values; this has {len(value)}.", path=path)
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str) and (len(each) > LONGEST_TEXT or "\0" in each or not _encodable(each)):
            raise BadInput(f"Text of at most {LONGEST_TEXT} characters, without NUL or lone surrogates.", path=path)
    return value


def _check_json(column: Column[Any], value: dict[str, Any], path: Path) -> None:
    """Hold JSON in a filter to the bounds of JSON that is stored."""
    try:
        check_value(column, value)
    except InvalidInput as refused:
        raise BadInput(refused.message, path=path) from refused


def _encodable(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)
