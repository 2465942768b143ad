"""Works out which days of leave somebody has earned by when, and how that came to be.

Each accrual is for a period with a stable key, so that one which stands in the ledger is not posted again. A month, or
a pay period, in which somebody joins or leaves counts by its days in employment; a yearly grant is made of twelve
months, each of which counts like that. Each accrual is rounded by itself, from the exact value.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

from db.leave_choices import AccrualMethod, AccrueOn, LeaveRounding, LedgerKind
from resolvers.leave.ledger import Entry
from resolvers.leave.rules import Employment, LeaveRules, rounded
from resolvers.leave.years import CALENDAR_YEAR, MONTHS, LeaveYear, end_of_month, in_month, months

SHOWN: Final = Decimal("0.0000000001")
KEPT: Final = 4096
"""Accruals that are kept: those of a whole month are the same for everybody of the same rules."""


@dataclass(frozen=True, slots=True)
class PaySchedule:
    """The pay periods that are known, as first and last days, and how many of them make up a year."""

    periods: Sequence[tuple[date, date]]
    in_a_year: int


@dataclass(frozen=True, slots=True)
class Reckoning:
    """How accrued days came to be: those of the whole period, for which part of it, and how they were rounded.

    `months` are those of a yearly grant that count, of twelve. `before_rounding` is shown with ten decimals.
    """

    method: AccrualMethod
    period_first: date
    period_last: date
    full_days: Decimal
    days_in_period: int
    days_employed: int
    months: Decimal | None
    before_rounding: Decimal
    rounding: LeaveRounding


@dataclass(frozen=True, slots=True)
class Accrual:
    """Days earned for a period: `2026-03`, `2026` or `2026-03-01/2026-03-14`; there from a day on.

    `cut_short_on` is the last day of work, where the period goes on after it.
    """

    period: str
    effective_date: date
    days: Decimal
    kind: LedgerKind
    bucket: str
    reckoning: Reckoning
    cut_short_on: date | None

    def entry(self) -> Entry:
        """The entry of the ledger, whose `ref` is the period."""
        day, last = self.effective_date, self.cut_short_on
        return Entry(self.kind, self.days, day, self.bucket, ref=self.period, cut_short_on=last)


@dataclass(frozen=True, slots=True)
class _Period:
    key: str
    first: date
    last: date
    share: Fraction
    """Which part of the year's days the whole period is worth."""


def due_accruals(
    rules: LeaveRules,
    employment: Employment,
    between: tuple[date, date],
    *,
    posted: Collection[str] = (),
    year: LeaveYear = CALENDAR_YEAR,
    pay: PaySchedule | None = None,
) -> list[Accrual]:
    """Return the accruals effective between two days, both inclusive, by day, but for the periods that are posted.

    What comes to no days is left out.
    """
    found: list[Accrual] = []
    for period in _periods(rules, between, year, pay):
        employed = employment.within(period.first, period.last) if period.key not in posted else None
        if employed:
            found.append(_accrued(rules, employed, _day(rules, employment, period), period, year))
    first, last = between
    due = [each for each in found if each.days and first <= each.effective_date <= last]
    return sorted(due, key=lambda each: (each.effective_date, each.period))


def posted_periods(entries: Iterable[Entry]) -> set[str]:
    """Return the keys of the periods whose accruals stand in the ledger."""
    return {entry.ref for entry in entries if entry.kind in (LedgerKind.ACCRUAL, LedgerKind.GRANT)}


def last_day_of(period: str, year: LeaveYear = CALENDAR_YEAR) -> date:
    """Return the last day of a period by its key."""
    *_, last = period.split("/")
    match last.count("-"):
        case 0:
            return year.end_of(last)
        case 1:
            return end_of_month(date.fromisoformat(f"{last}-01"))
        case _:
            return date.fromisoformat(last)


def _periods(
    rules: LeaveRules, between: tuple[date, date], year: LeaveYear, pay: PaySchedule | None
) -> Iterator[_Period]:
    match rules.accrual:
        case AccrualMethod.MONTHLY:
            for month in months(*between):
                yield _Period(f"{month:%Y-%m}", month, end_of_month(month), Fraction(1, MONTHS))
        case AccrualMethod.ANNUAL_GRANT:
            for first in sorted({year.first_day(month) for month in months(*between)}):
                yield _Period(year.bucket(first), first, year.last_day(first), Fraction(1))
        case AccrualMethod.PER_PAY_PERIOD if pay:
            for first, last in pay.periods:
                yield _Period(f"{first}/{last}", first, last, Fraction(1, pay.in_a_year))
        case _:
            return


@lru_cache(maxsize=KEPT)
def _accrued(rules: LeaveRules, employed: tuple[date, date], day: date, period: _Period, year: LeaveYear) -> Accrual:
    """Work out the accrual of a period that is there from a day on; the same for all who are employed throughout."""
    yearly = rules.accrual is AccrualMethod.ANNUAL_GRANT
    parts = _months_employed(period, employed) if yearly else _share(period.first, period.last, employed)
    part = parts / (MONTHS if yearly else 1) if rules.prorate_join else Fraction(1)
    exact = Fraction(rules.annual_days) * period.share * part
    effective = min(max(day, employed[0]), employed[1])
    return Accrual(
        period=period.key,
        effective_date=effective,
        days=rounded(exact, rules.rounding),
        kind=LedgerKind.GRANT if yearly else LedgerKind.ACCRUAL,
        bucket=year.bucket(effective),
        cut_short_on=employed[1] if employed[1] < period.last else None,
        reckoning=Reckoning(
            method=rules.accrual,
            period_first=period.first,
            period_last=period.last,
            full_days=_shown(Fraction(rules.annual_days) * period.share),
            days_in_period=_length(period.first, period.last),
            days_employed=_length(*employed),
            months=_shown(part * MONTHS) if yearly else None,
            before_rounding=_shown(exact),
            rounding=rules.rounding,
        ),
    )


def _months_employed(period: _Period, employed: tuple[date, date]) -> Fraction:
    shares = (_share(month, end_of_month(month), employed) for month in months(period.first, period.last))
    return sum(shares, Fraction())


def _share(first: date, last: date, employed: tuple[date, date]) -> Fraction:
    """Return which part of the days from a first to a last lies within employment."""
    days = _length(max(first, employed[0]), min(last, employed[1]))
    return Fraction(max(days, 0), _length(first, last))


def _day(rules: LeaveRules, employment: Employment, period: _Period) -> date:
    """Return the day of a period on which its days are there; pay periods have no anniversary, but their last day."""
    if rules.accrue_on is AccrueOn.FIRST_DAY:
        return period.first
    if rules.accrue_on is AccrueOn.LAST_DAY or rules.accrual is AccrualMethod.PER_PAY_PERIOD:
        return period.last
    hired = employment.hired_on
    monthly = rules.accrual is AccrualMethod.MONTHLY
    [month] = [each for each in months(period.first, period.last) if monthly or each.month == hired.month]
    return in_month(month, hired.day)


def _length(first: date, last: date) -> int:
    return (last - first).days + 1


def _shown(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(SHOWN)
