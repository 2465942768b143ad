"""Families of refresh tokens: all that descend from one sign-in. One of them at most can be used, and once.

The user's row is locked before a token's, everywhere, so that shutting out and refreshing wait for each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import Select, select
from uuid_utils.compat import uuid7

from auth import refresh
from db.models.identity import RefreshToken, User
from resolvers.context import Context

LOG: Final = structlog.get_logger("workgraph.sessions")


@dataclass(frozen=True, slots=True)
class Issued:
    """A new refresh token, and from when on it is refused."""

    text: str = field(repr=False)
    expires_at: datetime


def issue(context: Context, user: User, family: UUID | None = None) -> Issued:
    """Add the next token of a family, or the first one of a new family."""
    row_id = uuid7()
    text = refresh.make(context.session.tenant_id, row_id)
    expires_at = context.now + refresh.LIFETIME
    context.add(
        RefreshToken(
            id=row_id,
            user_id=user.id,
            family=family or row_id,
            token_hash=refresh.hash_of(text),
            expires_at=expires_at,
        )
    )
    return Issued(text, expires_at)


async def rotate(context: Context, user: User, token: RefreshToken) -> Issued | None:
    """Use a token, and return the next one; None where it is of no use. One that was used before ends its family."""
    if token.used_at is not None:
        LOG.warning("a refresh token was used twice", tenant_id=str(context.session.tenant_id), user_id=str(user.id))
        await end_family(context, token.family)
        return None
    if not is_good(token, context.now) or not user.is_active:
        return None
    token.used_at = context.now
    return issue(context, user, token.family)


def is_good(token: RefreshToken, now: datetime) -> bool:
    """Tell whether a token can still be used."""
    return token.used_at is None and token.revoked_at is None and now < token.expires_at


async def end_family(context: Context, family: UUID) -> None:
    """Revoke the one token of a family that could still be used."""
    await _revoke(context, await context.all(_unused().where(RefreshToken.family == family)))


async def end_all(context: Context, user: User) -> None:
    """End every session of a locked user at once: the refresh tokens, and the access tokens that are out."""
    user.token_version += 1
    await context.flush()
    await _revoke(context, await context.all(_unused().where(RefreshToken.user_id == user.id)))


def _unused() -> Select[RefreshToken]:
    unused = RefreshToken.used_at.is_(None) & RefreshToken.revoked_at.is_(None)
    return select(RefreshToken).where(unused).order_by(RefreshToken.id).with_for_update(key_share=True)


async def _revoke(context: Context, tokens: Sequence[RefreshToken]) -> None:
    for token in tokens:
        token.revoked_at = context.now
    await context.flush()
