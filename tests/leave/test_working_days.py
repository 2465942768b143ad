"""Working days, half days, overlaps, and what an absence splits into."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.leave_choices import DayPart
from resolvers.leave.working_days import Absence, HalfDay, WorkingCalendar
from tests.leave.builders import CALENDAR

MONDAY = date(2026, 6, 1)
SATURDAY = date(2026, 6, 6)
DAYS = st.dates(date(2026, 11, 1), date(2027, 4, 30))


def morning(day: date) -> HalfDay:
    return HalfDay(day, DayPart.AM)


def afternoon(day: date) -> HalfDay:
    return HalfDay(day, DayPart.PM)


@st.composite
def absences(draw: st.DrawFn) -> Absence:
    first, last = sorted((draw(DAYS), draw(DAYS)))
    half = draw(st.none() | st.builds(HalfDay, st.dates(first, last), st.sampled_from(DayPart)))
    return Absence(first, last, half)


def test_a_week_has_five() -> None:
    assert CALENDAR.days(Absence(MONDAY, MONDAY + timedelta(days=6))) == 5


def test_an_hour_makes_a_working_day_and_none_makes_none() -> None:
    part_time = WorkingCalendar([Decimal(1), *[Decimal()] * 5, Decimal("0.5")])
    assert [part_time.works_on(MONDAY + timedelta(days=number)) for number in range(7)] == [
        *[True, False, False, False, False, False],
        True,
    ]


def test_holidays_count_where_the_type_says_so_and_only_if_they_would_be_worked_on() -> None:
    christmas = Absence(date(2026, 12, 24), date(2027, 1, 1))
    assert CALENDAR.days(christmas) == 5
    assert CALENDAR.days(christmas, counts_holidays=True) == 7


def test_29_february_is_a_day() -> None:
    assert CALENDAR.days(Absence(date(2028, 2, 28), date(2028, 3, 1))) == 3
    assert CALENDAR.days(Absence(date(2027, 2, 28), date(2027, 3, 1))) == 1


def test_half_a_working_day_is_a_half_and_half_a_free_day_is_nothing() -> None:
    assert CALENDAR.days(Absence(MONDAY, MONDAY, morning(MONDAY))) == Decimal("0.5")
    assert CALENDAR.days(Absence(MONDAY, SATURDAY, afternoon(MONDAY))) == Decimal("4.5")
    assert CALENDAR.days(Absence(MONDAY, SATURDAY, morning(SATURDAY))) == 5
    assert CALENDAR.days(Absence(SATURDAY, SATURDAY, morning(SATURDAY))) == 0


def test_nothing_lies_between_an_end_and_a_later_beginning() -> None:
    assert CALENDAR.days(Absence(SATURDAY, MONDAY)) == 0


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        (Absence(MONDAY, SATURDAY), Absence(SATURDAY, SATURDAY), True),
        (Absence(MONDAY, MONDAY), Absence(SATURDAY, SATURDAY), False),
        (Absence(MONDAY, MONDAY, morning(MONDAY)), Absence(MONDAY, MONDAY, afternoon(MONDAY)), False),
        (Absence(MONDAY, MONDAY, morning(MONDAY)), Absence(MONDAY, MONDAY, morning(MONDAY)), True),
        (Absence(MONDAY, MONDAY, morning(MONDAY)), Absence(MONDAY, MONDAY), True),
        (Absence(MONDAY, SATURDAY, afternoon(MONDAY)), Absence(MONDAY, MONDAY, morning(MONDAY)), False),
        (Absence(MONDAY, SATURDAY, afternoon(MONDAY)), Absence(MONDAY, SATURDAY, morning(MONDAY)), True),
        (Absence(MONDAY, SATURDAY, afternoon(SATURDAY)), Absence(MONDAY, MONDAY, morning(MONDAY)), True),
    ],
)
def test_overlaps(one: Absence, other: Absence, overlap: bool) -> None:  # noqa: FBT001 - a case of a table
    assert (one.overlaps(other), other.overlaps(one)) == (overlap, overlap)


def test_a_split_is_behind_each_boundary_inside() -> None:
    asked = Absence(date(2026, 12, 28), date(2027, 4, 2), morning(date(2027, 3, 31)))
    outside = {date(2026, 12, 27), date(2027, 4, 2), date(2027, 4, 3)}
    assert asked.split({date(2027, 3, 31), date(2026, 12, 31)} | outside) == [
        Absence(date(2026, 12, 28), date(2026, 12, 31)),
        Absence(date(2027, 1, 1), date(2027, 3, 31), morning(date(2027, 3, 31))),
        Absence(date(2027, 4, 1), date(2027, 4, 2)),
    ]


@given(absences(), st.sets(DAYS, max_size=6), st.booleans())
@settings(deadline=None)
def test_splitting_never_changes_the_days(
    asked: Absence,
    boundaries: set[date],
    counts_holidays: bool,  # noqa: FBT001 - drawn
) -> None:
    parts = asked.split(boundaries)
    counted = [CALENDAR.days(part, counts_holidays=counts_holidays) for part in parts]
    assert sum(counted) == CALENDAR.days(asked, counts_holidays=counts_holidays)
    assert (parts[0].first, parts[-1].last) == (asked.first, asked.last)
    assert all(later.first - earlier.last == timedelta(days=1) for earlier, later in pairwise(parts))


@given(absences())
@settings(deadline=None)
def test_days_are_those_of_each_day_by_itself(asked: Absence) -> None:
    days = [asked.first + timedelta(days=number) for number in range((asked.last - asked.first).days + 1)]
    single = [replace(asked, first=day, last=day) for day in days]
    expected = sum(CALENDAR.days(each) for each in single)
    assert CALENDAR.days(asked) == expected
