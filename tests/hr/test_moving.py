"""Where somebody works and for whom changes from a day on; the user follows, and history is never rewritten."""

from typing import Any

import pytest

from tests.hr.builders import Staff, moment, why


@pytest.fixture
async def places(staff: Staff) -> list[str]:
    """Two departments."""
    admin = await staff.company.person("ADMIN")
    made = [await admin.do("createDepartment", {"name": name}, "department { id }") for name in ("Old", "New")]
    return [each["department"]["id"] for each in made]


async def user(staff: Staff, employee: str) -> dict[str, Any]:
    return dict((await staff.seen(employee, "user { managerId homeDepartmentId }"))["user"])


async def test_a_transfer_of_today_is_carried_out_at_once(staff: Staff, places: list[str]) -> None:
    boss, other = await staff.add(), await staff.add()
    employee = await staff.add(managerId=boss["id"], departmentId=places[0])
    moved = await staff.change(
        "transferEmployee", employee["id"], effectiveOn="2026-03-01", departmentId=places[1], managerId=other["id"]
    )
    assert (moved["departmentId"], moved["managerId"]) == (places[1], other["id"])
    assert await user(staff, employee["id"]) == {"managerId": other["userId"], "homeDepartmentId": places[1]}
    [(_, told)] = [each for each in await staff.told() if each[0] == "employee.transferred"]
    assert told["effective_on"] == "2026-03-01"


async def test_a_promotion_of_tomorrow_waits_for_its_day_where_the_person_is(staff: Staff) -> None:
    employee = await staff.add()
    promoted = await staff.change(
        "promoteEmployee", employee["id"], effectiveOn="2030-05-01", jobTitle="Lead", grade="7"
    )
    assert (promoted["jobTitle"], promoted["grade"]) == ("Engineer", None)
    assert await staff.advance(moment("2030-04-30T21:59:59")) == 0
    assert [await staff.advance(moment("2030-04-30T22:00:00")) for _ in range(2)] == [1, 0]
    seen = await staff.seen(employee["id"], "jobTitle grade")
    assert seen == {"jobTitle": "Lead", "grade": "7"}
    assert [kind for kind, _ in await staff.told()][-1] == "employee.promoted"


async def test_changes_build_on_each_other_and_the_last_can_be_called_off(staff: Staff, places: list[str]) -> None:
    employee = (await staff.add(departmentId=places[0]))["id"]
    await staff.change("promoteEmployee", employee, effectiveOn="2030-05-01", jobTitle="Lead")
    await staff.change("transferEmployee", employee, effectiveOn="2030-06-01", departmentId=places[1])
    early = await staff.tries("transferEmployee", employee, effectiveOn="2030-05-31", departmentId=places[1])
    assert why(early) == [("TOO_EARLY", ["effectiveOn"])]
    history = "history(orderBy: [{ effectiveOn: ASC }]) { nodes { id kind jobTitle departmentId appliedAt } }"
    events = (await staff.seen(employee, history))["history"]["nodes"]
    assert [(e["kind"], e["jobTitle"], e["departmentId"]) for e in events] == [
        ("HIRE", "Engineer", places[0]),
        ("PROMOTION", "Lead", places[0]),
        ("TRANSFER", "Lead", places[1]),
    ]
    off = [await staff.hr.do("cancelEmployeeChange", {"id": events[place]["id"]}, "deletedId") for place in (1, 0, 2)]
    assert [why(each) for each in off] == [[("NOT_THE_LATEST", [])], [("NOT_THE_LATEST", [])], []]
    assert await staff.advance(moment("2030-07-01T00:00:00")) == 1
    seen = await staff.seen(employee, "jobTitle departmentId")
    assert seen == {"jobTitle": "Lead", "departmentId": places[0]}


async def test_reporting_lines_have_no_circle(staff: Staff) -> None:
    top = (await staff.add())["id"]
    middle = (await staff.add(managerId=top))["id"]
    low = (await staff.add(managerId=middle))["id"]
    for boss in (low, middle, top):
        circle = await staff.refused("transferEmployee", top, effectiveOn="2026-02-01", managerId=boss)
        assert circle == [("REPORTS_IN_CIRCLE", ["managerId"])]


async def test_the_user_of_an_employee_is_placed_by_the_employee(staff: Staff, places: list[str]) -> None:
    admin = await staff.company.person("ADMIN")
    employee = await staff.add(departmentId=places[0])
    payload = await admin.do("updateUser", {"id": employee["userId"], "homeDepartmentId": places[1]}, "user { id }")
    assert why(payload) == [("PLACED_BY_EMPLOYMENT", ["homeDepartmentId"])]
    renamed = await admin.do("updateUser", {"id": employee["userId"], "firstName": "Grace"}, "user { firstName }")
    assert renamed["user"] == {"firstName": "Grace"}


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"effectiveOn": "2025-12-31", "jobTitle": "Lead"}, "OUTSIDE_EMPLOYMENT", ["effectiveOn"]),
        ({"effectiveOn": "2026-02-01", "jobTitle": " "}, "INVALID_INPUT", ["jobTitle"]),
        ({"effectiveOn": "2026-02-01", "jobTitle": "x" * 121}, "INVALID_INPUT", ["jobTitle"]),
        ({"effectiveOn": "2026-02-01", "jobTitle": "Lead", "note": "x" * 1001}, "INVALID_INPUT", ["note"]),
    ],
)
async def test_a_promotion_that_cannot_be(staff: Staff, given: dict[str, str], code: str, path: list[str]) -> None:
    employee = (await staff.add())["id"]
    assert await staff.refused("promoteEmployee", employee, **given) == [(code, path)]
    assert (await staff.seen(employee, "history { totalCount }"))["history"]["totalCount"] == 1
