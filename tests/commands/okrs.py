"""Objectives on the ground: a cycle in each state, and objectives, key results and milestones that mutations need."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from uuid_utils.compat import uuid7

from db.base import TenantOwned
from db.models.hr import Employee
from db.models.performance import (
    KeyResult,
    KeyResultCheckIn,
    KeyResultMilestone,
    KeyResultTargetChange,
    Okr,
    OkrOwnerType,
    OkrStatus,
    PerformanceCycle,
    PerformanceCycleStatus,
)
from db.okr_choices import MetricDirection, MetricType
from resolvers import ids
from resolvers.context import Context
from tests.commands.staff import Staff

NAMED: Final = {
    *("performance.okr.activated", "performance.okr.progress_updated", "performance.okr.completed"),
    *("performance.okr.cancelled", "performance.key_result.checked_in"),
    *("performance.cycle.opened", "performance.cycle.released", "performance.cycle.closed"),
}
"""The events that mutations of these publish beside those of their rows."""

ADDED_UP: Final = [("update", "Okr", 2), ("update", "Okr", 2)]

ENTRIES: Final = {
    "createPerformanceCycle": [("create", "PerformanceCycle", 1)],
    "updatePerformanceCycle": [("update", "PerformanceCycle", 2)],
    "deletePerformanceCycle": [("delete", "PerformanceCycle", 1)],
    **{
        f"{verb}PerformanceCycle": [("transition", "PerformanceCycle", 2)]
        for verb in ("open", "review", "calibrate", "release", "close")
    },
    "createOkr": [("create", "Okr", 1)],
    "updateOkr": ADDED_UP,
    "deleteOkr": [
        ("delete", "KeyResultMilestone", 1),
        *[("delete", "KeyResult", 1)] * 2,
        ("delete", "Okr", 1),
    ],
    "alignOkr": [*ADDED_UP, ("update", "Okr", 2)],
    "activateOkr": [("transition", "Okr", 2), ("update", "Okr", 2)],
    "completeOkr": [("transition", "Okr", 2)],
    "cancelOkr": [("transition", "Okr", 2), ("update", "Okr", 2)],
    "addKeyResult": [("create", "KeyResult", 1)],
    "updateKeyResult": [("update", "KeyResult", 2)],
    "deleteKeyResult": [("delete", "KeyResult", 1)],
    "changeKeyResultTarget": [("create", "KeyResultTargetChange", 1), ("update", "KeyResult", 2), *ADDED_UP],
    "addKeyResultMilestone": [("create", "KeyResultMilestone", 1)],
    "updateKeyResultMilestone": [("update", "KeyResultMilestone", 2)],
    "deleteKeyResultMilestone": [("delete", "KeyResultMilestone", 1)],
    "checkInKeyResult": [("create", "KeyResultCheckIn", 1), ("update", "KeyResult", 2), *ADDED_UP],
    "completeKeyResultMilestone": [("update", "KeyResultMilestone", 2), ("update", "KeyResult", 2), *ADDED_UP],
    "reopenKeyResultMilestone": [("update", "KeyResultMilestone", 2), ("update", "KeyResult", 2), *ADDED_UP],
}
"""What the trail says of each mutation of these."""

CHANGED = {"performance.okr.updated", "performance.okr.progress_updated"}
OF_MILESTONE = {"performance.key_result.updated", *CHANGED}

SOMETIMES: Final = {
    **dict.fromkeys(("addKeyResult", "updateKeyResult"), CHANGED),
    "deleteKeyResult": {"performance.milestone.deleted", *CHANGED},
    **{f"{verb}KeyResultMilestone": OF_MILESTONE for verb in ("add", "update", "delete")},
}
"""What they tell in another state than the one in which they are tried here."""

SUBJECTS: Final = {
    "PerformanceCycle": "performance.cycle",
    "Okr": "performance.okr",
    "KeyResult": "performance.key_result",
    "KeyResultMilestone": "performance.milestone",
    "KeyResultCheckIn": "performance.check_in",
    "KeyResultTargetChange": "performance.target_change",
}

OF_A_BAND: Final = {
    (name, band)
    for name in ("addKeyResult", "updateKeyResult", "changeKeyResultTarget")
    for band in ("band_low", "band_high")
}
LEFT_OUT: Final = OF_A_BAND | {("createOkr", name) for name in ("team", "team_id", "department", "department_id")}
"""Arguments that do not go with the values of others."""

FIRST, LAST = date(2026, 1, 1), date(2031, 12, 31)
WHOLE, HALF = Decimal(100), Decimal(50)


@dataclass(frozen=True)
class Okrs:
    """Objectives that are active and add to another one, a draft that could, and cycles by where they stand."""

    rows: dict[type[TenantOwned], TenantOwned]
    cycles: dict[PerformanceCycleStatus, PerformanceCycle]
    draft: Okr
    other: Okr
    of_draft: KeyResult
    stepwise: KeyResult
    drafted: KeyResultMilestone
    open_step: KeyResultMilestone
    done_step: KeyResultMilestone
    employee: Employee

    @property
    def chosen(self) -> dict[tuple[str, str], Any]:
        """What a mutation of them is given."""
        other = ids.encode("Okr", self.other.id)
        return {
            **{(name, "ends_on"): "2031-12-31" for name in ("createPerformanceCycle", "updatePerformanceCycle")},
            ("createOkr", "parent_id"): other,
            ("alignOkr", "parent_id"): other,
            ("completeOkr", "final_score"): "0.7000",
            ("addKeyResult", "target_value"): "20.0000",
            ("updateKeyResult", "target_value"): "20.0000",
            ("addKeyResult", "owner_id"): ids.encode("User", self.employee.user_id),
        }

    @property
    def subjects(self) -> dict[tuple[str, str], TenantOwned]:
        """Which of them a mutation is about that needs one in another state."""
        stands = PerformanceCycleStatus
        before = {"review": stands.OPEN, "calibrate": stands.IN_REVIEW, "release": stands.CALIBRATING}
        before |= {"close": stands.RELEASED}
        return {
            **{(f"{verb}PerformanceCycle", "id"): self.cycles[status] for verb, status in before.items()},
            ("deleteOkr", "id"): self.draft,
            ("activateOkr", "id"): self.draft,
            ("addKeyResult", "id"): self.draft,
            ("updateKeyResult", "id"): self.of_draft,
            ("deleteKeyResult", "id"): self.of_draft,
            ("addKeyResultMilestone", "id"): self.stepwise,
            ("updateKeyResultMilestone", "id"): self.drafted,
            ("deleteKeyResultMilestone", "id"): self.drafted,
            ("completeKeyResultMilestone", "id"): self.open_step,
            ("reopenKeyResultMilestone", "id"): self.done_step,
        }


async def add_okrs(context: Context, staff: Staff) -> Okrs:
    """Put them into a company, for an employee of it."""
    worker = staff.rows[Employee]
    assert isinstance(worker, Employee)
    cycles = {
        status: PerformanceCycle(id=uuid7(), name=f"Cycle {status}", starts_on=FIRST, ends_on=LAST, status=status)
        for status in PerformanceCycleStatus
    }
    context.add(*cycles.values())
    await context.flush()
    whose = {"cycle_id": cycles[PerformanceCycleStatus.OPEN].id, "owner_type": OkrOwnerType.EMPLOYEE}
    whose |= {"employee_id": worker.id, "user_id": worker.user_id}

    def objective(name: str, progress: int = 0, **values: Any) -> Okr:
        known = {"status": OkrStatus.ACTIVE, "activated_on": FIRST, "progress": Decimal(progress)}
        return Okr(id=uuid7(), objective=name, **whose, **(known | values))

    top, other = objective("Top", 25), objective("Other")
    context.add(top, other)
    await context.flush()
    active = objective("Active", 50, parent_id=top.id)
    draft = objective("Draft", parent_id=top.id, status=OkrStatus.DRAFT, activated_on=None)
    context.add(active, draft)
    await context.flush()
    measures = [
        _measure(top, WHOLE),
        _measure(other, WHOLE),
        _measure(active, HALF, current_value=HALF, progress=HALF),
        _measure(active, HALF, MetricType.MILESTONE, current_value=HALF, progress=HALF),
        _measure(draft, HALF),
        _measure(draft, HALF, MetricType.MILESTONE),
    ]
    context.add(*measures)
    await context.flush()
    _, _, counted, stepped, of_draft, stepwise = measures
    steps = [
        KeyResultMilestone(id=uuid7(), key_result_id=key_result.id, title="Step", done_on=done)
        for key_result, done in ((stepped, None), (stepped, FIRST), (stepwise, None))
    ]
    said = KeyResultCheckIn(id=uuid7(), key_result_id=counted.id, checked_in_on=FIRST, value=HALF, confidence=5)
    moved = KeyResultTargetChange(
        id=uuid7(), key_result_id=counted.id, progress_before=HALF, progress_after=HALF, reason="Once."
    )
    context.add(*steps, said, moved)
    await context.flush()
    rows: list[TenantOwned] = [cycles[PerformanceCycleStatus.DRAFT], active, counted, steps[0], said, moved]
    known = {type(row): row for row in rows}
    return Okrs(known, cycles, draft, other, of_draft, stepwise, steps[2], steps[0], steps[1], worker)


def _measure(okr: Okr, weight: Decimal, metric: MetricType = MetricType.NUMBER, **values: Any) -> KeyResult:
    known = {"start_value": Decimal(0), "target_value": WHOLE, "current_value": Decimal(0), "weight": weight}
    kinds = {"metric_type": metric, "direction": MetricDirection.INCREASE}
    return KeyResult(id=uuid7(), okr_id=okr.id, title="Measure", **kinds, **(known | values))
