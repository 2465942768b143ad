"""Types of leave, policies, requests, and the ledger of days."""

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

revision: str = "t0025"
down_revision: str | None = "t0024"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "leave_policies",
        Column("name", String(length=120), nullable=False),
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
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_leave_policies")),
        UniqueConstraint("tenant_id", "name", name="uq_leave_policies_name"),
    )
    raise_wall("leave_policies")
    op.create_index("ix_leave_policies_name_sort", "leave_policies", ["tenant_id", "name_sort", "id"], unique=False)
    op.create_table(
        "leave_types",
        Column("name", String(length=120), nullable=False),
        Column("paid", Boolean(), nullable=False),
        Column(
            "accrual",
            Enum(
                "none",
                "annual_grant",
                "monthly",
                "per_pay_period",
                name="accrualmethod",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("annual_days", Numeric(precision=19, scale=4), nullable=False),
        Column(
            "accrue_on",
            Enum(
                "first_day",
                "last_day",
                "anniversary",
                name="accrueon",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("prorate_join", Boolean(), nullable=False),
        Column(
            "rounding",
            Enum(
                "quarter",
                "half",
                "whole",
                "none",
                name="leaverounding",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("carry_forward_max", Numeric(precision=19, scale=4), nullable=False),
        Column("carry_expiry_months", Integer(), nullable=True),
        Column("max_consecutive", Numeric(precision=19, scale=4), nullable=True),
        Column("min_notice_days", Integer(), nullable=False),
        Column("limited", Boolean(), nullable=False),
        Column("allow_negative_to", Numeric(precision=19, scale=4), nullable=False),
        Column("waiting_days", Integer(), nullable=False),
        Column("counts_holidays", Boolean(), nullable=False),
        Column("half_day", Boolean(), nullable=False),
        Column("requires_document_after_days", Numeric(precision=19, scale=4), nullable=True),
        Column("encashable", Boolean(), nullable=False),
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
        CheckConstraint("allow_negative_to <= 0", name=op.f("ck_leave_types_allow_negative_to_maximum")),
        CheckConstraint("allow_negative_to >= -366", name=op.f("ck_leave_types_allow_negative_to_minimum")),
        CheckConstraint("annual_days <= 366", name=op.f("ck_leave_types_annual_days_maximum")),
        CheckConstraint("annual_days >= 0", name=op.f("ck_leave_types_annual_days_minimum")),
        CheckConstraint("carry_expiry_months <= 60", name=op.f("ck_leave_types_carry_expiry_months_maximum")),
        CheckConstraint("carry_expiry_months >= 0", name=op.f("ck_leave_types_carry_expiry_months_minimum")),
        CheckConstraint("carry_forward_max <= 366", name=op.f("ck_leave_types_carry_forward_max_maximum")),
        CheckConstraint("carry_forward_max >= 0", name=op.f("ck_leave_types_carry_forward_max_minimum")),
        CheckConstraint("max_consecutive >= 0", name=op.f("ck_leave_types_max_consecutive_minimum")),
        CheckConstraint("min_notice_days <= 366", name=op.f("ck_leave_types_min_notice_days_maximum")),
        CheckConstraint("min_notice_days >= -366", name=op.f("ck_leave_types_min_notice_days_minimum")),
        CheckConstraint(
            "requires_document_after_days >= 0", name=op.f("ck_leave_types_requires_document_after_days_minimum")
        ),
        CheckConstraint("waiting_days <= 3660", name=op.f("ck_leave_types_waiting_days_maximum")),
        CheckConstraint("waiting_days >= 0", name=op.f("ck_leave_types_waiting_days_minimum")),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_leave_types")),
        UniqueConstraint("tenant_id", "name", name="uq_leave_types_name"),
    )
    raise_wall("leave_types")
    op.create_index("ix_leave_types_name_sort", "leave_types", ["tenant_id", "name_sort", "id"], unique=False)
    op.create_table(
        "leave_policy_types",
        Column("policy_id", Uuid(), nullable=False),
        Column("leave_type_id", Uuid(), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "leave_type_id"],
            ["leave_types.tenant_id", "leave_types.id"],
            name="fk_leave_policy_types_leave_type_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "policy_id"],
            ["leave_policies.tenant_id", "leave_policies.id"],
            name="fk_leave_policy_types_policy_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_leave_policy_types")),
        UniqueConstraint("tenant_id", "policy_id", "leave_type_id", name="uq_leave_policy_types_leave_type_id"),
    )
    raise_wall("leave_policy_types")
    op.create_index(
        "ix_leave_policy_types_leave_type_id", "leave_policy_types", ["tenant_id", "leave_type_id", "id"], unique=False
    )
    op.create_index(
        "ix_leave_policy_types_policy_id", "leave_policy_types", ["tenant_id", "policy_id", "id"], unique=False
    )
    op.create_table(
        "leave_accrual_runs",
        Column("employee_id", Uuid(), nullable=False),
        Column("user_id", Uuid(), nullable=False),
        Column("employment", Integer(), nullable=False),
        Column("through", Date(), nullable=False),
        Column("ran_at", DateTime(timezone=True), nullable=False),
        Column("entries", Integer(), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "employee_id"],
            ["employees.tenant_id", "employees.id"],
            name="fk_leave_accrual_runs_employee_id",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name="fk_leave_accrual_runs_user_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_leave_accrual_runs")),
        UniqueConstraint("tenant_id", "employee_id", "through", name="uq_leave_accrual_runs_through"),
    )
    raise_wall("leave_accrual_runs")
    op.create_index(
        "ix_leave_accrual_runs_employee_id", "leave_accrual_runs", ["tenant_id", "employee_id", "id"], unique=False
    )
    op.create_index("ix_leave_accrual_runs_user_id", "leave_accrual_runs", ["tenant_id", "user_id", "id"], unique=False)
    op.create_table(
        "leave_policy_assignments",
        Column("employee_id", Uuid(), nullable=False),
        Column("user_id", Uuid(), nullable=False),
        Column("policy_id", Uuid(), nullable=False),
        Column("effective_from", Date(), nullable=False),
        Column("effective_to", Date(), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        CheckConstraint("effective_from <= effective_to", name=op.f("ck_leave_policy_assignments_effective_to_after")),
        ForeignKeyConstraint(
            ["tenant_id", "employee_id"],
            ["employees.tenant_id", "employees.id"],
            name="fk_leave_policy_assignments_employee_id",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "policy_id"],
            ["leave_policies.tenant_id", "leave_policies.id"],
            name="fk_leave_policy_assignments_policy_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name="fk_leave_policy_assignments_user_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_leave_policy_assignments")),
        postgresql.ExcludeConstraint(
            (
                text(
                    "int8range(hashtextextended(tenant_id::text || employee_id::text, 0) / 2, hashtextextended(tenant_id::text || employee_id::text, 0) / 2, '[]')"  # noqa: E501 - one text
                ),
                "&&",
            ),
            (text("daterange(effective_from, effective_to, '[]')"), "&&"),
            using="gist",
            name="ex_leave_policy_assignments_effective_from",
        ),
    )
    raise_wall("leave_policy_assignments")
    op.create_index(
        "ix_leave_policy_assignments_employee_id",
        "leave_policy_assignments",
        ["tenant_id", "employee_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_leave_policy_assignments_policy_id",
        "leave_policy_assignments",
        ["tenant_id", "policy_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_leave_policy_assignments_user_id", "leave_policy_assignments", ["tenant_id", "user_id", "id"], unique=False
    )
    op.create_table(
        "leaves",
        Column("employee_id", Uuid(), nullable=False),
        Column("user_id", Uuid(), nullable=False),
        Column("employment", Integer(), nullable=False),
        Column("leave_type_id", Uuid(), nullable=False),
        Column("from_date", Date(), nullable=False),
        Column("to_date", Date(), nullable=False),
        Column("half_day_date", Date(), nullable=True),
        Column(
            "half_day_part",
            Enum("am", "pm", name="daypart", native_enum=False, create_constraint=True, length=40),
            nullable=True,
        ),
        Column("days", Numeric(precision=19, scale=4), nullable=False),
        Column("reason", String(length=1000), nullable=True),
        Column("contact_during", String(length=200), nullable=True),
        Column("document_id", Uuid(), nullable=True),
        Column(
            "status",
            Enum(
                "draft",
                "pending",
                "approved",
                "rejected",
                "cancelled",
                "taken",
                name="leavestatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("submitted_at", DateTime(timezone=True), nullable=True),
        Column("approver_id", Uuid(), nullable=True),
        Column("decided_at", DateTime(timezone=True), nullable=True),
        Column("decision_note", String(length=1000), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        CheckConstraint(
            "(half_day_date is null) = (half_day_part is null)", name=op.f("ck_leaves_half_day_part_beside")
        ),
        CheckConstraint("days >= 0", name=op.f("ck_leaves_days_minimum")),
        CheckConstraint("from_date <= to_date", name=op.f("ck_leaves_to_date_after")),
        CheckConstraint("half_day_date between from_date and to_date", name=op.f("ck_leaves_half_day_date_inside")),
        ForeignKeyConstraint(
            ["tenant_id", "approver_id"],
            ["users.tenant_id", "users.id"],
            name="fk_leaves_approver_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "document_id"],
            ["employee_documents.tenant_id", "employee_documents.id"],
            name="fk_leaves_document_id",
            ondelete="SET NULL (document_id)",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "employee_id"],
            ["employees.tenant_id", "employees.id"],
            name="fk_leaves_employee_id",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "leave_type_id"],
            ["leave_types.tenant_id", "leave_types.id"],
            name="fk_leaves_leave_type_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], name="fk_leaves_user_id", ondelete="RESTRICT"
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_leaves")),
        postgresql.ExcludeConstraint(
            (
                text(
                    "int8range(hashtextextended(tenant_id::text || employee_id::text, 0) / 2, hashtextextended(tenant_id::text || employee_id::text, 0) / 2, '[]')"  # noqa: E501 - one text
                ),
                "&&",
            ),
            (
                text(
                    "(int8multirange(int8range(2 * (from_date - date '2000-01-01'), 2 * (to_date - date '2000-01-01') + 2)) - case when half_day_date is null then '{}'::int8multirange else int8multirange(int8range(2 * (half_day_date - date '2000-01-01') + (half_day_part = 'am')::int, 2 * (half_day_date - date '2000-01-01') + (half_day_part = 'am')::int + 1)) end)"  # noqa: E501 - one text
                ),
                "&&",
            ),
            where=text("status = 'pending' or status = 'approved' or status = 'taken'"),
            using="gist",
            name="ex_leaves_from_date",
        ),
    )
    raise_wall("leaves")
    op.create_index("ix_leaves_approver_id", "leaves", ["tenant_id", "approver_id", "id"], unique=False)
    op.create_index("ix_leaves_document_id", "leaves", ["tenant_id", "document_id", "id"], unique=False)
    op.create_index("ix_leaves_employee_id", "leaves", ["tenant_id", "employee_id", "id"], unique=False)
    op.create_index("ix_leaves_from_date", "leaves", ["tenant_id", "from_date", "id"], unique=False)
    op.create_index("ix_leaves_leave_type_id", "leaves", ["tenant_id", "leave_type_id", "id"], unique=False)
    op.create_index("ix_leaves_status", "leaves", ["tenant_id", "status", "to_date", "id"], unique=False)
    op.create_index("ix_leaves_user_id", "leaves", ["tenant_id", "user_id", "id"], unique=False)
    op.create_table(
        "leave_ledger_entries",
        Column("employee_id", Uuid(), nullable=False),
        Column("user_id", Uuid(), nullable=False),
        Column("employment", Integer(), nullable=False),
        Column("leave_type_id", Uuid(), nullable=False),
        Column(
            "kind",
            Enum(
                "accrual",
                "grant",
                "taken",
                "cancelled",
                "carry_in",
                "expiry",
                "adjustment",
                "encash",
                name="ledgerkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("days", Numeric(precision=19, scale=4), nullable=False),
        Column("effective_date", Date(), nullable=False),
        Column("expires_on", Date(), nullable=True),
        Column("bucket", String(length=60), nullable=False),
        Column("source", String(length=60), nullable=False),
        Column("request_id", Uuid(), nullable=True),
        Column("note", String(length=1000), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "employee_id"],
            ["employees.tenant_id", "employees.id"],
            name="fk_leave_ledger_entries_employee_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "leave_type_id"],
            ["leave_types.tenant_id", "leave_types.id"],
            name="fk_leave_ledger_entries_leave_type_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "request_id"],
            ["leaves.tenant_id", "leaves.id"],
            name="fk_leave_ledger_entries_request_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name="fk_leave_ledger_entries_user_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_leave_ledger_entries")),
    )
    raise_wall("leave_ledger_entries")
    op.create_index(
        "ix_leave_ledger_entries_effective_date",
        "leave_ledger_entries",
        ["tenant_id", "employee_id", "leave_type_id", "effective_date", "id"],
        unique=False,
    )
    op.create_index(
        "ix_leave_ledger_entries_employee_id", "leave_ledger_entries", ["tenant_id", "employee_id", "id"], unique=False
    )
    op.create_index(
        "ix_leave_ledger_entries_expires_on",
        "leave_ledger_entries",
        ["tenant_id", "employee_id", "expires_on"],
        unique=False,
        postgresql_where=text("expires_on is not null"),
    )
    op.create_index(
        "ix_leave_ledger_entries_leave_type_id",
        "leave_ledger_entries",
        ["tenant_id", "leave_type_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_leave_ledger_entries_request_id", "leave_ledger_entries", ["tenant_id", "request_id", "id"], unique=False
    )
    op.create_index(
        "ix_leave_ledger_entries_user_id", "leave_ledger_entries", ["tenant_id", "user_id", "id"], unique=False
    )
    op.create_index(
        "uq_leave_ledger_entries_source",
        "leave_ledger_entries",
        ["tenant_id", "employee_id", "employment", "leave_type_id", "source"],
        unique=True,
        postgresql_where=text("kind = 'accrual' or kind = 'grant'"),
    )
