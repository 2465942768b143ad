"""Revoking API keys: at once, for good, by who manages keys or made this one."""

from db.models.keys import ApiKey
from resolvers.context import Context
from resolvers.keys.events import KeyRevoked
from resolvers.keys.living import AlreadyRevoked
from resolvers.keys.making import MANAGE
from resolvers.operation import operation
from resolvers.refusals import NotFound


@operation("keys.revoke_own", refuses=[NotFound, AlreadyRevoked], emits=["apikey.updated", "apikey.revoked"])
async def revoke_api_key(context: Context, api_key: ApiKey) -> ApiKey:
    """Revoke an API key for good: its next request is refused. A key of somebody else needs `keys.manage`."""
    if not context.principal.can(MANAGE) and api_key.maker_id != context.principal.user_id:
        raise NotFound("There is no such api key.", path=("id",))
    if api_key.revoked_at is not None:
        raise AlreadyRevoked("It was revoked before.", path=("id",))
    api_key.revoked_at = context.now
    await context.publish(KeyRevoked(), api_key)
    return api_key
