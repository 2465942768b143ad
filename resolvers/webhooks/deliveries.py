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
from resolvers.computed import computed
from resolvers.context import Context, Looking, any_of
from resolvers.operation import operation
from resolvers.refusals import Refused
from resolvers.webhooks.bodies import body_of

TEST: Final = "webhook.test"


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


@computed(stored.WebhookDelivery, needs="webhooks.read")
async def attempts(looking: Looking, deliveries: Sequence[stored.WebhookDelivery]) -> Sequence[list[WebhookAttempt]]:
    """Its attempts, the first one first."""
    rows = await looking.all(
        select(stored.WebhookAttempt)
        .where(stored.WebhookAttempt.delivery_id == any_of([each.id for each in deliveries]))
        .order_by(stored.WebhookAttempt.id)
    )
    found = defaultdict[UUID, list[WebhookAttempt]](list)
    for row in rows:
        found[row.delivery_id].append(
            WebhookAttempt(
                row.number, row.started_at, row.duration_ms, row.http_status, row.error, row.response_excerpt
            )
        )
    return [found[each.id] for each in deliveries]


@operation("webhooks.manage", refuses=[EndpointNotActive])
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
