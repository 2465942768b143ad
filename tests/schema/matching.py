"""What a filter must find, worked out the plain way in Python: a condition holds or it does not."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from random import Random
from typing import Any

from tests.engines.naive.matching import COMPARATORS, json_contains
from tests.schema.builders import Row

Holds = Callable[[Row], bool]


JSON_COMPARATORS = {**COMPARATORS, "contains": json_contains}
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
    holds = (JSON_COMPARATORS if json else COMPARATORS)[operator]
    return lambda row: holds(row.get(column), operand)
