"""A calendar feed on the ground, of whoever the mutations are tried by."""

from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

from db.models.calendars import CalendarFeed, CalendarFeedKind
from resolvers.context import Context

ENTRIES: Final = {
    "createCalendarFeed": [("create", "CalendarFeed", 1)],
    "renewCalendarFeed": [("update", "CalendarFeed", 2)],
    "deleteCalendarFeed": [("delete", "CalendarFeed", 1)],
}
"""What the trail says of each mutation of it."""


async def add_feed(context: Context, user_id: UUID | None) -> CalendarFeed:
    """Put it into a company."""
    feed = CalendarFeed(id=uuid7(), user_id=user_id, kind=CalendarFeedKind.OWN, name="Ground feed")
    context.add(feed)
    await context.flush()
    return feed
