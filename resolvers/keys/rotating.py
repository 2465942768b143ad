"""Rotating API keys: another takes the place of one, which is accepted for a grace, so that nothing has to stop.

Whoever rotates a key holds the new one in their hands. So they need what making one needs, every scope of it too, and
the new one is theirs: it may what they may.
"""

from datetime import timedelta
from typing import Annotated, Final

from db.models.keys import ApiKey
from resolvers.context import Context
from resolvers.keys.events import KeyRotated
from resolvers.keys.living import LIVING, expect_living
from resolvers.keys.making import MANAGE, ScopeAboveYours, add_key, revealed
from resolvers.operation import operation
from resolvers.refusals import InvalidInput

LONGEST_GRACE: Final = 24 * 60


@operation(
    MANAGE,
    refuses=[InvalidInput, ScopeAboveYours, *LIVING],
    emits=["apikey.created", "apikey.updated", "apikey.rotated"],
    shows=revealed,
    shown_as="revealed",
)
async def rotate_api_key(
    context: Context,
    api_key: ApiKey,
    grace_minutes: Annotated[
        int | None, "For how many minutes the old key is accepted beside the new one: 0 to 1440; 1440 when left out."
    ] = None,
) -> ApiKey:
    """Have a new key, which is shown this once, take the place of one.

    It has the client, name, scopes, networks, rate and end of the old one, and is yours: you need all of its scopes.
    The old one runs out at the end of the grace, if it does not before.
    """
    grace = LONGEST_GRACE if grace_minutes is None else grace_minutes
    if not 0 <= grace <= LONGEST_GRACE:
        raise InvalidInput(f"0 to {LONGEST_GRACE} minutes.", path=("grace_minutes",))
    expect_living(api_key, context.now)
    for scope in api_key.scopes:
        if not context.principal.can(scope):
            raise ScopeAboveYours(f"You lack {scope} yourself.", path=("id",))
    made = add_key(
        context,
        client_id=api_key.client_id,
        name=api_key.name,
        scopes=list(api_key.scopes),
        allowed_ips=list(api_key.allowed_ips),
        rate_limit_per_min=api_key.rate_limit_per_min,
        expires_at=api_key.expires_at,
        rotated_from_id=api_key.id,
    )
    grace_ends = context.now + timedelta(minutes=grace)
    ends_at = min(grace_ends, api_key.expires_at or grace_ends)
    api_key.expires_at, api_key.rotated_at = ends_at, context.now
    await context.publish(KeyRotated(successor_id=made.id, expires_at=ends_at), api_key)
    return made
