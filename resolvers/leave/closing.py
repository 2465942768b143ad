"""Closes buckets whose last day is over: what is carried into the next leave year, and what lapses.

What closing a bucket comes to follows from what was in it on its last day. Only the difference to what was posted
before is returned, so that it may be done again at any time: a second run posts nothing, and after days of a closed
bucket were given back, or taken, it posts what they change. A closed bucket is empty.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal

from db.leave_choices import LedgerKind
from resolvers.leave.ledger import NOTHING, Bucket, Entry, buckets, joined, total
from resolvers.leave.rules import LeaveRules
from resolvers.leave.years import CALENDAR_YEAR, DAY, LeaveYear, end_of_month


def settle(
    rules: LeaveRules, entries: Iterable[Entry], through: date, *, year: LeaveYear = CALENDAR_YEAR
) -> list[Entry]:
    """Return the entries that close every bucket whose last day is not after a day, which is over."""
    known, done, posted = dict(buckets(entries, year)), set[str](), list[Entry]()
    while bucket := _next(known, through, done):
        for entry in close(rules, bucket, known, year=year):
            known[entry.bucket] = joined(known.get(entry.bucket), entry, year)
            posted.append(entry)
        done.add(bucket.key)
    return posted


def close(
    rules: LeaveRules, bucket: Bucket, known: Mapping[str, Bucket], *, year: LeaveYear = CALENDAR_YEAR
) -> list[Entry]:
    """Return the entries that close one bucket of those that are known."""
    return expire(bucket, year=year) if bucket.expires_on else carry_over(rules, bucket, known, year=year)


def expire(bucket: Bucket, *, year: LeaveYear = CALENDAR_YEAR) -> list[Entry]:
    """Return what closes a bucket on the day on which it expires; a debt goes to the leave year of the day after."""
    debt = min(bucket.rest, NOTHING)
    after = bucket.last_day + DAY
    return [*_lapse(bucket, bucket.rest - debt), *_move(bucket, debt - _moved(bucket), year.bucket(after))]


def carry_over(
    rules: LeaveRules, bucket: Bucket, known: Mapping[str, Bucket], *, year: LeaveYear = CALENDAR_YEAR
) -> list[Entry]:
    """Return what closes the bucket of a leave year: days go into the next one up to a limit, a debt goes as a whole.

    Without a limit for debts none is carried: each year is counted by itself.
    """
    carried, debt = _carried(rules, bucket.rest)
    after = bucket.last_day + DAY
    own, moved = year.bucket(after), _moved(bucket)
    lapse = _lapse(bucket, bucket.rest - carried - debt)
    if rules.carry_expiry_months is None:
        return [*lapse, *_move(bucket, carried + debt - moved, own)]
    key, expires_on = year.carried_bucket(after), end_of_month(bucket.last_day, rules.carry_expiry_months)
    inside = total(entry for entry in known[key].entries if _is_move(entry, after)) if key in known else NOTHING
    into_carried = _move(bucket, carried - inside, key, expires_on)
    return [*lapse, *into_carried, *_move(bucket, debt - (moved - inside), own)]


def _next(known: Mapping[str, Bucket], through: date, done: Collection[str]) -> Bucket | None:
    """Return the first bucket to close that is not done: closing one puts days only into such as end later."""
    ended = (each for each in known.values() if each.last_day <= through and each.key not in done)
    return min(ended, key=lambda each: (each.last_day, each.key), default=None)


def _carried(rules: LeaveRules, rest: Decimal) -> tuple[Decimal, Decimal]:
    """Return which days of a rest are carried over, and which debt."""
    if rest < 0:
        return NOTHING, NOTHING if rules.allow_negative_to is None else rest
    return (rest if rules.carried_at_most is None else min(rest, rules.carried_at_most)), NOTHING


def _lapse(bucket: Bucket, days: Decimal) -> list[Entry]:
    """Return the entry by which so many days have lapsed in all."""
    more = days + total(entry for entry in bucket.closed if entry.kind is LedgerKind.EXPIRY)
    expiry = Entry(LedgerKind.EXPIRY, -more, bucket.last_day, bucket.key, bucket.expires_on, bucket.key)
    return [expiry] if more else []


def _move(bucket: Bucket, days: Decimal, into: str, expires_on: date | None = None) -> list[Entry]:
    """Return the two entries that move days to another bucket on the day after the last one."""
    after = bucket.last_day + DAY
    out = Entry(LedgerKind.CARRY_IN, -days, after, bucket.key, bucket.expires_on, bucket.key)
    return [out, Entry(LedgerKind.CARRY_IN, days, after, into, expires_on, bucket.key)] if days else []


def _moved(bucket: Bucket) -> Decimal:
    return -total(entry for entry in bucket.closed if entry.kind is LedgerKind.CARRY_IN)


def _is_move(entry: Entry, day: date) -> bool:
    return entry.kind is LedgerKind.CARRY_IN and entry.effective_date == day
