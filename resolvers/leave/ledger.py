"""The ledger of one person's leave of one type: entries, the buckets that they make up, and balances.

Entries are only ever added, and every balance is a sum of them. Each belongs to a bucket: the one of a leave year,
whose rest is carried over or lapses when the year ends, or one whose days expire on a day of their own. What is taken
is one entry for each bucket that it comes from, effective on the first day of leave.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import accumulate, groupby
from typing import Final

from db.leave_choices import LedgerKind
from resolvers.leave.rules import LeaveRules
from resolvers.leave.years import DAY, LeaveYear

NOTHING: Final = Decimal()


@dataclass(frozen=True, slots=True)
class Entry:
    """Days that come or go; `ref` is what they come from: a period, a request, a closed bucket.

    `cut_short_on` is of what accrued for a period that the last day of work cuts short: that day, as it was known then.
    """

    kind: LedgerKind
    days: Decimal
    effective_date: date
    bucket: str
    expires_on: date | None = None
    ref: str = ""
    cut_short_on: date | None = None

    @property
    def counts_from(self) -> date:
        """The first day whose balance it is part of: days that expire are there until their day is over."""
        return self.effective_date + DAY if self.kind is LedgerKind.EXPIRY else self.effective_date


@dataclass(frozen=True, slots=True)
class Bucket:
    """The entries of one bucket. `expires_on` is None for that of a leave year, which is usable in that year."""

    key: str
    last_day: date
    expires_on: date | None
    entries: tuple[Entry, ...] = ()

    def balance(self, on: date) -> Decimal:
        """How many days are in it on a day."""
        return balance(self.entries, on)

    @property
    def rest(self) -> Decimal:
        """How many days are in it when its last day is over, before it is closed."""
        return self.balance(self.last_day)

    @property
    def closed(self) -> tuple[Entry, ...]:
        """The entries that closed it: what counts after its last day."""
        return tuple(entry for entry in self.entries if entry.counts_from > self.last_day)

    def lowest(self, since: date = date.min) -> Decimal:
        """The lowest balance from a day to its last, with all that is booked for later."""
        changes = {since: NOTHING}
        for entry in self.entries:
            if entry.counts_from <= self.last_day:
                day = max(entry.counts_from, since)
                changes[day] = changes.get(day, NOTHING) + entry.days
        return min(accumulate(changes[day] for day in sorted(changes)))

    def floor(self, rules: LeaveRules) -> Decimal | None:
        """How low it may be; None is without limit."""
        return rules.allow_negative_to if self.expires_on is None else NOTHING

    def room(self, rules: LeaveRules, on: date) -> Decimal | None:
        """How many days can be taken from it on a day without any later balance being too low; None is any number."""
        floor = self.floor(rules)
        return None if floor is None else max(self.lowest(on) - floor, NOTHING)

    def lacking(self, rules: LeaveRules) -> Decimal:
        """How far it is below what it may be at its worst; 0 when it never is."""
        floor = self.floor(rules)
        return NOTHING if floor is None else max(floor - self.lowest(), NOTHING)


def balance(entries: Iterable[Entry], on: date) -> Decimal:
    """Return the balance on a day: the sum of the entries that count on it."""
    return total(entry for entry in entries if entry.counts_from <= on)


def total(entries: Iterable[Entry]) -> Decimal:
    """Return the sum of the days of all entries."""
    return sum((entry.days for entry in entries), NOTHING)


def buckets(entries: Iterable[Entry], year: LeaveYear) -> Mapping[str, Bucket]:
    """Return the buckets that entries make up, by key, those that end first at the front."""
    ordered = sorted(entries, key=lambda entry: entry.bucket)
    made = [_bucket(key, tuple(group), year) for key, group in groupby(ordered, lambda entry: entry.bucket)]
    return {each.key: each for each in sorted(made, key=lambda each: (each.last_day, each.key))}


def _bucket(key: str, entries: tuple[Entry, ...], year: LeaveYear) -> Bucket:
    expires_on = next((entry.expires_on for entry in entries if entry.expires_on), None)
    return Bucket(key, expires_on or year.end_of(key), expires_on, entries)


def still_open(entries: Sequence[Entry], on: date, year: LeaveYear) -> Sequence[Entry]:
    """Return the entries without those of buckets that ended before a day, if all of these were closed."""
    known = buckets(entries, year).values()
    if any(each.last_day < on and total(each.entries) for each in known):
        return entries
    return [entry for each in known if each.last_day >= on for entry in each.entries]


def joined(bucket: Bucket | None, entry: Entry, year: LeaveYear) -> Bucket:
    """Return a bucket with one more entry; a new one when there is none."""
    return replace(bucket, entries=(*bucket.entries, entry)) if bucket else _bucket(entry.bucket, (entry,), year)


def usable(entries: Iterable[Entry], on: date, year: LeaveYear) -> list[Bucket]:
    """Return what leave on a day is taken from: what expires soonest first, and the leave year's own bucket at last."""
    known = buckets(entries, year)
    expiring = [each for each in known.values() if each.expires_on and each.expires_on >= on]
    key = year.bucket(on)
    return [*expiring, known.get(key) or Bucket(key, year.last_day(on), None)]
