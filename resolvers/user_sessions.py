"""Sessions as people see them: where one is signed in, and ending what one does not know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from sqlalchemy import select

from db.models.sign_in import UserSession
from resolvers.context import Context, Looking
from resolvers.identity.families import end_family
from resolvers.identity.refusals import AlreadyEnded
from resolvers.operation import Names, operation
from resolvers.reading import reading
from resolvers.refusals import NotFound

MANAGE: Final = "users.manage"
MOST_LISTED: Final = 100


@dataclass(frozen=True, slots=True)
class OwnSession:
    """One of your sessions, which has not ended."""

    id: Annotated[UUID, Names("UserSession"), "What `revokeSession` takes."]
    begun_at: Annotated[datetime, "When you signed in."]
    last_used_at: Annotated[datetime, "When it began or was last continued."]
    expires_at: Annotated[datetime, "From when on it cannot be continued."]
    address: Annotated[str | None, "Network address from which it began or was last continued."]
    user_agent: Annotated[str | None, "What the program said it is that began or last continued it."]
    current: Annotated[bool, "Whether it is the one that asks."]


@reading("company.read")
async def my_sessions(looking: Looking) -> list[OwnSession]:
    """Where you are signed in, the session used last first; at most 100. Empty for who is no user."""
    asking = looking.asking
    if asking.principal.user_id is None:
        return []
    live = (
        select(UserSession)
        .where(UserSession.user_id == asking.principal.user_id, UserSession.ended_at.is_(None))
        .where(UserSession.expires_at > asking.now)
        .order_by(UserSession.last_used_at.desc(), UserSession.id.desc())
        .limit(MOST_LISTED)
    )
    sessions: Sequence[UserSession] = await looking.all(live)
    return [
        OwnSession(
            id=each.id,
            begun_at=each.created_at,
            last_used_at=each.last_used_at,
            expires_at=each.expires_at,
            address=each.address,
            user_agent=each.user_agent,
            current=each.id == asking.session_id,
        )
        for each in sessions
    ]


@operation(
    "company.read",
    refuses=[NotFound, AlreadyEnded],
    emits=["user.session.updated", "user.refresh_token.updated"],
)
async def revoke_session(context: Context, session: UserSession) -> UserSession:
    """End a session, with its access tokens: nothing continues it. One of somebody else needs `users.manage`."""
    if session.user_id != context.principal.user_id and not context.principal.can(MANAGE):
        raise NotFound("There is no such user session.", path=("id",))
    if session.ended_at is not None:
        raise AlreadyEnded("It was ended before.", path=("id",))
    await end_family(context, session.id)
    return session
