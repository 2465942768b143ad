"""Having calendar feeds: each is made, renewed and deleted by whose it is, and by nobody else.

The signature of an address is in no log, event or audit entry. It is worked out anew whenever it is shown, and to whom
it belongs alone: not to somebody who acts for them, as the address would outlive the session.
"""

from collections.abc import Sequence
from typing import Annotated, Final

from sqlalchemy import func, select
from uuid_utils.compat import uuid7

from auth.feeds import sign
from auth.principal import Principal
from db.models.calendars import CalendarFeed, CalendarFeedKind
from db.models.identity import User
from resolvers.addresses import address_of
from resolvers.computed import computed
from resolvers.context import Asking, Context, Looking
from resolvers.operation import operation
from resolvers.plain import Also, TooMany
from resolvers.reading import reading
from resolvers.refusals import InvalidInput, NotFound
from resolvers.values import check_value

HAVE: Final = "company.read"
CALENDARS: Final = "/calendars"
MOST_FEEDS: Final = 20
"""Feeds that somebody may have."""


@operation(HAVE, refuses=[InvalidInput, TooMany], emits=["calendar.feed.created"])
async def create_calendar_feed(
    context: Context,
    kind: Annotated[CalendarFeedKind, "Whose leave it is to have."],
    name: Annotated[str | None, "What you call it: up to 100 characters. Calendar programs show it."] = None,
) -> CalendarFeed:
    """Make a calendar of leave for yourself, with an address to subscribe to in a calendar program.

    Whoever knows the address can fetch the calendar, without signing in, with the rights that you have at that moment.
    """
    me = context.principal.user_id
    if me is None:
        raise InvalidInput("A calendar belongs to a person, who has signed in.")
    given = _checked_name(name)
    await context.one(User, me)
    mine = select(func.count()).select_from(CalendarFeed).where(CalendarFeed.user_id == me)
    [count] = await context.all(mine)
    if count >= MOST_FEEDS:
        raise TooMany(f"You have {MOST_FEEDS} calendars; delete one that you do not use.")
    feed = CalendarFeed(id=uuid7(), user_id=me, kind=kind, name=given)
    context.add(feed)
    return feed


def _checked_name(name: str | None) -> str | None:
    """Return a name without blanks around it; refuse one that is nothing else."""
    check_value(CalendarFeed.__table__.columns["name"], name)
    if name is not None and not name.strip():
        raise InvalidInput("A name cannot be blank.", path=("name",))
    return name.strip() if name else None


@operation(HAVE, refuses=[NotFound], emits=["calendar.feed.updated"])
async def renew_calendar_feed(context: Context, feed: CalendarFeed) -> CalendarFeed:
    """Give a calendar of yours another address; the one that it had counts no more from now on."""
    await expect_own(context, feed)
    feed.generation += 1
    feed.renewed_at = context.now
    return feed


async def expect_own(context: Context, feed: CalendarFeed) -> None:
    """Refuse what is somebody else's, as if it were not there."""
    if feed.user_id != context.principal.user_id:
        raise NotFound("There is no such calendar feed.", path=("id",))


DELETED: Final = Also(before=expect_own, refuses=(NotFound,))


@reading(HAVE)
async def my_calendar_feeds(looking: Looking) -> list[CalendarFeed]:
    """Your calendars of leave, the newest first. Empty for who is no user."""
    mine = select(CalendarFeed).where(CalendarFeed.user_id == looking.asking.principal.user_id)
    return list(await looking.all(mine.order_by(CalendarFeed.id.desc()).limit(MOST_FEEDS)))


@computed(CalendarFeed, needs=HAVE)
async def url(looking: Looking, feeds: Sequence[CalendarFeed]) -> Sequence[str | None]:
    """The address to subscribe to in a calendar program: whoever knows it can fetch the calendar.

    Null for everybody but whose it is, and for who acts for them.
    """
    return [_address(looking.asking, feed) for feed in feeds]


def _address(asking: Asking, feed: CalendarFeed) -> str | None:
    if not _may_know(asking.principal, feed):
        return None
    signature = sign(asking.keyring, feed.id, feed.generation)
    path = f"{CALENDARS}/{asking.tenant.id}/{feed.id}/{signature}.ics"
    return f"{address_of(asking.public_url, asking.tenant.slug)}{path}" if asking.public_url else path


def _may_know(who: Principal, feed: CalendarFeed) -> bool:
    return who.user_id is not None and who.user_id == feed.user_id and who.impersonator is None
