"""The clock posts what accrues, expires and is carried over, to the day, and never twice."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from resolvers.time_off.posting import LATE, POSTING, LeaveClock
from resolvers.turns import Turns
from settings import Settings
from tests.events.listening import Log, undeclared
from tests.leave.office import Office


async def test_the_worked_example_to_the_day(office: Office) -> None:
    ada = await office.employ()
    assert await office.post("2026-02-27T22:59:59") == 0
    assert [await office.post("2026-02-27T23:00:00") for _ in range(2)] == [1, 0]
    assert await office.posted() == [("accrual", "1.00", "2026-02-28")]
    assert (await office.balance(ada, "2026-02-27"))["balance"] == "0.00"
    assert (await office.balance(ada, "2026-02-28"))["balance"] == "1.00"

    assert await office.post("2026-06-30T08:00:00") == 1
    june = await office.balance(ada, "2026-06-30")
    assert (june["accrued"], june["balance"], await office.sum_on("2026-06-30")) == ("9.00", "9.00", "9.00")
    await office.is_away(ada, "2026-06-22", "2026-06-25", halfDayDate="2026-06-25", halfDayPart="PM")
    june = await office.balance(ada, "2026-06-30")
    assert (june["taken"], june["balance"], await office.sum_on("2026-06-30")) == ("3.50", "5.50", "5.50")

    await office.is_away(ada, "2026-12-07", "2026-12-17", halfDayDate="2026-12-17", halfDayPart="AM")
    await office.post("2026-12-31T12:00:00")
    december = await office.balance(ada, "2026-12-31")
    assert (december["accrued"], december["taken"], december["balance"]) == ("21.00", "12.00", "9.00")
    await office.post("2026-12-31T23:00:00")
    assert [each for each in await office.posted() if each[2] >= "2026-12-31"] == [
        ("accrual", "2.00", "2026-12-31"),
        ("expiry", "-4.00", "2026-12-31"),
        ("carry_in", "-5.00", "2027-01-01"),
        ("carry_in", "5.00", "2027-01-01"),
    ]
    assert [await office.sum_on(day) for day in ("2026-12-31", "2027-01-01")] == ["9.00", "5.00"]

    await office.is_away(ada, "2027-02-08", "2027-02-10")
    await office.post("2027-03-31T12:00:00")
    march = await office.balance(ada, "2027-03-31")
    assert march["buckets"] == [
        {"days": "2.0000", "usableUntil": "2027-03-31", "expires": True},
        {"days": "6.0000", "usableUntil": "2027-12-31", "expires": False},
    ]
    assert (march["balance"], march["carriedIn"], march["accrued"], march["taken"]) == ("8.00", "5.00", "6.00", "3.00")
    await office.post("2027-03-31T22:00:00")
    assert ("expiry", "-2.00", "2027-03-31") in await office.posted()
    april = await office.balance(ada, "2027-04-01")
    assert (april["balance"], april["expired"], await office.sum_on("2027-04-01")) == ("6.00", "2.00", "6.00")
    expired = [data for kind, data in await office.told() if kind == "leave.balance.expired"]
    assert [(each["days"], each["effective_on"]) for each in expired] == [
        ("4.0000", "2026-12-31"),
        ("2.0000", "2027-03-31"),
    ]


async def test_a_balance_is_the_same_whenever_the_clock_ran_last(office: Office) -> None:
    ada = await office.employ()
    before = [await office.balance(ada, day) for day in ("2026-06-30", "2026-12-31", "2027-01-01", "2027-04-01")]
    assert await office.post("2027-04-01T12:00:00") == 1
    after = [await office.balance(ada, day) for day in ("2026-06-30", "2026-12-31", "2027-01-01", "2027-04-01")]
    assert before == after
    assert [each["balance"] for each in after] == ["9.00", "21.00", "5.00", "6.00"]


async def test_two_clocks_at_once_post_what_one_does(office: Office) -> None:
    for _ in range(3):
        await office.employ()
    assert sum(await asyncio.gather(*(office.post("2027-04-01T12:00:00") for _ in range(3)))) == 3
    posted = await office.posted()
    assert len(posted) == 3 * len(set(posted))
    assert await office.sum_on("2027-04-01") == "18.00"
    runs = await office.staff.company.rows(
        "select through, entries from pool.leave_accrual_runs where tenant_id = :tenant"
    )
    assert [(str(row[0]), row[1]) for row in runs] == [("2027-04-01", len(posted) // 3)] * 3


async def test_leave_that_is_over_was_taken(office: Office) -> None:
    ada = await office.employ()
    request = await office.is_away(ada, "2026-12-07", "2026-12-08")
    await office.post("2026-12-08T22:59:59")
    asked = "query($id: ID!) { leaveRequest(id: $id) { status } }"
    assert (await office.hr.ask(asked, {"id": request})).data["leaveRequest"] == {"status": "APPROVED"}
    await office.post("2026-12-08T23:00:00")
    assert (await office.hr.ask(asked, {"id": request})).data["leaveRequest"] == {"status": "TAKEN"}


async def test_nobody_took_leave_that_was_to_begin_after_their_last_day(office: Office) -> None:
    ada = await office.employ()
    await office.is_away(ada, "2027-03-01", "2027-03-02")
    await office.staff.change("terminateEmployee", ada, lastDay="2027-02-15", reason="Moves away.")
    await office.post("2027-04-01T12:00:00")
    rows = await office.staff.company.rows("select status from pool.leaves where tenant_id = :tenant")
    assert [row[0] for row in rows] == ["approved"], "until the employment has ended"


async def test_who_leaves_earns_until_the_last_day(office: Office) -> None:
    ada = await office.employ()
    await office.staff.change("terminateEmployee", ada, lastDay="2026-04-15", reason="Moves away.")
    assert [await office.post("2026-05-01T00:00:00"), await office.post("2026-09-01T00:00:00")] == [1, 0]
    assert await office.posted() == [
        ("accrual", "1.00", "2026-02-28"),
        ("accrual", "2.00", "2026-03-31"),
        ("accrual", "1.00", "2026-04-15"),
    ]


async def test_what_accrued_stays_when_the_rules_change(office: Office) -> None:
    ada = await office.employ()
    await office.post("2027-01-01T12:00:00")
    await office.hr.do("updateLeaveType", {"id": office.annual, "annualDays": "12", "carryForwardMax": "1"})
    await office.post("2027-01-31T12:00:00")
    assert await office.sum_on("2027-01-31") == "6.00"
    assert (await office.balance(ada, "2027-01-31"))["balance"] == "6.00"
    await office.post("2028-01-01T12:00:00")
    assert (await office.balance(ada, "2028-01-01"))["balance"] == "1.00"


async def test_another_policy_holds_from_its_day_on(office: Office) -> None:
    ada = await office.employ()
    other = await office.staff.make("LeavePolicy", name="Nothing")
    assert (await office.assign(ada, "2026-04-15", other))["refusals"] == []
    assert await office.post("2026-09-01T00:00:00") == 1
    assert [each[2] for each in await office.posted()] == ["2026-02-28", "2026-03-31"]
    early = await office.assign(ada, "2026-03-01")
    assert [each["code"] for each in early["refusals"]] == ["TOO_EARLY"]


async def test_an_entry_is_never_changed_whoever_tries(office: Office) -> None:
    await office.employ()
    await office.post("2026-03-01T12:00:00")
    for change in ("set days = 9", "set note = 'Otherwise.'", "set note = null, days = 9", "set id = uuidv7()"):
        with pytest.raises(DBAPIError, match="append-only"):
            await office.staff.company.rows(
                f"update pool.leave_ledger_entries {change} where tenant_id = :tenant returning id"
            )
    with pytest.raises(DBAPIError, match="append-only"):
        await office.staff.company.rows("delete from pool.leave_ledger_entries where tenant_id = :tenant returning id")


async def test_the_clock_is_named_for_what_it_writes(office: Office) -> None:
    log = Log(office.staff.company)
    ada, bob = await office.employ(), await office.employ(hired="2026-01-01")
    await office.is_away(ada, "2026-12-07", "2026-12-08")
    await office.is_away(bob, "2026-03-30", "2026-04-02")
    await office.is_away(bob, "2026-06-15", "2026-06-16")
    await office.staff.change("terminateEmployee", bob, lastDay="2026-03-31", reason="Moves away.")
    await log.new()
    for moment in ("2027-03-31T12:00:00", "2027-04-01T12:00:00"):
        await log.of("job post_leave", office.post(moment))
    assert log.told["job post_leave"] | {"leave.accrual_run.updated"} == set(POSTING.emits)
    assert await undeclared(office.owner, log.told) == set()


async def test_each_run_notes_how_much_it_posted(office: Office) -> None:
    ada = await office.employ()
    moment = datetime.now(UTC) + timedelta(days=1)
    await office.post(f"{moment:%Y-%m-%dT%H:%M:%S}")
    before = len(await office.posted())
    given = {"id": ada, "leaveTypeId": office.annual, "days": "1", "reason": "Extra."}
    days = {"effectiveOn": "2026-03-02", "expiresOn": "2026-03-31"}
    await office.hr.do("adjustLeave", {**given, **days}, "leaveLedgerEntry { id }")
    assert await office.post(f"{moment + timedelta(days=400):%Y-%m-%dT%H:%M:%S}") == 1
    assert ("expiry", "-1.00", "2026-03-31") in await office.posted()
    runs = "select entries from pool.leave_accrual_runs where tenant_id = :tenant order by through"
    noted = [row[0] for row in await office.staff.company.rows(runs)]
    assert noted == [before, len(await office.posted()) - before - 1]


async def test_what_began_before_a_run_and_was_committed_after_it_is_seen_by_the_next(office: Office) -> None:
    ada = await office.employ()
    run = datetime.now(UTC) + timedelta(minutes=30)
    await office.post(f"{run:%Y-%m-%dT%H:%M:%S}")
    given = {"id": ada, "leaveTypeId": office.annual, "days": "1", "reason": "Extra."}
    days = {"effectiveOn": "2026-03-02", "expiresOn": "2026-03-31"}
    await office.hr.do("adjustLeave", {**given, **days}, "leaveLedgerEntry { id }")
    assert await office.post(f"{run + timedelta(minutes=10):%Y-%m-%dT%H:%M:%S}") == 1
    assert ("expiry", "-1.00", "2026-03-31") in await office.posted()


async def test_a_run_gives_nobody_another_turn_by_what_it_has_posted_itself(office: Office) -> None:
    await office.employ()
    await office.post("2030-05-03T12:00:00")
    ran = "select ran_at from pool.leave_accrual_runs where tenant_id = :tenant"
    before = await office.staff.company.rows(ran)
    await office.post("2030-05-03T12:30:00")
    assert (await office.staff.company.rows(ran), len(before)) == (before, 1)


async def test_each_turn_has_a_moment_of_its_own(office: Office) -> None:
    for _ in range(2):
        await office.employ()
    parts, began = office.staff.company.world.parts, datetime(2026, 4, 1, 12, tzinfo=UTC)
    moments = (began + timedelta(minutes=number) for number in count())
    key = office.staff.company.world.wiring.master_key
    turns = Turns(parts.database, parts.catalog, key, clock=lambda: next(moments))
    await LeaveClock(turns).post([office.staff.company.tenant])
    ran = "select ran_at from pool.leave_accrual_runs where tenant_id = :tenant order by ran_at"
    first, second = [row[0] for row in await office.staff.company.rows(ran)]
    assert second - first == timedelta(minutes=1)


def test_no_operation_may_last_longer_than_the_clock_allows_for() -> None:
    with pytest.raises(ValidationError, match="deadline"):
        Settings(deadline=LATE.total_seconds() + 1)
