"""The first tables of the control plane."""

from alembic import op
from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    Uuid,
    column,
    table,
    text,
)
from sqlalchemy.dialects import postgresql

from db.migrations.operations import let_control_in

revision: str = "c0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


EVERYWHERE = ("company", "onboarding")
PLANS = {
    "starter": ("product_catalog", "orders", "inventory"),
    "growth": ("procurement", "finance", "cms"),
    "professional": ("sales_channels", "service", "analytics"),
    "enterprise": ("hr",),
    "agency": (),
}
"""Each plan has the modules of those before it and these."""


def upgrade() -> None:
    op.create_table(
        "installation",
        Column("single", Boolean(), server_default=text("true"), nullable=False),
        Column("master_key_id", Text(), nullable=False),
        Column("role_prefix", Text(), nullable=False),
        CheckConstraint("single", name=op.f("ck_installation_single")),
        PrimaryKeyConstraint("single", name=op.f("pk_installation")),
        schema="catalog",
    )
    let_control_in("installation")
    op.create_table(
        "plans",
        Column("name", Text(), nullable=False),
        Column("position", Integer(), nullable=False),
        PrimaryKeyConstraint("name", name=op.f("pk_plans")),
        UniqueConstraint("position", name=op.f("uq_plans_position")),
        schema="catalog",
    )
    let_control_in("plans")
    op.create_table(
        "template_versions",
        Column("version", Integer(), Identity(always=True), nullable=False),
        Column("revision", Text(), nullable=False),
        Column("released_at", DateTime(timezone=True), server_default=text("now()"), nullable=False),
        PrimaryKeyConstraint("version", name=op.f("pk_template_versions")),
        UniqueConstraint("revision", name=op.f("uq_template_versions_revision")),
        schema="catalog",
    )
    let_control_in("template_versions")
    op.create_table(
        "plan_modules",
        Column("plan", Text(), nullable=False),
        Column("module", Text(), nullable=False),
        ForeignKeyConstraint(["plan"], ["catalog.plans.name"], name=op.f("fk_plan_modules_plan")),
        PrimaryKeyConstraint("plan", "module", name=op.f("pk_plan_modules")),
        schema="catalog",
    )
    let_control_in("plan_modules")
    op.create_table(
        "schema_versions",
        Column("schema_name", Text(), nullable=False),
        Column("version", Integer(), nullable=True),
        Column("error", Text(), nullable=True),
        Column("updated_at", DateTime(timezone=True), server_default=text("now()"), nullable=False),
        ForeignKeyConstraint(
            ["version"], ["catalog.template_versions.version"], name=op.f("fk_schema_versions_version")
        ),
        PrimaryKeyConstraint("schema_name", name=op.f("pk_schema_versions")),
        schema="catalog",
    )
    let_control_in("schema_versions")
    op.create_table(
        "tenants",
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("slug", Text(), nullable=False),
        Column("name", Text(), nullable=False),
        Column("plan", Text(), nullable=False),
        Column("isolation", Text(), nullable=False),
        Column("status", Text(), nullable=False),
        Column("status_before", Text(), nullable=True),
        Column("schema_name", Text(), nullable=False),
        Column("database_ref", Text(), nullable=True),
        Column("region", Text(), nullable=False),
        Column("trial_ends_at", DateTime(timezone=True), nullable=True),
        Column("seat_limit", Integer(), nullable=True),
        Column("demo_data", Boolean(), nullable=False),
        Column("modules_added", ARRAY(Text()), server_default="{}", nullable=False),
        Column("modules_removed", ARRAY(Text()), server_default="{}", nullable=False),
        Column("account_manager_id", Uuid(), nullable=True),
        Column("created_at", DateTime(timezone=True), server_default=text("now()"), nullable=False),
        Column("updated_at", DateTime(timezone=True), server_default=text("now()"), nullable=False),
        CheckConstraint("(status = 'migrating') = (status_before is not null)", name=op.f("ck_tenants_status_before")),
        CheckConstraint("isolation <> 'logical' or schema_name = 'pool'", name=op.f("ck_tenants_schema_name")),
        CheckConstraint("isolation in ('logical', 'schema', 'database')", name=op.f("ck_tenants_isolation")),
        CheckConstraint(
            "slug ~ '^[a-z][a-z0-9]*(-[a-z0-9]+)*$' and length(slug) between 3 and 40", name=op.f("ck_tenants_slug")
        ),
        CheckConstraint(
            "status in ('provisioning', 'active', 'failed', 'suspended', 'migrating', 'closing', 'closed')",
            name=op.f("ck_tenants_status"),
        ),
        CheckConstraint("seat_limit > 0", name=op.f("ck_tenants_seat_limit")),
        ForeignKeyConstraint(["plan"], ["catalog.plans.name"], name=op.f("fk_tenants_plan")),
        PrimaryKeyConstraint("id", name=op.f("pk_tenants")),
        UniqueConstraint("slug", name=op.f("uq_tenants_slug")),
        schema="catalog",
    )
    let_control_in("tenants")
    op.create_index(
        "uq_tenants_own_schema",
        "tenants",
        ["schema_name"],
        unique=True,
        schema="catalog",
        postgresql_where=text("isolation = 'schema'"),
    )
    op.create_table(
        "provisioning_jobs",
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("kind", Text(), nullable=False),
        Column("status", Text(), nullable=False),
        Column("step", Text(), nullable=True),
        Column("input", postgresql.JSONB(astext_type=Text()), server_default=text("'{}'"), nullable=False),
        Column("key_hash", LargeBinary(), nullable=True),
        Column("input_hash", LargeBinary(), nullable=True),
        Column("steps", postgresql.JSONB(astext_type=Text()), server_default=text("'{}'"), nullable=False),
        Column("attempts", Integer(), server_default="0", nullable=False),
        Column("error", Text(), nullable=True),
        Column("created_at", DateTime(timezone=True), server_default=text("now()"), nullable=False),
        Column("updated_at", DateTime(timezone=True), server_default=text("now()"), nullable=False),
        CheckConstraint(
            "kind in ('create', 'move', 'seed', 'upgrade', 'close')", name=op.f("ck_provisioning_jobs_kind")
        ),
        CheckConstraint("status in ('running', 'done', 'failed')", name=op.f("ck_provisioning_jobs_status")),
        ForeignKeyConstraint(["tenant_id"], ["catalog.tenants.id"], name=op.f("fk_provisioning_jobs_tenant_id")),
        PrimaryKeyConstraint("id", name=op.f("pk_provisioning_jobs")),
        UniqueConstraint("key_hash", name=op.f("uq_provisioning_jobs_key_hash")),
        schema="catalog",
    )
    let_control_in("provisioning_jobs")
    op.create_index(
        "uq_provisioning_jobs_unfinished",
        "provisioning_jobs",
        ["tenant_id", "kind"],
        unique=True,
        schema="catalog",
        postgresql_where=text("status <> 'done'"),
    )
    op.create_table(
        "tenant_databases",
        Column("tenant_id", Uuid(), nullable=False),
        Column("dsn_secret_ref", Text(), nullable=False),
        Column("region", Text(), nullable=False),
        Column("pool_size", Integer(), nullable=False),
        Column("schema_version", Integer(), nullable=True),
        Column("status", Text(), nullable=False),
        CheckConstraint(
            "status in ('provisioning', 'ready', 'draining', 'failed')", name=op.f("ck_tenant_databases_status")
        ),
        ForeignKeyConstraint(
            ["schema_version"], ["catalog.template_versions.version"], name=op.f("fk_tenant_databases_schema_version")
        ),
        ForeignKeyConstraint(["tenant_id"], ["catalog.tenants.id"], name=op.f("fk_tenant_databases_tenant_id")),
        PrimaryKeyConstraint("tenant_id", name=op.f("pk_tenant_databases")),
        schema="catalog",
    )
    let_control_in("tenant_databases")
    op.create_table(
        "tenant_hostnames",
        Column("hostname", Text(), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("created_at", DateTime(timezone=True), server_default=text("now()"), nullable=False),
        CheckConstraint(
            "hostname = lower(hostname) and length(hostname) between 1 and 253",
            name=op.f("ck_tenant_hostnames_hostname"),
        ),
        ForeignKeyConstraint(["tenant_id"], ["catalog.tenants.id"], name=op.f("fk_tenant_hostnames_tenant_id")),
        PrimaryKeyConstraint("hostname", name=op.f("pk_tenant_hostnames")),
        schema="catalog",
    )
    let_control_in("tenant_hostnames")
    op.create_index("ix_tenant_hostnames_tenant_id", "tenant_hostnames", ["tenant_id"], unique=False, schema="catalog")
    op.create_table(
        "tenant_keys",
        Column("tenant_id", Uuid(), nullable=False),
        Column("key_id", Text(), nullable=False),
        Column("wrapped_key", LargeBinary(), nullable=False),
        Column("created_at", DateTime(timezone=True), server_default=text("now()"), nullable=False),
        Column("retired_at", DateTime(timezone=True), nullable=True),
        ForeignKeyConstraint(["tenant_id"], ["catalog.tenants.id"], name=op.f("fk_tenant_keys_tenant_id")),
        PrimaryKeyConstraint("tenant_id", "key_id", name=op.f("pk_tenant_keys")),
        schema="catalog",
    )
    let_control_in("tenant_keys")
    _add_plans()


def _add_plans() -> None:
    plans = table("plans", column("name"), column("position"), schema="catalog")
    plan_modules = table("plan_modules", column("plan"), column("module"), schema="catalog")
    modules: list[str] = [*EVERYWHERE]
    for position, (plan, added) in enumerate(PLANS.items()):
        modules.extend(added)
        op.bulk_insert(plans, [{"name": plan, "position": position}])
        op.bulk_insert(plan_modules, [{"plan": plan, "module": module} for module in modules])
