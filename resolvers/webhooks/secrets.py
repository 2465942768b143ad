"""Secrets of endpoints: made here, stored encrypted, and shown once to whoever has them made.

A secret is in no log, event or audit entry. What was shown is remembered for the entity in hand alone, so that a call
that is answered from its idempotency key shows none.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Final
from weakref import WeakKeyDictionary

from sqlalchemy import or_, select
from uuid_utils.compat import uuid7

from db.models.webhooks import WebhookEndpoint, WebhookSecret
from gateways.webhooks import new_secret
from resolvers.context import Context, Looking
from resolvers.operation import operation
from resolvers.refusals import InvalidInput
from resolvers.webhooks.events import SecretRotated

LONGEST_OVERLAP: Final = 168
FRESH: Final = WeakKeyDictionary[WebhookEndpoint, str]()
"""The secrets that were made in requests under way, by the entity that the request has in hand."""


@dataclass(frozen=True, slots=True)
class RevealedSecret:
    """A new secret of an endpoint, shown this once."""

    webhook_endpoint: Annotated[WebhookEndpoint, "What it signs for."]
    secret: Annotated[
        str | None,
        "The secret, `whsec_` and base64: keep it now. Null when the call repeats an earlier one with its idempotency "
        "key; whoever has lost the secret rotates it.",
    ] = field(repr=False)


async def revealed(_looking: Looking, endpoint: WebhookEndpoint) -> RevealedSecret:
    """Show the secret that was made just now."""
    return RevealedSecret(endpoint, FRESH.get(endpoint))


async def make_secret(context: Context, endpoint: WebhookEndpoint) -> None:
    """Make a secret for an endpoint, which signs from now on."""
    made = WebhookSecret(id=uuid7(), endpoint_id=endpoint.id)
    FRESH[endpoint] = new_secret()
    made.secret = context.seal(made, "secret", FRESH[endpoint])
    context.add(made)
    await context.flush()


@operation(
    "webhooks.manage",
    refuses=[InvalidInput],
    emits=["webhook.secret.updated", "webhook.secret.created", "webhook.endpoint.secret_rotated"],
    shows=revealed,
    shown_as="revealed",
)
async def rotate_webhook_secret(
    context: Context,
    endpoint: WebhookEndpoint,
    overlap_hours: Annotated[
        int, "For how many hours the last secret signs beside the new one: 0 to 168; 24 when left out."
    ] = 24,
) -> WebhookEndpoint:
    """Replace the secret of an endpoint. The last one signs beside it for a while; any older one ends at once."""
    if not 0 <= overlap_hours <= LONGEST_OVERLAP:
        raise InvalidInput(f"0 to {LONGEST_OVERLAP} hours.", path=("overlap_hours",))
    for secret in await _signing(context, endpoint):
        was_newest = secret.expires_at is None
        secret.expires_at = context.now + timedelta(hours=overlap_hours) if was_newest else context.now
    await make_secret(context, endpoint)
    await context.publish(SecretRotated(overlap_hours=overlap_hours), endpoint)
    return endpoint


async def _signing(context: Context, endpoint: WebhookEndpoint) -> list[WebhookSecret]:
    signs = or_(WebhookSecret.expires_at.is_(None), WebhookSecret.expires_at > context.now)
    return list(await context.all(select(WebhookSecret).where(WebhookSecret.endpoint_id == endpoint.id, signs)))
