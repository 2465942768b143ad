"""Webhooks, as they are public: endpoints, what became of each delivery, and sending again."""

from typing import Final

from db.models.webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookSecret
from resolvers.webhooks.deliveries import attempts, test_webhook_endpoint
from resolvers.webhooks.endpoints import (
    ALSO_WHEN_UPDATED,
    ENDPOINT,
    create_webhook_endpoint,
    pause_webhook_endpoint,
    resume_webhook_endpoint,
)
from resolvers.webhooks.outcomes import GIVING_UP
from resolvers.webhooks.replay import replaying
from resolvers.webhooks.secrets import rotate_webhook_secret
from schema.approvals import approvals
from schema.audit import audit
from schema.company import company
from schema.derive.declare import Domain, entity
from schema.files import files
from schema.hires import hires
from schema.identity import identity
from schema.imports import imports
from schema.log import log
from schema.onboarding import onboarding
from schema.portal import portal

INTERNAL: Final = (
    (WebhookSecret, "a secret is shown once, by the operation that makes it"),
    (WebhookAttempt, "shown within its delivery, and changed by nobody"),
)
PRIVATE: Final = sorted(
    kind.__name__
    for internal in (
        INTERNAL,
        *(
            each.internal
            for each in (approvals, audit, company, files, hires, identity, imports, log, onboarding, portal)
        ),
    )
    for kind, _ in internal
)
"""Types that are not public; their events are sent to no webhook."""

webhooks = Domain(
    module="company",
    entities=[
        entity(
            WebhookEndpoint,
            read="webhooks.read",
            write="webhooks.manage",
            verbs=["update", "delete"],
            updated=ALSO_WHEN_UPDATED,
        ),
        entity(WebhookDelivery, read="webhooks.read"),
    ],
    operations=[
        create_webhook_endpoint,
        rotate_webhook_secret,
        pause_webhook_endpoint,
        resume_webhook_endpoint,
        test_webhook_endpoint,
        replaying(PRIVATE),
    ],
    computed=[attempts],
    machines=[ENDPOINT],
    emitters=[GIVING_UP],
    internal=INTERNAL,
)
