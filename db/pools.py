"""How much of a pool of connections is in use."""

from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final, cast

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

WAITING: Final = attrgetter("_pool._queue._getters")  # nothing public tells


@dataclass(frozen=True, slots=True)
class Use:
    """How many connections a pool opens at most, how many are in use, and how many wait for one."""

    size: int
    in_use: int
    waiting: int


def use_of(engine: AsyncEngine) -> Use:
    """Look at the pool of SQLAlchemy."""
    pool = cast("QueuePool", engine.pool)
    getters: list[Any] = list(WAITING(pool))
    return Use(pool.size(), pool.checkedout(), len(getters))
