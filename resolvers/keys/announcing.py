"""Announcing the end of API keys: 14, 3 and 1 days before, and when it has come, each once.

A notice that was missed is not made up for when a later one is due. A key that was rotated is not announced: whoever
rotated it knows. That it has run out is told of it too.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select

from db.models.identity import User
from db.models.keys import ApiKey
from db.models.mail import MailTemplate
from resolvers.context import Context
from resolvers.holders import holders_of
from resolvers.keys.events import KeyExpired, KeyExpiring
from resolvers.keys.living import NOTICES, OVER, due
from resolvers.keys.making import MANAGE
from resolvers.mails import queue_mail


def ending(now: datetime) -> Select[UUID]:
    """Select the keys of whose end a notice is due that was not given."""
    soon = and_(ApiKey.rotated_at.is_(None), or_(*(_is_due(now, days) for days in NOTICES)))
    return select(ApiKey.id).where(ApiKey.revoked_at.is_(None), or_(_is_due(now, OVER), soon)).order_by(ApiKey.id)


def _is_due(now: datetime, days: int) -> ColumnElement[bool]:
    last = ApiKey.announced_days
    return and_(ApiKey.expires_at <= now + timedelta(days=days), or_(last.is_(None), last > days))


async def announce(context: Context, key: ApiKey) -> bool:
    """Give the notice that is due of a key, whose row is locked; tell whether one was."""
    days = due(key.expires_at, context.now)
    if days is None or key.expires_at is None or not _is_news(key, days):
        return False
    key.announced_days = days
    if days == OVER:
        await context.publish(KeyExpired(), key)
        return True
    for user in await _concerned(context, key):
        facts = {"api_key_id": key.id, "days": days}
        await queue_mail(context, MailTemplate.API_KEY_EXPIRING, to=user.email, locale=user.locale, about=user, **facts)
    await context.publish(KeyExpiring(days=days, expires_at=key.expires_at), key)
    return True


def _is_news(key: ApiKey, days: int) -> bool:
    """Tell whether a notice is to be given; one worker may have waited here for another that gave it."""
    if key.revoked_at is not None or (key.rotated_at is not None and days != OVER):
        return False
    return key.announced_days is None or key.announced_days > days


async def _concerned(context: Context, key: ApiKey) -> Sequence[User]:
    """Return who made a key, if they may sign in, and who manages keys, each once."""
    makers = await context.all(select(User).where(User.id == key.maker_id, User.is_active))
    return list({user.id: user for user in [*makers, *await holders_of(context, MANAGE)]}.values())
