"""The life of an employee, walked at random by several at once, beside a table that predicts what may happen."""

import asyncio
import random
from typing import Any, Final

import pytest

from resolvers.hr.employing import EMPLOYEE
from tests.hr.builders import PAY, Staff, why

LEAVES: Final = {"lastDay": "2026-06-30", "reason": "Moves away."}
TERMS: Final = {"hoursPerWeek": "40", **PAY}
WALK: Final = {
    ("beginAbsence", "ACTIVE"): "ON_LEAVE",
    ("endAbsence", "ON_LEAVE"): "ACTIVE",
    ("suspendEmployee", "ACTIVE"): "SUSPENDED",
    ("reinstateEmployee", "SUSPENDED"): "ACTIVE",
    ("terminateEmployee", "ACTIVE"): "TERMINATED",
    ("terminateEmployee", "ON_LEAVE"): "TERMINATED",
    ("terminateEmployee", "SUSPENDED"): "TERMINATED",
    ("rehireEmployee", "TERMINATED"): "ACTIVE",
}
"""Where each verb leads from where; a rehire for a day that is past begins at once."""

VERBS: Final = sorted({verb for verb, _ in WALK})
MOVES: Final = {"rehireEmployee": 2}
"""How many moves a verb makes: of a rehire, two."""


def test_the_machine_is_this() -> None:
    assert [(m.operation, [*map(str, m.sources)], str(m.target), m.by_clock) for m in EMPLOYEE.moves] == [
        ("advance_employees", ["prehire"], "active", True),
        ("begin_absence", ["active"], "on_leave", False),
        ("end_absence", ["on_leave"], "active", False),
        ("suspend_employee", ["active"], "suspended", False),
        ("reinstate_employee", ["suspended"], "active", False),
        ("terminate_employee", ["active", "on_leave", "suspended"], "terminated", False),
        ("rehire_employee", ["terminated"], "prehire", False),
    ]


async def moves(staff: Staff) -> tuple[int, int]:
    """How many moves the events and the trail tell of."""
    [counts] = await staff.company.rows(
        "select (select count(*) from pool.event_outbox where tenant_id = :tenant and type = 'employee.moved'),"
        " (select count(*) from pool.audit_logs where tenant_id = :tenant and entity_type = 'Employee'"
        " and action = 'transition')"
    )
    return tuple(counts)


def arguments(verb: str, employments: int) -> dict[str, Any]:
    """Return what a verb takes beside the employee; each employment begins after the one before."""
    if verb == "terminateEmployee":
        return {**LEAVES, "lastDay": f"2026-06-{employments:02}"}
    if verb == "rehireEmployee":
        return {**TERMS, "hireDate": f"2026-06-{employments + 1:02}"}
    return {}


@pytest.mark.parametrize(("seed", "at_once"), [(0, 1), (1, 3), (2, 3)])
async def test_only_what_is_listed_happens_and_each_time_once(staff: Staff, seed: int, at_once: int) -> None:
    employee, status, employments = (await staff.add())["id"], "ACTIVE", 1
    for verb in random.Random(seed).choices(VERBS, k=24):
        before, given = await moves(staff), arguments(verb, employments)
        said = await asyncio.gather(*(staff.tries(verb, employee, **given) for _ in range(at_once)))
        leads = WALK.get((verb, status))
        done = [payload for payload in said if not payload["refusals"]]
        assert len(done) == (1 if leads else 0), (verb, status, said)
        assert {each for payload in said for each in refused(payload)} <= {"ILLEGAL_TRANSITION"}
        made = MOVES.get(verb, 1) if leads else 0
        assert await moves(staff) == (before[0] + made, before[1] + made)
        if leads:
            status, employments = leads, employments + (verb == "rehireEmployee")
        assert await staff.status(employee) == status


def refused(payload: dict[str, Any]) -> list[str]:
    """The codes of what was refused."""
    return [code for code, _ in why(payload)]
