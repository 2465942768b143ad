"""Support acts for users, and the audit trail and events say so."""

from alembic import op
from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Enum,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
    Uuid,
    text,
)

from db.migrations.operations import raise_wall

revision: str = "t0020"
down_revision: str | None = "t0019"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "support_accesses",
        Column("until", DateTime(timezone=True), nullable=False),
        Column("granted_by_id", Uuid(), nullable=False),
        Column("withdrawn_at", DateTime(timezone=True), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "granted_by_id"],
            ["users.tenant_id", "users.id"],
            name="fk_support_accesses_granted_by_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_support_accesses")),
        UniqueConstraint(
            "tenant_id", "withdrawn_at", name="uq_support_accesses_withdrawn_at", postgresql_nulls_not_distinct=True
        ),
    )
    raise_wall("support_accesses")
    op.create_index(
        "ix_support_accesses_granted_by_id", "support_accesses", ["tenant_id", "granted_by_id", "id"], unique=False
    )
    op.create_table(
        "impersonation_sessions",
        Column("actor_user_id", Uuid(), nullable=False),
        Column("actor_name", String(length=250), nullable=False),
        Column("actor_role", String(length=40), nullable=False),
        Column("user_id", Uuid(), nullable=False),
        Column("reason", String(length=1000), nullable=False),
        Column("ticket_ref", String(length=120), nullable=True),
        Column(
            "mode",
            Enum(
                "read_only",
                "read_write",
                name="impersonationmode",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("consent_id", Uuid(), nullable=True),
        Column(
            "status",
            Enum(
                "active",
                "ended",
                "expired",
                "revoked",
                name="impersonationstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("started_at", DateTime(timezone=True), nullable=False),
        Column("expires_at", DateTime(timezone=True), nullable=False),
        Column("ended_at", DateTime(timezone=True), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        CheckConstraint("(status = 'active') = (ended_at is null)", name=op.f("ck_impersonation_sessions_ended_at")),
        CheckConstraint(
            "expires_at <= started_at + interval '30 minutes'",
            name=op.f("ck_impersonation_sessions_at_most_30_minutes"),
        ),
        ForeignKeyConstraint(
            ["tenant_id", "consent_id"],
            ["support_accesses.tenant_id", "support_accesses.id"],
            name="fk_impersonation_sessions_consent_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name="fk_impersonation_sessions_user_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_impersonation_sessions")),
    )
    raise_wall("impersonation_sessions")
    op.create_index(
        "ix_impersonation_sessions_consent_id",
        "impersonation_sessions",
        ["tenant_id", "consent_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_impersonation_sessions_user_id", "impersonation_sessions", ["tenant_id", "user_id", "id"], unique=False
    )
    op.create_index(
        "uq_impersonation_sessions_active",
        "impersonation_sessions",
        ["tenant_id", "actor_user_id"],
        unique=True,
        postgresql_where=text("status = 'active'"),
    )
    op.add_column("audit_logs", Column("on_behalf_of_id", Uuid(), nullable=True))
    op.add_column("audit_logs", Column("impersonation_id", Uuid(), nullable=True))
    op.add_column("event_outbox", Column("impersonation_id", Uuid(), nullable=True))
    op.drop_constraint(op.f("ck_email_messages_mailtemplate"), "email_messages", type_="check")
    op.create_check_constraint(
        op.f("ck_email_messages_mailtemplate"),
        "email_messages",
        "template in ('invitation', 'reminder', 'welcome', 'completion', 'password_reset', 'user_invitation', "
        "'email_verification', 'email_change', 'email_change_notice', 'second_factor_reset', 'webhook_disabled', "
        "'api_key_expiring', 'approval_requested', 'approval_decided', 'impersonation_started')",
    )
