"""Requests read their company's events, as far back as they are kept; positions have room for more than 2^31."""

from alembic import op
from sqlalchemy import BigInteger, Integer

from db.migrations.operations import widen_reach

revision: str = "t0003"
down_revision: str | None = "t0002"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.alter_column("event_outbox", "position", existing_type=Integer(), type_=BigInteger(), existing_nullable=True)
    widen_reach("event_outbox")
