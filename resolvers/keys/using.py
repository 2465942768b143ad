"""Using API keys: who asks with one, from where, as which client; and when each was last used.

Whatever is wrong with a key is one answer, unless the whole key was right: who holds it may know that it has run out,
or that it may not be used so.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import or_, update
from sqlalchemy.exc import SQLAlchemyError

from auth import keys
from auth.keys import BEGINNING, Key
from db.models.keys import ApiKey
from db.session import Database
from db.tenancy import Placement
from resolvers.barred import AddressNotAllowed, ApiKeyExpired, Barred, ClientMismatch, Unauthenticated
from resolvers.keys.standing import KeyStanding, look
from resolvers.keys.usage import KeyUsage
from resolvers.standings import Standings

NOTED_EVERY: Final = timedelta(minutes=1)
LONGEST_ADDRESS: Final = 45
LOG: Final = structlog.get_logger("workgraph.keys")

WRONG: Final = "This is not a valid API key."
EXPIRED: Final = "This API key has run out; ask for a new one."
ELSEWHERE: Final = "This API key may not be used from this address."
OTHER_CLIENT: Final = "This API key belongs to another client than `GraphQL-Client-Name` says; leave the header out."


def is_key(token: str | None) -> bool:
    """Tell whether a token is to be an API key."""
    return token is not None and token.startswith(BEGINNING)


def read(token: str) -> Key:
    """Read a token that is to be an API key; nothing is looked up for one that has not even the form."""
    key = keys.parse(token)
    if key is None:
        raise Unauthenticated(WRONG)
    return key


class Keys:
    """The API keys that are used in this process, as they stand."""

    def __init__(self, database: Database, usage: KeyUsage, *, ticks: Callable[[], float] = time.monotonic) -> None:
        self._database, self._usage = database, usage
        self._standings = Standings(database, look, ticks=ticks)
        self._noting = set[UUID]()

    async def used(self, placement: Placement, key: Key, *, address: str, client: str, now: datetime) -> KeyStanding:
        """Return the standing of a key that may be used now, from there and by this client, or refuse it."""
        standing = await self._standings.of(placement, key)
        if standing is None:
            raise Unauthenticated(WRONG)
        if refused := _refusal(standing, address, client, now):
            with self._usage.request(placement.tenant_id, standing.principal.id):
                raise refused
        return standing

    def forget(self, placement: Placement) -> None:
        """Forget what is known of a company's keys."""
        self._standings.forget(placement)

    async def note(self, placement: Placement, standing: KeyStanding, address: str, now: datetime) -> None:
        """Write down that a key was used, once in a minute at most. It is used whether this succeeds or not."""
        key_id = standing.principal.id
        if key_id is None or key_id in self._noting or not _is_due(standing, now):
            return
        self._noting.add(key_id)
        try:
            async with self._database.transacting(placement) as session:
                before = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at <= now - NOTED_EVERY)
                noted = update(ApiKey).where(ApiKey.id == key_id, before)
                await session.execute(noted.values(last_used_at=now, last_used_ip=address[:LONGEST_ADDRESS] or None))
        except (SQLAlchemyError, OSError) as error:
            LOG.warning("use of a key not noted", api_key_id=str(key_id), error=type(error).__name__)
        finally:
            self._noting.discard(key_id)


def _refusal(standing: KeyStanding, address: str, client: str, now: datetime) -> Barred | None:
    """Say why a key may not be used so, if it may not."""
    if standing.has_ended(now):
        return ApiKeyExpired(EXPIRED)
    if not standing.lets_in(address):
        return AddressNotAllowed(ELSEWHERE)
    return None if client in {"", standing.client} else ClientMismatch(OTHER_CLIENT)


def _is_due(standing: KeyStanding, now: datetime) -> bool:
    return standing.used_at is None or now - standing.used_at >= NOTED_EVERY
