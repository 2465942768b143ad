"""Completing a block: the checks that hold whoever completes it, and what completing it changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from db.models.onboarding import NewHire, NewHireStatus, Progress, ProgressStatus, ReviewStatus
from resolvers.context import Context, Looking, any_of
from resolvers.onboarding.answers import keep_answer
from resolvers.onboarding.events import BlockCompleted
from resolvers.onboarding.frozen import FrozenBlock
from resolvers.onboarding.hire_refusals import OnboardingNotActive, StageLocked
from resolvers.onboarding.settling import SettledStage, StageStanding
from resolvers.onboarding.standing import SETTLING, Standing, change, settled, standing_of, told_of
from resolvers.refusals import NotFound, Refused
from resolvers.state import StateMachine


async def under_way(looking: Looking, rows: Sequence[Progress]) -> Sequence[Refused | None]:
    """Refuse blocks of people who have not begun, are done, or were called off."""
    hires = await looking.rows(
        select(NewHire.id, NewHire.status).where(NewHire.id == any_of([row.new_hire_id for row in rows]))
    )
    standing: dict[UUID, NewHireStatus] = dict(tuple(row) for row in hires)
    return [not_active(standing[row.new_hire_id]) for row in rows]


def not_active(status: NewHireStatus) -> Refused | None:
    """Return the refusal for somebody who is not under way."""
    if status is NewHireStatus.ACTIVE:
        return None
    return OnboardingNotActive(f"The onboarding is {status.value}; this is done while it is active.")


PROGRESS = StateMachine(Progress)
SAVE = PROGRESS.move(
    ProgressStatus.PENDING,
    ProgressStatus.IN_PROGRESS,
    to=ProgressStatus.IN_PROGRESS,
    guard=under_way,
)
COMPLETE_BLOCK = PROGRESS.move(
    ProgressStatus.PENDING,
    ProgressStatus.IN_PROGRESS,
    to=ProgressStatus.COMPLETED,
    guard=under_way,
)
RETURN = PROGRESS.move(ProgressStatus.COMPLETED, to=ProgressStatus.IN_PROGRESS, guard=under_way)


COMPLETING: Final = ("onboarding.progress.moved", "onboarding.block.completed", *SETTLING)


@dataclass(frozen=True, slots=True)
class Work:
    """One block of one new hire: how they stand, its stage, what it is, and its row."""

    standing: Standing
    stage: SettledStage
    block: FrozenBlock
    row: Progress

    @property
    def hire(self) -> NewHire:
        """Whose block it is."""
        return self.standing.hire


def work_on(standing: Standing, block_id: UUID) -> Work:
    """Return one block of a new hire; one that is not there for them is unknown."""
    found, row = standing.flow.block(block_id), standing.blocks.get(block_id)
    stage = standing.settled.stage(found[0].id) if found else None
    if found is None or row is None or stage is None or block_id not in stage.live:
        raise NotFound("There is no such content block.", path=("content_block_id",))
    return Work(standing, stage, found[1], row)


def must_be_open(stage: SettledStage) -> None:
    """Refuse work in a stage that is not open yet."""
    if stage.standing is StageStanding.LOCKED:
        raise StageLocked(f"{stage.stage.name!r} opens when every earlier stage is complete.")
    if stage.standing is StageStanding.UPCOMING:
        raise StageLocked(f"{stage.stage.name!r} opens on {stage.opens_on}.")


async def standing_under_lock(context: Context, new_hire_id: UUID) -> Standing:
    """Lock a new hire, and read how they stand; whatever else is done to them waits."""
    hire = await context.one(NewHire, new_hire_id)
    return await standing_of(context.looking, hire)


async def complete(context: Context, work: Work, value: Any, *, by: UUID | None = None) -> None:
    """Complete a block with its answer, which is in order, and settle what follows. `by` is the colleague who did."""
    row, hire = work.row, work.hire
    keep_answer(context, row, value)
    change(
        row,
        status=ProgressStatus.COMPLETED,
        started_at=row.started_at or context.now,
        completed_at=context.now,
        completed_by_id=by,
        attempts=row.attempts + 1,
        validation_errors=None,
        review_status=ReviewStatus.NONE,
        review_comment=None,
    )
    enter(context, work)
    facts = {"content_block_id": row.content_block_id, "stage_id": row.stage_id}
    await context.publish(BlockCompleted(**told_of(hire), **facts), hire)
    await settled(context, hire)


def enter(context: Context, work: Work) -> None:
    """Note that something was done in a stage."""
    stage = work.standing.stages[work.stage.stage.id]
    change(stage, entered_at=stage.entered_at or context.now)


def seen(context: Context, hire: NewHire) -> None:
    """Note that a new hire was active: reminders begin anew."""
    change(hire, last_seen_at=context.now, reminders_sent=0)
