"""How often one may knock at the doors that stand open to everybody, by client address and by account.

Whether an account is there makes no difference: what counts is the name that was given.
"""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from gateways.limits import Limit, Limits
from resolvers.barred import RateLimited
from resolvers.context import Asking

IPV6_SITE: Final = 64
HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Door:
    """What is open to everybody: how often one client address may call it, and for one account."""

    name: str
    per_address: Limit
    per_account: Limit | None = None


LOGIN: Final = Door("login", Limit(60, timedelta(minutes=5)), Limit(20, timedelta(minutes=15)))
REFRESH: Final = Door("refresh", Limit(120, timedelta(minutes=1)))
FORGOTTEN: Final = Door("forgotten", Limit(20, HOUR), Limit(5, HOUR))
CHOOSE: Final = Door("choose", Limit(30, HOUR))
VERIFY: Final = Door("verify", Limit(20, HOUR), Limit(5, HOUR))
SIGN_ON: Final = Door("sign_on", Limit(60, timedelta(minutes=5)))
REGISTER: Final = Door("register", Limit(10, HOUR))
UPLOAD: Final = Door("upload", Limit(300, timedelta(minutes=5)))
CALENDAR: Final = Door("calendar", Limit(600, timedelta(minutes=5)), Limit(120, HOUR))


class Doors:
    """Counts knocks, and turns away who knocks too often. `factor` multiplies every limit; 0 turns none away."""

    def __init__(self, limits: Limits, *, factor: float) -> None:
        self._limits, self._factor = limits, factor

    async def knock(self, door: Door, asking: Asking, account: str | None = None) -> None:
        """Count one call; the account is counted under a keyed hash, so that no address stands in Valkey."""
        await self.knock_from(door, asking.address)
        if door.per_account and account is not None and self._factor:
            mark = asking.keyring.fingerprint(f"knock:{account.strip().lower()}".encode(errors="replace")).hex()
            await self._count(f"{door.name}:for:{mark}", door.per_account)

    async def knock_from(self, door: Door, address: str) -> None:
        """Count one call from a client address; one that nobody knows is not counted."""
        if address and self._factor:
            await self._count(f"{door.name}:from:{site_of(address)}", door.per_address)

    async def _count(self, name: str, limit: Limit) -> None:
        widened = Limit(max(1, round(limit.times * self._factor)), limit.within)
        seconds = await self._limits.count(name, widened)
        if seconds is not None:
            raise RateLimited(f"Too many tries; try again in {seconds} s.", retry_after=seconds)


def site_of(address: str) -> str:
    """Return whom an address belongs to: of version 6, a site has 2^64 of them."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return address
    return str(known.ipv4_mapped or ip_network((int(known), IPV6_SITE), strict=False))
