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


def closing(context: Context, session: ImpersonationSession) -> ImpersonationSession:
    """Note when a session that is about to move has ended: no later than it would have expired."""
    session.ended_at = min(context.now, session.expires_at)
    return session


async def end(context: Context, session: ImpersonationSession, move: Move) -> None:
    """End a locked session that is active; one whose time has run out has expired, whoever ends it."""
    over = context.now >= session.expires_at
    await (EXPIRE if over else move).make(context, closing(context, session))


async def end_each(context: Context, condition: ColumnElement[bool], move: Move) -> None:
    """End the active sessions that a condition names, in the order of their ids."""
    active = select(ImpersonationSession).where(ImpersonationSession.status == ACTIVE, condition)
    locked: Any = active.order_by(ImpersonationSession.id).with_for_update(key_share=True)
    sessions: Sequence[ImpersonationSession] = await context.all(locked)
    for session in sessions:
        await end(context, session, move)
