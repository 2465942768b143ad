"""How far new hires have come: the fields of many at once, and one of them as it is watched live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from sqlalchemy import Select, func, select

from db.models.onboarding import NewHire, NewHireStatus, Progress, ProgressStatus, StageProgress
from resolvers.computed import computed
from resolvers.context import Looking, any_of
from resolvers.onboarding.settling import percentage as share
from resolvers.operation import Names


@dataclass(frozen=True, slots=True)
class StageMark:
    """One stage of a new hire's onboarding, and whether it is complete."""

    id: Annotated[UUID, Names("Stage"), "The stage; it may be gone from the flow since."]
    name: Annotated[str, "What it is called."]
    position: Annotated[int, "Place in the revision, from 0."]
    complete: Annotated[bool, "Whether it is complete."]
    required_blocks: Annotated[int, "How many blocks it needs."]
    completed_blocks: Annotated[int, "How many of these are completed."]


@dataclass(frozen=True, slots=True)
class TypeProgress:
    """How far a new hire has come with the blocks of one content type."""

    type: Annotated[str, "Name of the content type."]
    total: Annotated[int, "How many blocks of it are there for this person."]
    completed: Annotated[int, "How many of these are completed."]


@dataclass(frozen=True, slots=True)
class OnboardingProgress:
    """How far a new hire has come, as it is watched live."""

    new_hire_id: Annotated[UUID, Names("NewHire"), "Whose progress it is."]
    status: Annotated[NewHireStatus, "Where the person stands."]
    percentage: Annotated[int, "Completed stages in percent of all; half a percent counts as a whole one."]
    blocks_pct: Annotated[int, "Completed required blocks in percent of all."]
    current_stage: Annotated[StageMark | None, "The first stage that is not complete; null when all are."]
    stages: Annotated[list[StageMark], "The stages that are for this person, in order."]


def stage_counts() -> Select[UUID, int, int]:
    """Select, for each new hire, how many stages are for them and how many of these are complete."""
    complete = func.count(StageProgress.completed_at)
    return (
        select(StageProgress.new_hire_id, func.count(), complete)
        .where(StageProgress.visible)
        .group_by(StageProgress.new_hire_id)
    )


async def percentages(looking: Looking, hires: Sequence[UUID]) -> Mapping[UUID, int]:
    """Return completed stages in percent, for new hires."""
    rows = await looking.rows(stage_counts().where(StageProgress.new_hire_id == any_of(hires)))
    return {hire: share(complete, total) for hire, total, complete in rows}


async def marks_of(looking: Looking, hires: Sequence[UUID]) -> Mapping[UUID, list[StageMark]]:
    """Return the stages that are for each new hire, in order: two statements."""
    blocks = await looking.rows(
        select(
            Progress.new_hire_id,
            Progress.stage_id,
            func.count(),
            func.count().filter(Progress.status == ProgressStatus.COMPLETED),
        )
        .where(Progress.new_hire_id == any_of(hires), Progress.live, Progress.required)
        .group_by(Progress.new_hire_id, Progress.stage_id)
    )
    counted = {(hire, stage): (required, done) for hire, stage, required, done in blocks}
    rows: Sequence[StageProgress] = await looking.all(
        select(StageProgress)
        .where(StageProgress.new_hire_id == any_of(hires), StageProgress.visible)
        .order_by(StageProgress.position)
        .execution_options(populate_existing=True)
    )
    marks: dict[UUID, list[StageMark]] = {}
    for row in rows:
        counts = counted.get((row.new_hire_id, row.stage_id), (0, 0))
        mark = StageMark(row.stage_id, row.name, row.position, row.completed_at is not None, *counts)
        marks.setdefault(row.new_hire_id, []).append(mark)
    return marks


async def hire_progress(looking: Looking, new_hire_id: UUID) -> OnboardingProgress | None:
    """How far one new hire has come; None for an id that names nobody."""
    hires: Sequence[NewHire] = await looking.all(select(NewHire).where(NewHire.id == new_hire_id))
    if not hires:
        return None
    marks = (await marks_of(looking, [new_hire_id])).get(new_hire_id, [])
    return OnboardingProgress(
        new_hire_id=new_hire_id,
        status=hires[0].status,
        percentage=_percentage(marks),
        blocks_pct=_blocks_pct(marks),
        current_stage=_current(marks),
        stages=marks,
    )


def _percentage(marks: Sequence[StageMark]) -> int:
    return share(sum(mark.complete for mark in marks), len(marks))


def _blocks_pct(marks: Sequence[StageMark]) -> int:
    return share(sum(mark.completed_blocks for mark in marks), sum(mark.required_blocks for mark in marks))


def _current(marks: Sequence[StageMark]) -> StageMark | None:
    return next((mark for mark in marks if not mark.complete), None)


@computed(NewHire, needs="onboarding.read_hires")
async def full_name(_looking: Looking, hires: Sequence[NewHire]) -> Sequence[str]:
    """Given and family name."""
    return [f"{hire.first_name} {hire.last_name}" for hire in hires]


@computed(NewHire, needs="onboarding.read_hires")
async def percentage(looking: Looking, hires: Sequence[NewHire]) -> Sequence[int]:
    """Completed stages in percent of all that are for this person; half a percent counts as a whole one."""
    marks = await marks_of(looking, [hire.id for hire in hires])
    return [_percentage(marks.get(hire.id, [])) for hire in hires]


@computed(NewHire, needs="onboarding.read_hires")
async def blocks_pct(looking: Looking, hires: Sequence[NewHire]) -> Sequence[int]:
    """Completed required blocks in percent of all that are there for this person."""
    marks = await marks_of(looking, [hire.id for hire in hires])
    return [_blocks_pct(marks.get(hire.id, [])) for hire in hires]


@computed(NewHire, needs="onboarding.read_hires")
async def current_stage(looking: Looking, hires: Sequence[NewHire]) -> Sequence[StageMark | None]:
    """The first stage that is not complete; null when all are."""
    marks = await marks_of(looking, [hire.id for hire in hires])
    return [_current(marks.get(hire.id, [])) for hire in hires]


@computed(NewHire, needs="onboarding.read_hires")
async def current_stage_name(looking: Looking, hires: Sequence[NewHire]) -> Sequence[str | None]:
    """What the first stage is called that is not complete; null when all are."""
    return [mark.name if mark else None for mark in await current_stage(looking, hires)]


@computed(NewHire, needs="onboarding.read_hires")
async def progress_by_stage(looking: Looking, hires: Sequence[NewHire]) -> Sequence[list[StageMark]]:
    """How far the person has come in each stage that is for them, in order."""
    marks = await marks_of(looking, [hire.id for hire in hires])
    return [marks.get(hire.id, []) for hire in hires]


@computed(NewHire, needs="onboarding.read_hires")
async def progress_by_content_type(looking: Looking, hires: Sequence[NewHire]) -> Sequence[list[TypeProgress]]:
    """How far the person has come with the blocks of each content type, by its name."""
    rows = await looking.rows(
        select(
            Progress.new_hire_id,
            Progress.type,
            func.count(),
            func.count().filter(Progress.status == ProgressStatus.COMPLETED),
        )
        .where(Progress.new_hire_id == any_of([hire.id for hire in hires]), Progress.live)
        .group_by(Progress.new_hire_id, Progress.type)
        .order_by(Progress.type)
    )
    found: dict[UUID, list[TypeProgress]] = {}
    for hire, kind, total, completed in rows:
        found.setdefault(hire, []).append(TypeProgress(kind, total, completed))
    return [found.get(hire.id, []) for hire in hires]
