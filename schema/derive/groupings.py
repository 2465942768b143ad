"""`by`: a list of terms, each naming exactly one column of the entity by which those that match are grouped.

A date or an instant is grouped by the period that it is in, an instant as seen in a time zone; anything else by each of
its values.
"""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, Final

from graphql import GraphQLEnumType, GraphQLEnumValue, GraphQLInputField, GraphQLInputObjectType
from sqlalchemy import Column

from db.columns import deprecation_of
from schema.derive.declare import Entity
from schema.derive.registry import Registry, attribute_field

PERIODS: Final = {
    "DAY": "Each day.",
    "WEEK": "Each week, from its Monday.",
    "MONTH": "Each month.",
    "QUARTER": "Each quarter of the calendar year.",
    "YEAR": "Each calendar year.",
}


class Each(Enum):
    """How a column that is no date is grouped by."""

    EACH = "each"


class Period(Enum):
    """How a date or an instant is grouped by; the values are PostgreSQL's names."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


def group_by_type(registry: Registry, entity: Entity, columns: Sequence[Column[Any]]) -> GraphQLInputObjectType:
    """Return one term of how an entity is grouped: by one of these columns."""
    return registry.once(
        f"{entity.name}GroupBy",
        lambda: GraphQLInputObjectType(
            f"{entity.name}GroupBy",
            lambda: _fields(registry, columns),
            is_one_of=True,
            description=f"One term of how {entity.plural_label} are grouped: exactly one field.",
        ),
    )


def is_instant(column: Column[Any]) -> bool:
    """Tell whether a column holds instants, whose day depends on where one is."""
    return column.type.python_type is datetime


def is_dated(column: Column[Any]) -> bool:
    """Tell whether a column is grouped by periods."""
    return column.type.python_type in {date, datetime}


def _fields(registry: Registry, columns: Sequence[Column[Any]]) -> dict[str, GraphQLInputField]:
    each, period = _each_type(registry), _period_type(registry)
    return {
        attribute_field(column): GraphQLInputField(
            period if is_dated(column) else each,
            out_name=column.key,
            description=column.doc,
            deprecation_reason=deprecation_of(column),
        )
        for column in columns
    }


def _each_type(registry: Registry) -> GraphQLEnumType:
    return registry.once(
        "GroupByValue",
        lambda: GraphQLEnumType(
            "GroupByValue",
            {"EACH": GraphQLEnumValue(Each.EACH, description="Each value is a group, and null is one.")},
            description="How a column is grouped by.",
        ),
    )


def _period_type(registry: Registry) -> GraphQLEnumType:
    return registry.once(
        "GroupByPeriod",
        lambda: GraphQLEnumType(
            "GroupByPeriod",
            {name: GraphQLEnumValue(Period[name], description=meaning) for name, meaning in PERIODS.items()},
            description="How dates and instants are grouped by: those of one period together.",
        ),
    )
