"""Folds counts in a child, kills that without warning at a chance moment, and begins another one, many times.

Every other child may first fold once, however slow the machine is.
"""

import asyncio
import os
import random
import signal
import sys
import time
from datetime import UTC, datetime

from redis.asyncio import Redis

from db.session import make_engine
from gateways.usage import Counts
from resolvers.usage import Folding

TIMES = 24


async def fold_for_ever(database_url: str, redis_url: str, prefix: str, told: int) -> None:
    catalog = make_engine(database_url, pool_size=1)
    redis: Redis = Redis.from_url(redis_url)
    folding = Folding(catalog, Counts(redis, prefix=prefix), clock=lambda: datetime.now(UTC))
    await folding.fold()
    os.write(told, b".")
    while True:
        await folding.fold()


def main() -> None:
    database_url, redis_url, prefix = sys.argv[1:]
    for turn in range(TIMES):
        heard, told = os.pipe()
        child = os.fork()
        if not child:
            asyncio.run(fold_for_ever(database_url, redis_url, prefix, told))
        os.close(told)
        if turn % 2:
            os.read(heard, 1)
        time.sleep(random.uniform(0.0, 0.2))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(heard)


if __name__ == "__main__":
    main()
