"""The objectives of a cycle on the page: as they move, to whom they are shown, and where there is little room."""

from tests.hr.conftest import staff
from tests.live_page.looking import HOSTILE, Place, credentials
from tests.performance.conftest import goals
from tests.performance.goals import Goals
from tests.performance.test_owning import employed

__all__ = ["goals", "staff"]


async def test_they_move_as_they_are_reported_on_and_each_sees_their_own(place: Place, goals: Goals) -> None:
    company = goals.staff.company
    member = await company.person("MEMBER")
    own = await employed(goals, member)
    objective = f"Growers {HOSTILE}"
    _, key_result = await goals.active(objective=objective, visibility="PRIVATE")
    await goals.active(objective="My own", employeeId=own, visibility="PRIVATE")
    await goals.set(objective="A draft")
    days = {"startsOn": "2026-01-01", "endsOn": "2026-03-31"}
    before = await goals.staff.make("PerformanceCycle", name="Before", **days)
    for verb in ("open", "review", "calibrate", "release"):
        await goals.did(f"{verb}PerformanceCycle", {"id": before}, "performanceCycle { id }")

    given = {"objective": objective, "own": "My own", "keyResult": key_result, "member": credentials(member)}
    saw = await place.looked("objectives.mjs", goals.hr, **given)

    assert saw["cycles"] == ["Quarter", "Before (over)"]
    assert saw["before"] == ["On track\n0", "At risk\n0", "Off track\n2"]
    assert saw["first"] == [objective, company.tenant.name, "off track", "0 %"]
    assert saw["then"] == [objective, company.tenant.name, "on track", "58 %"]
    assert saw["after"] == ["On track\n1", "At risk\n0", "Off track\n1"]
    assert saw["share"] == ["0.58", "0.6"]
    assert saw["none"] == 0
    assert saw["seenByMember"] == ["My own"]
    assert (saw["wide"], saw["ran"], saw["complaints"]) == (False, None, [])
