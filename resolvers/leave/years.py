"""The leave year, and the arithmetic of months that goes with it."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

DAY: Final = timedelta(days=1)
MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class LeaveYear:
    """Twelve months from the first of one: the calendar year, unless another month is said to be the first."""

    first_month: int = 1

    def first_day(self, day: date) -> date:
        """The first day of the leave year that a day is in."""
        return date(day.year - (day.month < self.first_month), self.first_month, 1)

    def last_day(self, day: date) -> date:
        """The last day of the leave year that a day is in."""
        return end_of_month(self.first_day(day), MONTHS - 1)

    def bucket(self, day: date) -> str:
        """The key of the year's own bucket: the calendar year in which the leave year begins."""
        return str(self.first_day(day).year)

    def carried_bucket(self, day: date) -> str:
        """The key of the bucket of days that were carried into the leave year and expire in it."""
        return f"{self.bucket(day)}-carried"

    def end_of(self, bucket: str) -> date:
        """The last day of the leave year whose own bucket this is."""
        return self.last_day(date(int(bucket), self.first_month, 1))

    def ends(self, first: date, last: date) -> list[date]:
        """The last days of leave years between two days, both inclusive."""
        years = {self.last_day(month) for month in months(first, last)}
        return sorted(day for day in years if first <= day <= last)


CALENDAR_YEAR: Final = LeaveYear()


def months(first: date, last: date) -> Iterator[date]:
    """Yield the first day of each month that has a day between two days, both inclusive."""
    for number in range(_number(first), _number(last) + 1):
        yield date(number // MONTHS, number % MONTHS + 1, 1)


def end_of_month(day: date, later: int = 0) -> date:
    """Return the last day of the month so many months after the one that a day is in."""
    return in_month(day, 31, later)


def in_month(month: date, day: int, later: int = 0) -> date:
    """Return a day of the month so many months after a date, or the month's last where it is shorter."""
    year, index = divmod(_number(month) + later, MONTHS)
    return date(year, index + 1, min(day, monthrange(year, index + 1)[1]))


def _number(day: date) -> int:
    return day.year * MONTHS + day.month - 1
