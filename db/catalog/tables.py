"""The tables of the control plane. Statuses are text under a CHECK constraint, as everywhere."""

from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from db.catalog.choices import DatabaseStatus, Isolation, JobKind, JobStatus, PlatformRole, TenantStatus

SCHEMA: Final = "catalog"
SLUG: Final = "[a-z][a-z0-9]*(-[a-z0-9]+)*"
NAMING: Final = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
metadata: Final = MetaData(schema=SCHEMA, naming_convention=NAMING)


def _one_of(column: str, choices: type[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{choice}'" for choice in choices)
    return CheckConstraint(f"{column} in ({listed})", name=column)


def _id() -> Column[Any]:
    return Column("id", Uuid, primary_key=True, server_default=text("uuidv7()"))


def _moment(name: str) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.now())


def _tenant(*, key: bool = False) -> Column[Any]:
    return Column("tenant_id", Uuid, ForeignKey("catalog.tenants.id"), primary_key=key, nullable=False)


plans: Final = Table(
    "plans",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", Integer, nullable=False, unique=True),
)

plan_modules: Final = Table(
    "plan_modules",
    metadata,
    Column("plan", Text, ForeignKey("catalog.plans.name"), primary_key=True),
    Column("module", Text, primary_key=True),
)

tenants: Final = Table(
    "tenants",
    metadata,
    _id(),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("plan", Text, ForeignKey("catalog.plans.name"), nullable=False),
    Column("isolation", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("status_before", Text),
    Column("schema_name", Text, nullable=False),
    Column("database_ref", Text, doc="Name of the database's secret, never its address; null is our own."),
    Column("region", Text, nullable=False),
    Column("trial_ends_at", DateTime(timezone=True)),
    Column("seat_limit", Integer),
    Column("demo_data", Boolean, nullable=False),
    Column("modules_added", ARRAY(Text), nullable=False, server_default="{}"),
    Column("modules_removed", ARRAY(Text), nullable=False, server_default="{}"),
    Column(
        "account_manager_id",
        Uuid,
        ForeignKey("catalog.platform_people.user_id", ondelete="SET NULL", use_alter=True),
        doc="Who of the platform looks after the company.",
    ),
    Column("registered_only", Boolean, nullable=False, server_default=text("false")),
    _moment("created_at"),
    _moment("updated_at"),
    CheckConstraint(f"slug ~ '^{SLUG}$' and length(slug) between 3 and 40", name="slug"),
    CheckConstraint("seat_limit > 0", name="seat_limit"),
    CheckConstraint("(status = 'migrating') = (status_before is not null)", name="status_before"),
    CheckConstraint("isolation <> 'logical' or schema_name = 'pool'", name="schema_name"),
    _one_of("isolation", Isolation),
    _one_of("status", TenantStatus),
)
Index("uq_tenants_own_schema", tenants.c.schema_name, unique=True, postgresql_where=text("isolation = 'schema'"))

Index("ix_tenants_account_manager_id", tenants.c.account_manager_id)

platform_company: Final = Table(
    "platform_company",
    metadata,
    Column("single", Boolean, primary_key=True, server_default=text("true")),
    Column(
        "tenant_id",
        Uuid,
        ForeignKey("catalog.tenants.id"),
        nullable=False,
        unique=True,
        doc="The company that runs the installation, where the people of the platform sign in.",
    ),
    CheckConstraint("single", name="single"),
)

platform_people: Final = Table(
    "platform_people",
    metadata,
    Column("user_id", Uuid, primary_key=True, doc="A user of the company that runs the installation."),
    Column("tenant_id", Uuid, ForeignKey("catalog.platform_company.tenant_id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("name", Text, nullable=False, doc="As the companies that they look after see it."),
    Column("email", Text, nullable=False, doc="As the companies that they look after see it."),
    Column("phone", Text, doc="As the companies that they look after see it."),
    _moment("created_at"),
    _one_of("role", PlatformRole),
)

tenant_hostnames: Final = Table(
    "tenant_hostnames",
    metadata,
    Column("hostname", Text, primary_key=True),
    _tenant(),
    _moment("created_at"),
    CheckConstraint("hostname = lower(hostname) and length(hostname) between 1 and 253", name="hostname"),
)
Index("ix_tenant_hostnames_tenant_id", tenant_hostnames.c.tenant_id)

tenant_databases: Final = Table(
    "tenant_databases",
    metadata,
    _tenant(key=True),
    Column("dsn_secret_ref", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("pool_size", Integer, nullable=False),
    Column("schema_version", Integer, ForeignKey("catalog.template_versions.version")),
    Column("status", Text, nullable=False),
    _one_of("status", DatabaseStatus),
)

tenant_keys: Final = Table(
    "tenant_keys",
    metadata,
    _tenant(key=True),
    Column("key_id", Text, primary_key=True),
    Column("wrapped_key", LargeBinary, nullable=False),
    _moment("created_at"),
    Column("retired_at", DateTime(timezone=True)),
    _moment("seals_from"),
)

installation: Final = Table(
    "installation",
    metadata,
    Column("single", Boolean, primary_key=True, server_default=text("true")),
    Column("master_key_id", Text, nullable=False, doc="Which master key the roles' passwords and data keys are of."),
    Column("role_prefix", Text, nullable=False, doc="What the names of the roles begin with."),
    CheckConstraint("single", name="single"),
)

provisioning_jobs: Final = Table(
    "provisioning_jobs",
    metadata,
    _id(),
    _tenant(),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("step", Text, doc="The step that runs, or that failed."),
    Column(
        "input",
        JSONB,
        nullable=False,
        server_default=text("'{}'"),
        doc="What the steps need; the founder is sealed under the master key. Forgotten when the job is done; what is "
        "sealed, also when it is given up.",
    ),
    Column("key_hash", LargeBinary, unique=True, doc="Keyed hash of the caller's idempotency key, while it counts."),
    Column("input_hash", LargeBinary, doc="Keyed fingerprint of what was given with that key."),
    Column("steps", JSONB, nullable=False, server_default=text("'{}'"), doc="Step to when it was done."),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("error", Text),
    _moment("created_at"),
    _moment("updated_at"),
    _one_of("kind", JobKind),
    _one_of("status", JobStatus),
)
Index(
    "uq_provisioning_jobs_unfinished",
    provisioning_jobs.c.tenant_id,
    provisioning_jobs.c.kind,
    unique=True,
    postgresql_where=text("status <> 'done'"),
)

template_versions: Final = Table(
    "template_versions",
    metadata,
    Column("version", Integer, Identity(always=True), primary_key=True),
    Column("revision", Text, nullable=False, unique=True),
    _moment("released_at"),
)

schema_versions: Final = Table(
    "schema_versions",
    metadata,
    Column("schema_name", Text, primary_key=True),
    Column("version", Integer, ForeignKey("catalog.template_versions.version")),
    Column("error", Text, doc="Why the last migration failed; null when it did not."),
    _moment("updated_at"),
)

schema_usage: Final = Table(
    "schema_usage",
    metadata,
    Column("coordinate", Text, primary_key=True),
    Column("client", Text, primary_key=True, doc="Name of the registered client; a dash where it is not known."),
    Column("day", Date, primary_key=True),
    Column("times", BigInteger, nullable=False, doc="About how many operations used it that day."),
)

schema_usage_batches: Final = Table(
    "schema_usage_batches",
    metadata,
    Column("batch", Uuid, primary_key=True, doc="Names counts that were added to schema_usage, so that they are once."),
    _moment("folded_at"),
)
