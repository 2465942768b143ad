"""Which days are earned by when, for whom, and how they came to be."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.leave_choices import AccrualMethod, AccrueOn, LeaveRounding, LedgerKind
from resolvers.leave.accrual import PaySchedule, Reckoning, due_accruals, posted_periods
from resolvers.leave.rules import Employment, LeaveRules, rounded
from resolvers.leave.years import LeaveYear, end_of_month, in_month
from tests.leave.builders import the_rules

YEAR_2026 = (date(2026, 1, 1), date(2026, 12, 31))
FORTNIGHTS = PaySchedule(
    [(day := date(2026, 1, 5) + timedelta(days=14 * n), day + timedelta(days=13)) for n in range(26)], 26
)


def days_of(rules: LeaveRules, hired: date, ended: date | None = None) -> dict[str, Decimal]:
    return {each.period: each.days for each in due_accruals(rules, Employment(hired, ended), YEAR_2026)}


@pytest.mark.parametrize(
    ("days", "rounding", "result"),
    [
        ("2.125", LeaveRounding.QUARTER, "2.25"),
        ("2.1249", LeaveRounding.QUARTER, "2.00"),
        ("2.25", LeaveRounding.HALF, "2.5"),
        ("2.5", LeaveRounding.WHOLE, "3"),
        ("-2.5", LeaveRounding.WHOLE, "-3"),
        ("2.08335", LeaveRounding.NONE, "2.0834"),
        ("2.083349", LeaveRounding.NONE, "2.0833"),
    ],
)
def test_halves_are_rounded_away_from_zero(days: str, rounding: LeaveRounding, result: str) -> None:
    assert rounded(Fraction(days), rounding) == Decimal(result)


def test_who_joins_on_the_last_day_of_a_month_has_a_day_of_it() -> None:
    rules = the_rules(annual_days=Decimal(30))
    assert days_of(rules, date(2026, 10, 31)) == {
        "2026-10": Decimal("0.0806"),
        "2026-11": Decimal("2.5"),
        "2026-12": Decimal("2.5"),
    }


def test_who_joins_on_the_first_has_the_whole_month() -> None:
    assert days_of(the_rules(), date(2026, 12, 1)) == {"2026-12": Decimal(2)}


def test_29_february_is_part_of_its_month() -> None:
    rules, person = the_rules(annual_days=Decimal(29 * 12)), Employment(date(2028, 2, 29))
    [accrual] = due_accruals(rules, person, (date(2028, 2, 1), date(2028, 2, 29)))
    assert accrual.days == 1


def test_what_rounds_to_nothing_is_not_posted() -> None:
    assert days_of(the_rules(rounding=LeaveRounding.HALF), date(2026, 12, 31)) == {}


def test_the_month_of_leaving_counts_by_its_days_and_nothing_comes_after_it() -> None:
    person = Employment(date(2020, 1, 1), date(2026, 4, 15))
    *_, last = due_accruals(the_rules(), person, YEAR_2026)
    assert (last.period, last.days, last.effective_date) == ("2026-04", Decimal(1), date(2026, 4, 15))


def test_who_joins_and_leaves_within_a_month_has_those_days() -> None:
    assert days_of(the_rules(), date(2026, 4, 10), date(2026, 4, 12)) == {"2026-04": Decimal("0.2")}


def test_without_pro_rata_months_count_as_whole() -> None:
    assert days_of(the_rules(prorate_join=False), date(2026, 11, 30), date(2026, 12, 1)) == {
        "2026-11": Decimal(2),
        "2026-12": Decimal(2),
    }


@pytest.mark.parametrize(
    ("accrue_on", "days"),
    [
        (AccrueOn.FIRST_DAY, [date(2026, 1, 31), date(2026, 2, 1), date(2026, 3, 1)]),
        (AccrueOn.LAST_DAY, [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]),
        (AccrueOn.ANNIVERSARY, [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]),
    ],
)
def test_the_day_of_a_month(accrue_on: AccrueOn, days: list[date]) -> None:
    found = due_accruals(the_rules(accrue_on=accrue_on), Employment(days[0]), (days[0], date(2026, 3, 31)))
    assert [each.effective_date for each in found] == days


@pytest.mark.parametrize(
    ("accrue_on", "first", "second"),
    [
        (AccrueOn.FIRST_DAY, date(2024, 2, 29), date(2025, 1, 1)),
        (AccrueOn.LAST_DAY, date(2024, 12, 31), date(2025, 12, 31)),
        (AccrueOn.ANNIVERSARY, date(2024, 2, 29), date(2025, 2, 28)),
    ],
)
def test_the_day_of_a_yearly_grant(accrue_on: AccrueOn, first: date, second: date) -> None:
    rules = the_rules(accrual=AccrualMethod.ANNUAL_GRANT, accrue_on=accrue_on)
    found = due_accruals(rules, Employment(date(2024, 2, 29)), (date(2024, 1, 1), date(2025, 12, 31)))
    assert [(each.period, each.effective_date, each.kind) for each in found] == [
        ("2024", first, LedgerKind.GRANT),
        ("2025", second, LedgerKind.GRANT),
    ]


def test_a_yearly_grant_counts_the_months_that_are_left() -> None:
    rules = the_rules(accrual=AccrualMethod.ANNUAL_GRANT, accrue_on=AccrueOn.FIRST_DAY)
    assert days_of(rules, date(2026, 2, 15)) == {"2026": Decimal(21)}
    assert days_of(rules, date(2026, 1, 1)) == {"2026": Decimal(24)}
    assert days_of(rules, date(2020, 1, 1), date(2026, 6, 15)) == {"2026": Decimal(11)}
    whole = the_rules(accrual=AccrualMethod.ANNUAL_GRANT, prorate_join=False)
    assert days_of(whole, date(2026, 12, 31)) == {"2026": Decimal(24)}


def test_a_leave_year_may_begin_in_another_month() -> None:
    rules = the_rules(accrual=AccrualMethod.ANNUAL_GRANT, accrue_on=AccrueOn.FIRST_DAY)
    found = due_accruals(rules, Employment(date(2025, 1, 1)), YEAR_2026, year=LeaveYear(4))
    assert [(each.period, each.effective_date, each.bucket) for each in found] == [
        ("2026", date(2026, 4, 1), "2026"),
    ]
    [january, *_] = due_accruals(the_rules(), Employment(date(2025, 1, 1)), YEAR_2026, year=LeaveYear(4))
    assert (january.period, january.bucket) == ("2026-01", "2025")


def test_pay_periods_have_equal_shares_and_count_by_their_days() -> None:
    rules = the_rules(accrual=AccrualMethod.PER_PAY_PERIOD, annual_days=Decimal(26))
    person = Employment(date(2026, 1, 12), date(2026, 2, 4))
    found = due_accruals(rules, person, YEAR_2026, pay=FORTNIGHTS)
    assert [(each.period, each.days, each.effective_date) for each in found] == [
        ("2026-01-05/2026-01-18", Decimal("0.5"), date(2026, 1, 18)),
        ("2026-01-19/2026-02-01", Decimal(1), date(2026, 2, 1)),
        ("2026-02-02/2026-02-15", Decimal("0.2143"), date(2026, 2, 4)),
    ]
    assert due_accruals(rules, person, YEAR_2026) == []


def test_without_accrual_nothing_is_due() -> None:
    assert days_of(the_rules(accrual=AccrualMethod.NONE), date(2020, 1, 1)) == {}


def test_only_what_is_effective_between_the_days_is_due() -> None:
    person = Employment(date(2020, 1, 1))
    assert due_accruals(the_rules(), person, (date(2026, 3, 1), date(2026, 3, 30))) == []
    [march] = due_accruals(the_rules(), person, (date(2026, 3, 31), date(2026, 4, 29)))
    assert march.period == "2026-03"


def test_an_accrual_says_how_it_came_to_be() -> None:
    rules = the_rules(annual_days=Decimal(25), rounding=LeaveRounding.QUARTER)
    [accrual, *_] = due_accruals(rules, Employment(date(2026, 2, 15)), YEAR_2026)
    assert accrual.days == Decimal("1.00")
    assert accrual.reckoning == Reckoning(
        method=AccrualMethod.MONTHLY,
        period_first=date(2026, 2, 1),
        period_last=date(2026, 2, 28),
        full_days=Decimal("2.0833333333"),
        days_in_period=28,
        days_employed=14,
        months=None,
        before_rounding=Decimal("1.0416666667"),
        rounding=LeaveRounding.QUARTER,
    )
    yearly = the_rules(accrual=AccrualMethod.ANNUAL_GRANT)
    [grant] = due_accruals(yearly, Employment(date(2026, 2, 15)), YEAR_2026)
    assert (grant.reckoning.months, grant.reckoning.days_employed) == (Decimal("10.5"), 320)


def test_months_are_added_to_their_last_day() -> None:
    assert end_of_month(date(2027, 11, 30), 3) == date(2028, 2, 29)
    assert end_of_month(date(2026, 3, 31), -3) == date(2025, 12, 31)
    assert in_month(date(2026, 1, 31), 31, 1) == date(2026, 2, 28)


@given(
    st.sampled_from([method for method in AccrualMethod if method is not AccrualMethod.NONE]),
    st.sampled_from(AccrueOn),
    st.sampled_from(LeaveRounding),
    st.dates(date(2024, 1, 1), date(2026, 12, 31)),
    st.none() | st.dates(date(2025, 6, 1), date(2028, 1, 1)),
    st.lists(st.dates(date(2024, 1, 1), date(2027, 12, 31)), min_size=1, max_size=4),
)
@settings(deadline=None)
def test_no_period_is_posted_twice(
    method: AccrualMethod,
    accrue_on: AccrueOn,
    rounding: LeaveRounding,
    hired: date,
    ended: date | None,
    runs: list[date],
) -> None:
    rules = the_rules(accrual=method, accrue_on=accrue_on, rounding=rounding, annual_days=Decimal(25))
    person, begin = Employment(hired, ended), date(2024, 1, 1)
    at_once = due_accruals(rules, person, (begin, max(runs)), pay=FORTNIGHTS)
    posted = [each.entry() for each in at_once]
    assert due_accruals(rules, person, (begin, max(runs)), posted=posted_periods(posted), pay=FORTNIGHTS) == []
    assert len(posted_periods(posted)) == len(posted)
    assert all(hired <= each.effective_date <= (ended or max(runs)) for each in posted)
    stepwise = list(posted[:0])
    for day in sorted(runs):
        due = due_accruals(rules, person, (begin, day), posted=posted_periods(stepwise), pay=FORTNIGHTS)
        stepwise += [each.entry() for each in due]
    assert stepwise == posted
