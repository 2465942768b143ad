"""Keys are rotated, their use is counted by day, and their end is announced."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    UniqueConstraint,
    Uuid,
)

from db.migrations.operations import lift_wall, raise_wall, restore_wall

revision: str = "t0014"
down_revision: str | None = "t0013"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("api_keys", Column("rotated_from_id", Uuid(), nullable=True))
    op.add_column("api_keys", Column("rotated_at", DateTime(timezone=True), nullable=True))
    op.add_column("api_keys", Column("announced_days", Integer(), nullable=True))
    lift_wall("api_keys")
    op.create_foreign_key(
        "fk_api_keys_rotated_from_id",
        "api_keys",
        "api_keys",
        ["tenant_id", "rotated_from_id"],
        ["tenant_id", "id"],
        ondelete="SET NULL (rotated_from_id)",
    )
    restore_wall("api_keys")
    op.create_index("ix_api_keys_rotated_from_id", "api_keys", ["tenant_id", "rotated_from_id", "id"], unique=False)
    op.create_table(
        "api_key_usage",
        Column("key_id", Uuid(), nullable=False),
        Column("day", Date(), nullable=False),
        Column("requests", BigInteger(), nullable=False),
        Column("refused", BigInteger(), nullable=False),
        Column("points", BigInteger(), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "key_id"],
            ["api_keys.tenant_id", "api_keys.id"],
            name="fk_api_key_usage_key_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_api_key_usage")),
        UniqueConstraint("tenant_id", "key_id", "day", name="uq_api_key_usage_day"),
    )
    raise_wall("api_key_usage")
    op.create_index("ix_api_key_usage_day", "api_key_usage", ["tenant_id", "day"], unique=False)
    op.drop_constraint(op.f("ck_email_messages_mailtemplate"), "email_messages", type_="check")
    op.create_check_constraint(
        op.f("ck_email_messages_mailtemplate"),
        "email_messages",
        "template in ('invitation', 'reminder', 'welcome', 'completion', 'password_reset', 'user_invitation', "
        "'webhook_disabled', 'api_key_expiring')",
    )
