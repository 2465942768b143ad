"""What somebody may, kept for two seconds: most requests of a person follow each other more closely than that.

Only what lets somebody in is kept. A process forgets all that it knows of a company's people at once when it commits
anything in that company, so that nobody is treated by what they were before its own writes; what another process writes
is seen within `FRESH_FOR`.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy import func, select

from db.models.identity import Role, User, UserRole
from db.session import Database
from db.tenancy import Placement
from resolvers.tenants import FRESH_FOR

MOST_KEPT: Final = 10_000
Who = TypeVar("Who", bound=Hashable)
Found = TypeVar("Found")
Look = Callable[[Database, Placement, Who], Awaitable[Found | None]]


def roles_held() -> Any:
    """Select the names of the built-in roles of the user of the row around it: what a standing goes by."""
    held = select(func.array_agg(Role.name)).join(UserRole, UserRole.role_id == Role.id)
    return held.where(UserRole.user_id == User.id, Role.built_in).scalar_subquery()


@dataclass(frozen=True, slots=True)
class Kept(Generic[Found]):
    """What was read, and until when it counts."""

    standing: Found
    until: float


class Standings(Generic[Who, Found]):
    """The standing of users, or of whoever else `look` reads, company by company; at most `most` of them are kept."""

    def __init__(
        self,
        database: Database,
        look: Look[Who, Found],
        *,
        ticks: Callable[[], float] = time.monotonic,
        most: int = MOST_KEPT,
    ) -> None:
        self._database, self._look, self._ticks, self._most = database, look, ticks, most
        self._companies: OrderedDict[UUID, dict[Who, Kept[Found]]] = OrderedDict()
        self._number = 0
        database.tell(self.forget)

    async def of(self, placement: Placement, who: Who) -> Found | None:
        """Return the standing of somebody who is let in; None for anybody else."""
        known = self._companies.get(placement.tenant_id)
        kept = known.get(who) if known else None
        asked = self._ticks()
        if kept and asked < kept.until:
            return kept.standing
        return await self._looked(placement, who, asked + FRESH_FOR)

    def forget(self, placement: Placement) -> None:
        """Forget the people of a company, and what is being read of them."""
        self._number -= len(self._companies.pop(placement.tenant_id, ()))

    async def _looked(self, placement: Placement, who: Who, until: float) -> Found | None:
        """Read a standing, and keep it unless the company was forgotten meanwhile."""
        known = self._companies.setdefault(placement.tenant_id, {})
        standing = await self._look(self._database, placement, who)
        if standing and self._companies.get(placement.tenant_id) is known:
            self._number += who not in known
            known[who] = Kept(standing, until)
            self._companies.move_to_end(placement.tenant_id)
            self._bound()
        return standing

    def _bound(self) -> None:
        """Forget the companies that were read of longest ago, each as a whole."""
        while self._number > self._most or len(self._companies) > self._most:
            _, forgotten = self._companies.popitem(last=False)
            self._number -= len(forgotten)
