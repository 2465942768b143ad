"""What the clock does in every company's onboarding: invitations run out, and those who fall silent are reminded.

Each person has a turn of their own: see `resolvers.turns`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncEngine

from db.catalog import Tenant
from db.encryption import MasterKey
from db.models.onboarding import NewHire, NewHireStatus, OnboardingInvitation
from db.session import Database
from resolvers.emitter import job
from resolvers.jobs import Chore
from resolvers.onboarding.invitations import expire
from resolvers.onboarding.reminders import remind, silent
from resolvers.turns import Round, Turns

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


def overdue(now: datetime) -> Select[UUID]:
    """Select who was invited, has not begun, and whose time is over."""
    return (
        select(NewHire.id)
        .join(OnboardingInvitation, OnboardingInvitation.new_hire_id == NewHire.id)
        .where(NewHire.status == NewHireStatus.PENDING)
        .where(OnboardingInvitation.voided_at.is_(None), OnboardingInvitation.expires_at <= now)
        .order_by(NewHire.id)
    )


EXPIRY: Final = Round(EXPIRING.name, NewHire, overdue, expire)
REMINDERS: Final = Round(REMINDING.name, NewHire, silent, remind)


class OnboardingClock:
    """Gives everyone their turn, company by company."""

    def __init__(
        self, database: Database, catalog: AsyncEngine, master_key: MasterKey, *, clock: Callable[[], datetime]
    ) -> None:
        self._turns = Turns(database, catalog, master_key, clock=clock)

    @property
    def chores(self) -> Sequence[Chore]:
        """What is done, and when: every quarter of an hour invitations run out, every hour reminders are sent."""
        return [
            Chore(EXPIRING.name, "*/15 * * * *", self.expire_invitations),
            Chore(REMINDING.name, "23 * * * *", self.send_reminders),
        ]

    async def expire_invitations(self, tenants: Sequence[Tenant]) -> int:
        """Let invitations run out whose time is over; return how many there were."""
        return sum([await self._turns.give(tenant, EXPIRY) for tenant in _onboarding(tenants)])

    async def send_reminders(self, tenants: Sequence[Tenant]) -> int:
        """Remind those who fell silent; return how many there were."""
        return sum([await self._turns.give(tenant, REMINDERS) for tenant in _onboarding(tenants)])


def _onboarding(tenants: Sequence[Tenant]) -> Sequence[Tenant]:
    """Return the companies whose plan has onboarding."""
    return [tenant for tenant in tenants if MODULE in tenant.modules]
