"""Fetching calendar feeds: by an address that says which feed it is, and is signed.

Whatever keeps an address from counting is one answer: there is no such company or feed, the signature is another one,
the feed was renewed or deleted, its user may not sign in, the company is suspended, its plan is without the module.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from auth.feeds import genuine
from db.catalog import TenantStatus
from db.models.calendars import CalendarFeed, CalendarFeedKind
from db.models.identity import User
from db.session import Database
from gateways.calendars import Calendar
from resolvers.barred import TenantNotFound
from resolvers.calendars.leave import entries_of
from resolvers.context import Asking, Looking
from resolvers.doors import CALENDAR, Doors
from resolvers.identity import Identity
from resolvers.mailing.wording import Wording, words_for
from resolvers.tenants import Found, Tenants

MODULE: Final = "hr"
SERVED: Final = frozenset({TenantStatus.ACTIVE, TenantStatus.MIGRATING})
NOTED_EVERY: Final = timedelta(hours=1)
LOG: Final = structlog.get_logger("workgraph.calendars")


class NoSuchFeed(Exception):
    """The address is not that of a feed, or not any more; which of these is not said."""


@dataclass(frozen=True, slots=True)
class FeedAddress:
    """What an address says, genuine or not."""

    tenant_id: UUID
    feed_id: UUID
    signature: str = field(repr=False)


class Feeds:
    """The calendar feeds of all companies, as calendar programs fetch them."""

    def __init__(
        self, database: Database, tenants: Tenants, identity: Identity, doors: Doors, *, clock: Callable[[], datetime]
    ) -> None:
        self._database, self._tenants, self._identity, self._doors = database, tenants, identity, doors
        self._clock = clock

    async def fetch(self, address: FeedAddress, *, by: str, request_id: str) -> Calendar:
        """Return the calendar of a feed as its user may see it now; `by` is the network address that asks."""
        await self._doors.knock_from(CALENDAR, by)
        found = await self._tenants.find(id=address.tenant_id)
        if found is None or found.tenant.status not in SERVED or MODULE not in found.tenant.modules:
            raise NoSuchFeed
        feed = await self._feed(found, address)
        asking = await self._asking(found, feed, request_id)
        await self._doors.knock(CALENDAR, asking, str(address.feed_id))
        words = words_for("calendar", feed.locale)
        async with self._database.reading(found.tenant.placement) as session:
            entries = await entries_of(Looking(asking, session), feed.kind, words)
        await self._note(found, feed, asking.now)
        return Calendar(_name(found, feed, words), entries)

    async def _feed(self, found: Found, address: FeedAddress) -> Any:
        """Return the feed of a genuine address, with the language of its user."""
        asked = select(
            *(CalendarFeed.id, CalendarFeed.user_id, CalendarFeed.kind, CalendarFeed.name),
            *(CalendarFeed.generation, CalendarFeed.last_fetched_at, User.locale),
        )
        named = asked.join(User, User.id == CalendarFeed.user_id).where(CalendarFeed.id == address.feed_id)
        async with self._database.reading(found.tenant.placement) as session:
            rows = await session.rows(named)
        for row in rows:
            if genuine(found.keyring, row.id, row.generation, address.signature):
                return row
        raise NoSuchFeed

    async def _asking(self, found: Found, feed: Any, request_id: str) -> Asking:
        """Return the user of a feed, with what they may now."""
        try:
            asking = await self._identity.asking_as(found.tenant.id, feed.user_id, request_id)
        except TenantNotFound:
            asking = None
        if asking is None:
            raise NoSuchFeed
        return asking

    async def _note(self, found: Found, feed: Any, now: datetime) -> None:
        """Write down that a feed was fetched, once in an hour at most. It is fetched whether this succeeds or not."""
        before = now - NOTED_EVERY
        is_due = feed.last_fetched_at is None or feed.last_fetched_at <= before
        if not is_due or found.tenant.status is not TenantStatus.ACTIVE:
            return
        due = or_(CalendarFeed.last_fetched_at.is_(None), CalendarFeed.last_fetched_at <= before)
        try:
            async with self._database.transacting(found.tenant.placement) as session:
                noted = update(CalendarFeed).where(CalendarFeed.id == feed.id, due)
                await session.execute(noted.values(last_fetched_at=now))
        except (SQLAlchemyError, OSError) as error:
            LOG.warning("fetch of a calendar not noted", feed_id=str(feed.id), error=type(error).__name__)


def _name(found: Found, feed: Any, words: Wording) -> str:
    """Return the name by which calendar programs show a feed: the one that its user gave, else what it has."""
    own = "own" if feed.kind is CalendarFeedKind.OWN else "team"
    given = words.line("{name}", {"name": feed.name})
    return given or words.one(own, {"company": found.tenant.name})
