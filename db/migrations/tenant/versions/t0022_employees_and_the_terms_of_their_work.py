"""Employees and the terms of their work."""

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
    LargeBinary,
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

revision: str = "t0022"
down_revision: str | None = "t0021"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "holiday_lists",
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
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_holiday_lists")),
        UniqueConstraint("tenant_id", "name", name="uq_holiday_lists_name"),
    )
    raise_wall("holiday_lists")
    op.create_index("ix_holiday_lists_name_sort", "holiday_lists", ["tenant_id", "name_sort", "id"], unique=False)
    op.create_table(
        "work_calendars",
        Column("name", String(length=120), nullable=False),
        Column("monday", Numeric(precision=19, scale=4), nullable=False),
        Column("tuesday", Numeric(precision=19, scale=4), nullable=False),
        Column("wednesday", Numeric(precision=19, scale=4), nullable=False),
        Column("thursday", Numeric(precision=19, scale=4), nullable=False),
        Column("friday", Numeric(precision=19, scale=4), nullable=False),
        Column("saturday", Numeric(precision=19, scale=4), nullable=False),
        Column("sunday", Numeric(precision=19, scale=4), nullable=False),
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
        CheckConstraint("friday <= 24", name=op.f("ck_work_calendars_friday_maximum")),
        CheckConstraint("friday >= 0", name=op.f("ck_work_calendars_friday_minimum")),
        CheckConstraint("monday <= 24", name=op.f("ck_work_calendars_monday_maximum")),
        CheckConstraint("monday >= 0", name=op.f("ck_work_calendars_monday_minimum")),
        CheckConstraint("saturday <= 24", name=op.f("ck_work_calendars_saturday_maximum")),
        CheckConstraint("saturday >= 0", name=op.f("ck_work_calendars_saturday_minimum")),
        CheckConstraint("sunday <= 24", name=op.f("ck_work_calendars_sunday_maximum")),
        CheckConstraint("sunday >= 0", name=op.f("ck_work_calendars_sunday_minimum")),
        CheckConstraint("thursday <= 24", name=op.f("ck_work_calendars_thursday_maximum")),
        CheckConstraint("thursday >= 0", name=op.f("ck_work_calendars_thursday_minimum")),
        CheckConstraint("tuesday <= 24", name=op.f("ck_work_calendars_tuesday_maximum")),
        CheckConstraint("tuesday >= 0", name=op.f("ck_work_calendars_tuesday_minimum")),
        CheckConstraint("wednesday <= 24", name=op.f("ck_work_calendars_wednesday_maximum")),
        CheckConstraint("wednesday >= 0", name=op.f("ck_work_calendars_wednesday_minimum")),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_work_calendars")),
        UniqueConstraint("tenant_id", "name", name="uq_work_calendars_name"),
    )
    raise_wall("work_calendars")
    op.create_index("ix_work_calendars_name_sort", "work_calendars", ["tenant_id", "name_sort", "id"], unique=False)
    op.create_table(
        "holidays",
        Column("holiday_list_id", Uuid(), nullable=False),
        Column("day", Date(), nullable=False),
        Column("name", String(length=120), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "holiday_list_id"],
            ["holiday_lists.tenant_id", "holiday_lists.id"],
            name="fk_holidays_holiday_list_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_holidays")),
        UniqueConstraint("tenant_id", "holiday_list_id", "day", name="uq_holidays_day"),
    )
    raise_wall("holidays")
    op.create_index("ix_holidays_holiday_list_id", "holidays", ["tenant_id", "holiday_list_id", "id"], unique=False)
    op.create_table(
        "positions",
        Column("code", String(length=40), nullable=False),
        Column("title", String(length=120), nullable=False),
        Column("department_id", Uuid(), nullable=False),
        Column("grade", String(length=40), nullable=True),
        Column("budgeted", Boolean(), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        Column(
            "title_sort",
            Text(collation="C"),
            Computed(
                "lower(regexp_replace(normalize(title, NFKD), '[\\u0300-\\u036f]', '', 'g') collate pg_unicode_fast) collate \"C\"",  # noqa: E501 - one text
                persisted=True,
            ),
            nullable=True,
        ),
        ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["departments.tenant_id", "departments.id"],
            name="fk_positions_department_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_positions")),
        UniqueConstraint("tenant_id", "code", name="uq_positions_code"),
    )
    raise_wall("positions")
    op.create_index("ix_positions_department_id", "positions", ["tenant_id", "department_id", "id"], unique=False)
    op.create_index("ix_positions_title_sort", "positions", ["tenant_id", "title_sort", "id"], unique=False)
    op.create_table(
        "work_locations",
        Column("name", String(length=120), nullable=False),
        Column("country", String(length=2), nullable=False),
        Column("timezone", String(length=64), nullable=False),
        Column("address", String(length=1000), nullable=True),
        Column("holiday_list_id", Uuid(), nullable=True),
        Column("work_calendar_id", Uuid(), nullable=True),
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
        ForeignKeyConstraint(
            ["tenant_id", "holiday_list_id"],
            ["holiday_lists.tenant_id", "holiday_lists.id"],
            name="fk_work_locations_holiday_list_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "work_calendar_id"],
            ["work_calendars.tenant_id", "work_calendars.id"],
            name="fk_work_locations_work_calendar_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_work_locations")),
        UniqueConstraint("tenant_id", "name", name="uq_work_locations_name"),
    )
    raise_wall("work_locations")
    op.create_index(
        "ix_work_locations_holiday_list_id", "work_locations", ["tenant_id", "holiday_list_id", "id"], unique=False
    )
    op.create_index("ix_work_locations_name_sort", "work_locations", ["tenant_id", "name_sort", "id"], unique=False)
    op.create_index(
        "ix_work_locations_work_calendar_id", "work_locations", ["tenant_id", "work_calendar_id", "id"], unique=False
    )
    op.create_table(
        "employees",
        Column("employee_no", String(length=40), nullable=False),
        Column("user_id", Uuid(), nullable=False),
        Column("legal_first_name", String(length=120), nullable=False),
        Column("legal_last_name", String(length=120), nullable=False),
        Column("preferred_name", String(length=120), nullable=True),
        Column("work_email", String(length=254), nullable=False),
        Column("personal_email", String(length=254), nullable=True),
        Column("phone", String(length=40), nullable=True),
        Column("birth_date", Date(), nullable=True),
        Column("gender", String(length=40), nullable=True),
        Column("nationality", String(length=2), nullable=True),
        Column("address", String(length=1000), nullable=True),
        Column("tax_id", LargeBinary(), nullable=True),
        Column("bank_account", LargeBinary(), nullable=True),
        Column("hire_date", Date(), nullable=False),
        Column("original_hire_date", Date(), nullable=True),
        Column("employment", Integer(), nullable=False),
        Column("probation_end", Date(), nullable=True),
        Column("termination_date", Date(), nullable=True),
        Column("termination_reason", String(length=1000), nullable=True),
        Column("terminated_at", DateTime(timezone=True), nullable=True),
        Column(
            "status",
            Enum(
                "prehire",
                "active",
                "on_leave",
                "suspended",
                "terminated",
                name="employeestatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column(
            "employment_type",
            Enum(
                "full_time",
                "part_time",
                "intern",
                "temp",
                "contractor",
                name="employmenttype",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("fte", Numeric(precision=19, scale=4), nullable=False),
        Column("department_id", Uuid(), nullable=True),
        Column("position_id", Uuid(), nullable=True),
        Column("job_title", String(length=120), nullable=False),
        Column("grade", String(length=40), nullable=True),
        Column("location_id", Uuid(), nullable=False),
        Column("manager_id", Uuid(), nullable=True),
        Column("cost_center", String(length=60), nullable=True),
        Column("timezone", String(length=64), nullable=True),
        Column("work_calendar_id", Uuid(), nullable=True),
        Column("holiday_list_id", Uuid(), nullable=True),
        Column("soc_code", String(length=20), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        Column(
            "legal_first_name_sort",
            Text(collation="C"),
            Computed(
                "lower(regexp_replace(normalize(legal_first_name, NFKD), '[\\u0300-\\u036f]', '', 'g') collate pg_unicode_fast) collate \"C\"",  # noqa: E501 - one text
                persisted=True,
            ),
            nullable=True,
        ),
        Column(
            "legal_last_name_sort",
            Text(collation="C"),
            Computed(
                "lower(regexp_replace(normalize(legal_last_name, NFKD), '[\\u0300-\\u036f]', '', 'g') collate pg_unicode_fast) collate \"C\"",  # noqa: E501 - one text
                persisted=True,
            ),
            nullable=True,
        ),
        CheckConstraint("fte <= 1", name=op.f("ck_employees_fte_maximum")),
        CheckConstraint("fte >= 0.01", name=op.f("ck_employees_fte_minimum")),
        CheckConstraint("manager_id <> id", name=op.f("ck_employees_manager_id_other")),
        CheckConstraint("termination_date >= hire_date", name=op.f("ck_employees_termination_date_after")),
        ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["departments.tenant_id", "departments.id"],
            name="fk_employees_department_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "holiday_list_id"],
            ["holiday_lists.tenant_id", "holiday_lists.id"],
            name="fk_employees_holiday_list_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "location_id"],
            ["work_locations.tenant_id", "work_locations.id"],
            name="fk_employees_location_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "manager_id"],
            ["employees.tenant_id", "employees.id"],
            name="fk_employees_manager_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "position_id"],
            ["positions.tenant_id", "positions.id"],
            name="fk_employees_position_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], name="fk_employees_user_id", ondelete="RESTRICT"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "work_calendar_id"],
            ["work_calendars.tenant_id", "work_calendars.id"],
            name="fk_employees_work_calendar_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_employees")),
        UniqueConstraint("tenant_id", "employee_no", name="uq_employees_employee_no"),
        UniqueConstraint("tenant_id", "user_id", name="uq_employees_user_id"),
        UniqueConstraint("tenant_id", "work_email", name="uq_employees_work_email"),
    )
    raise_wall("employees")
    op.create_index("ix_employees_department_id", "employees", ["tenant_id", "department_id", "id"], unique=False)
    op.create_index("ix_employees_holiday_list_id", "employees", ["tenant_id", "holiday_list_id", "id"], unique=False)
    op.create_index(
        "ix_employees_legal_first_name_sort", "employees", ["tenant_id", "legal_first_name_sort", "id"], unique=False
    )
    op.create_index(
        "ix_employees_legal_last_name_sort", "employees", ["tenant_id", "legal_last_name_sort", "id"], unique=False
    )
    op.create_index("ix_employees_location_id", "employees", ["tenant_id", "location_id", "id"], unique=False)
    op.create_index("ix_employees_manager_id", "employees", ["tenant_id", "manager_id", "id"], unique=False)
    op.create_index("ix_employees_position_id", "employees", ["tenant_id", "position_id", "id"], unique=False)
    op.create_index("ix_employees_status", "employees", ["tenant_id", "status", "hire_date", "id"], unique=False)
    op.create_index(
        "ix_employees_termination_date",
        "employees",
        ["tenant_id", "termination_date"],
        unique=False,
        postgresql_where=text("status <> 'terminated'"),
    )
    op.create_index("ix_employees_user_id", "employees", ["tenant_id", "user_id", "id"], unique=False)
    op.create_index("ix_employees_work_calendar_id", "employees", ["tenant_id", "work_calendar_id", "id"], unique=False)
    op.create_index(
        "uq_employees_position_id",
        "employees",
        ["tenant_id", "position_id"],
        unique=True,
        postgresql_where=text("status <> 'terminated'"),
    )
    op.create_table(
        "compensation_records",
        Column("employee_id", Uuid(), nullable=False),
        Column("user_id", Uuid(), nullable=False),
        Column("employment", Integer(), nullable=False),
        Column("effective_from", Date(), nullable=False),
        Column("effective_to", Date(), nullable=True),
        Column("base_amount", Numeric(precision=19, scale=4), nullable=False),
        Column("currency", String(length=3), nullable=False),
        Column(
            "frequency",
            Enum("hour", "month", "year", name="payfrequency", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        Column("reason", String(length=500), nullable=False),
        Column("superseded_at", DateTime(timezone=True), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        CheckConstraint("base_amount >= 0", name=op.f("ck_compensation_records_base_amount_minimum")),
        CheckConstraint("effective_from <= effective_to", name=op.f("ck_compensation_records_effective_to_after")),
        ForeignKeyConstraint(
            ["tenant_id", "employee_id"],
            ["employees.tenant_id", "employees.id"],
            name="fk_compensation_records_employee_id",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name="fk_compensation_records_user_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_compensation_records")),
        postgresql.ExcludeConstraint(
            (
                text(
                    "int8range(hashtextextended(tenant_id::text || employee_id::text, 0) / 2, hashtextextended(tenant_id::text || employee_id::text, 0) / 2, '[]')"  # noqa: E501 - one text
                ),
                "&&",
            ),
            (text("daterange(effective_from, effective_to, '[]')"), "&&"),
            where=text("superseded_at is null"),
            using="gist",
            name="ex_compensation_records_effective_from",
        ),
    )
    raise_wall("compensation_records")
    op.create_index(
        "ix_compensation_records_employee_id", "compensation_records", ["tenant_id", "employee_id", "id"], unique=False
    )
    op.create_index(
        "ix_compensation_records_user_id", "compensation_records", ["tenant_id", "user_id", "id"], unique=False
    )
    op.create_table(
        "dependents",
        Column("employee_id", Uuid(), nullable=False),
        Column("user_id", Uuid(), nullable=False),
        Column("name", String(length=200), nullable=False),
        Column(
            "relationship",
            Enum(
                "spouse",
                "partner",
                "child",
                "parent",
                "sibling",
                "other",
                name="relationship",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("birth_date", Date(), nullable=True),
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
            name="fk_dependents_employee_id",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], name="fk_dependents_user_id", ondelete="RESTRICT"
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_dependents")),
    )
    raise_wall("dependents")
    op.create_index("ix_dependents_employee_id", "dependents", ["tenant_id", "employee_id", "id"], unique=False)
    op.create_index("ix_dependents_user_id", "dependents", ["tenant_id", "user_id", "id"], unique=False)
    op.create_table(
        "emergency_contacts",
        Column("employee_id", Uuid(), nullable=False),
        Column("user_id", Uuid(), nullable=False),
        Column("name", String(length=200), nullable=False),
        Column(
            "relationship",
            Enum(
                "spouse",
                "partner",
                "child",
                "parent",
                "sibling",
                "other",
                name="relationship",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("phone", String(length=40), nullable=False),
        Column("email", String(length=254), nullable=True),
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
            name="fk_emergency_contacts_employee_id",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name="fk_emergency_contacts_user_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_emergency_contacts")),
    )
    raise_wall("emergency_contacts")
    op.create_index(
        "ix_emergency_contacts_employee_id", "emergency_contacts", ["tenant_id", "employee_id", "id"], unique=False
    )
    op.create_index("ix_emergency_contacts_user_id", "emergency_contacts", ["tenant_id", "user_id", "id"], unique=False)
    op.create_table(
        "employee_documents",
        Column("employee_id", Uuid(), nullable=False),
        Column("user_id", Uuid(), nullable=False),
        Column(
            "type",
            Enum(
                "identity",
                "work_permit",
                "contract",
                "certificate",
                "medical",
                "other",
                name="employeedocumenttype",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("title", String(length=200), nullable=False),
        Column("number", LargeBinary(), nullable=True),
        Column("expires_on", Date(), nullable=True),
        Column("verified_at", DateTime(timezone=True), nullable=True),
        Column("verified_by_id", Uuid(), nullable=True),
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
            name="fk_employee_documents_employee_id",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name="fk_employee_documents_user_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "verified_by_id"],
            ["users.tenant_id", "users.id"],
            name="fk_employee_documents_verified_by_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_employee_documents")),
    )
    raise_wall("employee_documents")
    op.create_index(
        "ix_employee_documents_employee_id", "employee_documents", ["tenant_id", "employee_id", "id"], unique=False
    )
    op.create_index(
        "ix_employee_documents_expires_on", "employee_documents", ["tenant_id", "expires_on", "id"], unique=False
    )
    op.create_index("ix_employee_documents_user_id", "employee_documents", ["tenant_id", "user_id", "id"], unique=False)
    op.create_index(
        "ix_employee_documents_verified_by_id",
        "employee_documents",
        ["tenant_id", "verified_by_id", "id"],
        unique=False,
    )
    op.create_table(
        "employee_events",
        Column("employee_id", Uuid(), nullable=False),
        Column("user_id", Uuid(), nullable=False),
        Column(
            "kind",
            Enum(
                "hire",
                "transfer",
                "promotion",
                "salary_change",
                "termination",
                "rehire",
                name="employeeeventkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("effective_on", Date(), nullable=False),
        Column("applied_at", DateTime(timezone=True), nullable=True),
        Column("department_id", Uuid(), nullable=True),
        Column("position_id", Uuid(), nullable=True),
        Column("location_id", Uuid(), nullable=False),
        Column("manager_id", Uuid(), nullable=True),
        Column("job_title", String(length=120), nullable=False),
        Column("grade", String(length=40), nullable=True),
        Column("note", String(length=1000), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["departments.tenant_id", "departments.id"],
            name="fk_employee_events_department_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "employee_id"],
            ["employees.tenant_id", "employees.id"],
            name="fk_employee_events_employee_id",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "location_id"],
            ["work_locations.tenant_id", "work_locations.id"],
            name="fk_employee_events_location_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "manager_id"],
            ["employees.tenant_id", "employees.id"],
            name="fk_employee_events_manager_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "position_id"],
            ["positions.tenant_id", "positions.id"],
            name="fk_employee_events_position_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name="fk_employee_events_user_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_employee_events")),
    )
    raise_wall("employee_events")
    op.create_index(
        "ix_employee_events_department_id", "employee_events", ["tenant_id", "department_id", "id"], unique=False
    )
    op.create_index(
        "ix_employee_events_effective_on",
        "employee_events",
        ["tenant_id", "employee_id", "effective_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_employee_events_employee_id", "employee_events", ["tenant_id", "employee_id", "id"], unique=False
    )
    op.create_index(
        "ix_employee_events_location_id", "employee_events", ["tenant_id", "location_id", "id"], unique=False
    )
    op.create_index("ix_employee_events_manager_id", "employee_events", ["tenant_id", "manager_id", "id"], unique=False)
    op.create_index(
        "ix_employee_events_position_id", "employee_events", ["tenant_id", "position_id", "id"], unique=False
    )
    op.create_index("ix_employee_events_user_id", "employee_events", ["tenant_id", "user_id", "id"], unique=False)
    op.create_index(
        "ix_employee_events_waiting",
        "employee_events",
        ["tenant_id", "effective_on"],
        unique=False,
        postgresql_where=text("applied_at is null"),
    )
    op.create_table(
        "employment_contracts",
        Column("employee_id", Uuid(), nullable=False),
        Column("user_id", Uuid(), nullable=False),
        Column("employment", Integer(), nullable=False),
        Column("effective_from", Date(), nullable=False),
        Column("effective_to", Date(), nullable=True),
        Column(
            "employment_type",
            Enum(
                "full_time",
                "part_time",
                "intern",
                "temp",
                "contractor",
                name="employmenttype",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("fte", Numeric(precision=19, scale=4), nullable=False),
        Column("hours_per_week", Numeric(precision=19, scale=4), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        CheckConstraint("effective_from <= effective_to", name=op.f("ck_employment_contracts_effective_to_after")),
        CheckConstraint("fte <= 1", name=op.f("ck_employment_contracts_fte_maximum")),
        CheckConstraint("fte >= 0.01", name=op.f("ck_employment_contracts_fte_minimum")),
        CheckConstraint("hours_per_week <= 168", name=op.f("ck_employment_contracts_hours_per_week_maximum")),
        CheckConstraint("hours_per_week >= 0", name=op.f("ck_employment_contracts_hours_per_week_minimum")),
        ForeignKeyConstraint(
            ["tenant_id", "employee_id"],
            ["employees.tenant_id", "employees.id"],
            name="fk_employment_contracts_employee_id",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name="fk_employment_contracts_user_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_employment_contracts")),
        postgresql.ExcludeConstraint(
            (
                text(
                    "int8range(hashtextextended(tenant_id::text || employee_id::text, 0) / 2, hashtextextended(tenant_id::text || employee_id::text, 0) / 2, '[]')"  # noqa: E501 - one text
                ),
                "&&",
            ),
            (text("daterange(effective_from, effective_to, '[]')"), "&&"),
            using="gist",
            name="ex_employment_contracts_effective_from",
        ),
    )
    raise_wall("employment_contracts")
    op.create_index(
        "ix_employment_contracts_employee_id", "employment_contracts", ["tenant_id", "employee_id", "id"], unique=False
    )
    op.create_index(
        "ix_employment_contracts_user_id", "employment_contracts", ["tenant_id", "user_id", "id"], unique=False
    )
    op.add_column("departments", Column("cost_center", String(length=60), nullable=True))
