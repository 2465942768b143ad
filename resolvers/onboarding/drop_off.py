"""At which blocks of a flow people stop."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select

from db.models.onboarding import Assignee, FlowRevision, NewHire, NewHireStatus, Progress, ProgressStatus
from resolvers.context import Looking, any_of
from resolvers.onboarding.frozen import FrozenBlock, FrozenStage, thawed
from resolvers.onboarding.funnel import hours_between, tenths
from resolvers.operation import Names
from resolvers.reading import reading

QUIET: Final = timedelta(days=7)
MINUTES_AN_HOUR: Final = 60
STOPPED: Final = (NewHireStatus.ACTIVE, NewHireStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class BlockDropOff:
    """One block of a flow: how many came to it, completed it, and stopped there."""

    content_block_id: Annotated[UUID, Names("ContentBlock"), "The block."]
    stage_id: Annotated[UUID, Names("Stage"), "Its stage."]
    stage_name: Annotated[str, "What the stage is called."]
    title: Annotated[str, "What it asks for or shows, in one line."]
    type: Annotated[str, "Name of its content type."]
    position: Annotated[int, "Place in the stage, from 0."]
    reached: Annotated[int, "How many who have begun completed it, or have it as the next to complete."]
    completed: Annotated[int, "How many of them completed it."]
    dropped: Annotated[int, "For how many it is the next, who were called off or did nothing for more than 7 days."]
    median_minutes: Annotated[Decimal | None, "Minutes from first saving to completing it, in the middle."]


@reading("onboarding.read_hires")
async def block_drop_off(looking: Looking, flow_id: Annotated[UUID, Names("Flow"), "The flow."]) -> list[BlockDropOff]:
    """Each block of the newest revision, in order: how many came to it, completed it, and stopped there."""
    newest = select(FlowRevision).where(FlowRevision.flow_id == flow_id).order_by(FlowRevision.number.desc())
    revisions: Sequence[FlowRevision] = await looking.all(newest.limit(1))
    blocks = [found for each in revisions for found in thawed(each.content).blocks]
    counted = _counted(flow_id, [block.id for _, block in blocks], looking.asking.now)
    rows = {row.content_block_id: row for row in await looking.rows(counted)}
    return [_drop_off(stage, block, rows.get(block.id)) for stage, block in blocks]


def _drop_off(stage: FrozenStage, block: FrozenBlock, row: Any) -> BlockDropOff:
    return BlockDropOff(
        content_block_id=block.id,
        stage_id=stage.id,
        stage_name=stage.name,
        title=block.title,
        type=block.type,
        position=block.position,
        reached=row.completed + row.waiting if row else 0,
        completed=row.completed if row else 0,
        dropped=row.dropped if row else 0,
        median_minutes=tenths(row.hours * MINUTES_AN_HOUR) if row and row.hours is not None else None,
    )


def _counted(flow_id: UUID, blocks: Sequence[UUID], now: datetime) -> Select[Any, int, int, int, float]:
    """Count, for each block, who completed it, for whom it is the next, and who stopped there."""
    each = _ranked(flow_id, now).subquery()
    waiting = and_(each.c.waits, each.c.rank == 1)
    return (
        select(
            each.c.content_block_id,
            func.count().filter(each.c.is_done).label("completed"),
            func.count().filter(waiting).label("waiting"),
            func.count().filter(and_(waiting, each.c.is_quiet)).label("dropped"),
            hours_between(each.c.started_at, each.c.completed_at).label("hours"),
        )
        .where(each.c.content_block_id == any_of(blocks))
        .group_by(each.c.content_block_id)
    )


def _ranked(flow_id: UUID, now: datetime) -> Select[UUID, datetime | None, datetime | None, bool, bool, Any, bool]:
    """Select the blocks of everyone who has begun; of each person, those they still have to complete come first."""
    done = Progress.status == ProgressStatus.COMPLETED
    mine = and_(Progress.required, Progress.assignee == Assignee.NEW_HIRE, NewHire.status.in_(STOPPED))
    waits = and_(Progress.live, mine, ~done)
    order = (waits.desc(), Progress.stage_position, Progress.position)
    return (
        select(
            Progress.content_block_id,
            Progress.started_at,
            Progress.completed_at,
            and_(Progress.live, done).label("is_done"),
            waits.label("waits"),
            func.row_number().over(partition_by=Progress.new_hire_id, order_by=order).label("rank"),
            or_(NewHire.status == NewHireStatus.CANCELLED, NewHire.last_seen_at < now - QUIET).label("is_quiet"),
        )
        .join(NewHire, NewHire.id == Progress.new_hire_id)
        .where(NewHire.flow_id == flow_id, NewHire.started_at.is_not(None))
    )
