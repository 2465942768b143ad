"""A signed-in session, as it is handed out: the token to send with each request, and the one to get the next with."""

from dataclasses import dataclass, field
from datetime import datetime

from auth.tokens import AccessTokens
from db.models.identity import User
from resolvers.context import Asking
from resolvers.identity.families import Issued


@dataclass(frozen=True, slots=True)
class Session:
    """The tokens of a session, and when they run out."""

    access_token: str = field(repr=False)
    expires_at: datetime
    refresh_token: str | None = field(repr=False)
    refresh_expires_at: datetime | None


def session_of(tokens: AccessTokens, asking: Asking, user: User, issued: Issued | None) -> Session:
    """Return what a user is handed out; without a refresh token, where the sign-in is not noted."""
    access = tokens.issue(
        user_id=user.id,
        tenant_id=asking.tenant.id,
        token_version=user.token_version,
        session_id=issued.family if issued else None,
    )
    text, expires_at = (issued.text, issued.expires_at) if issued else (None, None)
    return Session(access.text, access.expires_at, text, expires_at)
