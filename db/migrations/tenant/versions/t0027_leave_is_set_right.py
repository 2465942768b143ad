"""Who asked for leave, which last day cut an accrual short, and the notes of the ledger that erasure empties."""

from alembic import op
from sqlalchemy import Column, Date, Uuid

from db.migrations.operations import lift_wall, restore_wall, widen_reach

revision: str = "t0027"
down_revision: str | None = "t0026"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("leave_ledger_entries", Column("cut_short_on", Date(), nullable=True))
    op.add_column("leaves", Column("submitted_by_id", Uuid(), nullable=True))
    op.create_index("ix_leaves_submitted_by_id", "leaves", ["tenant_id", "submitted_by_id", "id"], unique=False)
    lift_wall("leaves", "users")
    op.create_foreign_key(
        "fk_leaves_submitted_by_id",
        "leaves",
        "users",
        ["tenant_id", "submitted_by_id"],
        ["tenant_id", "id"],
        ondelete="RESTRICT",
    )
    restore_wall("leaves", "users")
    widen_reach("leave_ledger_entries")
