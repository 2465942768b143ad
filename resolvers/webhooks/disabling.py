"""Giving up an endpoint that is gone, has failed for too long, or has a selection that nobody reads any more.

Who manages webhooks is told by mail.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ARRAY, Text, cast, func, literal, select

from auth.roles import BUILT_IN_ROLES
from db.models.identity import Role, User, UserRole
from db.models.mail import MailTemplate
from db.models.webhooks import WebhookEndpoint
from resolvers.context import Context
from resolvers.mails import queue_mail
from resolvers.webhooks.endpoints import GIVE_UP, MANAGE

DAYS: Final = 5
GONE: Final = "It answered that it is gone (410)."
FAILING: Final = f"Every attempt has failed for {DAYS} days."
UNREAD: Final = "Its selection is read as somebody who may not sign in any more; change it, to have it read as you."
WORDS: Final = {GONE: "gone", FAILING: "failing", UNREAD: "unread"}
"""How a mail names each reason."""

MOST_TOLD: Final = 20
MANAGING: Final = sorted(name for name, role in BUILT_IN_ROLES.items() if MANAGE in role.permissions)


async def disable(context: Context, endpoint: WebhookEndpoint, reason: str) -> None:
    """Send an endpoint nothing more, and say why; whoever manages webhooks is told, and may resume it."""
    await GIVE_UP.check(context, endpoint)
    endpoint.disabled_reason = reason
    await GIVE_UP.make(context, endpoint, reason=reason)
    for user in await _managing(context):
        facts = {"endpoint_id": endpoint.id, "reason": WORDS[reason]}
        await queue_mail(context, MailTemplate.WEBHOOK_DISABLED, to=user.email, locale=user.locale, about=user, **facts)


async def _managing(context: Context) -> Sequence[User]:
    """The people whose built-in roles let them manage webhooks, at most 20."""
    is_managing = Role.name == func.any(cast(literal(MANAGING, ARRAY(Text)), ARRAY(Text)))
    managing = select(UserRole.user_id).join(Role, Role.id == UserRole.role_id).where(is_managing)
    asked = select(User).where(User.is_active, User.id.in_(managing)).order_by(User.id).limit(MOST_TOLD)
    return await context.all(asked)
