"""Taking a role of the platform from somebody, with all that they began: by whoever has the machine.

The role goes first, and with it every token within two seconds. Then their sessions end in each company, one after the
other: where that cannot be done it is told, and whoever does it again goes on with those that are left.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from auth.principal import Principal
from db.away import is_away
from db.catalog import (
    NotOfThePlatform,
    Tenant,
    TenantStatus,
    find_platform,
    find_tenant,
    list_platform_people,
    list_tenants,
    revoke_role,
    wrapped_keys,
)
from db.encryption import Keyring, MasterKey
from db.migrate import first_line
from db.models.identity import User
from db.models.support import ImpersonationSession
from db.session import Database
from resolvers.context import Asking, Context
from resolvers.emitter import Emitter
from resolvers.support.ending import ACTIVE, ENDS, REVOKE, WITHOUT_ROLE, end_each

REVOKING: Final = Emitter("revoke_platform_role", "workgraph support revoke", ENDS)
NO_SESSIONS: Final = frozenset({TenantStatus.PROVISIONING, TenantStatus.FAILED})
"""Where nobody was ever let in, and there may be no tables yet."""

MOVED: Final = "it is being moved"


@dataclass(slots=True)
class Revoked:
    """What was done: whose role was taken, how many sessions have ended in how many companies, and where none could.

    `had_role` says whether they had a role until now; `unreached` says why, by the company's short name.
    """

    email: str
    had_role: bool
    ended: int = 0
    companies: int = 0
    unreached: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Revoking:
    """Takes roles; `now` is when."""

    database: Database
    catalog: AsyncEngine
    master_key: MasterKey
    now: datetime

    async def revoke(self, email: str) -> Revoked:
        """Take the role from somebody, if they have one still, and end what they began."""
        user_id, done = await self._without_role(email.strip().lower())
        async with self.catalog.connect() as connection:
            tenants = await list_tenants(connection)
        for tenant in tenants:
            if tenant.status not in NO_SESSIONS:
                await self._end(tenant, user_id, done)
        return done

    async def _without_role(self, email: str) -> tuple[UUID, Revoked]:
        """Take the role; who has none any more is found by the address with which they sign in."""
        async with self.catalog.begin() as connection:
            for person in await list_platform_people(connection):
                if person.email == email:
                    await revoke_role(connection, person.user_id)
                    return person.user_id, Revoked(email, had_role=True)
            platform = await find_platform(connection)
            tenant = await find_tenant(connection, id=platform) if platform else None
        if tenant is not None:
            async with self.database.reading(tenant.placement) as session:
                for user_id in await session.scalars(select(User.id).where(User.email == email)):
                    return user_id, Revoked(email, had_role=False)
        raise NotOfThePlatform(f"{email} has no role of the platform.")

    async def _end(self, tenant: Tenant, user_id: UUID, done: Revoked) -> None:
        """End the sessions of somebody in a company, or note why that cannot be done now."""
        theirs = ImpersonationSession.actor_user_id == user_id
        active = select(ImpersonationSession.id).where(theirs, ImpersonationSession.status == ACTIVE)
        try:
            async with self.database.reading(tenant.placement) as session:
                found = await session.scalars(active.limit(1))
            if found and tenant.status is TenantStatus.MIGRATING:
                done.unreached[tenant.slug] = MOVED
            elif found:
                done.ended += await self._end_each(tenant, theirs)
                done.companies += 1
        except (SQLAlchemyError, OSError) as error:
            if isinstance(error, OSError) and not is_away(error):
                raise
            done.unreached[tenant.slug] = first_line(error)

    async def _end_each(self, tenant: Tenant, theirs: Any) -> int:
        async with self.catalog.connect() as connection:
            keyring = Keyring(self.master_key, tenant.id, await wrapped_keys(connection, tenant.id))
        system = Principal("system", tenant_id=tenant.id)
        async with self.database.transacting(tenant.placement) as session:
            asking = Asking(system, tenant, keyring, self.now, uuid4().hex)
            context = Context(asking, session, REVOKING.name)
            ended = await end_each(context, theirs, REVOKE, WITHOUT_ROLE)
            await context.flush()
        return len(ended)
