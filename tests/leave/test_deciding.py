"""Leave is asked for, decided by somebody else, and taken back; a request moves only as it may."""

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

import pytest
from sqlalchemy.exc import DBAPIError

from resolvers import ids
from tests.leave.office import Office, codes

WEEK: Final = ("2027-06-07", "2027-06-11")
LISTED: Final = {
    ("draft", "pending"),
    ("pending", "approved"),
    ("pending", "rejected"),
    ("pending", "cancelled"),
    ("approved", "cancelled"),
    ("approved", "taken"),
}


async def test_somebody_asks_for_leave_and_hr_approves_it(office: Office) -> None:
    person = await office.staff.company.person("MEMBER")
    ada = await office.employ(person)
    payload = await office.asked(ada, *WEEK, person, reason="Sun.", contactDuring="By post.")
    asked = payload["leaveRequest"]
    assert (asked["status"], asked["days"], asked["decidedAt"]) == ("PENDING", "5.0000", None)
    mine = (await person.ask('{ myLeaveBalances(on: "2027-06-30") { balance pending } }')).data["myLeaveBalances"]
    assert mine == [{"balance": "12.0000", "pending": "5.0000"}]
    approved = (await office.does("approveLeave", asked["id"], office.hr))["leaveRequest"]
    assert (approved["status"], approved["decidedAt"] is not None) == ("APPROVED", True)
    assert approved["approverId"] == ids.encode("User", office.hr.asking.principal.id)  # pyright: ignore[reportArgumentType]
    assert (await office.balance(ada, "2027-06-30"))["balance"] == "7.00"
    assert [kind for kind, _ in await office.told()] == ["leave.request.submitted", "leave.request.approved"]
    assert "Sun" not in str(await office.told())


async def test_there_are_too_few_days_once_what_is_pending_is_taken(office: Office) -> None:
    ada = await office.employ()
    await office.has_asked(ada, "2027-02-01", "2027-02-04")
    short = (await office.asked(ada, "2027-02-15", "2027-02-19"))["refusals"]
    facts = {"balance": "7", "pending": "4", "asked": "5", "available": "3"}
    assert [(each["code"], each["path"]) for each in short] == [("INSUFFICIENT_LEAVE", ["input", "fromDate"])]
    assert {name: short[0][name].split(".")[0] for name in facts} == facts
    await office.has_asked(ada, "2027-02-15", "2027-02-17")


async def test_overlaps_name_the_other_request_and_halves_of_one_day_stand_side_by_side(office: Office) -> None:
    ada = await office.employ()
    first = await office.has_asked(ada, "2027-06-07", "2027-06-07", halfDayDate="2027-06-07", halfDayPart="AM")
    over = (await office.asked(ada, "2027-06-04", "2027-06-07"))["refusals"]
    assert [(each["code"], each["otherId"]) for each in over] == [("LEAVE_OVERLAPS", first)]
    await office.has_asked(ada, "2027-06-07", "2027-06-08", halfDayDate="2027-06-07", halfDayPart="PM")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"halfDayDate": "2027-06-12", "halfDayPart": "AM"}, "INVALID_INPUT"),
        ({"halfDayDate": "2027-06-11"}, "INVALID_INPUT"),
        ({"toDate": "2027-06-06"}, "INVALID_INPUT"),
        ({"toDate": "9999-12-31"}, "INVALID_INPUT"),
        ({"toDate": "9999-12-31", "asDraft": True}, "INVALID_INPUT"),
        ({"fromDate": "2026-01-05", "toDate": "2026-01-06"}, "OUTSIDE_EMPLOYMENT"),
        ({"fromDate": "2027-06-12", "toDate": "2027-06-13"}, "NO_WORKING_DAY"),
        ({"reason": "x" * 1001}, "INVALID_INPUT"),
    ],
)
async def test_what_cannot_be_asked_for(office: Office, wrong: dict[str, Any], code: str) -> None:
    ada = await office.employ()
    payload = await office.asked(ada, *WEEK, **wrong)
    assert codes(payload)[0] == code
    assert await office.told() == []
    rows = await office.staff.company.rows("select count(*) from pool.leaves where tenant_id = :tenant")
    assert rows[0][0] == 0


async def test_a_type_asks_for_notice_that_hr_may_do_without(office: Office) -> None:
    person = await office.staff.company.person("MEMBER")
    ada = await office.employ(person)
    early = await office.a_type(minNoticeDays=366, limited=False)
    refused = await office.asked(ada, *WEEK, person, leaveTypeId=early)
    assert [each["code"] for each in refused["refusals"]] == ["NOTICE_TOO_SHORT"]
    await office.has_asked(ada, *WEEK, leaveTypeId=early)


async def test_nobody_has_leave_that_is_in_no_policy_of_theirs(office: Office) -> None:
    ada = await office.employ()
    other = await office.staff.make("LeaveType", name="Sabbatical", limited=False)
    assert codes(await office.asked(ada, *WEEK, leaveTypeId=other)) == ["NOT_IN_POLICY"]


async def test_nobody_decides_their_own_leave_nor_what_they_asked_for(office: Office) -> None:
    own = await office.employ(office.hr)
    request = await office.has_asked(own, *WEEK)
    for verb in ("approveLeave", "rejectLeave"):
        assert codes(await office.does(verb, request, office.hr)) == ["OWN_LEAVE"]
    ada = await office.employ()
    asked = await office.has_asked(ada, *WEEK)
    assert codes(await office.does("approveLeave", asked, office.hr)) == ["OWN_LEAVE"]
    today = datetime.now(UTC).date()
    days = {"fromDate": str(today), "toDate": str(today + timedelta(days=30))}
    deputy = await office.staff.company.person("HR")
    stands = {"toUserId": ids.encode("User", deputy.asking.principal.id), **days}  # pyright: ignore[reportArgumentType]
    made = await office.hr.do("delegateApprovals", stands, "delegation { id }")
    assert made["refusals"] == []
    assert codes(await office.does("approveLeave", request, deputy)) == ["OWN_LEAVE"]
    assert (await office.does("approveLeave", request))["leaveRequest"]["status"] == "APPROVED"


async def test_nobody_decides_a_draft_of_somebody_else_that_they_submitted(office: Office) -> None:
    person, other = await office.staff.company.person("MEMBER"), await office.staff.company.person("HR")
    ada = await office.employ(person)
    drafts = [await office.has_asked(ada, day, day, person, asDraft=True) for day in WEEK]
    for draft in drafts:
        submitted = await office.does("submitLeave", draft, office.hr)
        assert submitted["leaveRequest"]["status"] == "PENDING"
        for verb in ("approveLeave", "rejectLeave"):
            assert codes(await office.does(verb, draft, office.hr)) == ["OWN_LEAVE"]
    asked = "query($id: ID!) { leaveRequest(id: $id) { submittedById } }"
    by = (await office.hr.ask(asked, {"id": drafts[0]})).data["leaveRequest"]["submittedById"]
    assert by == ids.encode("User", office.hr.asking.principal.id)  # pyright: ignore[reportArgumentType]
    assert codes(await office.does("cancelLeave", drafts[0], other)) == ["NOT_YOURS"]
    assert codes(await office.does("cancelLeave", drafts[0], office.hr)) == []
    assert codes(await office.does("approveLeave", drafts[1], other)) == []


async def test_days_out_of_reach_are_refused_where_they_are_given(office: Office) -> None:
    ada = await office.employ()
    for days, path in (((WEEK[0], "9999-12-31"), "toDate"), (("0001-01-01", WEEK[1]), "fromDate")):
        [refused] = (await office.asked(ada, *days))["refusals"]
        assert (refused["code"], refused["path"]) == ("INVALID_INPUT", ["input", path])


async def test_who_leads_people_decides_for_them_and_sees_nobody_else(office: Office) -> None:
    manager = await office.staff.company.person("MANAGER")
    boss = await office.employ(manager)
    report = await office.employ(managerId=boss)
    other = await office.employ()
    theirs, others, own = [await office.has_asked(each, *WEEK) for each in (report, other, boss)]
    found = await manager.ask("{ leaveRequests { nodes { id } } }")
    assert {each["id"] for each in found.data["leaveRequests"]["nodes"]} == {theirs, own}
    for request in (others, own):
        assert codes(await office.does("approveLeave", request, manager)) == ["NOT_FOUND"]
    assert (await office.does("approveLeave", theirs, manager))["leaveRequest"]["status"] == "APPROVED"
    balances = (await manager.ask("{ employees { nodes { id leaveBalances { balance } } } }")).data["employees"][
        "nodes"
    ]
    assert {each["id"] for each in balances if each["leaveBalances"]} == {boss, report}
    assert (await manager.ask('{ whoIsAway(from: "2027-06-01", to: "2027-06-30") { name } }')).codes == ["FORBIDDEN"]


async def test_a_member_asks_for_themselves_and_for_nobody_else(office: Office) -> None:
    person = await office.staff.company.person("MEMBER")
    own, other = await office.employ(person), await office.employ()
    assert codes(await office.asked(other, *WEEK, person)) == ["NOT_FOUND"]
    request = await office.has_asked(own, *WEEK, person)
    seen = (await person.ask("{ leaveTypes { nodes { name } } leaveRequests { totalCount } }")).data
    assert (seen["leaveTypes"]["nodes"], seen["leaveRequests"]["totalCount"]) == ([{"name": "Annual leave"}], 1)
    refused = await person.ask(
        "mutation($id: ID!) { approveLeave(input: { id: $id }) { refusals { code } } }", {"id": request}
    )
    assert refused.codes == ["FORBIDDEN"]


async def test_a_draft_is_submitted_or_thrown_away(office: Office) -> None:
    ada = await office.employ()
    draft = await office.has_asked(ada, *WEEK, asDraft=True)
    assert codes(await office.does("approveLeave", draft)) == ["ILLEGAL_TRANSITION"]
    assert (await office.does("submitLeave", draft))["leaveRequest"]["status"] == "PENDING"
    assert codes(await office.does("submitLeave", draft)) == ["ILLEGAL_TRANSITION"]
    assert codes(await office.hr.do("deleteLeaveRequest", {"id": draft}, "deletedId")) == ["ILLEGAL_TRANSITION"]
    other = await office.has_asked(ada, "2027-07-05", "2027-07-05", asDraft=True)
    assert (await office.hr.do("deleteLeaveRequest", {"id": other}, "deletedId"))["deletedId"] == other


async def test_days_come_back_when_leave_is_taken_back(office: Office) -> None:
    person = await office.staff.company.person("MEMBER")
    ada = await office.employ(person)
    request = await office.is_away(ada, *WEEK)
    before = await office.balance(ada, "2027-06-30")
    assert (before["taken"], before["balance"]) == ("5.00", "7.00")
    assert (await office.does("cancelLeave", request, person))["leaveRequest"]["status"] == "CANCELLED"
    after = await office.balance(ada, "2027-06-30")
    assert (after["taken"], after["balance"]) == ("0.00", "12.00")
    assert [each[0] for each in await office.posted()] == ["taken", "cancelled"]
    begun = await office.is_away(ada, "2026-06-01", "2026-06-02")
    assert codes(await office.does("cancelLeave", begun, person)) == ["LEAVE_HAS_BEGUN"]
    assert (await office.does("cancelLeave", begun))["leaveRequest"]["status"] == "CANCELLED"
    waiting = await office.has_asked(ada, *WEEK, person)
    assert codes(await office.does("cancelLeave", waiting)) == ["NOT_YOURS"]


async def test_only_one_of_many_at_once_moves_a_request(office: Office) -> None:
    person = await office.staff.company.person("MEMBER")
    ada = await office.employ(person)
    random = Random(7)
    verbs = {"approveLeave": office.owner, "rejectLeave": office.owner, "cancelLeave": person, "submitLeave": person}
    days = [f"2027-06-{day:02}" for day in (7, 8, 9, 10)]
    drafts = [await office.has_asked(ada, day, day, person, asDraft=True) for day in days]
    for _ in range(5):
        tried = [(random.choice(drafts), random.choice(list(verbs))) for _ in range(8)]
        answers = await asyncio.gather(*(office.does(verb, request, verbs[verb]) for request, verb in tried))
        assert {code for each in answers for code in codes(each)} <= {"ILLEGAL_TRANSITION"}
    moves = await _moves(office)
    assert moves
    assert {(before, after) for before, after in moves} <= LISTED
    told = [kind.removeprefix("leave.request.") for kind, _ in await office.told()]
    assert sorted(told) == sorted("submitted" if after == "pending" else after for _, after in moves)
    assert len(await _events(office)) == len(moves)


async def _moves(office: Office) -> list[tuple[str, str]]:
    """What the trail says of moves."""
    rows = await office.staff.company.rows(
        "select old_values->>'status', new_values->>'status' from pool.audit_logs where tenant_id = :tenant"
        " and entity_type = 'LeaveRequest' and action = 'transition'"
    )
    return [tuple(row) for row in rows]


async def _events(office: Office) -> Any:
    asked = "select id from pool.event_outbox where tenant_id = :tenant and type = 'leave.request.moved'"
    return await office.staff.company.rows(asked)


async def test_two_requests_at_once_do_not_take_the_same_days(office: Office) -> None:
    ada = await office.employ()
    weeks = [("2027-02-01", "2027-02-04"), ("2027-02-08", "2027-02-11"), ("2027-02-15", "2027-02-18")]
    answers = await asyncio.gather(*(office.asked(ada, *week) for week in weeks))
    assert sorted(len(each["refusals"]) for each in answers) == [0, 1, 1]


async def test_the_database_refuses_overlap_whoever_writes(office: Office) -> None:
    ada = await office.employ()
    await office.has_asked(ada, "2027-06-07", "2027-06-08", halfDayDate="2027-06-08", halfDayPart="AM")
    other = await office.has_asked(ada, "2027-06-08", "2027-06-09", halfDayDate="2027-06-08", halfDayPart="PM")
    row = ids.row_of(other, "LeaveRequest")
    for change in ("half_day_part = 'am'", "half_day_part = null, half_day_date = null", "from_date = '2027-06-07'"):
        with pytest.raises(DBAPIError, match="ex_leaves_from_date"):
            await office.staff.company.rows(
                f"update pool.leaves set {change} where tenant_id = :tenant and id = :row returning id", row=row
            )
