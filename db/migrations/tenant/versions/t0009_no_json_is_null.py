"""Where a column may hold JSON or nothing, nothing is SQL's null, which a filter finds, and no null of JSON."""

from typing import Final

from alembic import op

from db.migrations.operations import lift_wall, restore_wall

revision: str = "t0009"
down_revision: str | None = "t0008"
branch_labels: str | None = None
depends_on: str | None = None

COLUMNS: Final = (
    ("content_types", "config_schema"),
    ("content_types", "value_schema"),
    ("idempotency_keys", "result"),
    ("webhook_endpoints", "filter"),
    ("stages", "visible_if"),
    ("content_blocks", "condition"),
    ("progress", "validation_errors"),
)


def upgrade() -> None:
    tables = sorted({table for table, _ in COLUMNS})
    lift_wall(*tables)
    for table, column in COLUMNS:
        op.execute(f"update {table} set {column} = null where {column} = 'null'::jsonb")
    restore_wall(*tables)
