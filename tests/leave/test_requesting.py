"""What a request splits into, and all that can stand against it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from db.leave_choices import AccrualMethod, DayPart
from resolvers.leave.requesting import assess, balance_on, book, parts_of
from resolvers.leave.rules import Employment
from resolvers.leave.standing import Asked, LeaveProblem, LeaveProblemCode, OtherLeave, Part, Standing
from resolvers.leave.working_days import Absence, HalfDay
from resolvers.leave.years import CALENDAR_YEAR, LeaveYear
from tests.leave.builders import a_standing, given, taken, the_rules

MONDAY = date(2026, 6, 1)
FRIDAY = date(2026, 6, 5)
SATURDAY = date(2026, 6, 6)
WEEK = Absence(MONDAY, FRIDAY)
PLENTY = given("30", date(2026, 1, 1))


def asked(absence: Absence = WEEK, on: date = date(2026, 5, 1), *, has_document: bool = False) -> Asked:
    return Asked(absence, on, has_document)


def problems(absence: Absence = WEEK, standing: Standing | None = None, **facts: Any) -> list[LeaveProblem]:
    return list(assess(asked(absence), standing or a_standing(PLENTY, **facts)).problems)


def other(absence: Absence, *, same_type: bool = True, pending: bool = True) -> OtherLeave:
    return OtherLeave("other", absence, same_type, pending)


def half(day: date, part: DayPart = DayPart.AM) -> Absence:
    return Absence(day, day, HalfDay(day, part))


def test_a_week_that_is_there_can_be_had() -> None:
    found = assess(asked(), a_standing(PLENTY))
    assert (found.parts, found.problems, found.days) == ((Part(MONDAY, FRIDAY, Decimal(5)),), (), 5)


def test_a_request_splits_where_the_leave_year_ends_and_where_days_expire() -> None:
    across = Absence(date(2026, 12, 28), date(2027, 4, 2))
    assert parts_of(across, a_standing()) == [
        Part(date(2026, 12, 28), date(2026, 12, 31), Decimal(4)),
        Part(date(2027, 1, 1), date(2027, 3, 31), Decimal(63)),
        Part(date(2027, 4, 1), date(2027, 4, 2), Decimal(2)),
    ]
    july = LeaveYear(7)
    assert [part.first for part in parts_of(across, a_standing(year=july))] == [date(2026, 12, 28)]


def test_a_request_splits_where_days_expire_that_are_not_carried_over_yet() -> None:
    across = Absence(date(2027, 3, 30), date(2027, 4, 2))
    assert [part.days for part in parts_of(across, a_standing())] == [2, 2]
    for rules in (the_rules(carry_expiry_months=None), the_rules(carry_forward_max=Decimal())):
        assert [part.days for part in parts_of(across, a_standing(rules=rules))] == [4]


def test_a_part_without_a_working_day_is_none() -> None:
    christmas = Absence(date(2026, 12, 24), date(2027, 1, 1))
    assert parts_of(christmas, a_standing()) == [Part(date(2026, 12, 24), date(2026, 12, 31), Decimal(5))]


def test_a_request_splits_where_a_grant_expires() -> None:
    grant = given("2", date(2026, 1, 1), "grant-a", expires_on=date(2026, 6, 2))
    standing = a_standing(grant, PLENTY)
    assert [part.days for part in parts_of(WEEK, standing)] == [2, 3]
    made = book(standing.rules, standing.entries, parts_of(WEEK, standing), "leave", CALENDAR_YEAR)
    assert [[(entry.bucket, entry.days) for entry in each.entries] for each in made] == [
        [("grant-a", -2)],
        [("2026", -3)],
    ]


def test_a_split_does_not_take_expired_days_for_the_days_after() -> None:
    carried = given("5", date(2027, 1, 1), "2027-carried", expires_on=date(2027, 3, 31))
    across = Absence(date(2027, 3, 30), date(2027, 4, 2))
    found = assess(asked(across, date(2027, 2, 1)), a_standing(carried))
    assert found.problems == (
        LeaveProblem(
            LeaveProblemCode.INSUFFICIENT_BALANCE,
            {
                "first": date(2027, 4, 1),
                "last": date(2027, 4, 2),
                "days": Decimal(2),
                "available": Decimal(0),
                "balance": Decimal(0),
                "pending": Decimal(0),
            },
        ),
    )


def test_what_is_pending_counts_and_what_is_approved_is_in_the_ledger() -> None:
    ledger = [given("7", date(2026, 1, 1))]
    later = Absence(date(2026, 6, 8), date(2026, 6, 10))
    pending = a_standing(*ledger, others=[other(later)])
    [problem] = problems(WEEK, pending)
    assert problem == LeaveProblem(
        LeaveProblemCode.INSUFFICIENT_BALANCE,
        {
            "first": MONDAY,
            "last": FRIDAY,
            "days": Decimal(5),
            "available": Decimal(4),
            "balance": Decimal(7),
            "pending": Decimal(3),
        },
    )
    assert problems(WEEK, a_standing(*ledger, others=[other(later, same_type=False)])) == []
    ledger += taken(the_rules(), ledger, "3", later.first, "other")
    [problem] = problems(WEEK, a_standing(*ledger, others=[other(later, pending=False)]))
    assert (problem.facts["available"], problem.facts["pending"]) == (4, 0)


def test_the_balance_of_a_day_is_without_what_expires_before_it() -> None:
    standing = a_standing(given("9", date(2026, 1, 1)))
    days = (date(2026, 12, 31), date(2027, 1, 1), date(2027, 3, 31), date(2027, 4, 1))
    assert [balance_on(standing, day) for day in days] == [9, 5, 5, 0]


@pytest.mark.parametrize(
    ("absence", "on", "code"),
    [
        (Absence(FRIDAY, MONDAY), MONDAY, LeaveProblemCode.ENDS_BEFORE_IT_BEGINS),
        (Absence(MONDAY, FRIDAY, HalfDay(SATURDAY, DayPart.AM)), MONDAY, LeaveProblemCode.HALF_DAY_OUTSIDE),
        (Absence(MONDAY, date.max), MONDAY, LeaveProblemCode.OUT_OF_REACH),
        (Absence(date.min, FRIDAY), MONDAY, LeaveProblemCode.OUT_OF_REACH),
    ],
)
def test_what_makes_no_sense_is_not_looked_at_further(absence: Absence, on: date, code: LeaveProblemCode) -> None:
    found = assess(asked(absence, on), a_standing())
    assert ([each.code for each in found.problems], found.parts) == ([code], ())


def test_a_half_day_where_only_whole_ones_are_taken() -> None:
    [problem] = problems(half(MONDAY), rules=the_rules(half_day=False))
    assert problem.code is LeaveProblemCode.HALF_DAY_NOT_ALLOWED
    assert assess(asked(half(MONDAY)), a_standing(PLENTY)).days == Decimal("0.5")


def test_the_other_half_of_a_day() -> None:
    others = [other(half(MONDAY, DayPart.AM))]
    assert problems(half(MONDAY, DayPart.PM), others=others) == []
    [problem] = problems(half(MONDAY, DayPart.AM), others=others)
    assert problem == LeaveProblem(LeaveProblemCode.OVERLAPS, {"ref": "other", "first": MONDAY, "last": MONDAY})


@pytest.mark.parametrize("same_type", [True, False])
def test_other_leave_at_the_same_time(same_type: bool) -> None:  # noqa: FBT001 - a case of a table
    [problem] = problems(others=[other(half(FRIDAY), same_type=same_type)])
    assert problem.code is LeaveProblemCode.OVERLAPS


def test_no_working_day() -> None:
    [problem] = problems(Absence(SATURDAY, SATURDAY + timedelta(days=1)))
    assert problem.code is LeaveProblemCode.NO_WORKING_DAY
    [problem] = problems(half(SATURDAY))
    assert problem.code is LeaveProblemCode.NO_WORKING_DAY


def test_nothing_is_taken_in_the_first_days() -> None:
    rules = the_rules(waiting_days=90)
    hired = Employment(MONDAY - timedelta(days=90))
    assert problems(rules=rules, employment=hired) == []
    [problem] = problems(rules=rules, employment=Employment(MONDAY - timedelta(days=89)))
    assert problem == LeaveProblem(LeaveProblemCode.STILL_WAITING, {"since": date(2026, 6, 2)})


def test_leave_lies_within_employment() -> None:
    ends = Employment(date(2020, 1, 1), FRIDAY)
    assert problems(employment=ends) == []
    [problem] = problems(Absence(MONDAY, date(2026, 6, 8)), employment=ends)
    assert problem.code is LeaveProblemCode.OUTSIDE_EMPLOYMENT
    assert problem.facts == {"first": date(2020, 1, 1), "last": FRIDAY}
    [problem] = problems(employment=Employment(FRIDAY))
    assert problem.facts == {"first": FRIDAY}


def test_notice() -> None:
    assert problems(rules=the_rules(min_notice_days=31)) == []
    [problem] = problems(rules=the_rules(min_notice_days=32))
    facts = {"days": 32, "earliest": date(2026, 6, 2)}
    assert problem == LeaveProblem(LeaveProblemCode.TOO_SHORT_NOTICE, facts)


def test_a_document() -> None:
    assert problems(rules=the_rules(requires_document_after_days=Decimal(5))) == []
    rules = the_rules(requires_document_after_days=Decimal(4))
    [problem] = problems(rules=rules)
    facts = {"days": Decimal(5), "after": Decimal(4)}
    assert problem == LeaveProblem(LeaveProblemCode.DOCUMENT_NEEDED, facts)
    assert assess(asked(has_document=True), a_standing(PLENTY, rules=rules)).problems == ()


def test_days_in_a_row_include_leave_that_adjoins() -> None:
    next_week = other(Absence(date(2026, 6, 8), date(2026, 6, 9)))
    after_that = other(half(date(2026, 6, 10)), pending=False)
    apart = other(Absence(date(2026, 6, 12), date(2026, 6, 12)))
    rules = the_rules(max_consecutive=Decimal(5))
    assert problems(rules=rules) == []
    assert problems(rules=rules, others=[apart]) == []
    [problem] = problems(rules=rules, others=[after_that, apart, next_week])
    facts = {"days": Decimal("7.5"), "most": Decimal(5)}
    assert problem == LeaveProblem(LeaveProblemCode.TOO_LONG, facts)
    different = other(next_week.absence, same_type=False)
    assert problems(rules=rules, others=[different]) == []


def test_all_that_is_wrong_is_said_at_once() -> None:
    rules = the_rules(
        accrual=AccrualMethod.NONE,
        max_consecutive=Decimal(2),
        min_notice_days=60,
        requires_document_after_days=Decimal(0),
        waiting_days=9999,
    )
    found = problems(WEEK, a_standing(rules=rules, others=[other(half(FRIDAY), same_type=False)]))
    assert [each.code for each in found] == [
        LeaveProblemCode.STILL_WAITING,
        LeaveProblemCode.TOO_SHORT_NOTICE,
        LeaveProblemCode.DOCUMENT_NEEDED,
        LeaveProblemCode.TOO_LONG,
        LeaveProblemCode.OVERLAPS,
        LeaveProblemCode.INSUFFICIENT_BALANCE,
    ]
