"""What a filter must find, worked out the plain way in Python: a condition holds or it does not."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from random import Random
from typing import Any

from tests.schema.builders import Row
from tests.schema.oracle import comparable

Holds = Callable[[Row], bool]


def json_contains(whole: Any, part: Any) -> bool:
    """Tell whether PostgreSQL's `@>` holds."""
    if isinstance(part, Mapping):
        return isinstance(whole, Mapping) and all(key in whole and json_contains(whole[key], part[key]) for key in part)
    if isinstance(part, list):
        return isinstance(whole, list) and all(any(json_contains(each, one) for each in whole) for one in part)
    return type(whole) is type(part) and whole == part


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, operand: value is not None and value == operand,
    "ne": lambda value, operand: value is None or value != operand,
    "in": lambda value, operands: value is not None and value in operands,
    "notIn": lambda value, operands: value is None or value not in operands,
    "lt": lambda value, operand: value is not None and comparable(value) < comparable(operand),
    "lte": lambda value, operand: value is not None and comparable(value) <= comparable(operand),
    "gt": lambda value, operand: value is not None and comparable(value) > comparable(operand),
    "gte": lambda value, operand: value is not None and comparable(value) >= comparable(operand),
    "contains": lambda value, operand: value is not None and operand in value,
    "startsWith": lambda value, operand: value is not None and value.startswith(operand),
    "endsWith": lambda value, operand: value is not None and value.endswith(operand),
    "icontains": lambda value, operand: value is not None and operand.casefold() in value.casefold(),
    "istartsWith": lambda value, operand: value is not None and value.casefold().startswith(operand.casefold()),
    "iendsWith": lambda value, operand: value is not None and value.casefold().endswith(operand.casefold()),
    "hasKey": lambda value, operand: value is not None and operand in value,
    "isNull": lambda value, operand: (value is None) is operand,
}
JSON_OPERATORS = {**OPERATORS, "contains": json_contains}
EQUALITY = ("eq", "ne")
LISTS = ("in", "notIn")
RANGES = ("lt", "lte", "gt", "gte")
TEXTS = ("contains", "startsWith", "endsWith", "icontains", "istartsWith", "iendsWith")
OF_TYPE: dict[str, tuple[str, ...]] = {
    "text": (*EQUALITY, *LISTS, *RANGES, *TEXTS, "isNull"),
    "ranged": (*EQUALITY, *LISTS, *RANGES, "isNull"),
    "choice": (*EQUALITY, *LISTS, "isNull"),
    "flag": (*EQUALITY, "isNull"),
    "json": ("hasKey", "contains", "isNull"),
}


def on_the_wire(value: Any) -> Any:
    """Write a value as a client sends it."""
    if isinstance(value, list):
        return [on_the_wire(each) for each in value]
    if isinstance(value, StrEnum):
        return value.name
    if isinstance(value, datetime | date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else value


def operand_for(random: Random, operator: str, values: list[Any]) -> Any:
    """Choose what to compare with: often a value that is there."""
    if operator == "isNull":
        return random.choice([True, False])
    if operator in LISTS:
        return random.sample(values, k=random.randrange(min(4, len(values))))
    return random.choice(values)


def compares(column: str, operator: str, operand: Any, *, json: bool = False) -> Holds:
    """Return the condition that a column compares with an operand."""
    holds = (JSON_OPERATORS if json else OPERATORS)[operator]
    return lambda row: holds(row.get(column), operand)
