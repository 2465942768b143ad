"""How an impersonation ends: by who acts, by the clock, or because the company or the platform revokes it."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, select

from db.models.support import ImpersonationSession, ImpersonationStatus
from resolvers.context import Context
from resolvers.state import Move, StateMachine
from resolvers.support.events import ImpersonationEnded

ACTIVE: Final = ImpersonationStatus.ACTIVE
IMPERSONATION: Final = StateMachine(ImpersonationSession)
REVOKE: Final = IMPERSONATION.move(ACTIVE, to=ImpersonationStatus.REVOKED, event=ImpersonationEnded)
END: Final = IMPERSONATION.move(ACTIVE, to=ImpersonationStatus.ENDED, event=ImpersonationEnded, by_clock=True)
"""Nobody of the company makes this move: who acts does, in the name of the platform."""

EXPIRE: Final = IMPERSONATION.move(ACTIVE, to=ImpersonationStatus.EXPIRED, event=ImpersonationEnded, by_clock=True)
ENDS: Final = ("impersonation.moved", "impersonation.ended")
BY_COMPANY: Final = "An owner of the company revoked it."
WITHOUT_LEAVE: Final = "The leave to write was taken back, or given anew for less long."
BY_PLATFORM: Final = "Whoever runs the installation revoked it."
ANOTHER_MANAGER: Final = "Somebody else looks after the company, or nobody does."
WITHOUT_ROLE: Final = "Their role of the platform was taken from them."


def closing(context: Context, session: ImpersonationSession, reason: str | None = None) -> ImpersonationSession:
    """Note when a session that is about to move has ended, and why: no later than it would have expired."""
    session.ended_at, session.end_reason = min(context.now, session.expires_at), reason
    return session


async def end(context: Context, session: ImpersonationSession, move: Move, reason: str | None = None) -> None:
    """End a locked session that is active; one whose time has run out has expired, whoever ends it."""
    if context.now >= session.expires_at:
        move, reason = EXPIRE, None
    await move.make(context, closing(context, session, reason))


async def end_each(
    context: Context, condition: ColumnElement[bool], move: Move, reason: str | None = None
) -> Sequence[ImpersonationSession]:
    """End the active sessions that a condition names, in the order of their ids, and return them."""
    active = select(ImpersonationSession).where(ImpersonationSession.status == ACTIVE, condition)
    locked: Any = active.order_by(ImpersonationSession.id).with_for_update(key_share=True)
    sessions: Sequence[ImpersonationSession] = await context.all(locked)
    for session in sessions:
        await end(context, session, move, reason)
    return sessions
