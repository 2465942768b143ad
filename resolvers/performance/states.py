"""Where cycles and objectives stand, and what keeps them from moving on."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from db.models.performance import (
    KeyResult,
    KeyResultMilestone,
    Okr,
    OkrStatus,
    PerformanceCycle,
    PerformanceCycleStatus,
)
from db.okr_choices import MetricType
from resolvers.context import Looking, any_of
from resolvers.okrs.numbers import NOTHING, WHOLE
from resolvers.performance.events import (
    CycleClosed,
    CycleOpened,
    CycleReleased,
    OkrActivated,
    OkrCancelled,
    OkrCompleted,
)
from resolvers.performance.refusals import CycleNotOpen, NoKeyResults, NoMilestones, WeightsNotWhole
from resolvers.refusals import Refused
from resolvers.state import StateMachine

REPORTED_ON: Final = (
    PerformanceCycleStatus.OPEN,
    PerformanceCycleStatus.IN_REVIEW,
    PerformanceCycleStatus.CALIBRATING,
)
"""Where a cycle stands while its objectives are reported on."""

CYCLE: Final = StateMachine(PerformanceCycle)
OPEN: Final = CYCLE.move(PerformanceCycleStatus.DRAFT, to=PerformanceCycleStatus.OPEN, event=CycleOpened)
REVIEW: Final = CYCLE.move(PerformanceCycleStatus.OPEN, to=PerformanceCycleStatus.IN_REVIEW)
CALIBRATE: Final = CYCLE.move(PerformanceCycleStatus.IN_REVIEW, to=PerformanceCycleStatus.CALIBRATING)
RELEASE: Final = CYCLE.move(PerformanceCycleStatus.CALIBRATING, to=PerformanceCycleStatus.RELEASED, event=CycleReleased)
CLOSE: Final = CYCLE.move(PerformanceCycleStatus.RELEASED, to=PerformanceCycleStatus.CLOSED, event=CycleClosed)


async def ready(looking: Looking, okrs: Sequence[Okr]) -> Sequence[Refused | None]:
    """Refuse those whose cycle is not open, and those whose key results are not complete."""
    ids = any_of([each.id for each in okrs])
    cycles: Mapping[UUID, PerformanceCycleStatus] = dict(
        tuple(row)
        for row in await looking.rows(
            select(Okr.id, PerformanceCycle.status)
            .join(PerformanceCycle, PerformanceCycle.id == Okr.cycle_id)
            .where(Okr.id == ids)
        )
    )
    weights: Mapping[UUID, Decimal] = dict(
        tuple(row)
        for row in await looking.rows(
            select(KeyResult.okr_id, func.sum(KeyResult.weight))
            .where(KeyResult.okr_id == ids)
            .group_by(KeyResult.okr_id)
        )
    )
    empty = frozenset(await looking.all(_without_milestones().where(KeyResult.okr_id == ids)))
    return [_not_ready(cycles[each.id], weights.get(each.id), is_empty=each.id in empty) for each in okrs]


def _without_milestones() -> Any:
    """Select the objectives of which a key result is measured by milestones and has none that weighs anything."""
    weight = select(func.coalesce(func.sum(KeyResultMilestone.weight), 0)).where(
        KeyResultMilestone.key_result_id == KeyResult.id
    )
    return select(KeyResult.okr_id).where(
        KeyResult.metric_type == MetricType.MILESTONE, weight.scalar_subquery() == NOTHING
    )


def _not_ready(cycle: PerformanceCycleStatus, weight: Decimal | None, *, is_empty: bool) -> Refused | None:
    if cycle is not PerformanceCycleStatus.OPEN:
        return CycleNotOpen(f"The cycle is {cycle.value}, and not open.")
    if weight is None:
        return NoKeyResults("It has no key result.")
    if weight != WHOLE:
        return WeightsNotWhole(f"The key results weigh {weight.normalize():f}, and not {WHOLE}.", weight=weight)
    return NoMilestones("A key result has no milestones.") if is_empty else None


def _facts(okr: Okr) -> dict[str, Any]:
    return {"cycle_id": okr.cycle_id, "owner_type": okr.owner_type, "progress": okr.progress}


OKR: Final = StateMachine(Okr, facts=_facts)
ACTIVATE: Final = OKR.move(OkrStatus.DRAFT, to=OkrStatus.ACTIVE, event=OkrActivated, guard=ready)
COMPLETE: Final = OKR.move(OkrStatus.ACTIVE, to=OkrStatus.COMPLETED, event=OkrCompleted)
CANCEL: Final = OKR.move(OkrStatus.ACTIVE, to=OkrStatus.CANCELLED, event=OkrCancelled)
