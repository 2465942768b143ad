"""Sets right what was posted before the last day of work was known, or changed.

What accrued for a period stays as it was posted when rules change. Where the last day of work lies before its end, or
did when it was posted, it is worth what the days in employment are worth: the difference is posted for the day on which
the days came, so that no balance depends on when the last day became known. Done again, it posts nothing.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal

from db.leave_choices import LedgerKind
from resolvers.leave.accrual import Accrual, last_day_of, posted_periods
from resolvers.leave.ledger import NOTHING, Entry
from resolvers.leave.rules import Employment
from resolvers.leave.years import CALENDAR_YEAR, LeaveYear

ACCRUED = (LedgerKind.ACCRUAL, LedgerKind.GRANT, LedgerKind.ADJUSTMENT)
"""What has a period as its `ref`: what accrued, and what set it right. The refs of closed buckets look the same."""

CLOSING = (LedgerKind.EXPIRY, LedgerKind.CARRY_IN)


def periods_to_correct(
    entries: Sequence[Entry], employment: Employment, year: LeaveYear = CALENDAR_YEAR
) -> Collection[str]:
    """Return the keys of the posted periods that the last day of work has to do with, or had."""
    posted, last = posted_periods(entries), employment.ended_on

    def is_touched(entry: Entry) -> bool:
        was = entry.cut_short_on is not None or entry.kind is LedgerKind.ADJUSTMENT
        return was or (last is not None and last < last_day_of(entry.ref, year))

    accrued = [entry for entry in entries if entry.kind in ACCRUED and entry.ref in posted]
    return {entry.ref for entry in accrued if is_touched(entry)}


def corrections(entries: Iterable[Entry], accruals: Iterable[Accrual], periods: Collection[str]) -> list[Entry]:
    """Return the entries by which some periods are worth what accrues for them now, on the days on which it does."""
    missing = dict[tuple[date, str, str], Decimal]()
    for each in accruals:
        if each.period in periods:
            missing[each.effective_date, each.period, each.bucket] = each.days
    for entry in entries:
        if entry.kind in ACCRUED and entry.ref in periods:
            place = entry.effective_date, entry.ref, entry.bucket
            missing[place] = missing.get(place, NOTHING) - entry.days
    return [
        Entry(LedgerKind.ADJUSTMENT, days, day, bucket, ref=period)
        for (day, period, bucket), days in sorted(missing.items())
        if days
    ]


def reopenings(entries: Iterable[Entry], last: date) -> list[Entry]:
    """Return the entries that undo what closed buckets after the last day of work: what is left on it stays."""
    closed = dict[Entry, Decimal]()
    for entry in entries:
        if entry.kind in CLOSING and entry.counts_from > last:
            place = Entry(entry.kind, NOTHING, entry.effective_date, entry.bucket, entry.expires_on, entry.ref)
            closed[place] = closed.get(place, NOTHING) - entry.days
    return [
        Entry(each.kind, days, each.effective_date, each.bucket, each.expires_on, each.ref)
        for each, days in closed.items()
        if days
    ]
