"""Deliveries and their attempts, as whoever looks after webhooks sees them; and a test, which is one more delivery."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from sqlalchemy import func, select
from ulid import ULID
from uuid_utils.compat import uuid7

from db.models import webhooks as stored
from db.models.webhooks import DeliveryStatus, WebhookEndpoint, WebhookEndpointStatus
from resolvers.barred import BadInput
from resolvers.context import Context, Looking, any_of
from resolvers.operation import Names, operation
from resolvers.reading import reading
from resolvers.refusals import Refused
from resolvers.webhooks.bodies import body_of

TEST: Final = "webhook.test"
LARGEST_PAGE: Final = 100


class EndpointNotActive(Refused):
    """The endpoint is sent nothing, because it is paused or was given up; resume it first."""

    code = "ENDPOINT_NOT_ACTIVE"


@dataclass(frozen=True, slots=True)
class WebhookAttempt:
    """One attempt to deliver an event."""

    number: Annotated[int, "Which attempt it was, from 1; a replay goes on counting."]
    started_at: Annotated[datetime, "When it began."]
    duration_ms: Annotated[int, "How long it took, in milliseconds."]
    http_status: Annotated[int | None, "Status that the endpoint answered with."]
    error: Annotated[str | None, "Why there was no answer, or why it was not sent."]
    response_excerpt: Annotated[str | None, "Beginning of the answer, at most 1 KB."]


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """One event on its way to one endpoint."""

    endpoint_id: Annotated[UUID, Names("WebhookEndpoint"), "Where it goes; the endpoint may be gone since."]
    message_id: Annotated[str, "The header `webhook-id` of every attempt: the event's id, the same in a replay."]
    event_type: Annotated[str, "Type of the event; `webhook.test` for a test."]
    status: Annotated[DeliveryStatus, "What became of it."]
    attempt_count: Annotated[int, "Attempts since it was made, or replayed."]
    created_at: Annotated[datetime, "When it was made."]
    next_attempt_at: Annotated[datetime | None, "When it is attempted next; null when it is finished."]
    finished_at: Annotated[datetime | None, "When it succeeded, was left out or was given up."]
    body: Annotated[str | None, "What is sent, byte for byte; null before the first attempt."]
    attempts: Annotated[list[WebhookAttempt], "Its attempts, the first one first."]


@dataclass(frozen=True, slots=True)
class WebhookDeliveryPage:
    """Some deliveries of an endpoint, the newest first."""

    deliveries: Annotated[list[WebhookDelivery], "The deliveries."]
    end_cursor: Annotated[str | None, "Give it to `after` for the next page; null on the last."]


@reading("webhooks.read")
async def webhook_deliveries(
    looking: Looking,
    endpoint_id: Annotated[UUID, Names("WebhookEndpoint"), "Whose deliveries."],
    status: Annotated[DeliveryStatus | None, "Only those of which this became."] = None,
    first: Annotated[int, "How many, 1 to 100; 50 when left out."] = 50,
    after: Annotated[str | None, "The `endCursor` of the page before."] = None,
) -> WebhookDeliveryPage | None:
    """Deliveries of an endpoint, the newest first, with their attempts."""
    if not 1 <= first <= LARGEST_PAGE:
        raise BadInput(f"first is 1 to {LARGEST_PAGE}.", path=("first",))
    asked = select(stored.WebhookDelivery).where(stored.WebhookDelivery.endpoint_id == endpoint_id)
    if status is not None:
        asked = asked.where(stored.WebhookDelivery.status == status)
    if after is not None:
        asked = asked.where(stored.WebhookDelivery.id < _place(after))
    rows = await looking.all(asked.order_by(stored.WebhookDelivery.id.desc()).limit(first + 1))
    page = rows[:first]
    return WebhookDeliveryPage(await _shown(looking, page), str(page[-1].id) if len(rows) > first else None)


@reading("webhooks.read")
async def webhook_delivery(
    looking: Looking,
    message_id: Annotated[str, "The `webhook-id`."],
    endpoint_id: Annotated[UUID, Names("WebhookEndpoint"), "Where it went."],
) -> WebhookDelivery | None:
    """One delivery with its attempts; null when nothing of this id was ever queued for the endpoint."""
    rows = await looking.all(
        select(stored.WebhookDelivery).where(
            stored.WebhookDelivery.endpoint_id == endpoint_id, stored.WebhookDelivery.message_id == message_id
        )
    )
    return next(iter(await _shown(looking, rows)), None)


async def delivery_shown(looking: Looking, delivery: stored.WebhookDelivery) -> WebhookDelivery:
    """Show one delivery."""
    [shown] = await _shown(looking, [delivery])
    return shown


@operation("webhooks.manage", refuses=[EndpointNotActive], shows=delivery_shown, shown_as="delivery")
async def test_webhook_endpoint(context: Context, endpoint: WebhookEndpoint) -> stored.WebhookDelivery:
    """Send an endpoint a message of the type `webhook.test`, whatever it has asked for."""
    expect_active(endpoint)
    delivery = stored.WebhookDelivery(
        tenant_id=context.session.tenant_id,
        id=uuid7(),
        endpoint_id=endpoint.id,
        message_id=f"msg_{ULID()}",
        event_type=TEST,
        body=body_of(TEST, context.now, WebhookEndpoint.__name__, endpoint.id, {}),
        status=DeliveryStatus.PENDING,
        attempt_count=0,
        next_attempt_at=func.now(),
        created_at=context.now,
    )
    context.session.add(delivery)
    await context.flush()
    return await _again(context, delivery)


async def _again(context: Context, delivery: stored.WebhookDelivery) -> stored.WebhookDelivery:
    """Read what the database has set."""
    asked = select(stored.WebhookDelivery).where(stored.WebhookDelivery.id == delivery.id)
    [read] = await context.all(asked.execution_options(populate_existing=True))
    return read


def expect_active(endpoint: WebhookEndpoint) -> None:
    """Refuse to queue for an endpoint that is sent nothing."""
    if endpoint.status is not WebhookEndpointStatus.ACTIVE:
        raise EndpointNotActive(f"The endpoint is {endpoint.status.value}: resume it first.")


def _place(cursor: str) -> UUID:
    try:
        return UUID(cursor)
    except ValueError:
        raise BadInput("after is the endCursor of a page.", path=("after",)) from None


async def _shown(looking: Looking, rows: Sequence[stored.WebhookDelivery]) -> list[WebhookDelivery]:
    attempts = await _attempts(looking, [row.id for row in rows]) if rows else {}
    return [_delivery(row, attempts.get(row.id, [])) for row in rows]


def _delivery(row: stored.WebhookDelivery, attempts: list[WebhookAttempt]) -> WebhookDelivery:
    return WebhookDelivery(
        endpoint_id=row.endpoint_id,
        message_id=row.message_id,
        event_type=row.event_type,
        status=row.status,
        attempt_count=row.attempt_count,
        created_at=row.created_at,
        next_attempt_at=row.next_attempt_at if row.status is DeliveryStatus.PENDING else None,
        finished_at=row.finished_at,
        body=row.body,
        attempts=attempts,
    )


async def _attempts(looking: Looking, ids: Sequence[UUID]) -> dict[UUID, list[WebhookAttempt]]:
    rows = await looking.all(
        select(stored.WebhookAttempt)
        .where(stored.WebhookAttempt.delivery_id == any_of(ids))
        .order_by(stored.WebhookAttempt.id)
    )
    found = defaultdict[UUID, list[WebhookAttempt]](list)
    for row in rows:
        found[row.delivery_id].append(
            WebhookAttempt(
                row.number, row.started_at, row.duration_ms, row.http_status, row.error, row.response_excerpt
            )
        )
    return found
