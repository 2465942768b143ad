"""Tenants: found by id, slug or hostname, made, and moved through their life."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from db.catalog.choices import MOVES, Isolation, TenantStatus
from db.catalog.plans import Plan
from db.catalog.refusals import HostnameTaken, IllegalTenantTransition, SlugTaken, SlugUnusable, TenantNotFound
from db.catalog.tables import SLUG, plan_modules, platform_company, platform_people, tenant_hostnames, tenants
from db.tenancy import POOL, Placement

PRIMARY: Final = "primary"
"""The name of our own database, where tenants are that have none of their own."""

SHORTEST: Final = 3
LONGEST: Final = 40


@dataclass(frozen=True, slots=True)
class AccountManager:
    """Who of the platform looks after a tenant, and how they are reached."""

    user_id: UUID
    name: str
    email: str
    phone: str | None


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant as the rest of the program sees it. `registered_only`: no document runs there that is not registered.

    `is_platform`: it is the company that runs the installation, where people of the platform sign in.
    """

    id: UUID
    slug: str
    name: str
    plan: str
    status: TenantStatus
    isolation: Isolation
    placement: Placement
    modules: frozenset[str]
    registered_only: bool = False
    manager: AccountManager | None = None
    is_platform: bool = False


@dataclass(frozen=True, slots=True)
class TenantSpec:
    """What a tenant is to be. Its id is chosen here, so that asking for the same one twice makes it once."""

    slug: str
    name: str
    plan: Plan = Plan.STARTER
    isolation: Isolation = Isolation.LOGICAL
    hostnames: tuple[str, ...] = ()
    region: str = "local"
    demo_data: bool = False
    seat_limit: int | None = None
    trial_ends_at: datetime | None = None
    modules_added: tuple[str, ...] = ()
    modules_removed: tuple[str, ...] = ()
    id: UUID = field(default_factory=uuid7)

    @property
    def schema(self) -> str:
        """Where its tables are. A slug has no underscore, so no two slugs share a schema."""
        return POOL if self.isolation is Isolation.LOGICAL else f"t_{self.slug.replace('-', '_')}"


async def find_tenant(
    connection: AsyncConnection, *, id: UUID | None = None, slug: str | None = None, hostname: str | None = None
) -> Tenant:
    """Return the tenant that is named by what is given (by nothing: the only one that there is), or refuse."""
    statement = _tenants()
    if id is not None:
        statement = statement.where(tenants.c.id == id)
    if slug is not None:
        statement = statement.where(tenants.c.slug == slug)
    if hostname is not None:
        named = select(tenant_hostnames.c.tenant_id).where(tenant_hostnames.c.hostname == _canonical(hostname))
        statement = statement.where(tenants.c.id == named.scalar_subquery())
    found = (await connection.execute(statement.limit(2))).all()
    if len(found) != 1:
        message = (
            f"There is no tenant {hostname or slug or id or 'that could be meant: there is none, or more than one'}."
        )
        raise TenantNotFound(message)
    return _tenant(found[0])


async def list_tenants(
    connection: AsyncConnection,
    *,
    isolation: Isolation | None = None,
    plan: str | None = None,
    manager_id: UUID | None = None,
) -> Sequence[Tenant]:
    """Every tenant that is not closed, by slug: of an isolation, of a plan, whom somebody looks after."""
    statement = _tenants().where(tenants.c.status != TenantStatus.CLOSED).order_by(tenants.c.slug)
    if isolation is not None:
        statement = statement.where(tenants.c.isolation == isolation)
    if plan is not None:
        statement = statement.where(tenants.c.plan == plan)
    if manager_id is not None:
        statement = statement.where(tenants.c.account_manager_id == manager_id)
    return [_tenant(row) for row in await connection.execute(statement)]


async def create_tenant(connection: AsyncConnection, spec: TenantSpec) -> Tenant:
    """Add a tenant that is not set up yet. The same id again changes nothing; another tenant's slug is refused."""
    if not is_slug(spec.slug):
        raise SlugUnusable(str(SlugUnusable.__doc__))
    added = await connection.execute(
        insert(tenants)
        .values(**_columns(spec), status=TenantStatus.PROVISIONING)
        .on_conflict_do_nothing()
        .returning(tenants.c.id)
    )
    if added.first() is None and not await _is_same(connection, spec):
        raise SlugTaken(f"The slug {spec.slug} is taken.")
    return await find_tenant(connection, id=spec.id)


async def set_status(connection: AsyncConnection, tenant_id: UUID, to: TenantStatus) -> None:
    """Move a tenant to a status, or refuse a move that is not in the table; the one way in which a status changes."""
    statement = select(tenants.c.status, tenants.c.status_before).where(tenants.c.id == tenant_id).with_for_update()
    found = (await connection.execute(statement)).first()
    if found is None:
        raise TenantNotFound(f"There is no tenant {tenant_id}.")
    now, before = TenantStatus(found.status), found.status_before
    if to not in MOVES[now] or (now is TenantStatus.MIGRATING and to != before):
        raise IllegalTenantTransition(f"A tenant that is {now} cannot become {to}.")
    changes = {"status": to, "status_before": now if to is TenantStatus.MIGRATING else None}
    await connection.execute(update(tenants).where(tenants.c.id == tenant_id).values(**changes, updated_at=func.now()))


async def set_registered_only(connection: AsyncConnection, tenant_id: UUID, *, only: bool) -> None:
    """Let a tenant run registered documents only, or whatever it is sent."""
    changes = {"registered_only": only, "updated_at": func.now()}
    await connection.execute(update(tenants).where(tenants.c.id == tenant_id).values(**changes))


async def add_hostname(connection: AsyncConnection, tenant_id: UUID, hostname: str) -> None:
    """Let a hostname lead to a tenant; doing so twice changes nothing, another tenant's hostname is refused."""
    row = {"hostname": _canonical(hostname), "tenant_id": tenant_id}
    await connection.execute(insert(tenant_hostnames).values(row).on_conflict_do_nothing())
    if row["hostname"] not in await hostnames_of(connection, tenant_id):
        raise HostnameTaken(f"The hostname {row['hostname']} leads to another tenant.")


async def hostnames_of(connection: AsyncConnection, tenant_id: UUID) -> Sequence[str]:
    """The hostnames that lead to a tenant."""
    statement = select(tenant_hostnames.c.hostname).where(tenant_hostnames.c.tenant_id == tenant_id)
    return (await connection.scalars(statement.order_by(tenant_hostnames.c.hostname))).all()


def is_slug(text: str) -> bool:
    """Whether a text can be a tenant's slug."""
    return SHORTEST <= len(text) <= LONGEST and re.fullmatch(SLUG, text) is not None


def _canonical(hostname: str) -> str:
    """A hostname as it is stored: in lower case, without the port or the root's dot."""
    return hostname.strip().lower().partition(":")[0].rstrip(".")


def _tenants() -> Select[Any]:
    of_plan = select(func.array_agg(plan_modules.c.module)).where(plan_modules.c.plan == tenants.c.plan)
    manager = platform_people.c
    return select(
        tenants,
        of_plan.scalar_subquery().label("modules_of_plan"),
        exists().where(platform_company.c.tenant_id == tenants.c.id).label("is_platform"),
        *(manager[name].label(f"manager_{name}") for name in ("name", "email", "phone")),
    ).outerjoin_from(tenants, platform_people, manager.user_id == tenants.c.account_manager_id)


def _tenant(row: Row[Any]) -> Tenant:
    modules = frozenset(row.modules_of_plan or ()) | frozenset(row.modules_added)
    return Tenant(
        id=row.id,
        slug=row.slug,
        name=row.name,
        plan=row.plan,
        status=TenantStatus(row.status),
        isolation=Isolation(row.isolation),
        placement=Placement(row.id, row.schema_name, row.database_ref or PRIMARY),
        modules=modules - frozenset(row.modules_removed),
        registered_only=row.registered_only,
        manager=_account_manager(row),
        is_platform=row.is_platform,
    )


def _account_manager(row: Row[Any]) -> AccountManager | None:
    if row.account_manager_id is None:
        return None
    return AccountManager(row.account_manager_id, row.manager_name, row.manager_email, row.manager_phone)


def _columns(spec: TenantSpec) -> Mapping[str, Any]:
    return {
        "id": spec.id,
        "slug": spec.slug,
        "name": spec.name,
        "plan": spec.plan,
        "isolation": spec.isolation,
        "schema_name": spec.schema,
        "region": spec.region,
        "demo_data": spec.demo_data,
        "seat_limit": spec.seat_limit,
        "trial_ends_at": spec.trial_ends_at,
        "modules_added": list(spec.modules_added),
        "modules_removed": list(spec.modules_removed),
    }


async def _is_same(connection: AsyncConnection, spec: TenantSpec) -> bool:
    wanted = _columns(spec)
    columns = [tenants.c[name] for name in ("slug", "plan", "isolation", "schema_name")]
    found = (await connection.execute(select(*columns).where(tenants.c.id == spec.id))).mappings().first()
    return found is not None and all(found[name] == wanted[name] for name in found)
