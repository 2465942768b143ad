"""Calendar feeds made through the API, fetched as a calendar program does, and read by the library."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import httpx
from icalendar import Calendar

from resolvers import ids
from tests.leave.office import Office
from tests.world import Person

SHOWN: Final = "calendarFeed { id version kind name url renewedAt lastFetchedAt createdAt }"
WEEK: Final = timedelta(days=7)


@dataclass(frozen=True)
class Feed:
    """A feed of somebody, at the address that was told."""

    person: Person
    id: str
    url: str
    shown: dict[str, Any]

    async def get(self, **headers: str) -> httpx.Response:
        """Fetch it, with nothing but its address."""
        return await self.person.http.get(self.url, headers=headers)

    async def events(self) -> list[dict[str, str]]:
        """Return what stands in it, as a calendar program reads it."""
        return events_of(await self.get())


async def a_feed(person: Person, kind: str = "OWN", **given: Any) -> Feed:
    """Make a feed for somebody."""
    payload = await person.do("createCalendarFeed", {"kind": kind, **given}, SHOWN)
    assert payload["refusals"] == [], payload
    shown = payload["calendarFeed"]
    return Feed(person, shown["id"], shown["url"], shown)


def calendar_of(answer: httpx.Response) -> Calendar:
    """Read an answer as a calendar."""
    assert answer.status_code == 200, answer.text
    return Calendar.from_ical(answer.content)


def events_of(answer: httpx.Response) -> list[dict[str, str]]:
    """Return the entries of an answer: who or what, from when until before when, and how it counts."""
    return [
        {
            "summary": str(each.summary),
            "days": f"{each.start}/{each.end}",
            "status": str(each.status),
            "transp": str(each.transparency),
            "sequence": str(each.sequence),
        }
        for each in calendar_of(answer).events
    ]


def monday(weeks: int) -> date:
    """Return the Monday of the week that is so many weeks from this one."""
    today = datetime.now(UTC).date()
    return today - timedelta(days=today.weekday()) + weeks * WEEK


def days(weeks: int, count: int = 1) -> tuple[str, str]:
    """Return the first days of the week that is so many weeks from this one, from one to another."""
    first = monday(weeks)
    return str(first), str(first + timedelta(days=count - 1))


def as_shown(weeks: int, count: int = 1) -> str:
    """Return the same as an entry shows it: until before the next day."""
    first = monday(weeks)
    return f"{first}/{first + timedelta(days=count)}"


async def works_here(office: Office, person: Person | None = None, **values: Any) -> str:
    """Employ somebody who has been there for long and may take as much unlimited leave as they like."""
    return await office.employ(person, hired="2020-01-01", **values)


async def a_kind(office: Office, **rules: Any) -> str:
    """Make a type of leave that nothing stands against."""
    return await office.a_type(limited=False, **rules)


def row_of(feed: Feed) -> str:
    """Return the id of a feed's row, as it stands in its address."""
    return str(ids.row_of(feed.id, "CalendarFeed"))
