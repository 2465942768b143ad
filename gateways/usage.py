"""Counts of what is used, kept in Valkey between the processes that count and the one that writes them down.

All add to one hash. It has a name from its first count on, and is set aside before it is read: what is added
meanwhile goes to the next one, and who reads it again after having been killed finds the same name and the same
counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from redis.asyncio import Redis
from redis.exceptions import ResponseError

LIFETIME: Final = timedelta(days=6)
"""How long counts wait for somebody to write them down."""

NAME: Final = b"batch"
DROP: Final = (
    "if redis.call('hget', KEYS[1], 'batch') == ARGV[1] then return redis.call('unlink', KEYS[1]) end return 0"
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Counts that were set aside, by what they are of."""

    name: UUID
    counts: Mapping[str, int]


class Counts:
    """The hash of counts, and the one that is set aside."""

    def __init__(self, redis: Redis, *, prefix: str) -> None:
        self._redis, self._growing, self._aside = redis, f"{prefix}:usage", f"{prefix}:usage:aside"

    async def add(self, counts: Mapping[str, int]) -> None:
        """Add to what is counted, in one round trip and all of it or nothing."""
        async with self._redis.pipeline(transaction=True) as pipeline:
            steps: Any = pipeline
            steps.hsetnx(self._growing, NAME, str(uuid4()))
            steps.expire(self._growing, LIFETIME, nx=True)
            for name, times in counts.items():
                steps.hincrby(self._growing, name, times)
            await steps.execute()

    async def set_aside(self) -> Batch | None:
        """Set aside what was counted, unless something still is, and return what is set aside."""
        async with self._redis.pipeline(transaction=True) as pipeline:
            steps: Any = pipeline
            steps.renamenx(self._growing, self._aside)
            steps.hgetall(self._aside)
            renamed, held = await steps.execute(raise_on_error=False)
        if isinstance(held, Exception):
            raise held
        # there may be nothing to rename, which Valkey calls an error
        if isinstance(renamed, Exception) and not isinstance(renamed, ResponseError):
            raise renamed
        return _batch(held) if held else None

    async def drop(self, batch: Batch) -> None:
        """Let go of a batch that was written down, and of no other."""
        dropping: Any = self._redis.eval(DROP, 1, self._aside, str(batch.name))
        await dropping


def _batch(held: Mapping[bytes, bytes]) -> Batch:
    counts = {name.decode(): int(times) for name, times in held.items() if name != NAME}
    return Batch(UUID(held[NAME].decode()), counts)
