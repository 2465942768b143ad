"""Who is rehired stands where they stood, or where they are put; a seat and a manager are those of now."""

from typing import Any

import pytest

from tests.hr.builders import Staff

TERMS: dict[str, Any] = {
    "hireDate": "2026-09-01",
    "hoursPerWeek": "40",
    "baseAmount": "7000",
    "currency": "EUR",
    "frequency": "MONTH",
}
LEAVES = {"lastDay": "2026-06-30", "reason": "Moves away."}
STANDS = "departmentId managerId locationId positionId jobTitle user { managerId homeDepartmentId }"


@pytest.fixture
async def departments(staff: Staff) -> list[str]:
    admin = await staff.company.person("ADMIN")
    made = [await admin.do("createDepartment", {"name": name}, "department { id }") for name in ("Old", "New")]
    return [each["department"]["id"] for each in made]


async def test_a_seat_that_was_given_away_keeps_nobody_from_coming_back(staff: Staff, departments: list[str]) -> None:
    seat, other = [
        await staff.make("Position", code=code, title="Chemist", departmentId=departments[0]) for code in ("1", "2")
    ]
    employee = (await staff.add(positionId=seat, departmentId=departments[0]))["id"]
    await staff.change("terminateEmployee", employee, **LEAVES)
    await staff.add(positionId=seat)
    taken = await staff.refused("rehireEmployee", employee, **TERMS, positionId=seat)
    assert taken == [("ALREADY_EXISTS", ["positionId"])]
    assert await staff.status(employee) == "TERMINATED"
    back = await staff.change("rehireEmployee", employee, **TERMS)
    assert (back["status"], back["positionId"], back["departmentId"]) == ("ACTIVE", None, departments[0])
    await staff.change("terminateEmployee", employee, lastDay="2026-10-01", reason="Again.")
    seated = await staff.change("rehireEmployee", employee, **{**TERMS, "hireDate": "2026-11-01"}, positionId=other)
    assert seated["positionId"] == other


async def test_who_comes_back_is_put_where_it_is_said_and_the_user_follows(
    staff: Staff, departments: list[str]
) -> None:
    boss, before = await staff.add(), await staff.add()
    munich = await staff.make("WorkLocation", name="Munich", country="DE", timezone="Europe/Berlin")
    employee = (await staff.add(departmentId=departments[0], managerId=before["id"]))["id"]
    await staff.change("terminateEmployee", employee, **LEAVES)
    placed = {"departmentId": departments[1], "managerId": boss["id"], "locationId": munich, "jobTitle": "Lead"}
    await staff.change("rehireEmployee", employee, **TERMS, **placed)
    assert await staff.seen(employee, STANDS) == {
        **placed,
        "positionId": None,
        "user": {"managerId": boss["userId"], "homeDepartmentId": departments[1]},
    }
    history = "history(orderBy: [{ effectiveOn: ASC }]) { nodes { kind departmentId managerId jobTitle } }"
    assert (await staff.seen(employee, history))["history"]["nodes"][-1] == {
        "kind": "REHIRE",
        "departmentId": departments[1],
        "managerId": boss["id"],
        "jobTitle": "Lead",
    }


async def test_nobody_comes_back_to_report_to_who_has_left(staff: Staff) -> None:
    boss = await staff.add()
    employee = (await staff.add(managerId=boss["id"]))["id"]
    for each in (employee, boss["id"]):
        await staff.change("terminateEmployee", each, **LEAVES)
    for given in ({}, {"managerId": boss["id"]}, {"managerId": employee}):
        assert await staff.refused("rehireEmployee", employee, **TERMS, **given) == [("INVALID_INPUT", ["managerId"])]
    assert await staff.status(employee) == "TERMINATED"
    other = await staff.add()
    await staff.change("rehireEmployee", employee, **TERMS, managerId=other["id"])
    assert (await staff.seen(employee, "user { managerId }"))["user"] == {"managerId": other["userId"]}


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"currency": None}, ["baseAmount"]),
        ({"baseAmount": None}, ["baseAmount"]),
        ({"frequency": None}, ["baseAmount"]),
        ({"currency": "euro"}, ["currency"]),
        ({"jobTitle": " "}, ["jobTitle"]),
        ({"jobTitle": "x" * 121}, ["jobTitle"]),
        ({"hoursPerWeek": "169"}, ["hoursPerWeek"]),
    ],
)
async def test_what_cannot_be_is_refused(staff: Staff, wrong: dict[str, str | None], path: list[str]) -> None:
    employee = (await staff.add())["id"]
    await staff.change("terminateEmployee", employee, **LEAVES)
    given = {name: value for name, value in {**TERMS, **wrong}.items() if value is not None}
    assert await staff.refused("rehireEmployee", employee, **given) == [("INVALID_INPUT", path)]
    assert await staff.status(employee) == "TERMINATED"


async def test_who_was_to_be_elsewhere_after_they_left_comes_back_to_where_they_were(
    staff: Staff, departments: list[str]
) -> None:
    employee = (await staff.add(departmentId=departments[0]))["id"]
    await staff.change("transferEmployee", employee, effectiveOn="2026-07-01", departmentId=departments[1])
    await staff.change("terminateEmployee", employee, **LEAVES)
    back = await staff.change("rehireEmployee", employee, **TERMS)
    assert back["departmentId"] == departments[0]
