"""Whether a connection may go on: its token has not run out, its company is open, and its person may what they might.

Each of these ends it within a minute, and none of them costs a statement while nothing happens: a token's end is known,
what happens to a person is an event, and a company is looked up once in a while for all its connections together.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from random import uniform
from typing import Final

from graphql import GraphQLError

from resolvers.context import Asking
from resolvers.identity import Identity
from resolvers.tenants import NOWHERE
from schema.execute.errors import shown
from schema.live.protocol import Closing, Code
from subscriptions.followers import Follower
from subscriptions.hub import Hub

LOOK_EVERY: Final = (25.0, 35.0)
EXPIRED: Final = "TOKEN_EXPIRED: The access token has run out; refresh it, or sign in again."
KEY_EXPIRED: Final = "API_KEY_EXPIRED: This API key has run out; ask for a new one."
CLOSED: Final = "TENANT_NOT_FOUND: The company of this session is not here any more."
CHANGED: Final = "FORBIDDEN: What this session may do has changed; subscribe again."


class Guard:
    """Watches over one connection; `identified` finds out anew who is there, or raises that it has to end."""

    def __init__(
        self,
        identity: Identity,
        hub: Hub,
        clock: Callable[[], datetime],
        identified: Callable[[], Awaitable[Asking]],
    ) -> None:
        self._identity, self._hub, self._clock, self._identified = identity, hub, clock, identified

    async def watch(self, asking: Asking, token: str | None) -> None:
        """Watch until the connection has to end, and raise `Closing` then."""
        concerned = asking.principal.id, asking.principal.maker_id, asking.session_id, asking.principal.apart
        async with self._hub.attending(asking.tenant.id, *concerned) as follower:
            while True:
                ends_at = asking.key.ends_at if asking.key else self._identity.ends_at(token)
                happened = await _within(follower, self._patience(ends_at))
                if ends_at and self._clock() >= ends_at:
                    raise Closing(Code.SIGN_IN_AGAIN, KEY_EXPIRED if asking.key else EXPIRED)
                asking = await self._look(asking, again=happened or self._hub.is_away)

    def _patience(self, ends_at: datetime | None) -> float:
        """Return after how many seconds to look; not all connections at once."""
        seconds = uniform(*LOOK_EVERY)  # noqa: S311 - nothing is guarded by it
        return min(seconds, max(0.0, (ends_at - self._clock()).total_seconds())) if ends_at else seconds

    async def _look(self, asking: Asking, *, again: bool) -> Asking:
        """Look at company and person; what cannot be looked at for the moment is looked at next time."""
        try:
            return await self._known(asking, again=again)
        except Closing:
            raise
        except Exception as error:  # noqa: BLE001 - the database may be away
            shown([GraphQLError(str(error), original_error=error)])
            return asking

    async def _known(self, asking: Asking, *, again: bool) -> Asking:
        """Return who is there, whose API key may end at another time by now, or raise why the connection has to end."""
        if asking.tenant.id != NOWHERE.id and not await self._identity.is_open(asking.tenant.id):
            raise Closing(Code.SIGN_IN_AGAIN, CLOSED)
        who = asking.principal
        if who.id is None or not (again or who.impersonator):
            return asking
        self._identity.forget(asking.tenant.placement)  # another process may have written what happened
        known = await self._identified()
        if known.principal.may != who.may:
            raise Closing(Code.SIGN_IN_AGAIN, CHANGED)
        return known


async def _within(follower: Follower, seconds: float) -> bool:
    """Tell whether something happens within so long."""
    try:
        async with asyncio.timeout(seconds):
            await follower.changed()
    except TimeoutError:
        return False
    return True
