"""The first tables of a tenant."""

from alembic import op
from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Enum,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects import postgresql

from db.migrations.operations import raise_wall

revision: str = "t0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "audit_logs",
        Column("occurred_at", DateTime(timezone=True), nullable=False),
        Column("actor_type", Text(), nullable=False),
        Column("actor_id", Uuid(), nullable=True),
        Column(
            "action",
            Enum(
                "create",
                "update",
                "delete",
                "transition",
                "login",
                "export",
                "read_sensitive",
                "denied",
                name="auditaction",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("operation", Text(), nullable=False),
        Column("entity_type", Text(), nullable=False),
        Column("entity_id", Uuid(), nullable=False),
        Column("entity_version", Integer(), nullable=False),
        Column("old_values", postgresql.JSONB(astext_type=Text()), nullable=False),
        Column("new_values", postgresql.JSONB(astext_type=Text()), nullable=False),
        Column("request_id", Text(), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), nullable=False),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_audit_logs")),
    )
    raise_wall("audit_logs")
    op.create_index("ix_audit_logs_entity", "audit_logs", ["tenant_id", "entity_type", "entity_id", "id"], unique=False)
    op.create_table(
        "companies",
        Column("name", String(length=120), nullable=False),
        Column("legal_name", String(length=200), nullable=True),
        Column("industry", String(length=120), nullable=True),
        Column(
            "size",
            Enum(
                "1",
                "2-50",
                "51-250",
                "251-1000",
                "1001+",
                name="companysize",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        Column("website", String(length=500), nullable=True),
        Column("description", String(length=5000), nullable=True),
        Column("primary_color", String(length=7), nullable=True),
        Column("secondary_color", String(length=7), nullable=True),
        Column("accent_color", String(length=7), nullable=True),
        Column("logo_url", String(length=500), nullable=True),
        Column("country", String(length=2), nullable=True),
        Column("base_currency", String(length=3), nullable=False),
        Column("timezone", String(length=64), nullable=False),
        Column("fiscal_year_start_month", Integer(), nullable=False),
        Column(
            "week_start",
            Enum("monday", "sunday", "saturday", name="weekday", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        Column("tax_id", LargeBinary(), nullable=True),
        Column("address", String(length=1000), nullable=True),
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
                "lower(regexp_replace(normalize(name, NFKD), '[\\u0300-\\u036f]', '', 'g') collate pg_unicode_fast) collate \"C\"",  # noqa: E501 - one text
                persisted=True,
            ),
            nullable=True,
        ),
        CheckConstraint("fiscal_year_start_month <= 12", name=op.f("ck_companies_fiscal_year_start_month_maximum")),
        CheckConstraint("fiscal_year_start_month >= 1", name=op.f("ck_companies_fiscal_year_start_month_minimum")),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_companies")),
        UniqueConstraint("tenant_id", name="uq_companies_tenant_id"),
    )
    raise_wall("companies")
    op.create_index("ix_companies_name_sort", "companies", ["tenant_id", "name_sort", "id"], unique=False)
    op.create_table(
        "event_outbox",
        Column("message_id", Text(), nullable=False),
        Column("type", Text(), nullable=False),
        Column("occurred_at", DateTime(timezone=True), nullable=False),
        Column("actor_type", Text(), nullable=False),
        Column("actor_id", Uuid(), nullable=True),
        Column("subject_type", Text(), nullable=False),
        Column("subject_id", Uuid(), nullable=False),
        Column("subject_version", Integer(), nullable=False),
        Column("data", postgresql.JSONB(astext_type=Text()), nullable=False),
        Column("correlation_id", Text(), nullable=False),
        Column("causation_id", Text(), nullable=True),
        Column("schema_version", Integer(), nullable=False),
        Column("position", Integer(), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), nullable=False),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_event_outbox")),
    )
    raise_wall("event_outbox")
    op.create_index("ix_event_outbox_unpublished", "event_outbox", ["tenant_id", "position", "id"], unique=False)
    op.create_table(
        "idempotency_keys",
        Column("actor_id", Uuid(), nullable=False),
        Column("operation", Text(), nullable=False),
        Column("key", Text(), nullable=False),
        Column("input_hash", LargeBinary(), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("result", postgresql.JSONB(astext_type=Text()), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), nullable=False),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_idempotency_keys")),
        UniqueConstraint("tenant_id", "actor_id", "operation", "key", name="uq_idempotency_keys_key"),
    )
    raise_wall("idempotency_keys")
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["tenant_id", "created_at"], unique=False)
    op.create_table(
        "onboarding_flows",
        Column("name", String(length=120), nullable=False),
        Column("description", String(length=5000), nullable=True),
        Column("duration_days", Integer(), nullable=False),
        Column(
            "status",
            Enum(
                "draft",
                "published",
                "archived",
                name="flowstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("revision", Integer(), nullable=False),
        Column("published_at", DateTime(timezone=True), nullable=True),
        Column("archived_at", DateTime(timezone=True), nullable=True),
        Column(
            "audience",
            Enum(
                "employee",
                "contractor",
                "offboarding",
                name="audience",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("language", String(length=35), nullable=False),
        Column("reminder_after_days", ARRAY(Integer()), nullable=False),
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
                "lower(regexp_replace(normalize(name, NFKD), '[\\u0300-\\u036f]', '', 'g') collate pg_unicode_fast) collate \"C\"",  # noqa: E501 - one text
                persisted=True,
            ),
            nullable=True,
        ),
        CheckConstraint("duration_days <= 730", name=op.f("ck_onboarding_flows_duration_days_maximum")),
        CheckConstraint("duration_days >= 1", name=op.f("ck_onboarding_flows_duration_days_minimum")),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_onboarding_flows")),
    )
    raise_wall("onboarding_flows")
    op.create_index("ix_onboarding_flows_name_sort", "onboarding_flows", ["tenant_id", "name_sort", "id"], unique=False)
    op.create_table(
        "roles",
        Column("name", String(length=60), nullable=False),
        Column("description", String(length=500), nullable=False),
        Column("built_in", Boolean(), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_roles")),
        UniqueConstraint("tenant_id", "name", name="uq_roles_name"),
    )
    raise_wall("roles")
    op.create_table(
        "users",
        Column("email", String(length=254), nullable=False),
        Column("first_name", String(length=120), nullable=False),
        Column("last_name", String(length=120), nullable=False),
        Column("password_hash", String(length=300), nullable=False),
        Column("is_active", Boolean(), nullable=False),
        Column("token_version", Integer(), nullable=False),
        Column("last_login_at", DateTime(timezone=True), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_users")),
        UniqueConstraint("tenant_id", "email", name="uq_users_email"),
    )
    raise_wall("users")
    op.create_table(
        "stages",
        Column("flow_id", Uuid(), nullable=False),
        Column("name", String(length=120), nullable=False),
        Column("description", String(length=5000), nullable=True),
        Column(
            "type",
            Enum(
                "text",
                "media",
                "form",
                "meeting",
                "task",
                name="stagetype",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("position", Integer(), nullable=False),
        Column("available_offset_days", Integer(), nullable=False),
        Column("due_offset_days", Integer(), nullable=True),
        Column(
            "lock",
            Enum("sequential", "free", name="stagelock", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
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
                "lower(regexp_replace(normalize(name, NFKD), '[\\u0300-\\u036f]', '', 'g') collate pg_unicode_fast) collate \"C\"",  # noqa: E501 - one text
                persisted=True,
            ),
            nullable=True,
        ),
        CheckConstraint("available_offset_days <= 730", name=op.f("ck_stages_available_offset_days_maximum")),
        CheckConstraint("available_offset_days >= -365", name=op.f("ck_stages_available_offset_days_minimum")),
        CheckConstraint("due_offset_days <= 730", name=op.f("ck_stages_due_offset_days_maximum")),
        CheckConstraint("due_offset_days >= -365", name=op.f("ck_stages_due_offset_days_minimum")),
        CheckConstraint("position >= 0", name=op.f("ck_stages_position_from_zero")),
        ForeignKeyConstraint(
            ["tenant_id", "flow_id"],
            ["onboarding_flows.tenant_id", "onboarding_flows.id"],
            name="fk_stages_flow_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stages")),
        UniqueConstraint(
            "tenant_id", "flow_id", "position", deferrable=True, initially="DEFERRED", name="uq_stages_position"
        ),
    )
    raise_wall("stages")
    op.create_index("ix_stages_name_sort", "stages", ["tenant_id", "name_sort", "id"], unique=False)
    op.create_table(
        "user_roles",
        Column("user_id", Uuid(), nullable=False),
        Column("role_id", Uuid(), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "role_id"], ["roles.tenant_id", "roles.id"], name="fk_user_roles_role_id", ondelete="RESTRICT"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], name="fk_user_roles_user_id", ondelete="CASCADE"
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_user_roles")),
    )
    raise_wall("user_roles")
    op.create_index("ix_user_roles_role_id", "user_roles", ["tenant_id", "role_id", "id"], unique=False)
    op.create_index("ix_user_roles_user_id", "user_roles", ["tenant_id", "user_id", "id"], unique=False)
    op.create_table(
        "content_blocks",
        Column("stage_id", Uuid(), nullable=False),
        Column("type", String(length=60), nullable=False),
        Column("position", Integer(), nullable=False),
        Column("content", String(length=20000), nullable=True),
        Column("config", postgresql.JSONB(astext_type=Text()), nullable=False),
        Column("required", Boolean(), nullable=False),
        Column(
            "assignee",
            Enum(
                "new_hire",
                "manager",
                "hr",
                "it",
                "buddy",
                name="assignee",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("estimated_minutes", Integer(), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        CheckConstraint("estimated_minutes <= 10000", name=op.f("ck_content_blocks_estimated_minutes_maximum")),
        CheckConstraint("estimated_minutes >= 0", name=op.f("ck_content_blocks_estimated_minutes_minimum")),
        CheckConstraint("position >= 0", name=op.f("ck_content_blocks_position_from_zero")),
        ForeignKeyConstraint(
            ["tenant_id", "stage_id"],
            ["stages.tenant_id", "stages.id"],
            name="fk_content_blocks_stage_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_content_blocks")),
        UniqueConstraint(
            "tenant_id",
            "stage_id",
            "position",
            deferrable=True,
            initially="DEFERRED",
            name="uq_content_blocks_position",
        ),
    )
    raise_wall("content_blocks")
