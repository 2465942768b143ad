"""Support sessions say why they ended."""

from alembic import op
from sqlalchemy import Column, String

revision: str = "t0021"
down_revision: str | None = "t0020"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("impersonation_sessions", Column("end_reason", String(length=200), nullable=True))
