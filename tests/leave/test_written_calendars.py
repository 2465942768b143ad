"""Calendars as they are written: whatever people have typed stays text, and equal calendars are equal bytes."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from icalendar import Calendar as Read
from icalendar import Event
from icalendar.parser import unescape_backslash

from gateways.calendars import Calendar, Entry, written

REVISED = datetime(2026, 5, 1, 12, 30, 15, tzinfo=UTC)
HOSTILE = (
    "one; two, three\\n four",
    "a\r\nBEGIN:VALARM\r\nTRIGGER:-PT1H\r\nEND:VALARM",
    "a\nEND:VEVENT\nEND:VCALENDAR\nBEGIN:VCALENDAR",
    'a "quoted": name=value',
    "ä" * 200,
    "🌞" * 60,
    "",
)


def an_entry(**changed: Any) -> Entry:
    plain: dict[str, Any] = {
        "uid": "1@company",
        "first": date(2026, 6, 1),
        "last": date(2026, 6, 5),
        "summary": "Annual",
    }
    facts: dict[str, Any] = {"version": 3, "revised_at": REVISED, "tentative": False, "busy": True}
    return Entry(**(plain | facts | changed))


def read(calendar: Calendar) -> list[Event]:
    """Read what was written as a calendar program does."""
    return list(Read.from_ical(written(calendar)).events)


def test_days_are_whole_and_the_last_is_the_one_before_the_end() -> None:
    [event] = read(Calendar("Leave", [an_entry()]))
    assert (event.start, event.end) == (date(2026, 6, 1), date(2026, 6, 6))
    text = written(Calendar("Leave", [an_entry()])).decode()
    for line in ("DTSTART;VALUE=DATE:20260601", "DTEND;VALUE=DATE:20260606", "SEQUENCE:3", "UID:1@company"):
        assert f"\r\n{line}\r\n" in text
    for line in ("LAST-MODIFIED:20260501T123015Z", "DTSTAMP:20260501T123015Z", "STATUS:CONFIRMED", "TRANSP:OPAQUE"):
        assert f"\r\n{line}\r\n" in text
    [other] = read(Calendar("Leave", [an_entry(tentative=True, busy=False)]))
    assert (str(other.status), str(other.transparency)) == ("TENTATIVE", "TRANSPARENT")


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_was_typed_stays_text(text: str) -> None:
    made = written(Calendar(text, [an_entry(summary=text), an_entry(uid="2@company")]))
    assert all(len(line) <= 75 for line in made.split(b"\r\n"))
    calendar = Read.from_ical(made)
    assert [type(each).__name__ for each in calendar.walk()] == ["Calendar", "Event", "Event"]
    assert [str(each.summary) for each in calendar.events] == [text.replace("\r\n", "\n"), "Annual"]
    assert unescape_backslash(str(calendar["x-wr-calname"])) == text.replace("\r\n", "\n")


def test_equal_calendars_are_equal_bytes() -> None:
    one, other = (written(Calendar("Leave", [an_entry(), an_entry(uid="2@company")])) for _ in range(2))
    assert one == other
    assert one != written(Calendar("Leave", [an_entry(version=4), an_entry(uid="2@company")]))


def test_there_may_be_nothing_in_it() -> None:
    assert read(Calendar("Leave", [])) == []
