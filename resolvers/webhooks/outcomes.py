"""Writes down what came of attempts, many at a time, and gives up endpoints that are gone or fail for too long."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import random
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from uuid_utils.compat import uuid7

from auth.principal import Principal
from db.dispatching import Attempt, Dispatching, Due
from db.models.webhooks import DeliveryStatus, WebhookEndpoint, WebhookEndpointStatus
from db.session import Database
from gateways.webhooks import Outcome, next_delay
from resolvers.context import Asking, Context
from resolvers.emitter import job
from resolvers.refusals import NotFound
from resolvers.tenants import Tenants
from resolvers.webhooks.disabling import DAYS, FAILING, GONE, UNREAD, disable
from resolvers.webhooks.endpoints import GIVE_UP

LOG: Final = structlog.get_logger("workgraph.webhooks")
GIVING_UP: Final = job("dispatch_webhooks", *GIVE_UP.emits, "email_message.created")
COLLECTING: Final = 0.01
"""Seconds in which outcomes gather, to be written down together."""

PAUSE: Final = 1.0
AWAY: Final = (SQLAlchemyError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Done:
    """A delivery that was attempted, and what came of it."""

    schema: str
    attempt: Attempt
    is_gone: bool


class Outcomes:
    """What came of attempts in one database. `written` is called whenever some has been written down."""

    def __init__(
        self,
        dispatching: Dispatching,
        database: Database,
        tenants: Tenants,
        *,
        clock: Callable[[], datetime],
        delays: Sequence[float],
        written: Callable[[], None],
    ) -> None:
        self._dispatching, self._database, self._tenants = dispatching, database, tenants
        self._clock, self._delays, self._written = clock, delays, written
        self._done = list[Done]()
        self._fresh = asyncio.Event()
        self._is_ending = False

    def add(self, schema: str, due: Due, outcome: Outcome, started: datetime) -> None:
        """Have written down what came of an attempt."""
        self._done.append(Done(schema, attempt_of(due, outcome, started, self._delays), outcome.is_gone))
        self._fresh.set()

    def end(self) -> None:
        """Have what is left written down, and no more."""
        self._is_ending = True
        self._fresh.set()

    async def run(self) -> None:
        """Write down what came of attempts, in batches, until the end; what cannot be written then is sent again."""
        self._is_ending = False
        while self._done or not self._is_ending:
            await self._fresh.wait()
            self._fresh.clear()
            if not self._is_ending:
                await asyncio.sleep(COLLECTING)
            done, self._done = self._done, []
            try:
                await self._finish(done)
            except Exception as error:  # noqa: BLE001 - what was sent is not forgotten, whatever it is
                LOG.warning("what webhooks answered is not written yet", error=type(error).__name__)
                await self._later(done)
            self._written()

    async def _later(self, done: Sequence[Done]) -> None:
        if not self._is_ending:
            self._done = [*done, *self._done]
            await asyncio.sleep(PAUSE)
            self._fresh.set()

    async def _finish(self, done: Sequence[Done]) -> None:
        by_schema = defaultdict[str, list[Attempt]](list)
        for each in done:
            by_schema[each.schema].append(each.attempt)
        hopeless = {(each.attempt.tenant_id, each.attempt.endpoint_id): GONE for each in done if each.is_gone}
        for schema, attempts in by_schema.items():
            for endpoint in await self._dispatching.finish(schema, attempts, days=DAYS):
                hopeless.setdefault(endpoint, FAILING)
        for (tenant_id, endpoint_id), reason in hopeless.items():
            await self._give_up(tenant_id, endpoint_id, reason)

    async def reader_gone(self, tenant_id: UUID, endpoint_id: UUID, reader_id: UUID | None) -> bool:
        """Disable an endpoint whose reader is gone, unless it has another one by now; tell whether that is settled."""

        def is_still_so(endpoint: WebhookEndpoint) -> bool:
            return endpoint.selection is not None and endpoint.reader_id == reader_id

        return await self._give_up(tenant_id, endpoint_id, UNREAD, is_still_so)

    async def _give_up(
        self,
        tenant_id: UUID,
        endpoint_id: UUID,
        reason: str,
        is_still_so: Callable[[WebhookEndpoint], bool] = lambda _endpoint: True,
    ) -> bool:
        """Disable an endpoint, unless somebody has done so. One that cannot be is met again with its next attempt."""
        found = await self._tenants.find(id=tenant_id)
        if found is None:
            return False
        principal = Principal("system", tenant_id=tenant_id, name="webhooks")
        asking = Asking(principal, found.tenant, found.keyring, self._clock(), f"webhooks:{endpoint_id}")
        try:
            async with self._database.transacting(found.tenant.placement) as session:
                context = Context(asking, session, GIVING_UP.name)
                endpoint = await context.one(WebhookEndpoint, endpoint_id)
                if endpoint.status is WebhookEndpointStatus.ACTIVE and is_still_so(endpoint):
                    await disable(context, endpoint, reason)
                    await context.flush()
        except (NotFound, *AWAY) as error:
            LOG.warning("endpoint not disabled", endpoint=str(endpoint_id), error=type(error).__name__)
            return False
        LOG.info("endpoint disabled", endpoint=str(endpoint_id), reason=reason)
        return True


def attempt_of(due: Due, outcome: Outcome, started: datetime, delays: Sequence[float]) -> Attempt:
    """Tell what becomes of a delivery after an attempt."""
    jitter = random()  # noqa: S311 - it only spreads
    delay = None if outcome.is_gone else next_delay(due.attempt_count + 1, outcome.retry_after, jitter, delays)
    failed = DeliveryStatus.DEAD if delay is None else DeliveryStatus.PENDING
    return Attempt(
        tenant_id=due.tenant_id,
        id=due.id,
        endpoint_id=due.endpoint_id,
        claimed_until=due.claimed_until,
        attempt_id=uuid7(),
        number=due.last_number + 1,
        status=DeliveryStatus.SUCCEEDED if outcome.succeeded else failed,
        delay=None if outcome.succeeded else delay,
        started_at=started,
        duration_ms=outcome.duration_ms,
        http_status=outcome.http_status,
        error=outcome.error,
        excerpt=outcome.excerpt,
    )
