"""Places: which models have a dense position among the rows of one parent, and what that parent is."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import Column, Table

from db.base import Shown, TenantOwned
from db.columns import policy_of, reference_of

MOST_PLACES: Final = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """Where the rows of a model have their places: the column that counts, the reference within which, and to whom."""

    column: Column[Any]
    within: Column[Any]
    parent: type[TenantOwned]


def table_of(model: type[Shown]) -> Table:
    """Return the table of a model."""
    return model.__table__


def dense_column(model: type[Shown]) -> Column[Any] | None:
    """Return the column that holds a dense place within a parent, if the model has one."""
    return next((column for column in table_of(model).columns if policy_of(column).dense_within), None)


@cache
def place_of(model: type[TenantOwned]) -> Place | None:
    """Return where the rows of a model have their places, if they have any; asked in every write, and found once."""
    dense = dense_column(model)
    if dense is None:
        return None
    within = table_of(model).columns[policy_of(dense).dense_within or ""]
    reference = reference_of(within)
    assert reference is not None
    parent = next(mapper.class_ for mapper in model.registry.mappers if mapper.class_.__name__ == reference.target)
    return Place(dense, within, parent)
