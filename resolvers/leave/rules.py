"""The rules of one type of leave, and how its days are rounded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Final

from db.leave_choices import AccrualMethod, AccrueOn, LeaveRounding

STEPS: Final[Mapping[LeaveRounding, Decimal]] = {
    LeaveRounding.QUARTER: Decimal("0.25"),
    LeaveRounding.HALF: Decimal("0.5"),
    LeaveRounding.WHOLE: Decimal(1),
    LeaveRounding.NONE: Decimal("0.0001"),
}
NEVER_BELOW: Final = Decimal()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveRules:
    """What a type of leave says.

    `prorate_join`: the months of joining and of leaving count by their days in employment, and else as whole ones.
    `carry_forward_max`: how many days go into the next leave year at most; None is all of them.
    `carry_expiry_months`: these expire that many months after the end of the year; None is never, and then they are
    days of the next year like any others.
    `max_consecutive`, `requires_document_after_days`: counted in days of leave; None is no limit, or never.
    `allow_negative_to`: how low the balance of a leave year may be, 0 or less; None is without limit.
    `waiting_days`: nothing may be taken earlier than that many days after the person was hired.
    `counts_holidays`: holidays that would be working days count as days of leave.
    """

    accrual: AccrualMethod = AccrualMethod.NONE
    annual_days: Decimal = Decimal()
    accrue_on: AccrueOn = AccrueOn.LAST_DAY
    prorate_join: bool = True
    rounding: LeaveRounding = LeaveRounding.NONE
    carry_forward_max: Decimal | None = Decimal()
    carry_expiry_months: int | None = None
    max_consecutive: Decimal | None = None
    min_notice_days: int = 0
    allow_negative_to: Decimal | None = NEVER_BELOW
    waiting_days: int = 0
    counts_holidays: bool = False
    half_day: bool = True
    requires_document_after_days: Decimal | None = None
    encashable: bool = False

    @property
    def carried_at_most(self) -> Decimal | None:
        """How many days are carried over at most; none when they would expire at once."""
        return Decimal() if self.carry_expiry_months == 0 else self.carry_forward_max


@dataclass(frozen=True, slots=True)
class Employment:
    """The first day of somebody's employment, and the last, once it is known."""

    hired_on: date
    ended_on: date | None = None

    def within(self, first: date, last: date) -> tuple[date, date] | None:
        """Return the first and the last day of employment between two days; None when there is none."""
        begin, end = max(first, self.hired_on), min(last, self.ended_on or last)
        return (begin, end) if begin <= end else None

    def may_take_from(self, rules: LeaveRules) -> date:
        """Return the first day on which leave may be taken."""
        return self.hired_on + timedelta(days=rules.waiting_days)


def rounded(days: Fraction, rounding: LeaveRounding) -> Decimal:
    """Round days to the nearest multiple, halves away from zero."""
    step = STEPS[rounding]
    multiples = floor(abs(days) / Fraction(step) + Fraction(1, 2))
    return step * (multiples if days >= 0 else -multiples)
