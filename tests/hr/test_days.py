"""Days that somebody gives lie within a hundred years: what is further away is a slip, and is refused."""

from typing import Any, Final

import pytest

from tests.hr.builders import PAY, Staff, why

CONTRACT: Final = {"employmentType": "FULL_TIME", "fte": "1", "hoursPerWeek": "40"}
FAR: Final = ("9999-12-31", "2200-01-01", "1900-01-01", "0001-01-01")
GIVEN: Final[list[tuple[str, str, dict[str, Any]]]] = [
    ("terminateEmployee", "lastDay", {"reason": "Moves away."}),
    ("transferEmployee", "effectiveOn", {}),
    ("promoteEmployee", "effectiveOn", {"jobTitle": "Lead"}),
    ("startContract", "effectiveFrom", CONTRACT),
    ("startContract", "effectiveTo", {**CONTRACT, "effectiveFrom": "2026-06-01"}),
    ("changeCompensation", "effectiveFrom", {**PAY, "reason": "A good year."}),
]


@pytest.mark.parametrize("day", FAR)
@pytest.mark.parametrize(("verb", "name", "given"), GIVEN, ids=lambda each: each if isinstance(each, str) else "")
async def test_a_day_far_away_is_refused(staff: Staff, verb: str, name: str, given: dict[str, Any], day: str) -> None:
    boss, employee = (await staff.add())["id"], (await staff.add())["id"]
    more = {"managerId": boss} if verb == "transferEmployee" else {}
    assert await staff.refused(verb, employee, **given, **more, **{name: day}) == [("INVALID_INPUT", [name])]
    assert await staff.seen(employee, "status terminationDate") == {"status": "ACTIVE", "terminationDate": None}


@pytest.mark.parametrize("day", FAR)
async def test_nobody_begins_far_away(staff: Staff, day: str) -> None:
    assert why(await staff.tried(hireDate=day)) == [("INVALID_INPUT", ["hireDate"])]
    assert why(await staff.tried(contractEndsOn=day)) == [("INVALID_INPUT", ["contractEndsOn"])]
    employee = (await staff.add())["id"]
    await staff.change("terminateEmployee", employee, lastDay="2026-06-30", reason="Moves away.")
    again = await staff.refused("rehireEmployee", employee, hireDate=day, hoursPerWeek="40")
    assert again == [("INVALID_INPUT", ["hireDate"])]


async def test_a_last_day_of_a_career_to_come_is_no_slip(staff: Staff) -> None:
    employee = (await staff.add(hireDate="1976-10-01"))["id"]
    agreed = await staff.change("terminateEmployee", employee, lastDay="2076-09-30", reason="Retires.")
    assert agreed["terminationDate"] == "2076-09-30"
