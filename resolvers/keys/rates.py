"""How many requests a minute an API key may send, where it was given a bound: a bucket that leaks, in Valkey."""

import math
from typing import Final

from gateways.limits import Bucket, Buckets
from resolvers.barred import RateLimited
from resolvers.context import Asking

MINUTE: Final = 60


class KeyRates:
    """Counts the requests of keys that have a bound; one round trip for each of those, and none for anybody else."""

    def __init__(self, buckets: Buckets) -> None:
        self._buckets = buckets

    async def take(self, asking: Asking) -> None:
        """Count one request, or raise RateLimited. While Valkey is away, nothing is counted."""
        if asking.key is None or asking.key.per_minute is None:
            return
        bucket = Bucket(asking.key.per_minute, asking.key.per_minute / MINUTE)
        drawn = await self._buckets.draw({f"{{{asking.tenant.id}}}:key:{asking.principal.id}": bucket}, 1, 1)
        if drawn is not None and not drawn.granted:
            seconds = max(1, math.ceil(drawn.wait))
            said = f"This API key may send {asking.key.per_minute:,} requests a minute; try again in {seconds} s."
            raise RateLimited(said, retry_after=seconds)
