"""Changes that wait for their day are carried out one by one, in their order; one that cannot be keeps nobody else."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from structlog.testing import CapturingLogger

from tests.hr.builders import Staff, moment, why
from tests.onboarding.hires.builders import row_of

WAITING = "history(orderBy: [{ effectiveOn: ASC }]) { nodes { id kind appliedAt } }"
SUMMER = moment("2030-07-15T00:00:00")


@pytest.fixture
async def seat(staff: Staff) -> str:
    """A seat that somebody holds."""
    admin = await staff.company.person("ADMIN")
    department = (await admin.do("createDepartment", {"name": "Lab"}, "department { id }"))["department"]["id"]
    seat = await staff.make("Position", code="LAB-1", title="Chemist", departmentId=department)
    await staff.add(positionId=seat)
    return seat


async def waiting(staff: Staff, employee: str) -> list[str]:
    """What of somebody is not carried out yet."""
    nodes = (await staff.seen(employee, WAITING))["history"]["nodes"]
    return [each["kind"] for each in nodes if each["appliedAt"] is None]


async def leads(staff: Staff, employee: str, on: str, seat: str | None = None) -> None:
    await staff.change("promoteEmployee", employee, effectiveOn=on, jobTitle="Lead", positionId=seat)


async def test_a_change_that_cannot_be_carried_out_keeps_nobody_from_leaving(staff: Staff, seat: str) -> None:
    person = await staff.company.person("MEMBER")
    employee = (await staff.add(workEmail=person.asking.principal.name))["id"]
    await leads(staff, employee, "2030-05-01", seat)
    await staff.change("terminateEmployee", employee, lastDay="2030-06-30", reason="Moves away.")
    assert await staff.advance(SUMMER) == 1
    seen = await staff.seen(employee, "status jobTitle user { isActive }")
    assert seen == {"status": "TERMINATED", "jobTitle": "Engineer", "user": {"isActive": False}}
    assert (await person.ask("{ viewer { user { id } } }")).codes == ["UNAUTHENTICATED"]


async def test_a_change_that_cannot_be_carried_out_waits_visibly_and_is_logged(
    staff: Staff, seat: str, log: CapturingLogger
) -> None:
    employee = (await staff.add(hireDate="2030-05-01"))["id"]
    await leads(staff, employee, "2030-05-01", seat)
    contract = {"employmentType": "PART_TIME", "fte": "0.8", "hoursPerWeek": "32"}
    await staff.change("startContract", employee, effectiveFrom="2030-06-01", **contract)
    assert await staff.advance(moment("2030-05-02T00:00:00")) == 1
    assert await staff.advance(SUMMER) == 1
    seen = await staff.seen(employee, "status fte jobTitle")
    assert seen == {"status": "ACTIVE", "fte": "0.8000", "jobTitle": "Engineer"}
    assert await waiting(staff, employee) == ["PROMOTION"]
    [event] = [
        each["id"] for each in (await staff.seen(employee, WAITING))["history"]["nodes"] if each["appliedAt"] is None
    ]
    logged = [call.args[0] for call in log.calls if "not done" in str(call.args)]
    assert len(logged) == 2
    assert all(str(row_of(event)) in each and "uq_employees_position_id" in each for each in logged)


async def test_changes_are_carried_out_in_their_order_or_wait_together(staff: Staff, seat: str) -> None:
    [holder] = (await staff.hr.ask("{ employees { nodes { id } } }")).data["employees"]["nodes"]
    other = (await staff.add())["id"]
    employee = (await staff.add())["id"]
    await leads(staff, employee, "2030-05-01", seat)
    await staff.change("transferEmployee", employee, effectiveOn="2030-06-01", managerId=other)
    assert await staff.advance(SUMMER) == 0
    assert await waiting(staff, employee) == ["PROMOTION", "TRANSFER"]
    await staff.change("terminateEmployee", holder["id"], lastDay="2026-06-30", reason="Moves away.")
    assert [await staff.advance(SUMMER) for _ in range(2)] == [2, 0]
    assert await waiting(staff, employee) == []
    seen = await staff.seen(employee, "jobTitle managerId positionId")
    assert seen == {"jobTitle": "Lead", "managerId": other, "positionId": seat}


async def test_what_is_agreed_for_after_the_last_day_never_comes(staff: Staff) -> None:
    employee = (await staff.add())["id"]
    await leads(staff, employee, "2030-07-01")
    await staff.change("terminateEmployee", employee, lastDay="2030-06-30", reason="Moves away.")
    assert await staff.advance(SUMMER) == 1
    assert await staff.seen(employee, "status jobTitle") == {"status": "TERMINATED", "jobTitle": "Engineer"}
    assert await waiting(staff, employee) == []
    assert "employee.promoted" not in [kind for kind, _ in await staff.told()]


async def test_what_is_agreed_for_after_a_last_day_comes_once_that_is_withdrawn(staff: Staff) -> None:
    employee = (await staff.add())["id"]
    await staff.add(managerId=employee)
    await leads(staff, employee, "2030-07-01")
    await staff.change("terminateEmployee", employee, lastDay="2030-06-30", reason="Moves away.")
    assert await staff.advance(SUMMER) == 0
    assert await staff.seen(employee, "status jobTitle") == {"status": "ACTIVE", "jobTitle": "Engineer"}
    await staff.change("withdrawTermination", employee)
    assert await staff.advance(SUMMER) == 1
    assert (await staff.seen(employee, "jobTitle"))["jobTitle"] == "Lead"


async def test_nobody_leaves_to_whom_somebody_is_to_report(staff: Staff) -> None:
    boss, report = (await staff.add())["id"], (await staff.add())["id"]
    await staff.change("transferEmployee", report, effectiveOn="2030-07-01", managerId=boss)
    leaves: dict[str, Any] = {"lastDay": "2026-06-30", "reason": "Moves away."}
    assert await staff.refused("terminateEmployee", boss, **leaves) == [("HAS_REPORTS", [])]
    [event] = [
        each["id"] for each in (await staff.seen(report, WAITING))["history"]["nodes"] if each["appliedAt"] is None
    ]
    assert why(await staff.hr.do("cancelEmployeeChange", {"id": event}, "deletedId")) == []
    assert (await staff.change("terminateEmployee", boss, **leaves))["status"] == "TERMINATED"


async def test_somebody_who_is_named_twice_is_one_who_reports(staff: Staff) -> None:
    boss = (await staff.add())["id"]
    report = (await staff.add(managerId=boss))["id"]
    await leads(staff, report, "2030-07-01")
    given = {"id": boss, "lastDay": "2026-06-30", "reason": "Moves away."}
    answer = await staff.hr.ask(
        "mutation($input: TerminateEmployeeInput!) { terminateEmployee(input: $input)"
        " { refusals { ... on HasReports { reports } } } }",
        {"input": given},
    )
    assert answer.data["terminateEmployee"]["refusals"] == [{"reports": 1}]


async def test_nobody_comes_to_report_to_who_has_left(staff: Staff, log: CapturingLogger) -> None:
    boss, report = (await staff.add())["id"], (await staff.add())["id"]
    await staff.change("transferEmployee", report, effectiveOn="2030-07-01", managerId=boss)
    gone = "update pool.employees set status = 'terminated' where tenant_id = :tenant and id = :id returning id"
    await staff.company.rows(gone, id=row_of(boss))
    assert await staff.advance(SUMMER) == 0
    assert (await staff.seen(report, "managerId"))["managerId"] is None
    assert await waiting(staff, report) == ["TRANSFER"]
    assert any("does not work here any more" in str(call.args) for call in log.calls)


async def test_several_workers_carry_out_a_change_once_and_do_not_block_each_other(staff: Staff) -> None:
    people = [(await staff.add())["id"] for _ in range(6)]
    for below, above in pairwise(people):
        await staff.change("transferEmployee", below, effectiveOn="2030-07-01", managerId=above)
    for above in people[1::2]:
        await staff.change("terminateEmployee", above, lastDay="2030-07-05", reason="Moves away.")
    done = await asyncio.gather(*(staff.advance(SUMMER) for _ in range(4)))
    assert sum(done) == 5
    managers = [(await staff.seen(each, "managerId"))["managerId"] for each in people]
    assert managers == [*people[1:], None]
    assert {await staff.status(each) for each in people} == {"ACTIVE"}
