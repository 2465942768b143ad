"""What is shown of an API key beside its columns."""

from collections.abc import Sequence

from db.choices import Choice
from db.models.keys import ApiKey
from resolvers.computed import computed
from resolvers.context import Looking


class ApiKeyStatus(Choice):
    """Whether a key is accepted."""

    ACTIVE = "active", "It is accepted, as long as its maker may sign in."
    EXPIRED = "expired", "It has run out."
    REVOKED = "revoked", "It was revoked."


@computed(ApiKey, needs="keys.read")
async def status(looking: Looking, keys: Sequence[ApiKey]) -> Sequence[ApiKeyStatus]:
    """Whether it is accepted now."""
    return [_status(looking, key) for key in keys]


def _status(looking: Looking, key: ApiKey) -> ApiKeyStatus:
    if key.revoked_at is not None:
        return ApiKeyStatus.REVOKED
    has_ended = key.expires_at is not None and key.expires_at <= looking.asking.now
    return ApiKeyStatus.EXPIRED if has_ended else ApiKeyStatus.ACTIVE
