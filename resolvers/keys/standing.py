"""What an API key may now: read in one statement, and kept as the standing of people is.

Its permissions are its scopes, as far as its maker has them throughout the company at that moment and keys may have
them at all: what the maker holds for the rows of some people only, their keys do not hold. A key that
was revoked, or whose maker may not sign in any more, has no standing; one that has run out is known, so that this can
be said to who holds it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from uuid import UUID

from sqlalchemy import Text, bindparam, select

from auth.keys import Key
from auth.permissions import FOR_KEYS
from auth.principal import Principal
from auth.roles import permissions_of
from db.models.clients import ApiClient
from db.models.identity import User
from db.models.keys import ApiKey
from db.session import Database
from db.tenancy import Placement, folded_text
from resolvers.standings import grants_of, held_throughout, roles_held

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class KeyStanding:
    """Who a key is and what it may, whose documents it runs, and what it is held to."""

    principal: Principal
    client: str
    expires_at: datetime | None = None
    networks: Sequence[Network] = ()
    per_minute: int | None = None
    used_at: datetime | None = field(default=None, compare=False)

    def has_ended(self, now: datetime) -> bool:
        """Tell whether it has run out."""
        return self.expires_at is not None and now >= self.expires_at

    def lets_in(self, address: str) -> bool:
        """Tell whether it may be used from an address; one that nobody knows is in no network."""
        if not self.networks:
            return True
        try:
            known = ip_address(address)
        except ValueError:
            return False
        known = known.ipv4_mapped or known if isinstance(known, IPv6Address) else known
        return any(known in network for network in self.networks)


async def look(database: Database, placement: Placement, key: Key) -> KeyStanding | None:
    """Read the standing of a key, in one statement and one round trip; None of one that is not accepted."""
    rows = await database.one(placement, _asked(placement.schema), [key.prefix])
    for row in rows:
        if key.matches(row["key_hash"]) and row["revoked_at"] is None and row["is_active"]:
            return _standing(placement.tenant_id, row)
    return None


def _standing(tenant_id: UUID, row: Any) -> KeyStanding:
    held = held_throughout(grants_of(row["roles"], permissions_of)) & FOR_KEYS & frozenset(row["scopes"])
    who = Principal("api_key", row["id"], tenant_id, held, client_id=row["client_id"], maker_id=row["maker_id"])
    return KeyStanding(
        who,
        row["client"],
        row["expires_at"],
        [ip_network(each) for each in row["allowed_ips"]],
        row["rate_limit_per_min"],
        row["last_used_at"],
    )


@lru_cache(maxsize=1_000)
def _asked(schema: str) -> str:
    return folded_text(_statement(), schema)


def _statement() -> Any:
    roles = roles_held()
    return (
        select(
            *(ApiKey.id, ApiKey.client_id, ApiKey.maker_id, ApiKey.key_hash, ApiKey.scopes, ApiKey.allowed_ips),
            *(ApiKey.rate_limit_per_min, ApiKey.expires_at, ApiKey.revoked_at, ApiKey.last_used_at),
            ApiClient.name.label("client"),
            User.is_active,
            roles.label("roles"),
        )
        .join(ApiClient, ApiClient.id == ApiKey.client_id)
        .join(User, User.id == ApiKey.maker_id)
        .where(ApiKey.prefix == bindparam("prefix", type_=Text()))
    )
