"""Webhook endpoints on the ground: one in each state that some mutation needs."""

from dataclasses import dataclass
from typing import Any, Final

from uuid_utils.compat import uuid7

from db.models.webhooks import WebhookEndpoint, WebhookEndpointStatus
from resolvers.context import Context
from resolvers.webhooks.secrets import make_secret
from schema.derive import ids

NAMED: Final = {"webhook.endpoint.paused", "webhook.endpoint.resumed"}
"""The events that mutations of these publish beside those of their rows."""


@dataclass(frozen=True)
class Webhooks:
    """An endpoint that is sent events, and one that is paused; each has a secret."""

    active: WebhookEndpoint
    paused: WebhookEndpoint

    @property
    def chosen(self) -> dict[tuple[str, str], str]:
        """The public id that a mutation of them is given."""
        return {("resumeWebhookEndpoint", "id"): ids.encode("WebhookEndpoint", self.paused.id)}


async def add_webhooks(context: Context) -> Webhooks:
    """Put them into a company."""
    made = Webhooks(_endpoint(WebhookEndpointStatus.ACTIVE), _endpoint(WebhookEndpointStatus.PAUSED))
    context.add(made.active, made.paused)
    await context.flush()
    for endpoint in (made.active, made.paused):
        await make_secret(context, endpoint)
    return made


def _endpoint(status: WebhookEndpointStatus) -> WebhookEndpoint:
    facts: dict[str, Any] = {"url": "https://93.184.215.14/hook", "events": ["webhook.test"]}
    return WebhookEndpoint(id=uuid7(), status=status, **facts)
