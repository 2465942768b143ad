"""Giving up an endpoint that is gone, has failed for too long, or has a selection that nobody reads any more.

Who manages webhooks is told by mail.
"""

from typing import Final

from db.models.mail import MailTemplate
from db.models.webhooks import WebhookEndpoint
from resolvers.context import Context
from resolvers.holders import holders_of
from resolvers.mails import queue_mail
from resolvers.webhooks.endpoints import GIVE_UP, MANAGE

DAYS: Final = 5
GONE: Final = "It answered that it is gone (410)."
FAILING: Final = f"Every attempt has failed for {DAYS} days."
UNREAD: Final = "Its selection is read as somebody who may not sign in any more; change it, to have it read as you."
WORDS: Final = {GONE: "gone", FAILING: "failing", UNREAD: "unread"}
"""How a mail names each reason."""


async def disable(context: Context, endpoint: WebhookEndpoint, reason: str) -> None:
    """Send an endpoint nothing more, and say why; whoever manages webhooks is told, and may resume it."""
    await GIVE_UP.check(context, endpoint)
    endpoint.disabled_reason = reason
    await GIVE_UP.make(context, endpoint, reason=reason)
    for user in await holders_of(context, MANAGE):
        facts = {"endpoint_id": endpoint.id, "reason": WORDS[reason]}
        await queue_mail(context, MailTemplate.WEBHOOK_DISABLED, to=user.email, locale=user.locale, about=user, **facts)
