"""What is told of webhook endpoints in the words of the business."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from db.models.webhooks import WebhookEndpoint, WebhookEndpointStatus
from resolvers.named import named


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointMoved:
    """What every move of an endpoint tells."""

    from_: Annotated[WebhookEndpointStatus, "Where the endpoint stood."]
    to: Annotated[WebhookEndpointStatus, "Where it stands now."]


@named("webhook.endpoint.paused", about=WebhookEndpoint)
@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointPaused(EndpointMoved):
    """An endpoint is sent nothing until it is resumed."""


@named("webhook.endpoint.resumed", about=WebhookEndpoint)
@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointResumed(EndpointMoved):
    """An endpoint is sent events again."""


@named("webhook.endpoint.disabled", about=WebhookEndpoint)
@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointDisabled(EndpointMoved):
    """An endpoint was given up: it is gone, failed for five days, or nobody reads its selection any more."""

    reason: Annotated[str, "Why it was given up."]


@named("webhook.endpoint.secret_rotated", about=WebhookEndpoint)
@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRotated:
    """An endpoint has a new secret."""

    overlap_hours: Annotated[int, "For how many hours the last secret signs beside the new one."]


@named("webhook.endpoint.replayed", about=WebhookEndpoint)
@dataclass(frozen=True, slots=True, kw_only=True)
class EventsReplayed:
    """Events are sent to an endpoint again."""

    again: Annotated[int, "How many deliveries that there were are sent again."]
    queued: Annotated[int, "How many events are sent to it for the first time."]
    since: Annotated[datetime | None, "All that happened since then; left out where events were named."] = None
