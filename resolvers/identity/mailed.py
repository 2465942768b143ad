"""Links that are mailed to users: to choose a new password, or the first one. The newest of a user is the only one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final

from sqlalchemy import select
from uuid_utils.compat import uuid7

from auth import links
from auth.links import Purpose
from db.models.identity import PasswordReset, ProofPurpose, User
from db.models.mail import MailTemplate
from resolvers.context import Context
from resolvers.mails import queue_mail

LIFETIMES: Final = {ProofPurpose.RESET: timedelta(minutes=30), ProofPurpose.INVITATION: timedelta(days=7)}
TEMPLATES: Final = {
    ProofPurpose.RESET: MailTemplate.PASSWORD_RESET,
    ProofPurpose.INVITATION: MailTemplate.USER_INVITATION,
}


async def mail_link(context: Context, user: User, purpose: ProofPurpose) -> PasswordReset:
    """Mail a link to a locked user; those that were mailed before are dead at once."""
    await void_links(context, user)
    row_id = uuid7()
    token = links.write(context.asking.keyring, context.session.tenant_id, Purpose.PASSWORD, row_id)
    link = PasswordReset(
        id=row_id,
        user_id=user.id,
        purpose=purpose,
        token_hash=links.hash_of(token),
        expires_at=context.now + LIFETIMES[purpose],
    )
    context.add(link)
    await queue_mail(context, TEMPLATES[purpose], to=user.email, locale=user.locale, about=user, reset_id=row_id)
    return link


async def void_links(context: Context, user: User) -> None:
    """Let every link of a locked user run out now."""
    for link in await live_links(context, user):
        link.expires_at = context.now
    await context.flush()


async def live_links(context: Context, user: User) -> Sequence[PasswordReset]:
    """Return the links of a locked user that can still be used, locked too."""
    live = select(PasswordReset).where(
        PasswordReset.user_id == user.id,
        PasswordReset.used_at.is_(None),
        PasswordReset.expires_at > context.now,
    )
    return await context.all(live.order_by(PasswordReset.id).with_for_update(key_share=True))


def is_good(link: PasswordReset, token: str, user: User, now: datetime) -> bool:
    """Tell whether a password can be chosen with a link, once, now, by this user."""
    is_it = compare_digest(link.token_hash, links.hash_of(token))
    return is_it and link.used_at is None and now < link.expires_at and user.is_active
