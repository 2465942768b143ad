"""Reads every row of a company once, as plain SQL, and says by what names the API calls what is in them.

Names follow docs/api.md: `default_owner_id` is `defaultOwnerId`, and what it refers to is `defaultOwner`. Which column
refers to what is read from the declaration of the model, which is older than what is derived from it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, Table
from sqlalchemy import Enum as TextEnum

from db.base import camel
from db.columns import policy_of, reference_of

Row = dict[str, Any]
Fetch = Callable[[str], Awaitable[Sequence[Any]]]
INSIDE: Final = frozenset({"tenant_id", "created_by", "updated_by"})


@dataclass(frozen=True)
class Kind:
    """One type: its table, the columns that it shows, by their names in the API, and what belongs to it."""

    name: str
    table: Table
    columns: Mapping[str, Column[Any]]
    to_one: Mapping[str, tuple[str, str]]
    to_many: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])

    def named_as(self, name: str) -> Column[Any]:
        """The column of a field."""
        return self.columns[name]

    @property
    def placed(self) -> tuple[str, str] | None:
        """The column that holds the place of a row, and the one that names within what."""
        for column in self.columns.values():
            within = policy_of(column).dense_within
            if within:
                return column.key, within
        return None


def kinds_of(models: Mapping[str, Any]) -> dict[str, Kind]:
    """Describe types by the models that they show."""
    kinds = {name: _kind(name, model.__table__, models) for name, model in models.items()}
    for kind in kinds.values():
        for column in kind.table.columns:
            reference = reference_of(column)
            if reference and reference.back and reference.target in kinds:
                kinds[reference.target].to_many[camel(reference.back)] = (kind.name, column.key)
    return kinds


def _kind(name: str, table: Table, models: Mapping[str, Any]) -> Kind:
    shown = {camel(each.key): each for each in table.columns if _is_shown(each)}
    targets = {each.key: reference_of(each) for each in shown.values()}
    to_one = {
        camel(key.removesuffix("_id")): (key, reference.target)
        for key, reference in targets.items()
        if reference and reference.target in models
    }
    return Kind(name, table, shown, to_one)


def _is_shown(column: Column[Any]) -> bool:
    return column.key not in INSIDE and not policy_of(column).hidden and column.computed is None


@dataclass(frozen=True)
class Rows:
    """All rows of one company, by type, and each by its id."""

    kinds: Mapping[str, Kind]
    of: Mapping[str, Sequence[Row]]
    by_id: Mapping[str, Mapping[UUID, Row]]


async def read_rows(kinds: Mapping[str, Kind], fetch: Fetch) -> Rows:
    """Read every row of every type; `fetch` runs a statement in which `{schema}` stands for the company's schema."""
    found: dict[str, list[Row]] = {}
    for kind in kinds.values():
        listed = ", ".join(f'"{each.key}"' for each in kind.table.columns)
        rows = await fetch(f'select {listed} from {{schema}}."{kind.table.name}" where tenant_id = :tenant order by id')
        names = [each.key for each in kind.table.columns]
        found[kind.name] = [dict(zip(names, map(_plain, row), strict=True)) for row in rows]
    return Rows(kinds, found, {name: {row["id"]: row for row in rows} for name, rows in found.items()})


def _plain(value: Any) -> Any:
    """A value in the form in which values are compared; the driver gives the first instant that there is no zone."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return bytes(value) if isinstance(value, memoryview) else value


def member_names(column: Column[Any]) -> Mapping[str, str] | None:
    """Return what the API calls each stored word of a closed list, or None for another column."""
    kind: Any = column.type
    return {each.value: each.name for each in kind.enum_class or ()} if isinstance(kind, TextEnum) else None
