"""What the clock does in every company's onboarding: invitations run out, and those who fall silent are reminded.

Each person is a transaction of their own: one that fails keeps nobody else from their turn, and a worker that is killed
has lost nothing. Two workers that meet at one person wait for each other at the person's row, and the second finds
nothing to do.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import Select, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from auth.principal import Principal
from db.catalog import Tenant, TenantStatus, wrapped_keys
from db.encryption import Keyring, MasterKey
from db.migrate import first_line
from db.models.onboarding import NewHire, NewHireStatus, OnboardingInvitation
from db.session import Database
from resolvers.context import Asking, Context
from resolvers.emitter import job
from resolvers.jobs import Chore
from resolvers.onboarding.invitations import expire
from resolvers.onboarding.reminders import remind, silent
from resolvers.refusals import Refused

MODULE: Final = "onboarding"
EXPIRING: Final = job(
    "expire_invitations",
    "onboarding.invitation.updated",
    "onboarding.new_hire.moved",
    "onboarding.invitation.expired",
)
REMINDING: Final = job(
    "send_reminders",
    "onboarding.new_hire.updated",
    "email_message.created",
    "onboarding.reminder.sent",
)
BY_THE_CLOCK: Final = (EXPIRING, REMINDING)
LOG: Final = structlog.get_logger("workgraph.jobs")
Turn = Callable[[Context, NewHire], Awaitable[bool]]
Whose = Callable[[datetime], Select[Any]]


class OnboardingClock:
    """Gives everyone their turn, company by company."""

    def __init__(
        self, database: Database, catalog: AsyncEngine, master_key: MasterKey, *, clock: Callable[[], datetime]
    ) -> None:
        self._database, self._catalog, self._master_key, self._clock = database, catalog, master_key, clock

    @property
    def chores(self) -> Sequence[Chore]:
        """What is done, and when: every quarter of an hour invitations run out, every hour reminders are sent."""
        return [
            Chore(EXPIRING.name, "*/15 * * * *", self.expire_invitations),
            Chore(REMINDING.name, "23 * * * *", self.send_reminders),
        ]

    async def expire_invitations(self, tenants: Sequence[Tenant]) -> int:
        """Let invitations run out whose time is over; return how many there were."""
        return sum([await self._in_company(tenant, EXPIRING.name, overdue, expire) for tenant in tenants])

    async def send_reminders(self, tenants: Sequence[Tenant]) -> int:
        """Remind those who fell silent; return how many there were."""
        return sum([await self._in_company(tenant, REMINDING.name, silent, remind) for tenant in tenants])

    async def _in_company(self, tenant: Tenant, name: str, whose: Whose, turn: Turn) -> int:
        """Give those their turn whose it is; a company that fails does not keep the others from theirs."""
        if tenant.status is not TenantStatus.ACTIVE or MODULE not in tenant.modules:
            return 0
        try:
            asking = await self._asking(tenant, name)
            async with self._database.reading(tenant.placement) as session:
                hires = await session.scalars(whose(asking.now))
            turns = [await self._one(asking, name, hire, turn) for hire in hires]
        except SQLAlchemyError as error:
            LOG.warning("not done", task=name, tenant_id=str(tenant.id), error=first_line(error))
            return 0
        return sum(turns)

    async def _asking(self, tenant: Tenant, name: str) -> Asking:
        async with self._catalog.connect() as connection:
            keyring = Keyring(self._master_key, tenant.id, await wrapped_keys(connection, tenant.id))
        return Asking(Principal("system", tenant_id=tenant.id), tenant, keyring, self._clock(), f"{name}:{tenant.id}")

    async def _one(self, asking: Asking, name: str, hire_id: UUID, turn: Turn) -> bool:
        try:
            async with self._database.transacting(asking.tenant.placement) as session:
                context = Context(asking, session, name)
                done = await turn(context, await context.one(NewHire, hire_id))
                await context.flush()
        except (Refused, SQLAlchemyError) as error:
            LOG.warning("not done", task=name, new_hire_id=str(hire_id), error=first_line(error))
            return False
        return done


def overdue(now: datetime) -> Select[UUID]:
    """Select who was invited, has not begun, and whose time is over."""
    return (
        select(NewHire.id)
        .join(OnboardingInvitation, OnboardingInvitation.new_hire_id == NewHire.id)
        .where(NewHire.status == NewHireStatus.PENDING)
        .where(OnboardingInvitation.voided_at.is_(None), OnboardingInvitation.expires_at <= now)
        .order_by(NewHire.id)
    )
