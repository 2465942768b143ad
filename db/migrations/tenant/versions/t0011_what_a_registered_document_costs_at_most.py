"""What a registered document costs at most."""

from alembic import op
from sqlalchemy import Column, Integer

revision: str = "t0011"
down_revision: str | None = "t0010"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("registered_documents", Column("price", Integer(), nullable=True))
