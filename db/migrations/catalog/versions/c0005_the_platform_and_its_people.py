"""Which company runs the installation, and who of it has a role for all others."""

from alembic import op
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from db.migrations.operations import let_control_in

revision: str = "c0005"
down_revision: str | None = "c0004"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "platform_company",
        Column("single", Boolean(), server_default=text("true"), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        CheckConstraint("single", name=op.f("ck_platform_company_single")),
        ForeignKeyConstraint(["tenant_id"], ["catalog.tenants.id"], name=op.f("fk_platform_company_tenant_id")),
        PrimaryKeyConstraint("single", name=op.f("pk_platform_company")),
        UniqueConstraint("tenant_id", name=op.f("uq_platform_company_tenant_id")),
        schema="catalog",
    )
    let_control_in("platform_company")
    op.create_table(
        "platform_people",
        Column("user_id", Uuid(), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("role", Text(), nullable=False),
        Column("name", Text(), nullable=False),
        Column("email", Text(), nullable=False),
        Column("phone", Text(), nullable=True),
        Column("created_at", DateTime(timezone=True), server_default=text("now()"), nullable=False),
        CheckConstraint("role in ('PLATFORM_ADMIN', 'SUPPORT_AGENT')", name=op.f("ck_platform_people_role")),
        ForeignKeyConstraint(
            ["tenant_id"], ["catalog.platform_company.tenant_id"], name=op.f("fk_platform_people_tenant_id")
        ),
        PrimaryKeyConstraint("user_id", name=op.f("pk_platform_people")),
        schema="catalog",
    )
    let_control_in("platform_people")
    op.create_index("ix_tenants_account_manager_id", "tenants", ["account_manager_id"], unique=False, schema="catalog")
    op.create_foreign_key(
        op.f("fk_tenants_account_manager_id"),
        "tenants",
        "platform_people",
        ["account_manager_id"],
        ["user_id"],
        source_schema="catalog",
        referent_schema="catalog",
        ondelete="SET NULL",
    )
