"""Calendars that people subscribe to in programs of their own."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped

from db.base import Base, TenantOwned
from db.choices import Choice
from db.columns import SERVER, Belongs, Classification, Whose, column, ref


class CalendarFeedKind(Choice):
    """Whose leave a calendar feed has."""

    OWN = "own", "One's own, with its type; what still waits to be decided is there as tentative."
    TEAM = "team", "That of everybody else whose leave one may see: who is away, and not why."


class CalendarFeed(TenantOwned, Base):
    """Leave as a calendar, at an address that whoever knows it can fetch it from, with the rights of its user."""

    __tablename__ = "calendar_feeds"
    __event__ = "calendar.feed"
    __whose__ = Whose("user_id", "User")
    __belongs__ = Belongs(("user_id",))

    user_id: Mapped[UUID] = ref("User", on_delete="CASCADE", set_by=SERVER, doc="Whose it is.")
    kind: Mapped[CalendarFeedKind] = column(set_by=SERVER, doc="Whose leave it has.")
    name: Mapped[str | None] = column(
        max_length=100,
        set_by=SERVER,
        classified=Classification.PERSONAL,
        doc="What its user calls it; null where they gave no name.",
    )
    generation: Mapped[int] = column(
        set_by=SERVER, hidden=True, default=1, doc="Raised when the address is to count no more."
    )
    renewed_at: Mapped[datetime | None] = column(
        set_by=SERVER, doc="When it got the address that it has; null where that is its first."
    )
    last_fetched_at: Mapped[datetime | None] = column(
        set_by=SERVER, doc="When it was last fetched, to an hour; null where it never was."
    )
