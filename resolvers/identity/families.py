"""Families of refresh tokens: all that descend from one sign-in. One of them at most can be used, and once.

A family is a session, and its id is the session's. The user's row is locked before a session's, and that before a
token's, everywhere, so that shutting out and refreshing wait for each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, Select, select
from uuid_utils.compat import uuid7

from auth.refresh import LIFETIME, REFRESH_TOKENS
from auth.row_tokens import hash_of
from db.models.identity import RefreshToken, User
from db.models.sign_in import UserSession
from resolvers.context import Context

LOG: Final = structlog.get_logger("workgraph.sessions")
LONGEST_ADDRESS: Final = 45
LONGEST_AGENT: Final = 300


@dataclass(frozen=True, slots=True)
class Issued:
    """A new refresh token, the family that it belongs to, and from when on it is refused."""

    text: str = field(repr=False)
    family: UUID
    expires_at: datetime


def begin(context: Context, user: User) -> Issued:
    """Begin a session: add it, and the first token of its family."""
    session = UserSession(id=uuid7(), user_id=user.id)
    issued = _issue(context, user, session)
    context.add(session)
    return issued


def _issue(context: Context, user: User, session: UserSession) -> Issued:
    """Add the next token of a family, and note from where its session was continued."""
    row_id = uuid7()
    text = REFRESH_TOKENS.make(context.session.tenant_id, row_id)
    expires_at = context.now + LIFETIME
    session.last_used_at, session.expires_at = context.now, expires_at
    session.address = context.asking.address[:LONGEST_ADDRESS] or None
    session.user_agent = context.asking.user_agent[:LONGEST_AGENT] or None
    context.add(
        RefreshToken(
            id=row_id,
            user_id=user.id,
            family=session.id,
            token_hash=hash_of(text),
            expires_at=expires_at,
        )
    )
    return Issued(text, session.id, expires_at)


async def rotate(context: Context, user: User, session: UserSession, token: RefreshToken) -> Issued | None:
    """Use a token, and return the next one; None where it is of no use. One that was used before ends its family."""
    if token.used_at is not None:
        LOG.warning("a refresh token was used twice", tenant_id=str(context.session.tenant_id), user_id=str(user.id))
        await end_family(context, token.family)
        return None
    if not is_good(token, context.now) or not user.is_active:
        return None
    token.used_at = context.now
    return _issue(context, user, session)


def is_good(token: RefreshToken, now: datetime) -> bool:
    """Tell whether a token can still be used."""
    return token.used_at is None and token.revoked_at is None and now < token.expires_at


async def end_family(context: Context, family: UUID) -> None:
    """End a session: revoke the one token of its family that could still be used; its access tokens end with it."""
    await _end(context, UserSession.id == family, RefreshToken.family == family)


async def end_others(context: Context, user: User, session_id: UUID | None) -> None:
    """End every session of a locked user but one."""
    others, tokens = UserSession.user_id == user.id, RefreshToken.user_id == user.id
    if session_id is not None:
        others, tokens = others & (UserSession.id != session_id), tokens & (RefreshToken.family != session_id)
    await _end(context, others, tokens)


async def end_all(context: Context, user: User) -> None:
    """End every session of a locked user at once: the refresh tokens, and the access tokens that are out."""
    user.token_version += 1
    await context.flush()
    await end_others(context, user, None)


async def _end(context: Context, sessions: ColumnElement[bool], tokens: ColumnElement[bool]) -> None:
    live = select(UserSession).where(sessions, UserSession.ended_at.is_(None)).order_by(UserSession.id)
    for session in await _locked(context, live):
        session.ended_at = context.now
    await context.flush()
    unused = RefreshToken.used_at.is_(None) & RefreshToken.revoked_at.is_(None)
    for token in await _locked(context, select(RefreshToken).where(tokens, unused).order_by(RefreshToken.id)):
        token.revoked_at = context.now
    await context.flush()


async def _locked(context: Context, rows: Select[Any]) -> Sequence[Any]:
    return await context.all(rows.with_for_update(key_share=True))
