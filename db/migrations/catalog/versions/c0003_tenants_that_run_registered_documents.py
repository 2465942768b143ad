"""A tenant may run registered documents only."""

from alembic import op
from sqlalchemy import Boolean, Column, text

revision: str = "c0003"
down_revision: str | None = "c0002"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column(
        "tenants", Column("registered_only", Boolean(), server_default=text("false"), nullable=False), schema="catalog"
    )
