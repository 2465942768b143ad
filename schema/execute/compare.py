"""Compares one column with one value: the operators, and what a value must be before PostgreSQL sees it.

A list travels as one array parameter, however long it is. Text is greater or less as its bytes are, as in orders, and
without regard to case means Unicode's case folding: both are the same in every database.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ARRAY, Column, ColumnElement, Numeric, String, Text, cast, collate, func, literal, or_
from sqlalchemy.types import TypeEngine

from resolvers.barred import BadInput
from resolvers.refusals import InvalidInput
from resolvers.values import check_value

LONGEST_LIST: Final = 1000
LONGEST_TEXT: Final = 10_000

Path = tuple[str | int, ...]

OPERATORS: Final[Mapping[str, Callable[[Any, Any], ColumnElement[bool]]]] = {
    "eq": lambda column, value: column == value,
    "ne": lambda column, value: column.is_distinct_from(value),
    "in": lambda column, values: column == func.any(values),
    "not_in": lambda column, values: or_(column != func.all(values), column.is_(None)),
    "lt": lambda column, value: _ranked(column) < value,
    "lte": lambda column, value: _ranked(column) <= value,
    "gt": lambda column, value: _ranked(column) > value,
    "gte": lambda column, value: _ranked(column) >= value,
    "contains": lambda column, value: column.contains(value, autoescape=True),
    "starts_with": lambda column, value: column.startswith(value, autoescape=True),
    "ends_with": lambda column, value: column.endswith(value, autoescape=True),
    "icontains": lambda column, value: _alike(column, f"%{_escaped(value)}%"),
    "istarts_with": lambda column, value: _alike(column, f"{_escaped(value)}%"),
    "iends_with": lambda column, value: _alike(column, f"%{_escaped(value)}"),
    "has_key": lambda column, value: column.has_key(value),
    "contains_json": lambda column, value: column.contains(value),
    "is_null": lambda column, value: column.is_(None) if value else column.is_not(None),
}


def compared(column: Any, operator: str, value: Any) -> ColumnElement[bool]:
    """Return the condition that a column compares with a checked value."""
    return OPERATORS[operator](column, _bound(column.type, value))


def _bound(kind: TypeEngine[Any], value: Any) -> Any:
    """Give a value a type that neither rounds nor cuts it to what the column holds."""
    if isinstance(value, list):
        wide = ARRAY(_wide(kind))
        return cast(literal(value, wide), wide)
    return literal(value, Numeric()) if isinstance(value, Decimal) else value


def _wide(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    if isinstance(kind, String):
        return Text()
    return Numeric() if isinstance(kind, Numeric) else kind


def _ranked(column: Any) -> Any:
    return column.collate("C") if isinstance(column.type, String) else column


def _alike(column: Any, pattern: str) -> ColumnElement[bool]:
    return _folded(column).like(_folded(literal(pattern, Text())), escape="/")


def _folded(text: Any) -> ColumnElement[str]:
    return func.casefold(collate(text, "pg_unicode_fast"))


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
