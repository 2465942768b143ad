"""A webhook endpoint may have a selection: what it answers of an event, as whoever entered it, is what is sent."""

from alembic import op
from sqlalchemy import Boolean, Column, String, Uuid, false

from db.migrations.operations import lift_wall, restore_wall, widen_reach

revision: str = "t0007"
down_revision: str | None = "t0006"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("webhook_deliveries", Column("selected", Boolean(), server_default=false(), nullable=False))
    widen_reach("webhook_attempts")
    op.add_column("webhook_endpoints", Column("selection", String(length=4000), nullable=True))
    op.add_column("webhook_endpoints", Column("reader_id", Uuid(), nullable=True))
    op.create_index(
        "ix_webhook_endpoints_reader_id", "webhook_endpoints", ["tenant_id", "reader_id", "id"], unique=False
    )
    lift_wall("webhook_endpoints", "users")
    op.create_foreign_key(
        "fk_webhook_endpoints_reader_id",
        "webhook_endpoints",
        "users",
        ["tenant_id", "reader_id"],
        ["tenant_id", "id"],
        ondelete="SET NULL (reader_id)",
    )
    restore_wall("webhook_endpoints", "users")
