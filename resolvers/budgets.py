"""What everybody may cost: a bucket of points for each person or client, and one for each company, that leak.

A process leases points of both in portions, and answers most requests out of its lease, without a round trip. Points
that were asked for and not used go back into the lease, and what is too much there, or left when it ends, into Valkey.
So whoever asks many processes may have two portions of each beyond the budget, for as long as a lease lasts.

All API keys of a client have one bucket. Strangers have a bucket for each address, and one for all strangers of a
company: they cannot use up what its people have. Who goes on asking when nothing is left is kept waiting a little for
the refusal.
"""

import asyncio
import math
import random
import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Final

from gateways.limits import Bucket, Buckets, Drawn
from resolvers.barred import RateLimited, TooMuch
from resolvers.context import Asking
from resolvers.doors import site_of

PORTIONS: Final = 100
"""Into how many portions a budget is parted."""

LEASE: Final = 5.0
"""Seconds that a lease lasts."""

FRESH: Final = 0.25
"""Seconds for which a refusal is believed without asking Valkey again."""

PAUSE: Final = 0.25
"""Seconds that a refusal waits at most for who was refused a moment ago, and half of it at least."""

AWAY: Final = 1.0
"""Seconds for which Valkey is not asked after it did not answer."""

MOST_LEASES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Budget:
    """What one person or client may cost, and what a company may, all of its people together; None: no bound."""

    client: Bucket
    company: Bucket | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a budget: of so many points, restored at so many a second."""

    limit: int
    remaining: int
    restore_rate: float


@dataclass(slots=True)
class Lease:
    """The points that this process has taken for somebody; `free` is what Valkey had left in each bucket, at `seen`."""

    buckets: Mapping[str, Bucket]
    left: int = 0
    ends: float = 0.0
    free: tuple[float, ...] = ()
    seen: float = -LEASE
    refused: float = -LEASE
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def has(self, points: int, now: float) -> bool:
        """Tell whether there are so many points left in it."""
        return self.left >= points and now < self.ends

    def room(self, now: float) -> float:
        """Return how much is left, in Valkey at most, and here."""
        leaked = now - self.seen
        sizes = zip(self.buckets.values(), self.free, strict=True)
        free = min((min(each.size, left + leaked * each.rate) for each, left in sizes), default=0.0)
        return max(0.0, free) + self.left

    def wait(self, points: int, now: float) -> float:
        """Return after how many seconds there will be room for so many points, as far as that is known for sure."""
        if now - self.seen > FRESH or len(self.free) < len(self.buckets):
            return 0.0
        sizes = zip(self.buckets.values(), self.free, strict=True)
        return max((points - self.left - left) / each.rate for each, left in sizes) - (now - self.seen)

    def take(self, drawn: Drawn, points: int, now: float) -> None:
        """Add what was drawn, and use so many points of it."""
        self.left += drawn.granted - points if drawn.granted else 0
        self.free, self.seen = tuple(drawn.free), now
        if drawn.granted:
            self.ends = now + LEASE


@dataclass(slots=True)
class Charge:
    """Points that were taken of a lease for one request; none where nothing is counted."""

    lease: Lease
    points: int


class Budgets:
    """The budgets of an installation, as one process keeps them."""

    def __init__(self, buckets: Buckets, budget: Budget) -> None:
        self._buckets, self._budget = buckets, budget
        self._portion = max(1, budget.client.size // PORTIONS)
        self._leases: dict[Hashable, Lease] = {}
        self._away = -AWAY

    def takes(self, asking: Asking, points: int) -> bool:
        """Charge a request that is not given back anything, if this process has leased enough for it."""
        lease = self._lease(asking)
        if lease.left < points or time.monotonic() >= lease.ends:
            return False
        lease.left -= points
        return True

    async def take(self, asking: Asking, points: int) -> Charge:
        """Charge a request before it runs, or raise RateLimited, or TooMuch where no waiting would help."""
        lease = self._lease(asking)
        if lease.has(points, time.monotonic()):
            lease.left -= points
            return Charge(lease, points)
        most = min(bucket.size for bucket in lease.buckets.values())
        if points > most:
            said = f"This costs {points:,} points, and a budget has {most:,}; ask for less at once."
            raise TooMuch(said, most=most, requested=points)
        async with lease.turn:
            now = time.monotonic()
            charge, wait = await self._drawn(lease, points, now)
        return charge or await self._refused(lease, points, wait)

    async def _drawn(self, lease: Lease, points: int, now: float) -> tuple[Charge | None, float]:
        """Take points of the lease, renewed if it must be; or say how long to wait."""
        if lease.has(points, now):
            lease.left -= points
            return Charge(lease, points), 0.0
        if (wait := lease.wait(points, now)) > 0:
            return None, wait
        if now - self._away < AWAY:
            return Charge(lease, 0), 0.0
        back, lease.left = lease.left, 0
        drawn = await self._buckets.draw(lease.buckets, points, max(points, self._portion), back=back)
        if drawn is None:
            self._away = time.monotonic()
            return Charge(lease, 0), 0.0
        lease.take(drawn, points, time.monotonic())
        return (Charge(lease, points), 0.0) if drawn.granted else (None, drawn.wait)

    async def _refused(self, lease: Lease, points: int, wait: float) -> Charge:
        """Refuse; who was refused a moment ago waits for it, so that asking again and again costs little."""
        now = time.monotonic()
        again, lease.refused = now - lease.refused < 2 * PAUSE, now
        if again:  # those who were refused together do not come back together
            await asyncio.sleep(PAUSE * (0.5 + random.random() / 2))  # noqa: S311 - it spreads, and guards nothing
        seconds = max(1, math.ceil(wait))
        left = math.floor(lease.room(now))
        said = f"The budget is used up: this costs {points:,} points, and {left:,} are left; try again in {seconds} s."
        raise RateLimited(said, retry_after=seconds)

    async def give_back(self, charge: Charge, unused: int) -> None:
        """Put back what was charged and not used; what is more than a process should hold goes to Valkey at once."""
        if not charge.points or unused <= 0:
            return
        lease = charge.lease
        lease.left += unused
        surplus = lease.left - 2 * self._portion
        if surplus > 0:
            lease.left -= surplus
            drawn = await self._buckets.draw(lease.buckets, 0, 0, back=surplus)
            if drawn:
                lease.free, lease.seen = tuple(drawn.free), time.monotonic()

    def standing(self, charge: Charge | Asking) -> Standing:
        """Tell what is left for who asks, as far as this process knows."""
        lease = charge.lease if isinstance(charge, Charge) else self._lease(charge)
        client = self._budget.client
        known = lease.room(time.monotonic()) if lease.free else client.size
        return Standing(client.size, min(client.size, math.floor(known)), client.rate)

    def _lease(self, asking: Asking) -> Lease:
        who = asking.principal
        key = (asking.tenant.id, who.kind, _of(asking))
        lease = self._leases.get(key)
        if lease is None:
            lease = self._leases[key] = Lease(self._named(asking))
            if len(self._leases) > MOST_LEASES:
                del self._leases[next(iter(self._leases))]
        return lease

    def _named(self, asking: Asking) -> Mapping[str, Bucket]:
        """Name the buckets that somebody draws from; the braces keep those of a company on one node of a cluster."""
        company, who = f"{{{asking.tenant.id}}}", asking.principal
        together = f"{company}:{'strangers' if who.id is None else 'all'}"
        client = {f"{company}:{who.kind}:{_of(asking)}": self._budget.client}
        return client if self._budget.company is None else {**client, together: self._budget.company}


def _of(asking: Asking) -> Hashable:
    """Return whose bucket it is: a client's, a person's, or that of the site which a stranger's address belongs to."""
    return asking.principal.client_id or asking.principal.apart or site_of(asking.address)
