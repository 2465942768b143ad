"""What of the schema is used, by which client, on which day."""

from alembic import op
from sqlalchemy import BigInteger, Column, Date, DateTime, PrimaryKeyConstraint, Text, Uuid, text

from db.migrations.operations import let_control_in

revision: str = "c0002"
down_revision: str | None = "c0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "schema_usage",
        Column("coordinate", Text(), nullable=False),
        Column("client", Text(), nullable=False),
        Column("day", Date(), nullable=False),
        Column("times", BigInteger(), nullable=False),
        PrimaryKeyConstraint("coordinate", "client", "day", name=op.f("pk_schema_usage")),
        schema="catalog",
    )
    let_control_in("schema_usage")
    op.create_table(
        "schema_usage_batches",
        Column("batch", Uuid(), nullable=False),
        Column("folded_at", DateTime(timezone=True), server_default=text("now()"), nullable=False),
        PrimaryKeyConstraint("batch", name=op.f("pk_schema_usage_batches")),
        schema="catalog",
    )
    let_control_in("schema_usage_batches")
