"""What becomes of leave when somebody leaves, is to leave, stays after all, or is hired again."""

from datetime import UTC, datetime
from typing import Any, Final

from tests.leave.office import Office, codes

YEARLY: Final = {"accrual": "ANNUAL_GRANT", "accrueOn": "FIRST_DAY", "annualDays": "28", "encashable": True}
PAY: Final = {"baseAmount": "2600", "currency": "EUR", "frequency": "MONTH"}
AFTERWARDS: Final = "2026-09-01T12:00:00"


async def leaves(office: Office, employee: str, last_day: str) -> None:
    """Agree the last day of somebody; who has worked for it by now leaves at once."""
    await office.staff.change("terminateEmployee", employee, lastDay=last_day, reason="Moves away.")


async def comes_back(office: Office, employee: str, first_day: str, **values: Any) -> None:
    """Employ somebody again who has left."""
    await office.staff.change("rehireEmployee", employee, hireDate=first_day, hoursPerWeek="40", **values)


async def changed_at(office: Office, moment: str) -> None:
    """Have all that was changed of employees have been changed at a moment of UTC."""
    change = f"update pool.employees set updated_at = '{moment}+00' where tenant_id = :tenant returning id"
    assert await office.staff.company.rows(change)


async def requests(office: Office) -> list[tuple[str, str, str]]:
    """Where requests stand, until when they go, and how many days they take; in the order of their days."""
    asked = "select status, to_date, days from pool.leaves where tenant_id = :tenant order by from_date"
    return [(row[0], str(row[1]), f"{row[2]:.1f}") for row in await office.staff.company.rows(asked)]


async def balances(office: Office, employee: str, leave_type: str, *days: str) -> list[str]:
    """The balances of somebody on some days."""
    return [(await office.balance(employee, day, leave_type))["balance"] for day in days]


async def test_a_year_that_was_granted_is_cut_at_the_last_day_and_comes_back(office: Office) -> None:
    ada, yearly = await office.employ(hired="2026-01-01"), await office.a_type(**YEARLY)
    await office.post("2027-01-02T12:00:00")
    assert await balances(office, ada, yearly, "2027-01-01", "2027-12-31") == ["28.00", "28.00"]
    await leaves(office, ada, "2027-06-30")
    days = ("2027-01-01", "2027-03-01", "2027-06-30", "2027-12-31")
    before = await balances(office, ada, yearly, *days)
    assert before == ["14.00"] * 4
    await changed_at(office, "2027-01-02T12:30:00")
    assert [await office.post(f"2027-01-0{day}T12:00:00") for day in (3, 4)] == [1, 0]
    assert await balances(office, ada, yearly, *days) == before
    assert [each for each in await office.posted() if each[0] == "adjustment"] == [
        ("adjustment", "-14.00", "2027-01-01")
    ]
    assert (await office.balance(ada, "2027-06-30", yearly))["adjusted"] == "-14.00"

    await leaves(office, ada, "2027-09-30")
    assert await balances(office, ada, yearly, *days) == ["21.00"] * 4
    await office.staff.change("withdrawTermination", ada)
    await changed_at(office, "2027-01-04T12:30:00")
    assert await balances(office, ada, yearly, *days) == ["28.00"] * 4
    assert [await office.post(f"2027-01-0{day}T12:00:00") for day in (5, 6)] == [1, 0]
    assert await balances(office, ada, yearly, *days) == ["28.00"] * 4


async def test_the_rest_comes_of_a_year_that_was_granted_until_the_last_day(office: Office) -> None:
    ada, yearly = await office.employ(hired="2026-01-01"), await office.a_type(**YEARLY)
    await leaves(office, ada, "2027-06-30")
    await office.post("2027-01-02T12:00:00")
    assert await balances(office, ada, yearly, "2027-02-01") == ["14.00"]
    await office.hr.do("updateLeaveType", {"id": yearly, "annualDays": "24"})
    await office.staff.change("withdrawTermination", ada)
    assert await balances(office, ada, yearly, "2027-02-01") == ["24.00"]
    await changed_at(office, "2027-01-02T12:30:00")
    assert [await office.post(f"2027-01-0{day}T12:00:00") for day in (3, 4)] == [1, 0]
    assert await balances(office, ada, yearly, "2027-02-01") == ["24.00"]
    assert ("grant", "28.00", "2026-01-01") in await office.posted()


async def test_months_after_a_last_day_that_is_past_are_taken_back(office: Office) -> None:
    ada = await office.employ(hired="2026-01-01")
    await office.post("2026-06-30T12:00:00")
    await leaves(office, ada, "2026-04-15")
    assert await balances(office, ada, office.annual, "2026-04-15", "2026-12-31") == ["7.00", "7.00"]
    assert [await office.post(f"2026-07-0{day}T12:00:00") for day in (1, 2)] == [1, 0]
    assert await balances(office, ada, office.annual, "2026-03-31", "2026-04-14", "2026-12-31") == [
        "6.00",
        "6.00",
        "7.00",
    ]
    assert await office.sum_on("2026-12-31") == "7.00"


async def test_what_was_closed_after_the_last_day_is_there_again(office: Office) -> None:
    ada = await office.employ(hired="2025-01-01")
    await office.post("2026-04-01T12:00:00")
    assert "carry_in" in {kind for kind, _, _ in await office.posted()}
    await leaves(office, ada, "2025-11-30")
    days = ("2025-11-30", "2026-01-01", "2026-06-30")
    assert await balances(office, ada, office.annual, *days) == ["22.00"] * 3
    assert [await office.post(f"2026-04-0{day}T12:00:00") for day in (2, 3)] == [1, 0]
    assert await balances(office, ada, office.annual, *days) == ["22.00"] * 3
    assert await office.sum_on("2026-06-30") == "22.00"


async def test_no_year_is_closed_of_who_has_left(office: Office) -> None:
    ada = await office.employ(hired="2025-01-01")
    await leaves(office, ada, "2025-11-30")
    days = ("2025-11-30", "2025-12-31", "2026-01-01", "2026-04-01")
    for _ in range(2):
        assert await balances(office, ada, office.annual, *days) == ["22.00"] * 4
        await office.post("2026-04-01T12:00:00")
    left = await office.balance(ada, "2026-04-01")
    assert left["buckets"] == [{"days": "22.0000", "usableUntil": "2025-12-31", "expires": False}]


async def test_leave_after_the_last_day_is_cancelled_and_leave_across_it_cut(office: Office) -> None:
    ada, bob = await office.employ(hired="2026-01-01"), await office.employ(hired="2026-01-01")
    await office.is_away(ada, "2026-03-02", "2026-03-03")
    await office.is_away(ada, "2026-04-14", "2026-04-17", halfDayDate="2026-04-17", halfDayPart="AM")
    await office.has_asked(ada, "2026-06-01", "2026-06-01")
    await office.is_away(ada, "2026-06-15", "2026-06-16")
    await office.is_away(bob, "2026-06-29", "2026-06-30")
    await leaves(office, ada, "2026-04-15")
    assert [await office.post(AFTERWARDS) for _ in range(2)] == [3 + 2 + 3, 0]
    assert await requests(office) == [
        ("taken", "2026-03-03", "2.0"),
        ("taken", "2026-04-15", "2.0"),
        ("cancelled", "2026-06-01", "1.0"),
        ("cancelled", "2026-06-16", "2.0"),
        ("taken", "2026-06-30", "2.0"),
    ]
    assert await balances(office, ada, office.annual, "2026-04-15", "2026-12-31") == ["3.00", "3.00"]
    assert [kind for kind, _ in await office.told()].count("leave.request.cancelled") == 2
    halves = "select half_day_date from pool.leaves where tenant_id = :tenant and half_day_date is not null"
    assert await office.staff.company.rows(halves) == []


async def test_leave_that_has_no_working_day_before_the_end_is_cancelled(office: Office) -> None:
    ada = await office.employ(hired="2026-01-01")
    await office.is_away(ada, "2026-04-11", "2026-04-13")
    await office.has_asked(ada, "2026-04-15", "2026-04-20")
    await leaves(office, ada, "2026-04-12")
    await office.post("2026-04-13T12:00:00")
    assert [each[0] for each in await requests(office)] == ["cancelled", "cancelled"]
    assert (await office.balance(ada, "2026-04-12"))["taken"] == "0.00"


async def test_nothing_is_cut_before_the_employment_has_ended(office: Office) -> None:
    ada = await office.employ(hired="2026-01-01")
    await office.is_away(ada, "2027-03-01", "2027-03-05")
    await leaves(office, ada, "2027-03-02")
    await office.post("2027-02-15T12:00:00")
    assert await requests(office) == [("approved", "2027-03-05", "5.0")]
    await office.staff.advance(datetime(2027, 3, 3, 12, tzinfo=UTC))
    await office.post("2027-03-03T12:07:00")
    assert await requests(office) == [("taken", "2027-03-02", "2.0")]


async def test_leave_of_a_former_employment_ends_with_it(office: Office) -> None:
    ada = await office.employ(hired="2026-01-01")
    done = await office.is_away(ada, "2026-03-02", "2026-03-03")
    await office.is_away(ada, "2026-06-15", "2026-06-16")
    await leaves(office, ada, "2026-04-15")
    await comes_back(office, ada, "2026-06-01", **PAY)
    await office.is_away(ada, "2026-07-06", "2026-07-06", leaveTypeId=await office.a_type(limited=False))
    assert codes(await office.does("cancelLeave", done)) == []
    await office.post(AFTERWARDS)
    assert [each[0] for each in await requests(office)] == ["cancelled", "cancelled", "taken"]
    asked = (
        "select employment, sum(days) from pool.leave_ledger_entries where tenant_id = :tenant group by 1 order by 1"
    )
    assert [(row[0], f"{row[1]:.2f}") for row in await office.staff.company.rows(asked)] == [(1, "7.00"), (2, "5.00")]
    assert await office.post(AFTERWARDS) == 0


async def test_leave_before_a_former_last_day_is_decided_for_that_employment(office: Office) -> None:
    ada = await office.employ(hired="2026-01-01")
    before, after = [await office.has_asked(ada, day, day) for day in ("2026-03-02", "2026-06-15")]
    await leaves(office, ada, "2026-04-15")
    await comes_back(office, ada, "2026-06-01", **PAY)
    assert codes(await office.does("approveLeave", before)) == []
    assert codes(await office.does("approveLeave", after)) == ["OUTSIDE_EMPLOYMENT"]
    asked = "select employment, days from pool.leave_ledger_entries where tenant_id = :tenant"
    assert [(row[0], f"{row[1]:.1f}") for row in await office.staff.company.rows(asked)] == [(1, "-1.0")]


async def test_a_former_employment_is_settled_before_the_new_one_begins(office: Office) -> None:
    ada = await office.employ(hired="2026-01-01")
    await leaves(office, ada, "2026-04-15")
    await comes_back(office, ada, "2026-11-01")
    assert await office.staff.status(ada) == "PREHIRE"
    assert [await office.post(AFTERWARDS) for _ in range(2)] == [1, 0]
    assert await office.sum_on("2026-04-15") == "7.00"


async def test_a_draft_is_of_the_employment_in_which_it_is_submitted(office: Office) -> None:
    ada = await office.employ(hired="2026-01-01")
    draft = await office.has_asked(ada, "2026-10-05", "2026-10-05", asDraft=True)
    await leaves(office, ada, "2026-04-15")
    await comes_back(office, ada, "2026-06-01")
    assert codes(await office.does("submitLeave", draft, office.hr)) == []
    assert codes(await office.does("approveLeave", draft)) == []
    await office.post("2026-10-06T12:00:00")
    assert [each[0] for each in await requests(office)] == ["taken"]


LIABILITY: Final = """query($on: Date) { leaveLiability(on: $on) {
  totals { currency amount } lines { employment days dailyRate amount }
} }"""


async def test_what_came_after_the_last_day_is_worth_nothing_even_before_it_is_set_right(office: Office) -> None:
    ada = await office.employ(hired="2026-01-01", baseAmount="5200")
    await office.hr.do("updateLeaveType", {"id": office.annual, "encashable": True})
    await office.post("2026-09-30T12:00:00")
    await leaves(office, ada, "2026-06-30")
    told = (await office.hr.ask(LIABILITY, {"on": "2026-09-30"})).data["leaveLiability"]
    assert [(each["days"], each["amount"]) for each in told["lines"]] == [("12.0000", "2880.00")]


async def test_what_was_left_of_a_former_employment_is_worth_its_last_pay_and_is_paid_out(office: Office) -> None:
    ada = await office.employ(hired="2026-01-01", baseAmount="5200")
    await office.hr.do("updateLeaveType", {"id": office.annual, "encashable": True})
    await office.is_away(ada, "2026-06-15", "2026-06-16")
    await leaves(office, ada, "2026-03-31")
    await comes_back(office, ada, "2026-06-01", **PAY)
    await office.post("2026-07-31T12:00:00")
    first = {"employment": 1, "days": "6.0000", "dailyRate": "240.0000", "amount": "1440.00"}
    second = {"employment": 2, "days": "4.0000", "dailyRate": "120.0000", "amount": "480.00"}

    async def worth(on: str) -> Any:
        return (await office.hr.ask(LIABILITY, {"on": on})).data["leaveLiability"]

    assert await worth("2026-03-31") == {"totals": [{"currency": "EUR", "amount": "1440.00"}], "lines": [first]}
    assert await worth("2026-07-31") == {"totals": [{"currency": "EUR", "amount": "1920.00"}], "lines": [first, second]}

    given = {"id": ada, "leaveTypeId": office.annual, "days": "6", "employment": 1}
    fields = "leaveLedgerEntry { employment days effectiveDate }"
    for wrong in (0, 3):
        assert codes(await office.hr.do("encashLeave", {**given, "employment": wrong}, fields)) == ["INVALID_INPUT"]
    late = await office.hr.do("encashLeave", {**given, "effectiveOn": "2026-06-10"}, fields)
    assert codes(late) == ["OUTSIDE_EMPLOYMENT"]
    assert codes(await office.hr.do("encashLeave", {**given, "days": "6.5"}, fields)) == ["INSUFFICIENT_LEAVE"]
    paid = await office.hr.do("encashLeave", given, fields)
    assert paid["leaveLedgerEntry"] == {"employment": 1, "days": "-6.0000", "effectiveDate": "2026-03-31"}
    assert (await worth("2026-07-31"))["lines"] == [second]


async def test_who_has_left_is_paid_out_on_the_last_day(office: Office) -> None:
    ada = await office.employ(hired="2026-01-01")
    await office.hr.do("updateLeaveType", {"id": office.annual, "encashable": True})
    await leaves(office, ada, "2026-03-31")
    given = {"id": ada, "leaveTypeId": office.annual, "days": "6"}
    paid = await office.hr.do("encashLeave", given, "leaveLedgerEntry { effectiveDate }")
    assert paid["leaveLedgerEntry"] == {"effectiveDate": "2026-03-31"}
    assert await balances(office, ada, office.annual, "2026-03-31", "2026-12-31") == ["0.00", "0.00"]
