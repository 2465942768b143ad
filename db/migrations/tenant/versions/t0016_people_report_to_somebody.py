"""People report to somebody."""

from alembic import op
from sqlalchemy import Column, Uuid

from db.migrations.operations import lift_wall, restore_wall

revision: str = "t0016"
down_revision: str | None = "t0015"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("users", Column("manager_id", Uuid(), nullable=True))
    lift_wall("users")
    op.create_foreign_key(
        "fk_users_manager_id",
        "users",
        "users",
        ["tenant_id", "manager_id"],
        ["tenant_id", "id"],
        ondelete="SET NULL (manager_id)",
    )
    restore_wall("users")
    op.create_index("ix_users_manager_id", "users", ["tenant_id", "manager_id", "id"], unique=False)
