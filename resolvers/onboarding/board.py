"""The board of a flow: its stages, and which new hires are at which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from sqlalchemy import Select, Subquery, case, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from db.models.onboarding import Flow, FlowRevision, NewHire, NewHireStatus, StageProgress
from resolvers.context import Looking
from resolvers.onboarding.frozen import thawed
from resolvers.onboarding.how_far import hire_progress, percentages
from resolvers.operation import Names
from resolvers.reading import reading

__all__ = ["FlowPipeline", "current_stages", "flow_board", "flow_pipeline", "hire_progress"]

MOST_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class PipelineHire:
    """A new hire on the board."""

    id: Annotated[UUID, Names("NewHire"), "The new hire."]
    name: Annotated[str, "Given and family name."]
    percentage: Annotated[int, "Completed stages in percent of all."]
    last_seen_at: Annotated[datetime | None, "When the person last began, saved or completed something."]
    stuck_days: Annotated[int, "Whole days since then."]


@dataclass(frozen=True, slots=True)
class PipelineStage:
    """A stage on the board, with those whose current stage it is."""

    stage_id: Annotated[UUID, Names("Stage"), "The stage."]
    name: Annotated[str, "What it is called."]
    position: Annotated[int, "Place in the flow, from 0."]
    count: Annotated[int, "How many new hires are at it."]
    new_hires: Annotated[list[PipelineHire], "Who is at it, the longest without activity first; 50 at most."]


@dataclass(frozen=True, slots=True)
class FlowPipeline:
    """The board of a flow: who is where."""

    flow_id: Annotated[UUID, Names("Flow"), "The flow."]
    flow_name: Annotated[str, "What HR calls it."]
    stages: Annotated[list[PipelineStage], "Its stages in order, and then those that only earlier revisions have."]
    not_started: Annotated[int, "How many have been added or invited and have not begun."]
    completed: Annotated[int, "How many are done."]


@reading("onboarding.read_hires")
async def flow_pipeline(
    looking: Looking, flow_id: Annotated[UUID, Names("Flow"), "The flow whose board it is."]
) -> FlowPipeline | None:
    """The board of a flow: its stages, and who is at which. Who has completed all stages is at their last one."""
    flows: Sequence[Flow] = await looking.all(select(Flow).where(Flow.id == flow_id))
    if not flows:
        return None
    waiting, done = await _outside(looking, flow_id)
    return FlowPipeline(flow_id, flows[0].name, await _columns(looking, flow_id), waiting, done)


flow_board = flow_pipeline


async def _outside(looking: Looking, flow_id: UUID) -> tuple[int, int]:
    """Count those who have not begun, and those who are done."""
    [row] = await looking.rows(
        select(
            func.count().filter(NewHire.status == NewHireStatus.PENDING),
            func.count().filter(NewHire.status == NewHireStatus.COMPLETED),
        ).where(NewHire.flow_id == flow_id)
    )
    return row[0], row[1]


async def _columns(looking: Looking, flow_id: UUID) -> list[PipelineStage]:
    newest = select(FlowRevision).where(FlowRevision.flow_id == flow_id).order_by(FlowRevision.number.desc()).limit(1)
    revisions: Sequence[FlowRevision] = await looking.all(newest)
    rows = await looking.rows(_at_stages(flow_id))
    shares = await percentages(looking, [row.id for row in rows])
    stages = {stage.id: (stage.name, stage.position) for each in revisions for stage in thawed(each.content).stages}
    for row in rows:
        stages.setdefault(row.stage_id, (row.stage_name, row.stage_position))
    return [
        _column(stage, *stages[stage], [row for row in rows if row.stage_id == stage], shares, looking.asking.now)
        for stage in stages
    ]


def _at_stages(flow_id: UUID) -> Select[Any]:
    """Select the active new hires of a flow with their current stage: the first 50 of each stage, and its count."""
    here = current_stages(flow_id)
    seen = func.coalesce(NewHire.last_seen_at, NewHire.started_at)
    ranked = (
        select(
            NewHire.id,
            (NewHire.first_name + " " + NewHire.last_name).label("name"),
            NewHire.last_seen_at,
            seen.label("seen"),
            here.c.stage_id,
            here.c.name.label("stage_name"),
            here.c.position.label("stage_position"),
            func.count().over(partition_by=here.c.stage_id).label("in_all"),
            func.row_number().over(partition_by=here.c.stage_id, order_by=(seen, NewHire.id)).label("rank"),
        )
        .join(here, here.c.new_hire_id == NewHire.id)
        .subquery()
    )
    return select(ranked).where(ranked.c.rank <= MOST_SHOWN).order_by(ranked.c.stage_position, ranked.c.rank)


def current_stages(flow_id: UUID | None = None) -> Subquery:
    """Select the current stage of each active new hire: the first that is not complete, else the last."""
    open_first = case((StageProgress.completed_at.is_(None), StageProgress.position), else_=None)
    found = (
        select(StageProgress.new_hire_id, StageProgress.stage_id, StageProgress.name, StageProgress.position)
        .join(NewHire, NewHire.id == StageProgress.new_hire_id)
        .where(NewHire.status == NewHireStatus.ACTIVE, StageProgress.visible)
        .order_by(StageProgress.new_hire_id, open_first.asc().nulls_last(), StageProgress.position.desc())
        .ext(distinct_on(StageProgress.new_hire_id))
    )
    return (found if flow_id is None else found.where(NewHire.flow_id == flow_id)).subquery()


def _column(
    stage: UUID, name: str, position: int, rows: Sequence[Any], shares: Mapping[UUID, int], now: datetime
) -> PipelineStage:
    people = [
        PipelineHire(row.id, row.name, shares.get(row.id, 0), row.last_seen_at, (now - row.seen).days) for row in rows
    ]
    return PipelineStage(stage, name, position, rows[0].in_all if rows else 0, people)
