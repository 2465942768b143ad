"""Counts in Valkey, so that all processes count together: how often something was done, and what it has cost.

A window of counting begins with the first count and ends by itself; buckets of points leak. Valkey being away must not
keep people out: then nothing is counted, and a line in the log says so.
"""

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

PATIENCE: Final = 0.5
LOG: Final = structlog.get_logger("workgraph.limits")
DRAW: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local least, most, back = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local levels, room, wait = {}, most, 0
for place, key in ipairs(KEYS) do
  local size, rate = tonumber(ARGV[2 + 2 * place]), tonumber(ARGV[3 + 2 * place])
  local kept = redis.call('HMGET', key, 'level', 'at')
  local level = 0
  if kept[1] then
    level = math.max(0, tonumber(kept[1]) - (now - tonumber(kept[2])) * rate / 1000 - back)
  end
  levels[place] = level
  room = math.min(room, math.floor(size - level))
  wait = math.max(wait, (level + least - size) / rate)
end
local granted = 0
if room >= least then granted, wait = room, 0 end
local answer = {granted, math.ceil(wait * 1000)}
for place, key in ipairs(KEYS) do
  local size, rate = tonumber(ARGV[2 + 2 * place]), tonumber(ARGV[3 + 2 * place])
  local level = levels[place] + granted
  if level > 0 then
    redis.call('HSET', key, 'level', level, 'at', string.format('%.3f', now))
    redis.call('PEXPIRE', key, math.ceil(level / rate * 1000) + 1000)
  else
    redis.call('DEL', key)
  end
  answer[place + 2] = math.floor((size - level) * 1000)
end
return answer
"""
"""Draws from buckets; what it answers is in thousandths, as Valkey gives whole numbers."""


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


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket that leaks: so many points go into it, and so many leave it again each second."""

    size: int
    rate: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """What came of asking: points that were granted, and how many more there would be room for in each bucket.

    `wait` is after how many seconds there will be room; 0 where there was.
    """

    granted: int
    free: Sequence[float]
    wait: float


class Buckets:
    """Keeps buckets of points under names that begin with `prefix`; one question is one round trip.

    A script of Valkey looks at all buckets of a question and takes from each or from none. The clock is Valkey's, so
    that processes need not agree on the time. A bucket that is empty is forgotten.
    """

    def __init__(self, redis: Redis, *, prefix: str) -> None:
        self._prefix = prefix
        self._script: Any = redis.register_script(DRAW)
        self._said = False

    async def draw(self, buckets: Mapping[str, Bucket], least: int, most: int, *, back: int = 0) -> Drawn | None:
        """Take points, as many of `most` as there is room for but `least` at least, after so many were put `back`.

        None where Valkey is away, which is logged once.
        """
        keys = [f"{self._prefix}:budget:{name}" for name in buckets]
        sizes = [value for bucket in buckets.values() for value in (bucket.size, bucket.rate)]
        try:
            async with asyncio.timeout(PATIENCE):
                granted, wait, *free = await self._script(keys=keys, args=[least, most, back, *sizes])
        except (RedisError, OSError, TimeoutError) as error:
            self._away(error)
            return None
        self._said = False
        return Drawn(granted, [each / 1000 for each in free], wait / 1000)

    def _away(self, error: Exception) -> None:
        if not self._said:
            LOG.warning("budgets are not kept, Valkey is away", error=type(error).__name__)
        self._said = True
