"""Second factors with recovery codes, and sessions as rows: those that are there are taken from their tokens."""

from alembic import op
from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
    Uuid,
    false,
    text,
)

from db.migrations.operations import lift_wall, raise_wall, restore_wall

revision: str = "t0015"
down_revision: str | None = "t0014"
branch_labels: str | None = None
depends_on: str | None = None

SESSIONS = """
insert into user_sessions
  (tenant_id, id, user_id, created_at, updated_at, created_by, updated_by, last_used_at, expires_at, ended_at)
select tenant_id, family, user_id, min(created_at), max(created_at), user_id, user_id, max(created_at), max(expires_at),
  max(revoked_at)
from refresh_tokens group by tenant_id, family, user_id
"""


def upgrade() -> None:
    op.create_table(
        "recovery_codes",
        Column("user_id", Uuid(), nullable=False),
        Column("code_hash", LargeBinary(), nullable=False),
        Column("used_at", DateTime(timezone=True), nullable=True),
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
            name="fk_recovery_codes_user_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_recovery_codes")),
    )
    raise_wall("recovery_codes")
    op.create_index("ix_recovery_codes_user_id", "recovery_codes", ["tenant_id", "user_id", "id"], unique=False)
    op.create_table(
        "second_factors",
        Column("user_id", Uuid(), nullable=False),
        Column("secret", LargeBinary(), nullable=False),
        Column("last_step", Integer(), nullable=False),
        Column("uses", Integer(), nullable=False),
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
            name="fk_second_factors_user_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_second_factors")),
        UniqueConstraint("tenant_id", "user_id", name="uq_second_factors_user_id"),
    )
    raise_wall("second_factors")
    op.create_index("ix_second_factors_user_id", "second_factors", ["tenant_id", "user_id", "id"], unique=False)
    op.create_table(
        "user_sessions",
        Column("user_id", Uuid(), nullable=False),
        Column("last_used_at", DateTime(timezone=True), nullable=False),
        Column("address", String(length=45), nullable=True),
        Column("user_agent", String(length=300), nullable=True),
        Column("expires_at", DateTime(timezone=True), nullable=False),
        Column("ended_at", DateTime(timezone=True), nullable=True),
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
            name="fk_user_sessions_user_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_user_sessions")),
    )
    raise_wall("user_sessions")
    op.create_index("ix_user_sessions_expires_at", "user_sessions", ["tenant_id", "expires_at"], unique=False)
    op.create_index("ix_user_sessions_user_id", "user_sessions", ["tenant_id", "user_id", "id"], unique=False)
    lift_wall("users", "refresh_tokens", "user_sessions")
    op.execute(SESSIONS)
    restore_wall("users", "refresh_tokens", "user_sessions")
    op.add_column("users", Column("mfa_enabled", Boolean(), nullable=False, server_default=false()))
    op.alter_column("users", "mfa_enabled", server_default=None)
    op.drop_constraint(op.f("ck_email_messages_mailtemplate"), "email_messages", type_="check")
    op.create_check_constraint(
        op.f("ck_email_messages_mailtemplate"),
        "email_messages",
        "template in ('invitation', 'reminder', 'welcome', 'completion', 'password_reset', 'user_invitation', "
        "'second_factor_reset', 'webhook_disabled', 'api_key_expiring')",
    )
