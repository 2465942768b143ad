"""Checks a value against the rules that its column declares, before anything is written.

What is checked here is also a constraint in PostgreSQL where it can be one; this is where the refusal gets its path
and a message that a person can use.
"""

import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, cast

import orjson
from sqlalchemy import Column

from db.columns import ColumnPolicy, policy_of
from resolvers.refusals import InvalidInput

MAX_JSON_BYTES: Final = 65_536
MAX_JSON_DEPTH: Final = 20
MAX_LIST: Final = 100
LARGEST_DECIMAL: Final = Decimal(10) ** 15
DECIMAL_PLACES: Final = 4
INT_RANGE: Final = range(-(2**31), 2**31)
LONG_RANGE: Final = range(-(2**63), 2**63)


def check_value(column: Column[Any], value: Any) -> None:
    """Refuse a value that its column's declaration does not allow."""
    path, policy = (column.key,), policy_of(column)
    if value is None:
        _check_present(column)
    elif isinstance(value, str):
        _check_text(value, policy, path)
    elif isinstance(value, dict):
        _check_json(cast("dict[str, Any]", value), path)
    elif isinstance(value, list):
        _check_list(cast("list[Any]", value), policy, path)
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        _check_number(value, policy, path)


def check_values(columns: Mapping[str, Column[Any]], values: Mapping[str, Any]) -> None:
    """Refuse the first of several values that its column does not allow."""
    for name, value in values.items():
        check_value(columns[name], value)


def _check_present(column: Column[Any]) -> None:
    if not column.nullable:
        raise InvalidInput(f"{_label(column.key)} cannot be null.", path=(column.key,))


def _check_text(value: str, policy: ColumnPolicy, path: tuple[str, ...]) -> None:
    if not storable(value):
        raise InvalidInput("Text cannot hold NUL characters or lone surrogates.", path=path)
    if policy.max_length is not None and len(value) > policy.max_length:
        raise InvalidInput(f"At most {policy.max_length} characters; this has {len(value)}.", path=path)
    if policy.sorted_as_name and not value.strip():
        raise InvalidInput("A name cannot be blank.", path=path)
    if policy.pattern and not policy.pattern.fullmatch(value):
        raise InvalidInput(f"Must have the form {policy.pattern.pattern}.", path=path)


def _check_number(value: int | Decimal, policy: ColumnPolicy, path: tuple[str, ...]) -> None:
    if isinstance(value, Decimal) and not _storable(value):
        raise InvalidInput("At most 15 digits before the point and 4 after it.", path=path)
    if isinstance(value, int) and value not in INT_RANGE:
        raise InvalidInput("Outside the range of a 32-bit integer.", path=path)
    if policy.minimum is not None and value < policy.minimum:
        raise InvalidInput(f"At least {policy.minimum}; this is {value}.", path=path)
    if policy.maximum is not None and value > policy.maximum:
        raise InvalidInput(f"At most {policy.maximum}; this is {value}.", path=path)


def _check_list(values: list[Any], policy: ColumnPolicy, path: tuple[str, ...]) -> None:
    if len(values) > MAX_LIST:
        raise InvalidInput(f"At most {MAX_LIST} entries; this has {len(values)}.", path=path)
    for value in values:
        if isinstance(value, str):
            _check_text(value, policy, path)
        elif value is None:
            raise InvalidInput("An entry cannot be null.", path=path)
        else:
            _check_number(value, policy, path)


def _check_json(value: dict[str, Any], path: tuple[str, ...]) -> None:
    if _depth(value) > MAX_JSON_DEPTH:
        raise InvalidInput(f"Nested deeper than {MAX_JSON_DEPTH} levels.", path=path)
    leaves = list(_leaves(value))
    if any(isinstance(leaf, str) and not storable(leaf) for leaf in leaves):
        raise InvalidInput("Text cannot hold NUL characters or lone surrogates.", path=path)
    if any(isinstance(leaf, int | float) and not _exact(leaf) for leaf in leaves):
        raise InvalidInput("A number must be finite, and a whole one within 64 bits.", path=path)
    if len(orjson.dumps(value)) > MAX_JSON_BYTES:
        raise InvalidInput(f"At most {MAX_JSON_BYTES} bytes of JSON.", path=path)


def _depth(value: Any) -> int:
    """Measure the nesting level by level, so that a hostile depth cannot exhaust the stack."""
    level: list[Any] = [value]
    depth = 0
    while level and depth <= MAX_JSON_DEPTH:
        depth += 1
        level = [inner for each in level for inner in _inside(each) if isinstance(inner, dict | list)]
    return depth


def _inside(value: Any) -> list[Any]:
    return list(cast("dict[str, Any]", value).values()) if isinstance(value, dict) else value


def _leaves(value: Any) -> Iterator[Any]:
    """Return all keys, and all values that hold no others; the depth is bounded by now."""
    if isinstance(value, dict):
        yield from cast("dict[str, Any]", value)
    if isinstance(value, dict | list):
        for inner in _inside(value):
            yield from _leaves(inner)
    else:
        yield value


def _exact(value: float) -> bool:
    """Tell whether a number comes back from the database, and from a client's JSON, as it was."""
    return value in LONG_RANGE if isinstance(value, int) else math.isfinite(value)


def storable(value: str) -> bool:
    """Tell whether PostgreSQL can hold a text."""
    if "\0" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _storable(value: Decimal) -> bool:
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -DECIMAL_PLACES and abs(value) < LARGEST_DECIMAL


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()
