"""Files are imported: how far each import is, which rows were refused, and what is put aside meanwhile."""

from alembic import op
from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
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

revision: str = "t0023"
down_revision: str | None = "t0022"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "imports",
        Column("type", String(length=100), nullable=False),
        Column("file_id", Uuid(), nullable=True),
        Column("started_by_id", Uuid(), nullable=False),
        Column("mapping", postgresql.JSONB(), nullable=False),
        Column("rehearsal", Boolean(), nullable=False),
        Column(
            "status",
            Enum(
                "pending",
                "running",
                "completed",
                "failed",
                "cancelled",
                name="importstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column(
            "phase",
            Enum(
                "checking",
                "reading",
                "retrying",
                "ending",
                name="importphase",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("rows_total", Integer(), nullable=True),
        Column("rows_read", Integer(), nullable=False),
        Column("rows_made", Integer(), nullable=False),
        Column("rows_rejected", Integer(), nullable=False),
        Column("rows_postponed", Integer(), nullable=False),
        Column(
            "failure",
            Enum(
                "not_allowed",
                "file_gone",
                "not_a_table",
                "no_such_column",
                name="importfailure",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        Column("failure_message", String(length=500), nullable=True),
        Column("failure_row", Integer(), nullable=True),
        Column("ended_at", DateTime(timezone=True), nullable=True),
        Column("delimiter", String(length=1), nullable=True),
        Column("headers", ARRAY(Text()), nullable=False),
        Column("position", Integer(), nullable=False),
        Column("last_row", Integer(), nullable=False),
        Column("made_before", Integer(), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "file_id"],
            ["files.tenant_id", "files.id"],
            name="fk_imports_file_id",
            ondelete="SET NULL (file_id)",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "started_by_id"],
            ["users.tenant_id", "users.id"],
            name="fk_imports_started_by_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_imports")),
    )
    raise_wall("imports")
    op.create_index("ix_imports_file_id", "imports", ["tenant_id", "file_id", "id"], unique=False)
    op.create_index("ix_imports_started_by_id", "imports", ["tenant_id", "started_by_id", "id"], unique=False)
    op.create_table(
        "import_postponed_rows",
        Column("import_id", Uuid(), nullable=False),
        Column("row_number", Integer(), nullable=False),
        Column("position", Integer(), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["imports.tenant_id", "imports.id"],
            name="fk_import_postponed_rows_import_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_import_postponed_rows")),
        UniqueConstraint("tenant_id", "import_id", "row_number", name="uq_import_postponed_rows_row"),
    )
    raise_wall("import_postponed_rows")
    op.create_index(
        "ix_import_postponed_rows_import_id", "import_postponed_rows", ["tenant_id", "import_id", "id"], unique=False
    )
    op.create_table(
        "import_rehearsed_keys",
        Column("import_id", Uuid(), nullable=False),
        Column("mark", LargeBinary(), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["imports.tenant_id", "imports.id"],
            name="fk_import_rehearsed_keys_import_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_import_rehearsed_keys")),
        UniqueConstraint("tenant_id", "import_id", "mark", name="uq_import_rehearsed_keys_mark"),
    )
    raise_wall("import_rehearsed_keys")
    op.create_index(
        "ix_import_rehearsed_keys_import_id", "import_rehearsed_keys", ["tenant_id", "import_id", "id"], unique=False
    )
    op.create_table(
        "import_rejections",
        Column("import_id", Uuid(), nullable=False),
        Column("row_number", Integer(), nullable=False),
        Column("header", Text(), nullable=True),
        Column("field", Text(), nullable=True),
        Column("code", Text(), nullable=False),
        Column("message", Text(), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["imports.tenant_id", "imports.id"],
            name="fk_import_rejections_import_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_import_rejections")),
    )
    raise_wall("import_rejections")
    op.create_index(
        "ix_import_rejections_import_id", "import_rejections", ["tenant_id", "import_id", "id"], unique=False
    )
    op.drop_constraint(op.f("ck_files_filepurpose"), "files", type_="check")
    op.create_check_constraint(
        op.f("ck_files_filepurpose"), "files", "purpose in ('onboarding_answer', 'company_logo', 'import')"
    )
