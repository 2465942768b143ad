"""Support on the ground: leave to write that the owner gave, and a session in which somebody acts for a colleague."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from uuid_utils.compat import uuid7

from auth.principal import Principal
from db.models.support import ImpersonationMode, ImpersonationSession, SupportAccess
from resolvers.context import Context
from tests.commands.colleagues import Colleagues

NAMED: Final = {"impersonation.ended"}
"""The events that mutations of these publish beside those of their rows."""


@dataclass(frozen=True)
class Support:
    """Leave to write, and a session in which somebody reads."""

    access: SupportAccess
    session: ImpersonationSession

    @property
    def chosen(self) -> dict[tuple[str, str], Any]:
        """What a mutation of them is given."""
        later = self.access.until - timedelta(minutes=20)
        return {("grantSupportAccess", "until"): later.isoformat()}


async def add_support(context: Context, owner: Principal, colleagues: Colleagues) -> Support:
    """Put them into a company."""
    access = SupportAccess(id=uuid7(), until=context.now + timedelta(hours=1), granted_by_id=owner.id)
    session = ImpersonationSession(
        id=uuid7(),
        actor_user_id=uuid7(),
        actor_name="Sam Support",
        actor_role="SUPPORT_AGENT",
        user_id=colleagues.member.id,
        reason="The list stays empty",
        mode=ImpersonationMode.READ_ONLY,
        started_at=context.now,
        expires_at=context.now + timedelta(minutes=30),
    )
    context.add(access, session)
    await context.flush()
    return Support(access, session)
