"""What a user may, kept for two seconds: most requests of a person follow each other more closely than that.

Only what lets somebody in is kept. A process forgets all that it knows of a company's people at once when it commits
anything in that company, so that nobody is treated by what they were before its own writes; what another process writes
is seen within `FRESH_FOR`.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select

from auth.principal import Principal
from auth.roles import permissions_of
from db.models.identity import Role, User, UserRole
from db.session import Database
from db.tenancy import Placement, folded_text
from resolvers.tenants import FRESH_FOR

MOST_KEPT: Final = 10_000


@dataclass(frozen=True, slots=True)
class Standing:
    """Who a user is and what they may, and which of their tokens count."""

    principal: Principal
    token_version: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What was read, and until when it counts."""

    standing: Standing
    until: float


class Standings:
    """The standing of users, company by company; at most `most` of them are kept."""

    def __init__(
        self, database: Database, *, ticks: Callable[[], float] = time.monotonic, most: int = MOST_KEPT
    ) -> None:
        self._database, self._ticks, self._most = database, ticks, most
        self._companies: OrderedDict[UUID, dict[UUID, Kept]] = OrderedDict()
        self._number = 0
        database.tell(self.forget)

    async def of(self, placement: Placement, user_id: UUID) -> Standing | None:
        """Return the standing of a user who may sign in; None for anybody else."""
        known = self._companies.get(placement.tenant_id)
        kept = known.get(user_id) if known else None
        asked = self._ticks()
        if kept and asked < kept.until:
            return kept.standing
        return await self._looked(placement, user_id, asked + FRESH_FOR)

    def forget(self, placement: Placement) -> None:
        """Forget the people of a company, and what is being read of them."""
        self._number -= len(self._companies.pop(placement.tenant_id, ()))

    async def _looked(self, placement: Placement, user_id: UUID, until: float) -> Standing | None:
        """Read a standing, and keep it unless the company was forgotten meanwhile."""
        known = self._companies.setdefault(placement.tenant_id, {})
        standing = await look(self._database, placement, user_id)
        if standing and self._companies.get(placement.tenant_id) is known:
            self._number += user_id not in known
            known[user_id] = Kept(standing, until)
            self._companies.move_to_end(placement.tenant_id)
            self._bound()
        return standing

    def _bound(self) -> None:
        """Forget the companies that were read of longest ago, each as a whole."""
        while self._number > self._most or len(self._companies) > self._most:
            _, forgotten = self._companies.popitem(last=False)
            self._number -= len(forgotten)


async def look(database: Database, placement: Placement, user_id: UUID) -> Standing | None:
    """Read the standing of a user who may sign in, in one statement and one round trip."""
    for email, is_active, token_version, roles in await database.one(placement, _asked(placement.schema), [user_id]):
        if is_active:
            principal = Principal("user", user_id, placement.tenant_id, permissions_of(roles or ()), email)
            return Standing(principal, token_version)
    return None


@lru_cache(maxsize=1_000)
def _asked(schema: str) -> str:
    return folded_text(_statement(), schema)


def _statement() -> Any:
    roles = (
        select(func.array_agg(Role.name))
        .join(UserRole, UserRole.role_id == Role.id)
        .where(UserRole.user_id == User.id, Role.built_in)
        .scalar_subquery()
    )
    return select(User.email, User.is_active, User.token_version, roles.label("roles")).where(
        User.id == bindparam("user_id", type_=Uuid())
    )
