"""Webhooks: where a company wants its events sent, what signs them, and what became of each delivery."""

from alembic import op
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    DateTime,
    Enum,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects import postgresql

from db.migrations.operations import let_roles_in, raise_wall, widen_reach

revision: str = "t0005"
down_revision: str | None = "t0004"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    let_roles_in()
    op.create_table(
        "webhook_attempts",
        Column("delivery_id", Uuid(), nullable=False),
        Column("number", SmallInteger(), nullable=False),
        Column("started_at", DateTime(timezone=True), nullable=False),
        Column("duration_ms", Integer(), nullable=False),
        Column("http_status", SmallInteger(), nullable=True),
        Column("error", Text(), nullable=True),
        Column("response_excerpt", Text(), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), nullable=False),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_webhook_attempts")),
    )
    raise_wall("webhook_attempts")
    op.create_index(
        "ix_webhook_attempts_delivery", "webhook_attempts", ["tenant_id", "delivery_id", "id"], unique=False
    )
    op.create_table(
        "webhook_deliveries",
        Column("endpoint_id", Uuid(), nullable=False),
        Column("message_id", Text(), nullable=False),
        Column("event_type", Text(), nullable=False),
        Column("position", BigInteger(), nullable=True),
        Column("body", Text(), nullable=True),
        Column(
            "status",
            Enum(
                "pending",
                "succeeded",
                "dead",
                "skipped",
                name="deliverystatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("attempt_count", SmallInteger(), nullable=False),
        Column("next_attempt_at", DateTime(timezone=True), nullable=False),
        Column("claimed_until", DateTime(timezone=True), nullable=True),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("finished_at", DateTime(timezone=True), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), nullable=False),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_webhook_deliveries")),
        UniqueConstraint("tenant_id", "endpoint_id", "message_id", name="uq_webhook_deliveries_message"),
    )
    raise_wall("webhook_deliveries")
    op.create_index(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=text("status = 'pending'"),
    )
    op.create_index(
        "ix_webhook_deliveries_pending",
        "webhook_deliveries",
        ["tenant_id", "endpoint_id", "next_attempt_at"],
        unique=False,
        postgresql_where=text("status = 'pending'"),
    )
    op.create_index(
        "ix_webhook_deliveries_finished",
        "webhook_deliveries",
        ["finished_at"],
        unique=False,
        postgresql_where=text("finished_at is not null"),
    )
    op.create_index(
        "ix_webhook_deliveries_endpoint", "webhook_deliveries", ["tenant_id", "endpoint_id", "id"], unique=False
    )
    op.create_table(
        "webhook_endpoints",
        Column("url", String(length=2000), nullable=False),
        Column("description", String(length=500), nullable=True),
        Column("events", ARRAY(Text()), nullable=False),
        Column("filter", postgresql.JSONB(), nullable=True),
        Column(
            "status",
            Enum(
                "active",
                "paused",
                "disabled",
                name="webhookendpointstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("failing_since", DateTime(timezone=True), nullable=True),
        Column("disabled_reason", String(length=500), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_webhook_endpoints")),
    )
    raise_wall("webhook_endpoints")
    op.create_table(
        "webhook_secrets",
        Column("endpoint_id", Uuid(), nullable=False),
        Column("secret", LargeBinary(), nullable=False),
        Column("expires_at", DateTime(timezone=True), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "endpoint_id"],
            ["webhook_endpoints.tenant_id", "webhook_endpoints.id"],
            name="fk_webhook_secrets_endpoint_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_webhook_secrets")),
    )
    raise_wall("webhook_secrets")
    op.create_index(
        "ix_webhook_secrets_endpoint_id", "webhook_secrets", ["tenant_id", "endpoint_id", "id"], unique=False
    )
    widen_reach("event_outbox")
    op.drop_constraint(op.f("ck_email_messages_mailtemplate"), "email_messages", type_="check")
    op.create_check_constraint(
        op.f("ck_email_messages_mailtemplate"),
        "email_messages",
        "template in ('invitation', 'reminder', 'welcome', 'completion', 'password_reset', 'user_invitation', "
        "'webhook_disabled')",
    )
