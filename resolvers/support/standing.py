"""Whether somebody of the platform may act for a user now: asked at each request, and kept for two seconds.

It takes their role, the company that they look after, and a session that is active. Each is read by itself, the first
two from the catalog and the last from the company, so that it ends with any of them, whatever became of who ended it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, TypeGuard
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select
from sqlalchemy.ext.asyncio import AsyncEngine

from auth.principal import Impersonator
from auth.tokens import AccessToken, SignedIn
from db.catalog import PlatformPerson, PlatformRole, Tenant, find_platform_person
from db.models.support import ImpersonationMode, ImpersonationSession, ImpersonationStatus
from db.session import Database, when_written
from db.tenancy import Placement, folded_text
from resolvers.standings import Standings
from resolvers.tenants import FRESH_FOR

MOST_KEPT: Final = 10_000


@dataclass(frozen=True, slots=True)
class Acting:
    """An impersonation that is active: who acts for whom, and whether they may write."""

    actor_id: UUID
    user_id: UUID
    name: str
    role: str
    writes: bool
    expires_at: datetime


async def look(database: Database, placement: Placement, session_id: UUID) -> Acting | None:
    """Read an impersonation that is active, in one statement."""
    for actor_id, user_id, name, role, mode, status, expires_at in await database.one(
        placement, _asked(placement.schema), [session_id]
    ):
        if status == ImpersonationStatus.ACTIVE.value:
            return Acting(actor_id, user_id, name, role, mode == ImpersonationMode.READ_WRITE.value, expires_at)
    return None


@lru_cache(maxsize=1_000)
def _asked(schema: str) -> str:
    return folded_text(_statement(), schema)


def _statement() -> Any:
    row = ImpersonationSession
    columns = (row.actor_user_id, row.user_id, row.actor_name, row.actor_role, row.mode, row.status, row.expires_at)
    return select(*columns).where(row.id == bindparam("session_id", type_=Uuid()))


class PlatformPeople:
    """The people of the platform, as they stand in the catalog."""

    def __init__(self, catalog: AsyncEngine, *, ticks: Callable[[], float] = time.monotonic) -> None:
        self._catalog, self._ticks = catalog, ticks
        self._known: dict[UUID, tuple[PlatformPerson | None, float]] = {}
        when_written(catalog, self._forget)

    async def of(self, user_id: UUID) -> PlatformPerson | None:
        """Return somebody with a role of the platform, as they were two seconds ago at the earliest.

        That somebody has none is kept too: those who are asked about are people who have signed in.
        """
        asked, kept = self._ticks(), self._known.get(user_id)
        if kept and asked < kept[1]:
            return kept[0]
        known = self._known
        async with self._catalog.connect() as connection:
            person = await find_platform_person(connection, user_id)
        if known is self._known and (kept or len(known) < MOST_KEPT):
            known[user_id] = person, asked + FRESH_FOR
        return person

    def _forget(self) -> None:
        """Forget everybody, and what is being read of them."""
        self._known = {}


class Impersonations:
    """The impersonations that are used in this process, as they stand."""

    def __init__(
        self, database: Database, people: PlatformPeople, *, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._people, self._standings = people, Standings(database, look, ticks=ticks)

    def forget(self, placement: Placement) -> None:
        """Forget what is known of a company's sessions."""
        self._standings.forget(placement)

    async def of(self, tenant: Tenant, token: AccessToken, actor: SignedIn) -> Impersonator | None:
        """Return who acts in a company by a token; None where they may not, or may not any more."""
        person = await self._people.of(actor.user_id)
        if not looks_after(person, tenant) or person.tenant_id != actor.tenant_id or token.impersonation_id is None:
            return None
        acting = await self._standings.of(tenant.placement, token.impersonation_id)
        if acting is None or (acting.actor_id, acting.user_id) != (actor.user_id, token.user_id):
            return None
        return Impersonator(
            actor.user_id, acting.name, acting.role, token.impersonation_id, acting.writes, acting.expires_at
        )


def looks_after(person: PlatformPerson | None, tenant: Tenant) -> TypeGuard[PlatformPerson]:
    """Tell whether somebody may act in a company: who runs the platform in any, an agent where they are assigned.

    Nobody acts in the company that runs the installation.
    """
    if person is None or tenant.is_platform:
        return False
    if person.role is PlatformRole.PLATFORM_ADMIN:
        return True
    return tenant.manager is not None and tenant.manager.user_id == person.user_id
