"""What the tests of leave begin with: the rules of the worked example, a working week, entries of a ledger."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from db.leave_choices import AccrualMethod, LedgerKind
from resolvers.leave.accrual import due_accruals, posted_periods
from resolvers.leave.booking import take
from resolvers.leave.closing import settle
from resolvers.leave.ledger import Entry
from resolvers.leave.rules import Employment, LeaveRules
from resolvers.leave.standing import Standing
from resolvers.leave.working_days import WorkingCalendar

FULL_TIME = (*[Decimal(8)] * 5, Decimal(), Decimal())
CALENDAR = WorkingCalendar(FULL_TIME, frozenset({date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1)}))
ADA = Employment(date(2026, 2, 15))


def the_rules(**said: Any) -> LeaveRules:
    """24 days a year, 2 on the last day of each month; 5 are carried over and expire on 31 March."""
    worked: dict[str, Any] = {
        "accrual": AccrualMethod.MONTHLY,
        "annual_days": Decimal(24),
        "carry_forward_max": Decimal(5),
        "carry_expiry_months": 3,
    }
    return LeaveRules(**(worked | said))


def given(days: str, on: date, bucket: str = "", *, expires_on: date | None = None) -> Entry:
    return Entry(LedgerKind.GRANT, Decimal(days), on, bucket or str(on.year), expires_on, "given")


def taken(rules: LeaveRules, entries: Sequence[Entry], days: str, on: date, ref: str = "leave") -> list[Entry]:
    """Take days that are there."""
    booking = take(rules, entries, Decimal(days), on, ref=ref)
    assert booking.short == 0
    return list(booking.entries)


def accrued(rules: LeaveRules, entries: Sequence[Entry], through: date, person: Employment = ADA) -> list[Entry]:
    """What a job posts that runs on a day: accruals that are not posted yet."""
    due = due_accruals(rules, person, (person.hired_on, through), posted=posted_periods(entries))
    return [accrual.entry() for accrual in due]


def through(rules: LeaveRules, entries: Sequence[Entry], day: date, person: Employment = ADA) -> list[Entry]:
    """The ledger once a day is over: with all accruals that are due, and all buckets closed that ended."""
    known = [*entries, *accrued(rules, entries, day, person)]
    return [*known, *settle(rules, known, day)]


def a_standing(*entries: Entry, rules: LeaveRules | None = None, **facts: Any) -> Standing:
    plain: dict[str, Any] = {"employment": Employment(date(2020, 1, 1)), "calendar": CALENDAR, "entries": entries}
    return Standing(rules=rules or the_rules(), **(plain | facts))
