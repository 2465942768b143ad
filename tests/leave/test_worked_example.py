"""The worked example, number by number: 24 days a year, 2 a month on its last day, 5 carried over until 31 March."""

from datetime import date
from decimal import Decimal

from db.leave_choices import LedgerKind
from resolvers.leave.ledger import Entry, balance, buckets, total
from resolvers.leave.working_days import Absence
from resolvers.leave.years import CALENDAR_YEAR
from tests.leave.builders import CALENDAR, accrued, taken, the_rules, through

RULES = the_rules()


def test_the_month_of_joining_counts_by_its_days() -> None:
    [entry] = accrued(RULES, [], date(2026, 2, 28))
    assert (entry.days, entry.effective_date, entry.ref) == (Decimal("1.00"), date(2026, 2, 28), "2026-02")
    assert (entry.kind, entry.bucket) == (LedgerKind.ACCRUAL, "2026")


def test_until_the_end_of_june() -> None:
    entries = accrued(RULES, [], date(2026, 6, 30))
    assert balance(entries, date(2026, 6, 30)) == Decimal("9.00")
    entries += taken(RULES, entries, "3.5", date(2026, 6, 30))
    assert balance(entries, date(2026, 6, 30)) == Decimal("5.50")


def the_end_of_2026() -> list[Entry]:
    entries = accrued(RULES, [], date(2026, 12, 31))
    return entries + taken(RULES, entries, "12", date(2026, 12, 7))


def test_the_year_ends() -> None:
    before = the_end_of_2026()
    entries = through(RULES, before, date(2026, 12, 31))
    assert total(entry for entry in entries if entry.kind is LedgerKind.ACCRUAL) == Decimal("21.00")
    assert balance(before, date(2026, 12, 31)) == balance(entries, date(2026, 12, 31)) == Decimal("9.00")
    lapse, out, carried = entries[len(before) :]
    assert lapse == Entry(LedgerKind.EXPIRY, Decimal("-4.00"), date(2026, 12, 31), "2026", None, "2026")
    new_year = date(2027, 1, 1)
    assert out == Entry(LedgerKind.CARRY_IN, Decimal("-5.00"), new_year, "2026", None, "2026")
    expires_on = date(2027, 3, 31)
    assert carried == Entry(LedgerKind.CARRY_IN, Decimal("5.00"), new_year, "2027-carried", expires_on, "2026")
    assert balance(entries, new_year) == Decimal("5.00")


def test_what_was_carried_is_taken_first_and_expires() -> None:
    entries = through(RULES, the_end_of_2026(), date(2027, 1, 31))
    [leave] = taken(RULES, entries, "3", date(2027, 2, 8))
    assert leave.bucket == "2027-carried"
    entries = through(RULES, [*entries, leave], date(2027, 3, 30))
    assert buckets(entries, CALENDAR_YEAR)["2027-carried"].rest == Decimal("2.00")
    entries = through(RULES, entries, date(2027, 3, 31))
    assert entries[-1] == Entry(
        LedgerKind.EXPIRY, Decimal("-2.00"), date(2027, 3, 31), "2027-carried", date(2027, 3, 31), "2027-carried"
    )
    assert balance(entries, date(2027, 3, 31)) == Decimal("8.00")
    assert balance(entries, date(2027, 4, 1)) == Decimal("6.00")
    in_2027 = [entry for entry in entries if entry.kind is LedgerKind.ACCRUAL and entry.bucket == "2027"]
    assert total(in_2027) == Decimal("6.00")


def test_a_job_that_did_not_run_for_two_years_posts_the_same() -> None:
    entries = through(RULES, [], date(2026, 12, 31))
    step_by_step: list[Entry] = []
    for day in (date(2026, 3, 31), date(2026, 12, 31), date(2027, 2, 1), date(2028, 4, 1)):
        step_by_step = through(RULES, step_by_step, day)
    at_once = through(RULES, [], date(2028, 4, 1))
    assert sorted(map(repr, step_by_step)) == sorted(map(repr, at_once))
    assert through(RULES, entries, date(2026, 12, 31)) == entries


def test_working_days_around_new_year() -> None:
    assert CALENDAR.days(Absence(date(2026, 12, 24), date(2027, 1, 1))) == 5
