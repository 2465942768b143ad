"""Endpoints: what may be entered, and how one is paused, resumed and given up."""

import re
from dataclasses import replace
from typing import Any, Final

from db.models.webhooks import WebhookEndpoint, WebhookEndpointStatus
from gateways.webhooks import check_url
from resolvers import plain
from resolvers.context import Context
from resolvers.operation import Operation, operation
from resolvers.plain import Also, Plain
from resolvers.refusals import InvalidInput
from resolvers.state import StateMachine
from resolvers.webhooks.events import EndpointDisabled, EndpointPaused, EndpointResumed
from resolvers.webhooks.secrets import make_secret, revealed

MANAGE: Final = "webhooks.manage"
MOST_PATTERNS: Final = 50
WORD: Final = "[a-z0-9_]{1,60}"
PATTERN: Final = re.compile(rf"\*|{WORD}\.\*|{WORD}(\.{WORD}){{1,2}}")

ENDPOINT: Final = StateMachine(WebhookEndpoint)
PAUSE: Final = ENDPOINT.move(WebhookEndpointStatus.ACTIVE, to=WebhookEndpointStatus.PAUSED, event=EndpointPaused)
RESUME: Final = ENDPOINT.move(
    WebhookEndpointStatus.PAUSED,
    WebhookEndpointStatus.DISABLED,
    to=WebhookEndpointStatus.ACTIVE,
    event=EndpointResumed,
)
GIVE_UP: Final = ENDPOINT.move(
    WebhookEndpointStatus.ACTIVE, to=WebhookEndpointStatus.DISABLED, event=EndpointDisabled, by_clock=True
)
GIVE_UP.bind("disable")


async def check_endpoint(context: Context, endpoint: WebhookEndpoint, **_given: Any) -> None:
    """Refuse an address that nothing may be sent to, and types that cannot be asked for; note who reads for it."""
    if wrong := check_url(endpoint.url, context.asking.allows_loopback):
        raise InvalidInput(wrong, path=("url",))
    _check_patterns(endpoint.events)
    # Whoever changes anything reads from now on: nobody leads what another may read to an address of their own.
    endpoint.reader_id = context.principal.id if endpoint.selection is not None else None


def _check_patterns(patterns: list[str]) -> None:
    if not 0 < len(patterns) <= MOST_PATTERNS:
        raise InvalidInput(f"1 to {MOST_PATTERNS} types of events; this has {len(patterns)}.", path=("events",))
    for place, pattern in enumerate(patterns):
        if not PATTERN.fullmatch(pattern):
            raise InvalidInput(
                "Name a type, as onboarding.started, all of a domain, as onboarding.*, or * for all.",
                path=("events", place),
            )


ALSO_WHEN_CREATED: Final = Also(
    before=check_endpoint, run=make_secret, refuses=(InvalidInput,), emits=("webhook.secret.created",)
)
ALSO_WHEN_UPDATED: Final = Also(before=check_endpoint, refuses=(InvalidInput,))


def _creating() -> Operation:
    """Derive the plain create, which also shows the first secret."""
    made = plain.create(Plain(WebhookEndpoint, MANAGE, created=ALSO_WHEN_CREATED))
    description = "Make a webhook endpoint, and its first secret, which is shown this once."
    return replace(made, description=description, shows=revealed, shown_as="revealed")


create_webhook_endpoint: Final = _creating()


@operation(MANAGE, move=PAUSE)
async def pause_webhook_endpoint(_context: Context, endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """Send an endpoint nothing until it is resumed. What happens meanwhile is not queued for it; it can be replayed."""
    return endpoint


@operation(MANAGE, move=RESUME)
async def resume_webhook_endpoint(_context: Context, endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """Send to an endpoint again that was paused, or given up; what it has missed can be replayed."""
    endpoint.failing_since = endpoint.disabled_reason = None
    return endpoint
