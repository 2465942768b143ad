"""Writes calendars as iCalendar (RFC 5545), for programs that subscribe to them.

The library escapes and folds whatever text there is. What is written depends on the entries alone, and not on when it
is written, so that equal calendars are equal bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import icalendar
from icalendar import STATUS, TRANSP, vDuration, vText

PRODUCT: Final = "-//Workgraph//Leave//EN"
MEDIA: Final = "text/calendar; charset=utf-8"
DAY: Final = timedelta(days=1)
AGAIN_IN: Final = timedelta(hours=1)
"""After how long programs are asked to fetch a calendar anew."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Whole days from the first to the last, as they were `revised_at`; `busy` says that nothing else fits in there."""

    uid: str
    first: date
    last: date
    summary: str
    version: int
    revised_at: datetime
    tentative: bool
    busy: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar: its name, and what stands in it."""

    name: str
    entries: Sequence[Entry]


def written(calendar: Calendar) -> bytes:
    """Write a calendar."""
    made = icalendar.Calendar()
    facts = {
        "version": "2.0",
        "prodid": PRODUCT,
        "x-wr-calname": vText(calendar.name),
        "refresh-interval": vDuration(AGAIN_IN, params={"VALUE": "DURATION"}),
        "x-published-ttl": vDuration(AGAIN_IN),
    }
    for name, value in facts.items():
        made.add(name, value)  # pyright: ignore[reportUnknownMemberType] - the library leaves it untyped
    for entry in calendar.entries:
        made.add_component(_event(entry))
    return made.to_ical()


def _event(entry: Entry) -> icalendar.Event:
    return icalendar.Event.new(
        uid=entry.uid,
        start=entry.first,
        end=entry.last + DAY,
        summary=entry.summary,
        sequence=entry.version,
        stamp=entry.revised_at,
        last_modified=entry.revised_at,
        status=STATUS.TENTATIVE if entry.tentative else STATUS.CONFIRMED,
        transparency=TRANSP.OPAQUE if entry.busy else TRANSP.TRANSPARENT,
    )
