"""Counts how often something was done lately, in Valkey, so that all processes count together.

A window begins with the first count and ends by itself. Valkey being away must not keep people out: then nothing is
counted, and a line in the log says so.
"""

import asyncio
import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

PATIENCE: Final = 0.5
LOG: Final = structlog.get_logger("workgraph.limits")


@dataclass(frozen=True, slots=True)
class Limit:
    """So many times within so long."""

    times: int
    within: timedelta


class Limits:
    """Counts under names that begin with `prefix`."""

    def __init__(self, redis: Redis, *, prefix: str) -> None:
        self._redis, self._prefix = redis, prefix

    async def count(self, name: str, limit: Limit) -> int | None:
        """Count once; return after how many seconds to come again where that was once too often, else None."""
        try:
            async with asyncio.timeout(PATIENCE):
                times, left = await self._count(f"{self._prefix}:limit:{name}", limit)
        except (RedisError, OSError, TimeoutError) as error:
            LOG.warning("not limited, Valkey is away", error=type(error).__name__)
            return None
        return max(1, math.ceil(left / 1000)) if times > limit.times else None

    async def _count(self, key: str, limit: Limit) -> tuple[int, int]:
        """Return how often it was done in this window, and how many milliseconds of that are left."""
        async with self._redis.pipeline(transaction=True) as pipeline:
            steps: Any = pipeline
            steps.incr(key)
            steps.pexpire(key, round(limit.within.total_seconds() * 1000), nx=True)
            steps.pttl(key)
            times, _, left = await steps.execute()
        return times, left
