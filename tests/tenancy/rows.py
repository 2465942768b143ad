"""Rows for any table: every column gets a value that its declaration allows, and what it refers to is made first."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    Date,
    DateTime,
    Enum,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from db.columns import policy_of
from db.models import Company

TABLES: Mapping[str, Table] = dict(Company.metadata.tables)
TOGETHER: Mapping[str, Mapping[str, Any]] = {
    "data_subject_keys": {"sealed": b"sealed"},
    "user_roles": {"department_id": None, "team_id": None},
    "okrs": {"department_id": None, "team_id": None},
    "key_results": {"target_value": 1},
}
"""Columns that may be null, and must not be, or have to be, in a row that has the others."""

ALONG: Mapping[str, Mapping[str, Any]] = {
    "fk_user_roles_department_id": {"scope": "department"},
    "fk_user_roles_team_id": {"scope": "team"},
    "fk_okrs_department_id": {"owner_type": "department", "employee_id": None, "user_id": None},
    "fk_okrs_team_id": {"owner_type": "team", "employee_id": None, "user_id": None},
}
"""What a row has where it has a reference."""

REFERENCES = {str(rule.name): rule for table in TABLES.values() for rule in table.foreign_key_constraints}


def parent_of(rule: ForeignKeyConstraint) -> tuple[Column[Any], Table]:
    """The column that refers, beside the tenant, and the table that it refers to."""
    [column] = [column for column in rule.columns if column.name != "tenant_id"]
    return column, rule.referred_table


async def store(connection: AsyncConnection, table: Table, tenant: UUID, **given: Any) -> dict[str, Any]:
    """Insert a row of a tenant, and first the rows that it refers to; return its values."""
    values = {column.name: value_of(column) for column in table.columns if is_set(column)}
    given = {**TOGETHER.get(table.name, {}), **given}
    values |= {"tenant_id": tenant, "id": uuid7()} | given
    for rule in table.foreign_key_constraints:
        column, parent = parent_of(rule)
        if column.name not in given and parent is not table and not rule.use_alter:
            values[column.name] = (await store(connection, parent, tenant))["id"]
    await connection.execute(table.insert().values(values))
    return values


def is_set(column: Column[Any]) -> bool:
    return not column.nullable and column.computed is None and not (column.identity and column.identity.always)


def value_of(column: Column[Any]) -> Any:  # noqa: PLR0911 - one line for each type
    """A value that the column takes; a text is another one each time."""
    kind = column.type
    if isinstance(kind, Enum):
        return kind.enums[0] if kind.enum_class is None else next(iter(kind.enum_class))
    if isinstance(kind, Uuid):
        return uuid7()
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, Integer | Numeric):
        return policy_of(column).minimum or 0
    if isinstance(kind, DateTime):
        return datetime.now(UTC)
    if isinstance(kind, Date):
        return datetime.now(UTC).date()
    if isinstance(kind, JSONB):
        return {}
    if isinstance(kind, ARRAY):
        return []
    return b"\0" if isinstance(kind, LargeBinary) else uuid7().hex[-(getattr(kind, "length", None) or 32) :]
