"""Until when an API key lives: what cannot be done with one that has ended, and which notice of its end is due."""

from datetime import datetime, timedelta
from typing import Final

from db.models.keys import ApiKey
from resolvers.refusals import Refused

OVER: Final = 0
NOTICES: Final = (14, 3, 1)
"""How many days before its end a key is announced."""


class AlreadyRevoked(Refused):
    """The key was revoked before."""

    code = "ALREADY_REVOKED"


class AlreadyExpired(Refused):
    """The key has run out; make another."""

    code = "ALREADY_EXPIRED"


class AlreadyRotated(Refused):
    """Another key has taken the place of this one, which is accepted for its grace and no longer."""

    code = "ALREADY_ROTATED"


LIVING: Final = (AlreadyRevoked, AlreadyExpired, AlreadyRotated)
"""What refuses a key that has ended, or is about to."""


def expect_living(api_key: ApiKey, now: datetime) -> None:
    """Refuse a key that was revoked, has run out, or was rotated."""
    if api_key.revoked_at is not None:
        raise AlreadyRevoked("It was revoked before.", path=("id",))
    if api_key.rotated_at is not None:
        raise AlreadyRotated("It was rotated before; another key has taken its place.", path=("id",))
    if api_key.expires_at is not None and api_key.expires_at <= now:
        raise AlreadyExpired("It has run out; make another key.", path=("id",))


def due(expires_at: datetime | None, now: datetime) -> int | None:
    """Return the notice that is due of a key: the fewest days before its end, `OVER` when it has come; None of none."""
    if expires_at is None:
        return None
    return min((days for days in (OVER, *NOTICES) if expires_at <= now + timedelta(days=days)), default=None)
