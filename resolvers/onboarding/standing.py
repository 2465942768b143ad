"""How a new hire stands: read from the rows, worked out by `settling`, and written back where it has changed.

Every write that concerns one new hire locks the new hire's row first, so that they come one after the other; what is
stored in the other rows follows from that moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import select

from db.base import TenantOwned
from db.models.onboarding import FlowRevision, NewHire, NewHireStatus, Progress, ProgressStatus, StageProgress
from resolvers.context import Context, Looking
from resolvers.onboarding.answers import answer_of
from resolvers.onboarding.events import StageCompleted
from resolvers.onboarding.frozen import FrozenFlow, thawed
from resolvers.onboarding.settling import Done, Person, Settled, SettledStage, settle

Row = TypeVar("Row", bound=TenantOwned)
SETTLING: Final = ("onboarding.stage_progress.updated", "onboarding.progress.updated", "onboarding.stage.completed")
"""What bringing the rows of a new hire up to what follows from them may emit."""

UNDER_WAY: Final = frozenset({NewHireStatus.PENDING, NewHireStatus.ACTIVE})


@dataclass(frozen=True, slots=True)
class Standing:
    """A new hire, the frozen flow, the rows of stages and blocks by what they are about, and what follows from them.

    `completed` are the blocks that are.
    """

    hire: NewHire
    revision: FlowRevision
    flow: FrozenFlow
    stages: Mapping[UUID, StageProgress]
    blocks: Mapping[UUID, Progress]
    completed: frozenset[UUID]
    settled: Settled


def person_of(hire: NewHire) -> Person:
    """Return what decides which stages are for a new hire, and when."""
    return Person(hire.start_date, hire.timezone, hire.department, hire.position, hire.country)


async def standing_of(looking: Looking, hire: NewHire) -> Standing:
    """Read how a new hire stands: three statements."""
    [revision] = await looking.all(select(FlowRevision).where(FlowRevision.id == hire.revision_id))
    stages = await looking.all(select(StageProgress).where(StageProgress.new_hire_id == hire.id))
    blocks = await looking.all(select(Progress).where(Progress.new_hire_id == hire.id))
    return worked_out(
        looking,
        hire,
        revision,
        {row.stage_id: row for row in stages},
        {row.content_block_id: row for row in blocks},
    )


def worked_out(
    looking: Looking,
    hire: NewHire,
    revision: FlowRevision,
    stages: Mapping[UUID, StageProgress],
    blocks: Mapping[UUID, Progress],
) -> Standing:
    """Work out how a new hire stands from their rows."""
    flow = thawed(revision.content)
    asked_for = {block.depends_on for _, block in flow.blocks if block.depends_on} & blocks.keys()
    done = Done(
        completed=frozenset(each for each, row in blocks.items() if row.status is ProgressStatus.COMPLETED),
        answers={each: answer_of(looking.asking.keyring, blocks[each]) for each in asked_for},
        acknowledged=frozenset(each for each, row in stages.items() if row.acknowledged_at),
    )
    found = settle(flow, person_of(hire), done, looking.asking.now)
    return Standing(hire, revision, flow, stages, blocks, done.completed, found)


async def settled(context: Context, hire: NewHire) -> Standing:
    """Bring the rows of a new hire, whose row is locked, up to what follows from them; tell what became complete."""
    await context.flush()
    standing = await standing_of(context.looking, hire)
    for each in standing.settled.stages:
        _settle_stage(context, standing, each)
    await context.flush()
    for each in standing.settled.stages:
        _settle_blocks(standing, each)
    await context.flush()
    for each in standing.settled.visible:
        await _tell(context, standing, each)
    return standing


def _settle_stage(context: Context, standing: Standing, stage: SettledStage) -> None:
    row = standing.stages[stage.stage.id]
    completed_at = (row.completed_at or context.now) if stage.complete else None
    change(row, visible=stage.visible, due_on=stage.due_on, completed_at=completed_at)


def _settle_blocks(standing: Standing, stage: SettledStage) -> None:
    for block in stage.stage.blocks:
        change(standing.blocks[block.id], live=block.id in stage.live, due_on=stage.due_on)


async def _tell(context: Context, standing: Standing, stage: SettledStage) -> None:
    """Tell once that a stage is complete; after something was returned it is not told again."""
    row = standing.stages[stage.stage.id]
    if not stage.complete or row.announced_at:
        return
    row.announced_at = context.now
    hire = standing.hire
    completed = StageCompleted(stage_id=row.stage_id, stage_name=row.name, position=row.position, **told_of(hire))
    await context.publish(completed, hire)


def change(row: Row, **values: Any) -> Row:
    """Set what differs."""
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
    return row


def told_of(hire: NewHire) -> dict[str, Any]:
    """What every event about a new hire says: who, and in which flow."""
    return {"new_hire_id": hire.id, "flow_id": hire.flow_id}
