"""Calendars that people subscribe to."""

from alembic import op
from sqlalchemy import (
    Column,
    DateTime,
    Enum,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    Uuid,
    text,
)

from db.migrations.operations import raise_wall

revision: str = "t0028"
down_revision: str | None = "t0027"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "calendar_feeds",
        Column("user_id", Uuid(), nullable=False),
        Column(
            "kind",
            Enum("own", "team", name="calendarfeedkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        Column("name", String(length=100), nullable=True),
        Column("generation", Integer(), nullable=False),
        Column("renewed_at", DateTime(timezone=True), nullable=True),
        Column("last_fetched_at", DateTime(timezone=True), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name="fk_calendar_feeds_user_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_calendar_feeds")),
    )
    raise_wall("calendar_feeds")
    op.create_index("ix_calendar_feeds_user_id", "calendar_feeds", ["tenant_id", "user_id", "id"], unique=False)
