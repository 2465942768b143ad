"""What is left when a bucket's last day is over: carried over, lapsed, owed; and what happens when it changes later."""

from datetime import date
from decimal import Decimal

import pytest

from db.leave_choices import LedgerKind
from resolvers.leave.booking import cancel, give, take
from resolvers.leave.closing import settle
from resolvers.leave.ledger import Entry, balance, buckets, total
from resolvers.leave.rules import LeaveRules
from resolvers.leave.years import CALENDAR_YEAR, LeaveYear
from tests.leave.builders import given, taken, the_rules

END = date(2026, 12, 31)
NEW_YEAR = date(2027, 1, 1)
SPRING = date(2027, 3, 31)
RULES = the_rules()


def closed(entries: list[Entry], through: date, rules: LeaveRules = RULES) -> list[Entry]:
    return [*entries, *settle(rules, entries, through)]


def rests(entries: list[Entry]) -> dict[str, Decimal]:
    return {key: total(bucket.entries) for key, bucket in buckets(entries, CALENDAR_YEAR).items()}


def test_a_year_is_closed_when_it_is_over_and_not_before() -> None:
    entries = [given("9", date(2026, 1, 1))]
    assert settle(RULES, entries, date(2026, 12, 30)) == []
    assert rests(closed(entries, END)) == {"2026": 0, "2027-carried": 5}


def test_a_second_run_posts_nothing() -> None:
    entries = closed([given("9", date(2026, 1, 1))], SPRING)
    assert settle(RULES, entries, SPRING) == settle(RULES, entries, END) == []


def test_days_that_expire_are_there_until_their_day_is_over() -> None:
    entries = [given("9", date(2026, 1, 1))]
    entries = closed(entries, SPRING)
    assert [balance(entries, day) for day in (END, NEW_YEAR, SPRING, date(2027, 4, 1))] == [9, 5, 5, 0]


@pytest.mark.parametrize(
    ("most", "months", "left"),
    [
        (Decimal(0), 3, {"2026": 0}),
        (Decimal(20), 3, {"2026": 0, "2027-carried": 9}),
        (None, 3, {"2026": 0, "2027-carried": 9}),
        (Decimal(5), None, {"2026": 0, "2027": 5}),
        (Decimal(5), 0, {"2026": 0}),
    ],
)
def test_what_is_carried_over(most: Decimal | None, months: int | None, left: dict[str, Decimal]) -> None:
    rules = the_rules(carry_forward_max=most, carry_expiry_months=months)
    assert rests(closed([given("9", date(2026, 1, 1))], END, rules)) == left


def test_without_an_expiry_days_are_carried_again_within_the_same_limit() -> None:
    rules = the_rules(carry_expiry_months=None)
    entries = [given("9", date(2026, 1, 1)), given("4", date(2027, 1, 1))]
    assert rests(closed(entries, date(2027, 12, 31), rules)) == {"2026": 0, "2027": 0, "2028": 5}


def test_days_may_expire_after_the_end_of_the_year_into_which_they_were_carried() -> None:
    rules = the_rules(carry_expiry_months=14)
    entries = closed([given("9", date(2026, 1, 1)), given("1", date(2027, 1, 1))], date(2027, 12, 31), rules)
    assert rests(entries) == {"2026": 0, "2027": 0, "2027-carried": 5, "2028-carried": 1}
    assert rests(closed(entries, date(2028, 2, 29), rules)) == {
        "2026": 0,
        "2027": 0,
        "2027-carried": 0,
        "2028-carried": 1,
    }


def test_a_debt_is_carried_as_a_whole() -> None:
    rules = the_rules(allow_negative_to=Decimal(-3))
    entries = taken(rules, [], "3", date(2026, 5, 4))
    entries = closed(entries, END, rules)
    assert rests(entries) == {"2026": 0, "2027": -3}
    assert take(rules, entries, Decimal(1), date(2027, 1, 4), ref="more").short == 1


def test_without_a_limit_each_year_is_counted_by_itself() -> None:
    rules = the_rules(allow_negative_to=None)
    entries = taken(rules, [], "30", date(2026, 5, 4))
    assert balance(entries, END) == -30
    assert rests(closed(entries, END, rules)) == {"2026": 0}


def test_a_grant_of_its_own_expires_on_its_day() -> None:
    grant = give(LedgerKind.GRANT, Decimal(2), date(2026, 5, 1), ref="wedding", expires_on=date(2026, 6, 30))
    assert grant.bucket == "grant-wedding"
    entries = closed([grant], date(2026, 6, 30))
    assert entries[1:] == [
        Entry(LedgerKind.EXPIRY, Decimal(-2), date(2026, 6, 30), grant.bucket, date(2026, 6, 30), grant.bucket)
    ]
    assert give(LedgerKind.ADJUSTMENT, Decimal(-1), date(2026, 5, 1), ref="a").bucket == "2026"


def test_a_debt_of_days_that_expire_goes_to_the_year() -> None:
    grant = give(LedgerKind.GRANT, Decimal(2), date(2026, 5, 1), ref="a", expires_on=date(2026, 6, 30))
    wrong = Entry(LedgerKind.ADJUSTMENT, Decimal(-3), date(2026, 5, 2), grant.bucket, grant.expires_on, "b")
    entries = closed([grant, wrong], date(2026, 6, 30))
    assert rests(entries) == {"grant-a": 0, "2026": -1}
    assert [balance(entries, date(2026, month, 1)) for month in (6, 7)] == [-1, -1]


def test_days_given_back_after_their_expiry_expire_at_once() -> None:
    entries = closed([given("5", date(2026, 1, 1))], END)
    entries += taken(RULES, entries, "3", date(2027, 2, 8))
    entries = closed(entries, SPRING)
    back = cancel(entries, "leave")
    assert [(entry.days, entry.effective_date) for entry in back] == [(3, date(2027, 2, 8))]
    entries += back
    [expiry] = settle(RULES, entries, date(2027, 6, 1))
    assert (expiry.kind, expiry.days, expiry.effective_date) == (LedgerKind.EXPIRY, -3, SPRING)
    entries.append(expiry)
    assert settle(RULES, entries, date(2027, 6, 1)) == []
    assert balance(entries, date(2027, 6, 1)) == 0


def test_days_given_back_after_the_year_are_carried_as_if_they_had_been_there() -> None:
    entries = [given("9", date(2026, 1, 1))]
    entries = closed([*entries, *taken(RULES, entries, "6", date(2026, 12, 7))], END)
    assert rests(entries) == {"2026": 0, "2027-carried": 3}
    entries = closed([*entries, *cancel(entries, "leave")], date(2027, 1, 10))
    assert rests(entries) == {"2026": 0, "2027-carried": 5}
    lapsed = [entry.days for entry in entries if entry.kind is LedgerKind.EXPIRY]
    assert lapsed == [-4]


def test_leave_that_is_entered_after_the_year_takes_first_what_had_lapsed() -> None:
    entries = closed([given("9", date(2026, 1, 1))], END)
    entries += taken(RULES, entries, "6", date(2026, 12, 7))
    entries = closed(entries, END)
    assert rests(entries) == {"2026": 0, "2027-carried": 3}
    assert total(entry for entry in entries if entry.kind is LedgerKind.EXPIRY) == 0


def test_a_carried_rest_that_becomes_a_debt_is_corrected_in_both_places() -> None:
    rules = the_rules(allow_negative_to=Decimal(-5))
    entries = closed([given("3", date(2026, 1, 1))], END, rules)
    entries.append(give(LedgerKind.ADJUSTMENT, Decimal(-4), date(2026, 11, 1), ref="wrong"))
    entries = closed(entries, END, rules)
    assert rests(entries) == {"2026": 0, "2027": -1, "2027-carried": 0}
    assert settle(rules, entries, END) == []


def test_another_leave_year_ends_on_another_day() -> None:
    year = LeaveYear(7)
    entries = [given("9", date(2026, 8, 1), "2026")]
    assert settle(RULES, entries, date(2027, 6, 29), year=year) == []
    *_, carried = settle(RULES, entries, date(2027, 6, 30), year=year)
    assert (carried.bucket, carried.expires_on, carried.effective_date) == (
        "2027-carried",
        date(2027, 9, 30),
        date(2027, 7, 1),
    )
    assert year.carried_bucket(date(2028, 6, 30)) == "2027-carried"
