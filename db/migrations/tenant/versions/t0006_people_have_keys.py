"""People have keys: what the audit trail says of them is sealed with these, and erased with these."""

from alembic import op
from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
    Uuid,
)

from db.migrations.operations import raise_wall

revision: str = "t0006"
down_revision: str | None = "t0005"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "data_subject_keys",
        Column("subject_type", Text(), nullable=False),
        Column("subject_id", Uuid(), nullable=False),
        Column("sealed", LargeBinary(), nullable=True),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("erased_at", DateTime(timezone=True), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), nullable=False),
        CheckConstraint(
            "(sealed is null) = (erased_at is not null)", name=op.f("ck_data_subject_keys_sealed_or_erased")
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_data_subject_keys")),
        UniqueConstraint("tenant_id", "subject_type", "subject_id", name="uq_data_subject_keys_subject"),
    )
    raise_wall("data_subject_keys")
    op.add_column("new_hires", Column("erased_at", DateTime(timezone=True), nullable=True))
    op.add_column("new_hires", Column("erasure_reason", String(length=1000), nullable=True))
    op.add_column("users", Column("erased_at", DateTime(timezone=True), nullable=True))
    op.add_column("users", Column("erasure_reason", String(length=1000), nullable=True))
    op.drop_constraint(op.f("ck_files_filestatus"), "files", type_="check")
    op.create_check_constraint(
        op.f("ck_files_filestatus"), "files", "status in ('pending', 'stored', 'rejected', 'erased')"
    )
