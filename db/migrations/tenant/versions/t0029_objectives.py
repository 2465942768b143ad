"""Performance cycles, objectives with their key results and milestones, and what is reported of these."""

from alembic import op
from sqlalchemy import (
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

from db.migrations.operations import raise_wall

revision: str = "t0029"
down_revision: str | None = "t0028"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "performance_cycles",
        Column("name", String(length=120), nullable=False),
        Column(
            "kind",
            Enum(
                "okr_quarter",
                "annual_review",
                "probation",
                name="performancecyclekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("starts_on", Date(), nullable=False),
        Column("ends_on", Date(), nullable=False),
        Column(
            "status",
            Enum(
                "draft",
                "open",
                "in_review",
                "calibrating",
                "released",
                "closed",
                name="performancecyclestatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("check_in_days", Integer(), nullable=False),
        Column("self_review_due", Date(), nullable=True),
        Column("manager_review_due", Date(), nullable=True),
        Column("calibration_due", Date(), nullable=True),
        Column("release_on", Date(), nullable=True),
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
        CheckConstraint("check_in_days <= 366", name=op.f("ck_performance_cycles_check_in_days_maximum")),
        CheckConstraint("check_in_days >= 1", name=op.f("ck_performance_cycles_check_in_days_minimum")),
        CheckConstraint("starts_on <= ends_on", name=op.f("ck_performance_cycles_ends_on_after")),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_performance_cycles")),
        UniqueConstraint("tenant_id", "name", name="uq_performance_cycles_name"),
    )
    raise_wall("performance_cycles")
    op.create_index(
        "ix_performance_cycles_name_sort", "performance_cycles", ["tenant_id", "name_sort", "id"], unique=False
    )
    op.create_index(
        "ix_performance_cycles_status", "performance_cycles", ["tenant_id", "status", "starts_on", "id"], unique=False
    )
    op.create_table(
        "okrs",
        Column("cycle_id", Uuid(), nullable=False),
        Column(
            "owner_type",
            Enum(
                "employee",
                "team",
                "department",
                "company",
                name="okrownertype",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("employee_id", Uuid(), nullable=True),
        Column("user_id", Uuid(), nullable=True),
        Column("team_id", Uuid(), nullable=True),
        Column("department_id", Uuid(), nullable=True),
        Column("parent_id", Uuid(), nullable=True),
        Column("objective", String(length=500), nullable=False),
        Column("description", String(length=5000), nullable=True),
        Column("weight", Numeric(precision=19, scale=4), nullable=False),
        Column("key_results_weight", Numeric(precision=19, scale=4), nullable=False),
        Column(
            "visibility",
            Enum(
                "public", "team", "private", name="okrvisibility", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        Column("progress", Numeric(precision=19, scale=4), nullable=False),
        Column(
            "status",
            Enum(
                "draft",
                "active",
                "completed",
                "cancelled",
                name="okrstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("activated_on", Date(), nullable=True),
        Column("closed_at", DateTime(timezone=True), nullable=True),
        Column("final_score", Numeric(precision=19, scale=4), nullable=True),
        Column("closed_note", String(length=5000), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        CheckConstraint(
            "(owner_type = 'employee') = (employee_id is not null) and (owner_type = 'employee') = (user_id is not null) and (owner_type = 'team') = (team_id is not null) and (owner_type = 'department') = (department_id is not null)",  # noqa: E501 - one text
            name=op.f("ck_okrs_owner_type_names"),
        ),
        CheckConstraint("(status = 'completed') = (final_score is not null)", name=op.f("ck_okrs_final_score_when")),
        CheckConstraint("owner_type <> 'company' or visibility <> 'team'", name=op.f("ck_okrs_visibility_of_company")),
        CheckConstraint("final_score <= 1", name=op.f("ck_okrs_final_score_maximum")),
        CheckConstraint("final_score >= 0", name=op.f("ck_okrs_final_score_minimum")),
        CheckConstraint("key_results_weight <= 1000", name=op.f("ck_okrs_key_results_weight_maximum")),
        CheckConstraint("key_results_weight >= 0", name=op.f("ck_okrs_key_results_weight_minimum")),
        CheckConstraint("parent_id <> id", name=op.f("ck_okrs_parent_id_other")),
        CheckConstraint("weight <= 1000", name=op.f("ck_okrs_weight_maximum")),
        CheckConstraint("weight >= 0", name=op.f("ck_okrs_weight_minimum")),
        ForeignKeyConstraint(
            ["tenant_id", "cycle_id"],
            ["performance_cycles.tenant_id", "performance_cycles.id"],
            name="fk_okrs_cycle_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["departments.tenant_id", "departments.id"],
            name="fk_okrs_department_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "employee_id"],
            ["employees.tenant_id", "employees.id"],
            name="fk_okrs_employee_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "parent_id"], ["okrs.tenant_id", "okrs.id"], name="fk_okrs_parent_id", ondelete="RESTRICT"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["teams.tenant_id", "teams.id"], name="fk_okrs_team_id", ondelete="RESTRICT"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], name="fk_okrs_user_id", ondelete="RESTRICT"
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_okrs")),
    )
    raise_wall("okrs")
    op.create_index("ix_okrs_cycle_id", "okrs", ["tenant_id", "cycle_id", "id"], unique=False)
    op.create_index("ix_okrs_department_id", "okrs", ["tenant_id", "department_id", "id"], unique=False)
    op.create_index("ix_okrs_employee_id", "okrs", ["tenant_id", "employee_id", "id"], unique=False)
    op.create_index("ix_okrs_parent_id", "okrs", ["tenant_id", "parent_id", "id"], unique=False)
    op.create_index("ix_okrs_status", "okrs", ["tenant_id", "status", "id"], unique=False)
    op.create_index("ix_okrs_team_id", "okrs", ["tenant_id", "team_id", "id"], unique=False)
    op.create_index("ix_okrs_user_id", "okrs", ["tenant_id", "user_id", "id"], unique=False)
    op.create_table(
        "key_results",
        Column("okr_id", Uuid(), nullable=False),
        Column("title", String(length=500), nullable=False),
        Column(
            "metric_type",
            Enum(
                "number",
                "currency",
                "percent",
                "boolean",
                "milestone",
                name="metrictype",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column(
            "direction",
            Enum(
                "increase",
                "decrease",
                "maintain",
                name="metricdirection",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("start_value", Numeric(precision=19, scale=4), nullable=False),
        Column("target_value", Numeric(precision=19, scale=4), nullable=True),
        Column("band_low", Numeric(precision=19, scale=4), nullable=True),
        Column("band_high", Numeric(precision=19, scale=4), nullable=True),
        Column("current_value", Numeric(precision=19, scale=4), nullable=False),
        Column("progress", Numeric(precision=19, scale=4), nullable=False),
        Column("unit", String(length=40), nullable=True),
        Column("weight", Numeric(precision=19, scale=4), nullable=False),
        Column("due_on", Date(), nullable=True),
        Column("owner_id", Uuid(), nullable=True),
        Column("last_checked_in_on", Date(), nullable=True),
        Column("confidence", Integer(), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        CheckConstraint(
            "(direction = 'maintain') = (band_low is not null) and (direction = 'maintain') = (band_high is not null)",
            name=op.f("ck_key_results_band_low_of_direction"),
        ),
        CheckConstraint(
            "direction = 'maintain' or target_value <> start_value", name=op.f("ck_key_results_target_value_other")
        ),
        CheckConstraint(
            "direction = 'maintain' or target_value is not null", name=op.f("ck_key_results_target_value_there")
        ),
        CheckConstraint("band_low <= band_high", name=op.f("ck_key_results_band_high_above")),
        CheckConstraint("confidence <= 10", name=op.f("ck_key_results_confidence_maximum")),
        CheckConstraint("confidence >= 1", name=op.f("ck_key_results_confidence_minimum")),
        CheckConstraint("weight <= 100", name=op.f("ck_key_results_weight_maximum")),
        CheckConstraint("weight >= 0", name=op.f("ck_key_results_weight_minimum")),
        ForeignKeyConstraint(
            ["tenant_id", "okr_id"], ["okrs.tenant_id", "okrs.id"], name="fk_key_results_okr_id", ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "owner_id"],
            ["users.tenant_id", "users.id"],
            name="fk_key_results_owner_id",
            ondelete="SET NULL (owner_id)",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_key_results")),
    )
    raise_wall("key_results")
    op.create_index("ix_key_results_okr_id", "key_results", ["tenant_id", "okr_id", "id"], unique=False)
    op.create_index("ix_key_results_owner_id", "key_results", ["tenant_id", "owner_id", "id"], unique=False)
    op.create_table(
        "key_result_check_ins",
        Column("key_result_id", Uuid(), nullable=False),
        Column("checked_in_on", Date(), nullable=False),
        Column("value", Numeric(precision=19, scale=4), nullable=False),
        Column("confidence", Integer(), nullable=False),
        Column("comment", String(length=5000), nullable=True),
        Column("user_id", Uuid(), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        CheckConstraint("confidence <= 10", name=op.f("ck_key_result_check_ins_confidence_maximum")),
        CheckConstraint("confidence >= 1", name=op.f("ck_key_result_check_ins_confidence_minimum")),
        ForeignKeyConstraint(
            ["tenant_id", "key_result_id"],
            ["key_results.tenant_id", "key_results.id"],
            name="fk_key_result_check_ins_key_result_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name="fk_key_result_check_ins_user_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_key_result_check_ins")),
    )
    raise_wall("key_result_check_ins")
    op.create_index(
        "ix_key_result_check_ins_checked_in_on",
        "key_result_check_ins",
        ["tenant_id", "key_result_id", "checked_in_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_key_result_check_ins_key_result_id",
        "key_result_check_ins",
        ["tenant_id", "key_result_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_key_result_check_ins_user_id", "key_result_check_ins", ["tenant_id", "user_id", "id"], unique=False
    )
    op.create_table(
        "key_result_milestones",
        Column("key_result_id", Uuid(), nullable=False),
        Column("title", String(length=500), nullable=False),
        Column("weight", Numeric(precision=19, scale=4), nullable=False),
        Column("due_on", Date(), nullable=True),
        Column("done_on", Date(), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        CheckConstraint("weight <= 1000", name=op.f("ck_key_result_milestones_weight_maximum")),
        CheckConstraint("weight >= 0", name=op.f("ck_key_result_milestones_weight_minimum")),
        ForeignKeyConstraint(
            ["tenant_id", "key_result_id"],
            ["key_results.tenant_id", "key_results.id"],
            name="fk_key_result_milestones_key_result_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_key_result_milestones")),
    )
    raise_wall("key_result_milestones")
    op.create_index(
        "ix_key_result_milestones_key_result_id",
        "key_result_milestones",
        ["tenant_id", "key_result_id", "id"],
        unique=False,
    )
    op.create_table(
        "key_result_target_changes",
        Column("key_result_id", Uuid(), nullable=False),
        Column("target_before", Numeric(precision=19, scale=4), nullable=True),
        Column("target_after", Numeric(precision=19, scale=4), nullable=True),
        Column("band_low_before", Numeric(precision=19, scale=4), nullable=True),
        Column("band_low_after", Numeric(precision=19, scale=4), nullable=True),
        Column("band_high_before", Numeric(precision=19, scale=4), nullable=True),
        Column("band_high_after", Numeric(precision=19, scale=4), nullable=True),
        Column("progress_before", Numeric(precision=19, scale=4), nullable=False),
        Column("progress_after", Numeric(precision=19, scale=4), nullable=False),
        Column("reason", String(length=1000), nullable=False),
        Column("user_id", Uuid(), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "key_result_id"],
            ["key_results.tenant_id", "key_results.id"],
            name="fk_key_result_target_changes_key_result_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name="fk_key_result_target_changes_user_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_key_result_target_changes")),
    )
    raise_wall("key_result_target_changes")
    op.create_index(
        "ix_key_result_target_changes_key_result_id",
        "key_result_target_changes",
        ["tenant_id", "key_result_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_key_result_target_changes_user_id",
        "key_result_target_changes",
        ["tenant_id", "user_id", "id"],
        unique=False,
    )
