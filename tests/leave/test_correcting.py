"""What the last day of work makes of what was posted before it was known: as if it had always been known."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.leave_choices import AccrualMethod, AccrueOn, LedgerKind
from resolvers.leave.accrual import Accrual, due_accruals, last_day_of, posted_periods
from resolvers.leave.booking import shorten
from resolvers.leave.correcting import corrections, periods_to_correct, reopenings
from resolvers.leave.ledger import Entry, balance, total
from resolvers.leave.rules import Employment, LeaveRules
from resolvers.leave.years import DAY
from tests.leave.builders import given as in_the_ledger
from tests.leave.builders import taken, the_rules, through

HIRED, END = date(2026, 2, 15), date(2027, 12, 31)
LAST_DAYS = st.none() | st.dates(HIRED, END)


def due(rules: LeaveRules, last: date | None, day: date) -> list[Accrual]:
    return due_accruals(rules, Employment(HIRED, last), (HIRED, day))


def posted(rules: LeaveRules, entries: list[Entry], last: date | None, day: date) -> list[Entry]:
    """What a job posts on a day on which a last day is known."""
    accruals, employment = due(rules, last, day), Employment(HIRED, last)
    new = [each.entry() for each in accruals if each.period not in posted_periods(entries)]
    return [*new, *corrections(entries, accruals, periods_to_correct(entries, employment))]


@st.composite
def all_rules(draw: st.DrawFn) -> LeaveRules:
    methods = st.sampled_from([AccrualMethod.MONTHLY, AccrualMethod.ANNUAL_GRANT])
    return the_rules(accrual=draw(methods), accrue_on=draw(st.sampled_from(list(AccrueOn))))


@given(all_rules(), st.lists(st.tuples(LAST_DAYS, st.dates(HIRED, END)), min_size=1, max_size=6))
@settings(deadline=None)
def test_whatever_was_known_before_the_ledger_is_as_if_it_had_always_been(
    rules: LeaveRules, runs: list[tuple[date | None, date]]
) -> None:
    entries: list[Entry] = []
    in_order = sorted(runs, key=lambda run: run[1])
    for known, on in in_order:
        entries += posted(rules, entries, known, on)
        assert posted(rules, entries, known, on) == []
    last, day = in_order[-1]
    anew = [each.entry() for each in due(rules, last, day)]
    days = {each.effective_date for each in (*entries, *anew)}
    assert [balance(entries, each) for each in sorted(days)] == [balance(anew, each) for each in sorted(days)]


def test_what_the_last_day_has_nothing_to_do_with_stays_when_rules_change() -> None:
    entries = through(the_rules(), [], date(2026, 5, 31))
    more = the_rules(annual_days=Decimal(36))
    new = posted(more, entries, date(2026, 5, 15), date(2026, 5, 31))
    assert [(each.ref, each.kind) for each in new] == [("2026-05", LedgerKind.ADJUSTMENT)] * 2
    assert total(new) == Decimal("1.4516") - 2


@pytest.mark.parametrize(
    ("period", "last"),
    [("2026-02", date(2026, 2, 28)), ("2026", date(2026, 12, 31)), ("2026-03-01/2026-03-14", date(2026, 3, 14))],
)
def test_a_period_is_known_by_its_key(period: str, last: date) -> None:
    assert last_day_of(period) == last


def test_what_was_closed_by_the_last_day_stays_closed() -> None:
    entries = through(the_rules(), [in_the_ledger("9", date(2025, 1, 1))], date(2026, 3, 31), Employment(HIRED))
    assert reopenings(entries, date(2026, 4, 1)) == []
    again = reopenings(entries, date(2025, 12, 31))
    assert (balance([*entries, *again], date(2026, 2, 1)), total(again)) == (9, 9)
    assert reopenings([*entries, *again], date(2025, 12, 31)) == []
    [spring] = reopenings(entries, date(2026, 3, 31))
    assert (spring.kind, spring.effective_date + DAY) == (LedgerKind.EXPIRY, date(2026, 4, 1))


def test_what_was_taken_last_comes_back_first() -> None:
    rules, march = the_rules(), date(2027, 3, 31)
    ledger = [
        in_the_ledger("2", date(2027, 1, 1), "2027-carried", expires_on=march),
        in_the_ledger("9", date(2027, 1, 1)),
    ]
    ledger += taken(rules, ledger, "4", march)
    ledger += taken(rules, ledger, "3", date(2027, 4, 1))
    back = shorten(ledger, "leave", Decimal("2.5"))
    assert [(each.effective_date, each.bucket, each.days) for each in back] == [
        (date(2027, 4, 1), "2027", 3),
        (march, "2027", Decimal("1.5")),
    ]
    assert shorten([*ledger, *back], "leave", Decimal("2.5")) == []
    assert total(shorten(ledger, "leave", Decimal())) == 7
