"""Counts the working days of an absence, and splits an absence by dates.

A day counts as a whole one when the person works on it, for however many hours; a holiday counts for the types of leave
that say so, if it would have been worked on otherwise.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from db.leave_choices import DayPart
from resolvers.leave.years import DAY

HALF: Final = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class HalfDay:
    """A day of which only one half is taken, and which."""

    day: date
    part: DayPart


@dataclass(frozen=True, slots=True)
class Absence:
    """From a first day to a last, both inclusive; of one of them perhaps only a half."""

    first: date
    last: date
    half_day: HalfDay | None = None

    def overlaps(self, other: "Absence") -> bool:
        """Tell whether both cover the same time; the two halves of one day are different times."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        if first != last:
            return first < last
        one, two = self.half_of(first), other.half_of(first)
        return one is None or two is None or one is two

    def half_of(self, day: date) -> DayPart | None:
        """The half of a day that is taken; None when it is the whole day."""
        return self.half_day.part if self.half_day and self.half_day.day == day else None

    def split(self, boundaries: Iterable[date]) -> list["Absence"]:
        """Split it behind each of these days; the half day goes to the part that it lies in."""
        inside = sorted({day for day in boundaries if self.first <= day < self.last})
        firsts = [self.first, *(day + DAY for day in inside)]
        return [self.between(first, last) for first, last in zip(firsts, [*inside, self.last], strict=True)]

    def between(self, first: date, last: date) -> "Absence":
        """The part of it from one of its days to another."""
        half = self.half_day
        return Absence(first, last, half if half and first <= half.day <= last else None)


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The hours that somebody works on each day of the week, Monday first, and the holidays of the place of work."""

    hours: Sequence[Decimal]
    holidays: frozenset[date] = frozenset()

    def works_on(self, day: date, *, counts_holidays: bool = False) -> bool:
        """Tell whether a day is a working day."""
        return self.hours[day.weekday()] > 0 and (counts_holidays or day not in self.holidays)

    def days(self, absence: Absence, *, counts_holidays: bool = False) -> Decimal:
        """Count the working days of an absence, a half day as one half; of none when it ends before it begins."""
        length = (absence.last - absence.first).days + 1
        days = (absence.first + timedelta(days=number) for number in range(length))
        worked = [day for day in days if self.works_on(day, counts_holidays=counts_holidays)]
        return sum((HALF if absence.half_of(day) else Decimal(1) for day in worked), Decimal())
