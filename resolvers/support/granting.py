"""Giving roles of the platform: by whoever has the machine on which it runs, and by nobody through the API."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from db.catalog import PlatformPerson, PlatformRole, Tenant, grant_role
from db.models.identity import User
from db.session import Database
from resolvers.refusals import NotFound


async def grant(
    database: Database, catalog: AsyncEngine, tenant: Tenant, email: str, role: PlatformRole, phone: str | None = None
) -> tuple[PlatformPerson, bool]:
    """Give a user of the company that runs the installation a role; tell whether they have the second factor for it."""
    async with database.reading(tenant.placement) as session:
        found = await session.scalars(select(User).where(User.email == email.strip().lower(), User.is_active))
    if not found:
        raise NotFound(f"Nobody of {tenant.slug} signs in with {email}.")
    user: User = found[0]
    person = PlatformPerson(user.id, tenant.id, role, f"{user.first_name} {user.last_name}", user.email, phone)
    async with catalog.begin() as connection:
        await grant_role(connection, person)
    return person, user.mfa_enabled
