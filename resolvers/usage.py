"""What of the schema is used is counted in Valkey, and folded into the control plane's tables by a worker.

It may be killed anywhere: the counts are set aside under a name, added together with that name, and dropped afterwards.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from db.catalog import Tenant
from db.catalog.usage import Use, add_usage, forget_usage
from gateways.usage import LIFETIME, Batch, Counts

FOLD: Final = "fold_usage"
KEPT: Final = timedelta(days=400)
BATCHES_KEPT: Final = LIFETIME + timedelta(days=1)
"""A batch cannot come again when Valkey has forgotten it."""

LOG: Final = structlog.get_logger("workgraph.usage")


def named(use: Use) -> str:
    """Return the name under which a use is counted; a coordinate and a day have no spaces."""
    return f"{use.day.isoformat()} {use.coordinate} {use.client}"


def use_named(name: str) -> Use:
    """Return the use that is counted under a name."""
    day, coordinate, client = name.split(" ", maxsplit=2)
    return Use(coordinate, client, date.fromisoformat(day))


class Folding:
    """Folds the counts of all processes into the tables."""

    def __init__(self, catalog: AsyncEngine, counts: Counts, *, clock: Callable[[], datetime]) -> None:
        self._catalog, self._counts, self._clock = catalog, counts, clock

    async def by_the_clock(self, _tenants: Sequence[Tenant]) -> None:
        """Fold what there is, and forget what is old; it is of all tenants together, and of none."""
        folded = await self.fold()
        now = self._clock()
        async with self._catalog.begin() as connection:
            await forget_usage(connection, days_until=now.date() - KEPT, batches_until=now - BATCHES_KEPT)
        LOG.info("usage folded", uses=folded)

    async def fold(self) -> int:
        """Fold what is set aside, then what was counted meanwhile; return how many counts were new."""
        folded = 0
        for _ in range(2):
            batch = await self._counts.set_aside()
            if batch is None:
                break
            folded += await self._fold(batch)
        return folded

    async def _fold(self, batch: Batch) -> int:
        counts: Counter[Use] = Counter()
        for name, times in batch.counts.items():
            counts[use_named(name)] += times
        async with self._catalog.begin() as connection:
            new = await add_usage(connection, batch.name, counts)
        await self._counts.drop(batch)
        return len(counts) if new else 0
