"""Whatever is taken, given back, granted, earned and closed, in whatever order: what must always hold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from db.leave_choices import LedgerKind
from resolvers.leave.booking import cancel, give, take
from resolvers.leave.closing import settle
from resolvers.leave.ledger import Entry, balance, buckets, total
from resolvers.leave.rules import LeaveRules
from resolvers.leave.years import CALENDAR_YEAR
from tests.leave.builders import accrued, the_rules, through

BEGIN, END = date(2026, 2, 15), date(2028, 6, 30)
QUARTER = Decimal("0.25")
DAYS = st.dates(BEGIN, END)
AMOUNTS = st.integers(1, 40).map(lambda quarters: quarters * QUARTER)


@st.composite
def all_rules(draw: st.DrawFn) -> LeaveRules:
    return the_rules(
        carry_forward_max=draw(st.sampled_from([Decimal(0), Decimal(5), None])),
        carry_expiry_months=draw(st.sampled_from([None, 3, 15])),
        allow_negative_to=draw(st.sampled_from([Decimal(0), Decimal(-3), None])),
    )


@dataclass
class Ledger:
    """A ledger under way; `made` are the refs of leave that was booked."""

    rules: LeaveRules
    entries: list[Entry] = field(default_factory=list[Entry])
    made: list[str] = field(default_factory=list[str])

    def earn(self, day: date, _days: Decimal) -> None:
        self.entries += accrued(self.rules, self.entries, day)

    def grant(self, day: date, days: Decimal) -> None:
        ref, expires_on = str(len(self.entries)), day + timedelta(days=int(days * 10))
        self.entries.append(give(LedgerKind.GRANT, days, day, ref=ref, expires_on=expires_on))

    def take(self, day: date, days: Decimal) -> None:
        ref = f"leave {len(self.made)}"
        booking = take(self.rules, self.entries, days, day, ref=ref)
        if not booking.short:
            assert total(booking.entries) == -days
            self.entries += booking.entries
            self.made.append(ref)

    def cancel(self, day: date, _days: Decimal) -> None:
        if self.made:
            self.entries += cancel(self.entries, self.made.pop(day.toordinal() % len(self.made)))

    def close(self, day: date, _days: Decimal) -> None:
        self.entries += settle(self.rules, self.entries, day)


Step = Callable[[Ledger, date, Decimal], None]
STEPS: Sequence[Step] = (Ledger.earn, Ledger.grant, Ledger.take, Ledger.take, Ledger.cancel, Ledger.close)


@given(all_rules(), st.lists(st.tuples(st.sampled_from(STEPS), DAYS, AMOUNTS), max_size=25))
@settings(deadline=None)
def test_nothing_is_ever_too_low_and_closing_empties(
    rules: LeaveRules, steps: list[tuple[Step, date, Decimal]]
) -> None:
    ledger = Ledger(rules)
    for step, day, days in steps:
        step(ledger, day, days)
        horizon = max([END, *(entry.counts_from for entry in ledger.entries)])
        entries = [*ledger.entries, *settle(rules, ledger.entries, horizon)]
        assert settle(rules, entries, horizon) == []
        assert balance(entries, date.max) == total(entries)
        for bucket in buckets(entries, CALENDAR_YEAR).values():
            assert bucket.lacking(rules) == 0, bucket
            assert bucket.last_day > horizon or total(bucket.entries) == 0, bucket


@given(all_rules(), st.lists(st.tuples(st.sampled_from(STEPS), DAYS, AMOUNTS), max_size=15), DAYS, AMOUNTS)
@settings(deadline=None)
def test_cancelling_is_the_exact_inverse(
    rules: LeaveRules, steps: list[tuple[Step, date, Decimal]], day: date, days: Decimal
) -> None:
    ledger = Ledger(rules)
    for step, when, amount in steps:
        step(ledger, when, amount)
    before = [*ledger.entries, *settle(rules, ledger.entries, END)]
    after = [*before, *take(rules, before, days, day, ref="leave").entries]
    after += settle(rules, after, END)
    after += cancel(after, "leave")
    after += settle(rules, after, END)
    for number in range((END - BEGIN).days + 60):
        on = BEGIN + timedelta(days=number)
        assert balance(after, on) == balance(before, on)
    kept, found = buckets(before, CALENDAR_YEAR), buckets(after, CALENDAR_YEAR)
    assert all(total(found[key].entries) == (total(kept[key].entries) if key in kept else 0) for key in found)


@given(st.lists(st.tuples(DAYS, AMOUNTS), max_size=25), st.sampled_from([Decimal(0), Decimal(-3)]))
@settings(deadline=None)
def test_a_ledger_kept_day_by_day_says_the_same(leave: list[tuple[date, Decimal]], floor: Decimal) -> None:
    rules = the_rules(allow_negative_to=floor)
    entries: list[Entry] = []
    carried, own = Decimal(), Decimal()
    day = BEGIN
    while day <= END:
        if (day.month, day.day) == (1, 1):
            carried, own = (min(own, Decimal(5)), Decimal()) if own > 0 else (Decimal(), own)
        if (day + timedelta(days=1)).month != day.month:
            own += 1 if (day.year, day.month) == (2026, 2) else 2
        entries = through(rules, entries, day - timedelta(days=1)) if day.day == 1 else entries
        entries += accrued(rules, entries, day) if (day + timedelta(days=1)).day == 1 else []
        for number, (on, days) in enumerate(leave):
            if on == day:
                booking = take(rules, entries, days, day, ref=str(number))
                assert bool(booking.short) == (days > carried + own - floor)
                if not booking.short:
                    carried, own = max(carried - days, Decimal()), own - max(days - carried, Decimal())
                    entries += booking.entries
        assert balance(entries, day) == carried + own
        if (day.month, day.day) == (3, 31):
            carried = Decimal()
        day += timedelta(days=1)
