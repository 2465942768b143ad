"""What the clock does with impersonations: every minute, those whose time has run out are said to have expired."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, select

from db.catalog import Tenant
from db.models.support import ImpersonationSession
from resolvers.context import Context
from resolvers.emitter import job
from resolvers.jobs import Chore
from resolvers.support.ending import ACTIVE, ENDS, EXPIRE, end
from resolvers.turns import Round, Turns

EXPIRING: Final = job("expire_impersonations", *ENDS)


def expired(now: datetime) -> Select[Any]:
    """Select the active sessions whose time has run out."""
    session = ImpersonationSession
    return select(session.id).where(session.status == ACTIVE, session.expires_at <= now).order_by(session.id)


async def expire(context: Context, session: ImpersonationSession) -> bool:
    """Say of a locked session that it has expired; tell whether that is news."""
    if session.status is not ACTIVE:
        return False
    await end(context, session, EXPIRE)
    return True


OVER: Final = Round(EXPIRING.name, ImpersonationSession, expired, expire)


class SupportClock:
    """Lets impersonations expire, company by company."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    @property
    def chores(self) -> Sequence[Chore]:
        """What is done, and when."""
        return [Chore(EXPIRING.name, "* * * * *", self.expire)]

    async def expire(self, tenants: Sequence[Tenant]) -> int:
        """Let those expire whose time has run out; return how many there were."""
        return sum([await self._turns.give(tenant, OVER) for tenant in tenants])
