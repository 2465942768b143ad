"""Who runs the installation: one company, and those of its users who have a role for all other companies.

A role of the platform is a row here, out of reach of every company, the one that they sign in to as well. Which company
it is, the first grant decides; it stays.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.catalog.choices import PlatformRole
from db.catalog.refusals import NotOfThePlatform, NotThePlatform, TenantNotFound
from db.catalog.tables import platform_company, platform_people, tenants


@dataclass(frozen=True, slots=True)
class PlatformPerson:
    """Somebody with a role of the platform, and how the companies that they look after reach them."""

    user_id: UUID
    tenant_id: UUID
    role: PlatformRole
    name: str
    email: str
    phone: str | None


async def find_platform(connection: AsyncConnection) -> UUID | None:
    """Return the company that runs the installation; None before it has one."""
    return await connection.scalar(select(platform_company.c.tenant_id))


async def grant_role(connection: AsyncConnection, person: PlatformPerson) -> None:
    """Give a user a role of the platform, or another one; the first grant says which company runs the installation."""
    added = insert(platform_company).values(tenant_id=person.tenant_id).on_conflict_do_nothing()
    await connection.execute(added)
    if await find_platform(connection) != person.tenant_id:
        raise NotThePlatform(str(NotThePlatform.__doc__))
    row = {name: getattr(person, name) for name in PlatformPerson.__slots__}
    stated = insert(platform_people).values(row)
    changes = {name: stated.excluded[name] for name in ("role", "name", "email", "phone")}
    await connection.execute(stated.on_conflict_do_update(index_elements=["user_id"], set_=changes))


async def revoke_role(connection: AsyncConnection, user_id: UUID) -> None:
    """Take the role of the platform from a user; the companies that they looked after have nobody then."""
    gone = await connection.execute(
        delete(platform_people).where(platform_people.c.user_id == user_id).returning(platform_people.c.user_id)
    )
    if gone.first() is None:
        raise NotOfThePlatform(str(NotOfThePlatform.__doc__))


async def find_platform_person(connection: AsyncConnection, user_id: UUID) -> PlatformPerson | None:
    """Return somebody with a role of the platform."""
    found = (await connection.execute(_people().where(platform_people.c.user_id == user_id))).first()
    return _person(found) if found else None


async def list_platform_people(connection: AsyncConnection) -> list[PlatformPerson]:
    """Everybody with a role of the platform, by name."""
    return [_person(row) for row in await connection.execute(_people().order_by(platform_people.c.name))]


async def assign_account_manager(connection: AsyncConnection, tenant_id: UUID, user_id: UUID | None) -> UUID | None:
    """Say who looks after a company, or that nobody does; return who did before. Two callers wait for each other."""
    locked = select(tenants.c.account_manager_id).where(tenants.c.id == tenant_id).with_for_update(key_share=True)
    found = (await connection.execute(locked)).first()
    if found is None:
        raise TenantNotFound(f"There is no tenant {tenant_id}.")
    if user_id is not None and await find_platform_person(connection, user_id) is None:
        raise NotOfThePlatform(str(NotOfThePlatform.__doc__))
    changes = {"account_manager_id": user_id, "updated_at": func.now()}
    await connection.execute(update(tenants).where(tenants.c.id == tenant_id).values(**changes))
    return found.account_manager_id


def _people() -> Any:
    return select(*(platform_people.c[name] for name in PlatformPerson.__slots__))


def _person(row: Row[Any]) -> PlatformPerson:
    return PlatformPerson(row.user_id, row.tenant_id, PlatformRole(row.role), row.name, row.email, row.phone)
