"""How much API keys are used: counted in each process, and added to their days every few seconds, for many requests.

What a process has counted it adds in one transaction for each company, and forgets before it begins to: one that is
killed, or cannot tell whether the database took it, loses what it counted in some seconds, and nothing counts twice.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

import structlog
from sqlalchemy import BigInteger, Date, Uuid, select, values
from sqlalchemy import column as named
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from uuid_utils.compat import uuid7

from db.catalog import TenantStatus
from db.models import keys as stored
from db.models.keys import ApiKey
from db.session import Database
from db.tenancy import Placement
from resolvers.barred import Barred
from resolvers.computed import computed
from resolvers.context import Asking, Looking, any_of
from resolvers.tenants import Tenants

EVERY: Final = 5.0
"""Seconds after which a process adds what it has counted."""

KEPT: Final = timedelta(days=400)
SHOWN: Final = 30
MOST_KEPT: Final = 10_000
"""Different keys and days that are counted between two times that they are added; further ones are not."""

BATCH: Final = 1000
FIGURES: Final = ("requests", "refused", "points")
LOG: Final = structlog.get_logger("workgraph.keys")


@dataclass(frozen=True, slots=True)
class ApiKeyUsage:
    """How much an API key was used on one day."""

    day: Annotated[date, "The day, in UTC."]
    requests: Annotated[int, "Requests that were sent with it; a subscription is one."]
    refused: Annotated[int, "How many of these were turned away: for want of a scope, too often, from elsewhere."]
    points: Annotated[int, "Points of cost that were charged for it."]


@computed(ApiKey, needs="keys.read")
async def usage(
    looking: Looking,
    keys: Sequence[ApiKey],
    from_: Annotated[date | None, "The first day; 30 days before the last one when left out."] = None,
    to: Annotated[date | None, "The last day; today when left out."] = None,
) -> Sequence[list[ApiKeyUsage]]:
    """How much it was used, by day, the first day first; days without use are left out. Kept for 400 days."""
    last = to or looking.asking.now.astimezone(UTC).date()
    first, days = from_ or date.fromordinal(max(1, last.toordinal() - SHOWN)), stored.ApiKeyUsage
    of_keys = days.key_id == any_of([key.id for key in keys])
    rows = await looking.all(select(days).where(of_keys, days.day.between(first, last)).order_by(days.day))
    found = defaultdict[UUID, list[ApiKeyUsage]](list)
    for row in rows:
        found[row.key_id].append(ApiKeyUsage(row.day, row.requests, row.refused, row.points))
    return [found[key.id] for key in keys]


@dataclass(slots=True)
class Figures:
    """What was counted of a key on a day."""

    requests: int = 0
    refused: int = 0
    points: int = 0


Counted = dict[tuple[UUID, date], Figures]


@dataclass(slots=True)
class KeyUsage:
    """What this process has counted since it was last added, by company, key and day."""

    database: Database
    tenants: Tenants
    clock: Callable[[], datetime]
    _counted: dict[UUID, Counted] = field(default_factory=dict[UUID, Counted])
    _number: int = 0

    @contextmanager
    def request(self, tenant_id: UUID, key_id: UUID | None) -> Generator[None]:
        """Count a request, and whether it is turned away within the block."""
        self._of(tenant_id, key_id).requests += 1
        try:
            yield
        except Barred:
            # what was counted may have been added meanwhile
            self._of(tenant_id, key_id).refused += 1
            raise

    @contextmanager
    def going_on(self, asking: Asking) -> Generator[None]:
        """Count whether a request is turned away within the block that was counted already, if it is of a key."""
        try:
            yield
        except Barred:
            if asking.key is not None:
                self._of(asking.tenant.id, asking.principal.id).refused += 1
            raise

    def answered(self, asking: Asking, points: int, errors: Iterable[Exception | None] = ()) -> None:
        """Count what a request of a key was charged, and whether it was turned away while it was answered."""
        if asking.key is not None:
            figures = self._of(asking.tenant.id, asking.principal.id)
            figures.points += points
            figures.refused += any(isinstance(error, Barred) for error in errors)

    async def run(self) -> None:
        """Add what was counted, every five seconds until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            await self.hand_on()

    async def hand_on(self) -> None:
        """Add what was counted, company by company; one that is being moved, or cannot be found out about, waits."""
        for tenant_id in list(self._counted):
            try:
                found = await self.tenants.find(id=tenant_id)
            except (SQLAlchemyError, OSError) as error:
                LOG.warning("use of keys waits", tenant_id=str(tenant_id), error=type(error).__name__)
                return
            if found is None:
                self._take(tenant_id)
            elif found.tenant.status is not TenantStatus.MIGRATING:
                await self._add(found.tenant.placement)

    async def _add(self, placement: Placement) -> None:
        rows = _rows(self._take(placement.tenant_id))
        try:
            async with self.database.transacting(placement) as session:
                for first in range(0, len(rows), BATCH):
                    await session.execute(_adding(rows[first : first + BATCH]))
        except (SQLAlchemyError, OSError) as error:
            LOG.warning("use of keys not counted", tenant_id=str(placement.tenant_id), error=type(error).__name__)

    def _take(self, tenant_id: UUID) -> Counted:
        counted = self._counted.pop(tenant_id, {})
        self._number -= len(counted)
        return counted

    def _of(self, tenant_id: UUID, key_id: UUID | None) -> Figures:
        """Return the figures of a key today, in UTC; some that nobody adds where there are too many already."""
        assert key_id is not None
        counted, day = self._counted.get(tenant_id, {}), (key_id, self.clock().astimezone(UTC).date())
        figures = counted.get(day)
        if figures is None:
            figures = Figures()
            if self._number < MOST_KEPT:
                self._counted.setdefault(tenant_id, counted)[day] = figures
                self._number += 1
        return figures


def _rows(counted: Counted) -> list[tuple[Any, ...]]:
    """Write out what was counted, in one order, so that two who add at the same time wait for each other in turn."""
    return [
        (uuid7(), key_id, day, figures.requests, figures.refused, figures.points)
        for (key_id, day), figures in sorted(counted.items(), key=lambda each: each[0])
    ]


def _adding(rows: Sequence[tuple[Any, ...]]) -> Any:
    """Add to the days of keys that are still there."""
    figures = [named(name, BigInteger) for name in FIGURES]
    given = values(named("id", Uuid), named("key_id", Uuid), named("day", Date), *figures, name="given").data(
        list(rows)
    )
    there = (
        select(ApiKey.tenant_id, *given.c)
        .join(given, given.c.key_id == ApiKey.id)
        .order_by(given.c.key_id, given.c.day)
    )
    new = insert(stored.ApiKeyUsage).from_select(
        ["tenant_id", *(each.name for each in given.c)], there, include_defaults=False
    )
    more: Mapping[str, Any] = {
        name: getattr(stored.ApiKeyUsage, name) + getattr(new.excluded, name) for name in FIGURES
    }
    return new.on_conflict_do_update(constraint="uq_api_key_usage_day", set_=more)
