"""Changes of employees whose day never came, since the employment ended before, are superseded."""

from alembic import op
from sqlalchemy import Column, DateTime

revision: str = "t0026"
down_revision: str | None = "t0025"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("employee_events", Column("superseded_at", DateTime(timezone=True), nullable=True))
