"""Takes days out of the ledger, and gives them back.

What is taken comes first from the bucket that expires soonest and is usable on the day, and at last from the leave
year's own. It must leave enough for all that is booked for later, also for what is to be carried over: so the check
closes, on trial, every bucket that ends before the last day that the ledger speaks of.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from db.leave_choices import LedgerKind
from resolvers.leave.closing import settle
from resolvers.leave.ledger import NOTHING, Entry, buckets, still_open, total, usable
from resolvers.leave.rules import LeaveRules
from resolvers.leave.years import CALENDAR_YEAR, DAY, LeaveYear

LEAVE = (LedgerKind.TAKEN, LedgerKind.CANCELLED)


@dataclass(frozen=True, slots=True)
class Booking:
    """The entries by which days are taken, one for each bucket, and how many days there are too few.

    The entries are for posting only when there are enough.
    """

    entries: tuple[Entry, ...]
    short: Decimal


def take(
    rules: LeaveRules,
    entries: Sequence[Entry],
    days: Decimal,
    on: date,
    *,
    ref: str,
    kind: LedgerKind = LedgerKind.TAKEN,
    year: LeaveYear = CALENDAR_YEAR,
) -> Booking:
    """Take days on a day, as leave or to be paid out.

    `entries` may include accruals that are still to come: then these count on their days.
    """
    entries = still_open(entries, on, year)
    through = max([on, *(entry.counts_from for entry in entries)]) - DAY
    known = [*entries, *settle(rules, entries, through, year=year)]
    taken: list[Entry] = []
    left = days
    for bucket in usable(known, on, year):
        room = bucket.room(rules, on)
        part = left if room is None else min(left, room)
        if part > 0:
            taken.append(Entry(kind, -part, on, bucket.key, bucket.expires_on, ref))
            left -= part
    after = [*entries, *taken]
    after += settle(rules, after, through, year=year)
    return Booking(tuple(taken), left + _lacking(rules, after, year) - _lacking(rules, known, year))


def give(
    kind: LedgerKind,
    days: Decimal,
    on: date,
    *,
    ref: str,
    expires_on: date | None = None,
    year: LeaveYear = CALENDAR_YEAR,
) -> Entry:
    """Return the entry that gives days by hand, or sets them right: in a bucket of its own when they expire."""
    return Entry(kind, days, on, f"{kind}-{ref}" if expires_on else year.bucket(on), expires_on, ref)


def cancel(entries: Iterable[Entry], ref: str) -> list[Entry]:
    """Return the entries that give back what was taken by a request, as if it had never been; a second time none.

    Where a bucket is closed by now, `settle` returns what becomes of the days.
    """
    taken = sorted((entry for entry in entries if entry.ref == ref and entry.kind in LEAVE), key=_place)
    groups = [list(group) for _, group in groupby(taken, key=_place)]
    return [_back(group[0], total(group)) for group in groups if total(group)]


def shorten(entries: Iterable[Entry], ref: str, days: Decimal) -> list[Entry]:
    """Return the entries that give back what was taken by a request beyond so many days; what was taken last first."""
    taken = sorted((entry for entry in entries if entry.ref == ref and entry.kind in LEAVE), key=_turn)
    groups = [list(group) for _, group in groupby(taken, key=_turn)]
    more, back = -total(taken) - days, list[Entry]()
    for group in reversed(groups):
        part = min(-total(group), more)
        if part > 0:
            back.append(_back(group[0], -part))
            more -= part
    return back


def _turn(entry: Entry) -> tuple[date, date, str]:
    """In which order days are taken: by days of leave, and on each from what expires soonest."""
    return entry.effective_date, entry.expires_on or date.max, entry.bucket


def _back(entry: Entry, days: Decimal) -> Entry:
    return Entry(LedgerKind.CANCELLED, -days, entry.effective_date, entry.bucket, entry.expires_on, entry.ref)


def _place(entry: Entry) -> tuple[str, date]:
    return entry.bucket, entry.effective_date


def _lacking(rules: LeaveRules, entries: Iterable[Entry], year: LeaveYear) -> Decimal:
    return sum((bucket.lacking(rules) for bucket in buckets(entries, year).values()), NOTHING)
