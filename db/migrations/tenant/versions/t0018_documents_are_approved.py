"""Documents are approved: policies, requests with their steps and decisions, and who stands in for whom."""

from alembic import op
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    Enum,
    ForeignKeyConstraint,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects import postgresql

from db.migrations.operations import raise_wall

revision: str = "t0018"
down_revision: str | None = "t0017"
branch_labels: str | None = None
depends_on: str | None = None

SAME_BAND = (
    "hashtextextended(tenant_id::text || document_type || ' ' || coalesce(department, '') || ' '"
    " || coalesce(currency, ''), 0) / 2"
)


def upgrade() -> None:
    op.create_table(
        "approval_policies",
        Column("name", String(length=120), nullable=False),
        Column("document_type", String(length=60), nullable=False),
        Column("department", String(length=120), nullable=True),
        Column("currency", String(length=3), nullable=True),
        Column("from_amount", Numeric(precision=19, scale=4), nullable=True),
        Column("to_amount", Numeric(precision=19, scale=4), nullable=True),
        Column("priority", Integer(), nullable=False),
        Column("distinct_people", Boolean(), nullable=False),
        Column("tolerance_pct", Numeric(precision=19, scale=4), nullable=False),
        Column("escalate_after_hours", Integer(), nullable=True),
        Column("active", Boolean(), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        Column(
            "name_sort",
            Text(collation="C"),
            Computed(
                "lower(regexp_replace(normalize(name, NFKD), '[\\u0300-\\u036f]', '', 'g') collate pg_unicode_fast) "
                'collate "C"',
                persisted=True,
            ),
            nullable=True,
        ),
        CheckConstraint(
            "currency is not null or (from_amount is null and to_amount is null)",
            name=op.f("ck_approval_policies_band_currency"),
        ),
        CheckConstraint("escalate_after_hours <= 8760", name=op.f("ck_approval_policies_escalate_after_hours_maximum")),
        CheckConstraint("escalate_after_hours >= 1", name=op.f("ck_approval_policies_escalate_after_hours_minimum")),
        CheckConstraint("from_amount < to_amount", name=op.f("ck_approval_policies_to_amount_above")),
        CheckConstraint("from_amount >= 0", name=op.f("ck_approval_policies_from_amount_minimum")),
        CheckConstraint("to_amount >= 0", name=op.f("ck_approval_policies_to_amount_minimum")),
        CheckConstraint("tolerance_pct <= 100", name=op.f("ck_approval_policies_tolerance_pct_maximum")),
        CheckConstraint("tolerance_pct >= 0", name=op.f("ck_approval_policies_tolerance_pct_minimum")),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_approval_policies")),
        postgresql.ExcludeConstraint(
            (
                text(f"int8range({SAME_BAND}, {SAME_BAND}, '[]')"),
                "&&",
            ),
            (text("numrange(from_amount, to_amount)"), "&&"),
            where=text("active"),
            using="gist",
            name="ex_approval_policies_from_amount",
        ),
    )
    raise_wall("approval_policies")
    op.create_index(
        "ix_approval_policies_active",
        "approval_policies",
        ["tenant_id", "document_type"],
        unique=False,
        postgresql_where=text("active"),
    )
    op.create_index(
        "ix_approval_policies_name_sort", "approval_policies", ["tenant_id", "name_sort", "id"], unique=False
    )
    op.create_table(
        "approval_policy_steps",
        Column("policy_id", Uuid(), nullable=False),
        Column("position", Integer(), nullable=False),
        Column(
            "kind",
            Enum(
                "user",
                "role",
                "manager",
                "nth_manager",
                name="approverkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("user_id", Uuid(), nullable=True),
        Column("role_id", Uuid(), nullable=True),
        Column("level", Integer(), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        CheckConstraint("level <= 20", name=op.f("ck_approval_policy_steps_level_maximum")),
        CheckConstraint("level >= 1", name=op.f("ck_approval_policy_steps_level_minimum")),
        CheckConstraint("position >= 0", name=op.f("ck_approval_policy_steps_position_from_zero")),
        ForeignKeyConstraint(
            ["tenant_id", "policy_id"],
            ["approval_policies.tenant_id", "approval_policies.id"],
            name="fk_approval_policy_steps_policy_id",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "role_id"],
            ["roles.tenant_id", "roles.id"],
            name="fk_approval_policy_steps_role_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name="fk_approval_policy_steps_user_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_approval_policy_steps")),
        UniqueConstraint(
            "tenant_id",
            "policy_id",
            "position",
            deferrable=True,
            initially="DEFERRED",
            name="uq_approval_policy_steps_position",
        ),
    )
    raise_wall("approval_policy_steps")
    op.create_index(
        "ix_approval_policy_steps_role_id", "approval_policy_steps", ["tenant_id", "role_id", "id"], unique=False
    )
    op.create_index(
        "ix_approval_policy_steps_user_id", "approval_policy_steps", ["tenant_id", "user_id", "id"], unique=False
    )
    op.create_table(
        "approval_requests",
        Column("document_type", String(length=60), nullable=False),
        Column("document_id", Uuid(), nullable=False),
        Column("title", String(length=200), nullable=False),
        Column("requester_id", Uuid(), nullable=False),
        Column("department", String(length=120), nullable=True),
        Column("amount", Numeric(precision=19, scale=4), nullable=True),
        Column("currency", String(length=3), nullable=True),
        Column(
            "status",
            Enum(
                "pending",
                "approved",
                "rejected",
                "cancelled",
                name="approvalstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("step", Integer(), nullable=False),
        Column("round", Integer(), nullable=False),
        Column("policy_id", Uuid(), nullable=False),
        Column("policy_version", Integer(), nullable=False),
        Column("distinct_people", Boolean(), nullable=False),
        Column("tolerance_pct", Numeric(precision=19, scale=4), nullable=False),
        Column("escalate_after_hours", Integer(), nullable=True),
        Column("decided_at", DateTime(timezone=True), nullable=True),
        Column("reason", String(length=1000), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "policy_id"],
            ["approval_policies.tenant_id", "approval_policies.id"],
            name="fk_approval_requests_policy_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "requester_id"],
            ["users.tenant_id", "users.id"],
            name="fk_approval_requests_requester_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_approval_requests")),
    )
    raise_wall("approval_requests")
    op.create_index(
        "ix_approval_requests_document_id",
        "approval_requests",
        ["tenant_id", "document_type", "document_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_approval_requests_policy_id", "approval_requests", ["tenant_id", "policy_id", "id"], unique=False
    )
    op.create_index(
        "ix_approval_requests_requester_id", "approval_requests", ["tenant_id", "requester_id", "id"], unique=False
    )
    op.create_index(
        "uq_approval_requests_document_id",
        "approval_requests",
        ["tenant_id", "document_type", "document_id"],
        unique=True,
        postgresql_where=text("status = 'pending'"),
    )
    op.create_table(
        "delegations",
        Column("from_user_id", Uuid(), nullable=False),
        Column("to_user_id", Uuid(), nullable=False),
        Column("from_date", Date(), nullable=False),
        Column("to_date", Date(), nullable=False),
        Column("revoked_at", DateTime(timezone=True), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        CheckConstraint("from_date <= to_date", name=op.f("ck_delegations_to_date_after")),
        ForeignKeyConstraint(
            ["tenant_id", "from_user_id"],
            ["users.tenant_id", "users.id"],
            name="fk_delegations_from_user_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "to_user_id"],
            ["users.tenant_id", "users.id"],
            name="fk_delegations_to_user_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_delegations")),
    )
    raise_wall("delegations")
    op.create_index("ix_delegations_from_user_id", "delegations", ["tenant_id", "from_user_id", "id"], unique=False)
    op.create_index("ix_delegations_to_user_id", "delegations", ["tenant_id", "to_user_id", "id"], unique=False)
    op.create_table(
        "approval_decisions",
        Column("request_id", Uuid(), nullable=False),
        Column("step", Integer(), nullable=False),
        Column("round", Integer(), nullable=False),
        Column(
            "verdict",
            Enum("approved", "rejected", name="verdict", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        Column("decided_by_id", Uuid(), nullable=False),
        Column("on_behalf_of_id", Uuid(), nullable=True),
        Column("comment", String(length=1000), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "decided_by_id"],
            ["users.tenant_id", "users.id"],
            name="fk_approval_decisions_decided_by_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "on_behalf_of_id"],
            ["users.tenant_id", "users.id"],
            name="fk_approval_decisions_on_behalf_of_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "request_id"],
            ["approval_requests.tenant_id", "approval_requests.id"],
            name="fk_approval_decisions_request_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_approval_decisions")),
    )
    raise_wall("approval_decisions")
    op.create_index(
        "ix_approval_decisions_decided_by_id", "approval_decisions", ["tenant_id", "decided_by_id", "id"], unique=False
    )
    op.create_index(
        "ix_approval_decisions_on_behalf_of_id",
        "approval_decisions",
        ["tenant_id", "on_behalf_of_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_approval_decisions_request_id", "approval_decisions", ["tenant_id", "request_id", "id"], unique=False
    )
    op.create_table(
        "approval_steps",
        Column("request_id", Uuid(), nullable=False),
        Column("number", Integer(), nullable=False),
        Column(
            "kind",
            Enum(
                "user",
                "role",
                "manager",
                "nth_manager",
                name="approverkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("user_id", Uuid(), nullable=True),
        Column("role_id", Uuid(), nullable=True),
        Column("level", Integer(), nullable=True),
        Column(
            "status",
            Enum(
                "waiting",
                "pending",
                "approved",
                "rejected",
                "collapsed",
                name="stepstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("due_at", DateTime(timezone=True), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "request_id"],
            ["approval_requests.tenant_id", "approval_requests.id"],
            name="fk_approval_steps_request_id",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "role_id"],
            ["roles.tenant_id", "roles.id"],
            name="fk_approval_steps_role_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name="fk_approval_steps_user_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_approval_steps")),
        UniqueConstraint("tenant_id", "request_id", "number", name="uq_approval_steps_number"),
    )
    raise_wall("approval_steps")
    op.create_index(
        "ix_approval_steps_pending",
        "approval_steps",
        ["tenant_id", "due_at"],
        unique=False,
        postgresql_where=text("status = 'pending'"),
    )
    op.create_index("ix_approval_steps_request_id", "approval_steps", ["tenant_id", "request_id", "id"], unique=False)
    op.create_index("ix_approval_steps_role_id", "approval_steps", ["tenant_id", "role_id", "id"], unique=False)
    op.create_index("ix_approval_steps_user_id", "approval_steps", ["tenant_id", "user_id", "id"], unique=False)
    op.create_table(
        "approval_approvers",
        Column("step_id", Uuid(), nullable=False),
        Column("user_id", Uuid(), nullable=False),
        Column("in_place_of_id", Uuid(), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "in_place_of_id"],
            ["users.tenant_id", "users.id"],
            name="fk_approval_approvers_in_place_of_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "step_id"],
            ["approval_steps.tenant_id", "approval_steps.id"],
            name="fk_approval_approvers_step_id",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name="fk_approval_approvers_user_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_approval_approvers")),
        UniqueConstraint("tenant_id", "step_id", "user_id", name="uq_approval_approvers_user_id"),
    )
    raise_wall("approval_approvers")
    op.create_index(
        "ix_approval_approvers_in_place_of_id",
        "approval_approvers",
        ["tenant_id", "in_place_of_id", "id"],
        unique=False,
    )
    op.create_index("ix_approval_approvers_step_id", "approval_approvers", ["tenant_id", "step_id", "id"], unique=False)
    op.create_index("ix_approval_approvers_user_id", "approval_approvers", ["tenant_id", "user_id", "id"], unique=False)
    op.drop_constraint(op.f("ck_email_messages_mailtemplate"), "email_messages", type_="check")
    op.create_check_constraint(
        op.f("ck_email_messages_mailtemplate"),
        "email_messages",
        "template in ('invitation', 'reminder', 'welcome', 'completion', 'password_reset', 'user_invitation', "
        "'email_verification', 'email_change', 'email_change_notice', 'second_factor_reset', 'webhook_disabled', "
        "'api_key_expiring', 'approval_requested', 'approval_decided')",
    )
