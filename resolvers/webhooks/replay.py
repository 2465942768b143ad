"""Sending events again, and those for the first time that were never queued: each under the id that it always had."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final

from sqlalchemy import ARRAY, ColumnElement, Text, cast, func, literal, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from db import webhook_matching
from db.models.log import EventOutbox
from db.models.webhooks import DeliveryStatus, WebhookDelivery, WebhookEndpoint
from resolvers.context import Context
from resolvers.operation import Operation, operation
from resolvers.refusals import InvalidInput, NotFound
from resolvers.webhooks.deliveries import EndpointNotActive, expect_active
from resolvers.webhooks.events import EventsReplayed

MOST_MESSAGES: Final = 1000
NONE_NAMED: Final[list[str]] = []
ENDPOINT: Final = aliased(WebhookEndpoint, name=webhook_matching.ENDPOINT)
EVENT: Final = aliased(EventOutbox, name=webhook_matching.EVENT)


def replaying(private: Sequence[str]) -> Operation:
    """Declare the operation. `private`: types of subjects whose events are sent to no webhook."""

    @operation(
        "webhooks.manage", refuses=[EndpointNotActive, InvalidInput, NotFound], emits=["webhook.endpoint.replayed"]
    )
    async def replay_webhook(
        context: Context,
        endpoint: WebhookEndpoint,
        message_ids: Annotated[list[str], "Exactly these events, at most 1,000; or give `since`."] = NONE_NAMED,
        since: Annotated[datetime | None, "All that happened since then; or give `messageIds`."] = None,
    ) -> WebhookEndpoint:
        """Send events to an endpoint again, also those that it has taken, under the ids that they had.

        Events that were never queued for it, because it was paused or did not exist, are queued now if they are of
        types that it has asked for.
        """
        expect_active(endpoint)
        wanted = _wanted(message_ids, since)
        again = await _send_again(context, endpoint, wanted)
        new = await _queue(context, endpoint, wanted, private)
        if message_ids:
            _expect_all(message_ids, {*again, *new} | await _in_hand(context, endpoint, wanted))
        await context.publish(EventsReplayed(again=len(again), queued=len(new), since=since), endpoint)
        return endpoint

    return replay_webhook


def _wanted(message_ids: list[str] | None, since: datetime | None) -> ColumnElement[Any]:
    """Select the ids of the messages that are asked for."""
    if message_ids and since is None:
        if len(message_ids) > MOST_MESSAGES:
            raise InvalidInput(f"At most {MOST_MESSAGES} messages.", path=("message_ids",))
        return func.any(cast(literal(message_ids, ARRAY(Text)), ARRAY(Text)))
    if since is not None and not message_ids:
        placed = select(EventOutbox.message_id).where(EventOutbox.position.is_not(None))
        return func.any(placed.where(EventOutbox.occurred_at >= since).scalar_subquery())
    raise InvalidInput("Give either messageIds or since.", path=("since",))


async def _send_again(context: Context, endpoint: WebhookEndpoint, wanted: ColumnElement[Any]) -> Sequence[str]:
    """Make deliveries pending as if they were new, except those that a dispatcher has in hand just now."""
    is_free = or_(WebhookDelivery.claimed_until.is_(None), WebhookDelivery.claimed_until <= func.now())
    statement = (
        update(WebhookDelivery)
        .where(WebhookDelivery.endpoint_id == endpoint.id, WebhookDelivery.message_id == wanted, is_free)
        .values(
            status=DeliveryStatus.PENDING,
            attempt_count=0,
            next_attempt_at=func.now(),
            claimed_until=null(),
            finished_at=null(),
        )
        .returning(WebhookDelivery.message_id)
        .execution_options(synchronize_session=False)
    )
    return [row[0] for row in await context.session.rows(statement)]


async def _queue(
    context: Context, endpoint: WebhookEndpoint, wanted: ColumnElement[Any], private: Sequence[str]
) -> Sequence[str]:
    """Make deliveries of events that have none yet, by the same pattern match as when they are placed."""
    pending = literal(DeliveryStatus.PENDING, WebhookDelivery.status.type)
    missed = (
        select(
            *(
                ENDPOINT.tenant_id,
                func.uuidv7(),
                ENDPOINT.id,
                EVENT.message_id,
                EVENT.type,
                EVENT.position,
                pending,
                literal(0),
            ),
            *(func.now(), func.now()),
        )
        .join_from(ENDPOINT, EVENT, EVENT.tenant_id == ENDPOINT.tenant_id)
        .where(ENDPOINT.id == endpoint.id, EVENT.message_id == wanted, EVENT.position.is_not(None))
        .where(webhook_matching.asked_for(), EVENT.subject_type.not_in(private))
        .order_by(EVENT.position)
    )
    names = "tenant_id id endpoint_id message_id event_type position status attempt_count next_attempt_at created_at"
    statement = (
        insert(WebhookDelivery)
        .from_select(names.split(), missed, include_defaults=False)
        .on_conflict_do_nothing(constraint="uq_webhook_deliveries_message")
        .returning(WebhookDelivery.message_id)
    )
    return [row[0] for row in await context.session.rows(statement)]


async def _in_hand(context: Context, endpoint: WebhookEndpoint, wanted: ColumnElement[Any]) -> set[str]:
    """Return those of the messages that the endpoint has deliveries of; some are being sent at this moment."""
    asked = select(WebhookDelivery.message_id)
    return set(
        await context.all(asked.where(WebhookDelivery.endpoint_id == endpoint.id, WebhookDelivery.message_id == wanted))
    )


def _expect_all(asked: Sequence[str], found: set[str]) -> None:
    for place, message_id in enumerate(asked):
        if message_id not in found:
            raise NotFound(
                "There is no such event, or it is none that the endpoint has asked for.", path=("message_ids", place)
            )
