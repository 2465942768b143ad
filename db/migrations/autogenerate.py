"""How a revision is written from the difference between the models and a schema: each new table gets its wall.

Both trees are migrated forwards only: nothing that is generated here undoes itself.
"""

from typing import Any, Literal

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.rewriter import Rewriter
from alembic.operations.ops import CreateForeignKeyOp, CreateTableOp, MigrateOperation, MigrationScript
from alembic.runtime.migration import MigrationContext

from db.base import Json
from db.catalog.tables import SCHEMA

walls_after_tables = Rewriter()
grants_after_tables = Rewriter()


def only_changes(_context: MigrationContext, _revision: Any, written: list[MigrationScript]) -> None:
    """Write nothing where nothing differs."""
    written[:] = [script for script in written if script.upgrade_ops and not script.upgrade_ops.is_empty()]


class Call(MigrateOperation):
    """A call of one of `db.migrations.operations` with the names of tables."""

    def __init__(self, function: str, *tables: str) -> None:
        self.function = function
        self.tables = tables


@walls_after_tables.rewrites(CreateTableOp)
def _with_wall(_context: MigrationContext, _revision: Any, created: CreateTableOp) -> list[MigrateOperation]:
    created.info = {}  # what the models note for themselves is not part of the table
    return [created, Call("raise_wall", created.table_name)]


@walls_after_tables.rewrites(CreateForeignKeyOp)
def _behind_wall(_context: MigrationContext, _revision: Any, added: CreateForeignKeyOp) -> list[MigrateOperation]:
    tables = sorted({added.source_table, added.referent_table})
    return [Call("lift_wall", *tables), added, Call("restore_wall", *tables)]


@grants_after_tables.rewrites(CreateTableOp)
def _with_grant(_context: MigrationContext, _revision: Any, created: CreateTableOp) -> list[MigrateOperation]:
    return [created, Call("let_control_in", created.table_name)]


def as_stored(kind: str, item: object, context: AutogenContext) -> str | Literal[False]:
    """Write a type of our own as the one that PostgreSQL has; leave everything else to Alembic."""
    if kind != "type" or not isinstance(item, Json):
        return False
    context.imports.add("from sqlalchemy.dialects import postgresql")
    return "postgresql.JSONB()"


@renderers.dispatch_for(Call)
def _render(context: AutogenContext, call: Call) -> str:
    context.imports.add(f"from db.migrations.operations import {call.function}")
    return f"{call.function}({', '.join(map(repr, call.tables))})"


def is_in_catalog(name: str | None, kind: str, _parents: Any) -> bool:
    """Whether something found in the database belongs to the control plane."""
    return kind != "schema" or name == SCHEMA
