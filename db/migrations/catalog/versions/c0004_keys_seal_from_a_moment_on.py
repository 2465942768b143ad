"""A data key opens before it seals."""

from alembic import op
from sqlalchemy import Column, DateTime, text

revision: str = "c0004"
down_revision: str | None = "c0003"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column(
        "tenant_keys",
        Column("seals_from", DateTime(timezone=True), server_default=text("now()"), nullable=False),
        schema="catalog",
    )
