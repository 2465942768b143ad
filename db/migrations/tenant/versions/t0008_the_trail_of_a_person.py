"""What somebody did is read from an index, newest or oldest first."""

from alembic import op

revision: str = "t0008"
down_revision: str | None = "t0007"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_index("ix_audit_logs_actor", "audit_logs", ["tenant_id", "actor_type", "actor_id", "id"], unique=False)
