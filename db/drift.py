"""Whether the migrations lead to what the models say, to the last index and grant, and the models keep the wall.

The models are made into an empty schema beside the migrated one, both are read from PostgreSQL's own catalogs and
compared, and the transaction is undone. So nothing that PostgreSQL knows of a table escapes the comparison.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import MetaData, Table, UniqueConstraint
from sqlalchemy.ext.asyncio import AsyncEngine

from db.catalog.grants import catalog_ddl, control_ddl
from db.catalog.tables import SCHEMA
from db.catalog.tables import metadata as control_tables
from db.clone import VERSION
from db.identifiers import quoted
from db.line_triggers import lines_ddl
from db.migrate import owner_engine
from db.models import Company
from db.structure import diff_schemas
from db.tenancy import POOL, TEMPLATE, schema_ddl, wall_ddl

DRAFT: Final = "workgraph_draft"
KEY: Final = ["tenant_id", "id"]


async def drift(owner_url: str, *, prefix: str) -> list[str]:
    """Say, a line each, where the migrated schemas differ from the models, or a model leaves a gap in the wall."""
    tables = Company.metadata
    walls = [statement for name in tables.tables for statement in wall_ddl(name, prefix)]
    lines = [statement for name in tables.tables for statement in lines_ddl(name)]
    grants = [statement for table in control_tables.tables.values() for statement in control_ddl(table.name, prefix)]
    engine = owner_engine(owner_url)
    try:
        return [
            *gaps(tables),
            *await _differences(engine, tables, TEMPLATE, schema_ddl(DRAFT, prefix), [*walls, *lines]),
            *await _differences(engine, control_tables, SCHEMA, catalog_ddl(DRAFT, prefix), grants),
            *await _unequal(engine),
        ]
    finally:
        await engine.dispose()


async def _differences(
    engine: AsyncEngine, tables: MetaData, migrated: str, before: Sequence[str], after: Sequence[str]
) -> list[str]:
    async with engine.connect() as connection:
        for statement in (*before, f"set local search_path = {quoted(DRAFT)}"):
            await connection.exec_driver_sql(statement)
        drafted = await connection.execution_options(schema_translate_map={SCHEMA: DRAFT})
        await drafted.run_sync(tables.create_all, checkfirst=False)
        for statement in after:
            await connection.exec_driver_sql(statement)
        lines = await diff_schemas(connection, migrated, DRAFT)
    ours = (line.replace(DRAFT, "the models") for line in lines)
    return [line for line in ours if f" {VERSION}" not in line.partition(":")[0]]


async def _unequal(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        return await diff_schemas(connection, TEMPLATE, POOL)


def gaps(tables: MetaData) -> list[str]:
    """Say where declared tables leave a gap: a key, a reference or something unique that does not name the tenant."""
    return [gap for table in tables.sorted_tables for gap in _gaps_of(table)]


def _gaps_of(table: Table) -> list[str]:
    found: list[str] = []
    if table.primary_key.columns.keys() != KEY:
        found.append(f"{table.name}: the primary key is {table.primary_key.columns.keys()}, not {KEY}")
    for reference in table.foreign_key_constraints:
        pairs = [(element.parent.name, element.column.name) for element in reference.elements]
        if ("tenant_id", "tenant_id") not in pairs:
            found.append(f"{table.name}: {reference.name} can refer to another tenant's row")
    for name, columns in _unique(table):
        if "tenant_id" not in columns:
            found.append(f"{table.name}: {name} tells whether another tenant has the same value")
    return found


def _unique(table: Table) -> list[tuple[str, list[str]]]:
    constraints = [rule for rule in table.constraints if isinstance(rule, UniqueConstraint)]
    indexes = [index for index in table.indexes if index.unique]
    return [(str(rule.name), rule.columns.keys()) for rule in (*constraints, *indexes)]
