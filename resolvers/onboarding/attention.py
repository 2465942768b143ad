"""What asks for attention: who is stuck, and what is overdue."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select

from db.models.onboarding import (
    Assignee,
    Flow,
    NewHire,
    NewHireStatus,
    Progress,
    ProgressStatus,
    StageProgress,
)
from resolvers.context import Looking
from resolvers.onboarding.board import current_stages
from resolvers.onboarding.how_far import percentages
from resolvers.onboarding.settling import Person
from resolvers.operation import Names
from resolvers.reading import reading

MOST_LISTED: Final = 200
LONGEST_QUIET: Final = 3650


@dataclass(frozen=True, slots=True)
class StuckNewHire:
    """Somebody who has not done anything for a while."""

    id: Annotated[UUID, Names("NewHire"), "The new hire."]
    name: Annotated[str, "Given and family name."]
    flow_name: Annotated[str, "What HR calls the flow."]
    status: Annotated[NewHireStatus, "Whether they have begun."]
    stage_name: Annotated[str | None, "The stage that they are at; null before they have begun."]
    percentage: Annotated[int, "Completed stages in percent of all."]
    last_seen_at: Annotated[datetime | None, "When they last began, saved or completed something."]
    stuck_days: Annotated[int, "Whole days since then, or since they were invited."]


@dataclass(frozen=True, slots=True)
class OnboardingTask:
    """A block that somebody has to complete."""

    id: Annotated[UUID, Names("Progress"), "The progress of the block."]
    content_block_id: Annotated[UUID, Names("ContentBlock"), "The block; it may be gone from the flow since."]
    new_hire_id: Annotated[UUID, Names("NewHire"), "Whose onboarding it belongs to."]
    new_hire_name: Annotated[str, "Given and family name of the new hire."]
    stage_name: Annotated[str, "The stage that it belongs to."]
    title: Annotated[str, "What it asks for, in one line."]
    type: Annotated[str, "Name of its content type."]
    assignee: Annotated[Assignee, "Who completes it."]
    due_on: Annotated[date | None, "Day on which it is due, where the new hire works."]
    overdue: Annotated[bool, "Whether that day is over there."]
    status: Annotated[ProgressStatus, "How far it is."]


@reading("onboarding.read_hires")
async def stuck_new_hires(
    looking: Looking, days: Annotated[int, "Without activity for more than so many days; 7 when left out."] = 7
) -> list[StuckNewHire]:
    """Who was invited or has begun, and has not done anything for a while: the longest first, 200 at most."""
    now, quiet = looking.asking.now, timedelta(days=min(max(days, 0), LONGEST_QUIET))
    here, seen = current_stages(), func.coalesce(NewHire.last_seen_at, NewHire.started_at, NewHire.invited_at)
    rows = await looking.rows(
        select(NewHire, Flow.name.label("flow_name"), here.c.name.label("stage_name"), seen.label("seen"))
        .join(Flow, Flow.id == NewHire.flow_id)
        .outerjoin(here, here.c.new_hire_id == NewHire.id)
        .where(NewHire.status.in_([NewHireStatus.PENDING, NewHireStatus.ACTIVE]), seen < now - quiet)
        .order_by(seen, NewHire.id)
        .limit(MOST_LISTED)
        .execution_options(populate_existing=True)
    )
    shares = await percentages(looking, [row.NewHire.id for row in rows])
    return [_stuck(row, shares.get(row.NewHire.id, 0), now) for row in rows]


def _stuck(row: Any, percentage: int, now: datetime) -> StuckNewHire:
    hire: NewHire = row.NewHire
    return StuckNewHire(
        id=hire.id,
        name=f"{hire.first_name} {hire.last_name}",
        flow_name=row.flow_name,
        status=hire.status,
        stage_name=row.stage_name,
        percentage=percentage,
        last_seen_at=hire.last_seen_at,
        stuck_days=(now - row.seen).days,
    )


@reading("onboarding.read_hires")
async def overdue_onboarding_tasks(
    looking: Looking, assignee: Annotated[Assignee | None, "Only what this kind of person has to complete."] = None
) -> list[OnboardingTask]:
    """What should be completed by now and is not: the longest overdue first, 200 at most."""
    conditions = [Progress.due_on < _latest_today(looking)]
    if assignee is not None:
        conditions.append(Progress.assignee == assignee)
    return [task for task in await open_tasks(looking, *conditions) if task.overdue]


def _latest_today(looking: Looking) -> date:
    """The day that has begun somewhere on earth already; who is west of there is left out later."""
    return (looking.asking.now + timedelta(hours=14)).date()


async def open_tasks(looking: Looking, *conditions: ColumnElement[bool]) -> list[OnboardingTask]:
    """Return blocks that are there and not completed, of people who are not done: the first due first."""
    rows = await looking.rows(
        tasks()
        .where(
            *conditions,
            Progress.live,
            Progress.status != ProgressStatus.COMPLETED,
            NewHire.status.in_([NewHireStatus.PENDING, NewHireStatus.ACTIVE]),
        )
        .order_by(Progress.due_on.nulls_last(), Progress.id)
        .limit(MOST_LISTED)
    )
    return [task_of(row, looking.asking.now) for row in rows]


def tasks() -> Select[Progress, str, str, str, str]:
    """Select blocks with what a task says of them."""
    return (
        select(Progress, NewHire.first_name, NewHire.last_name, NewHire.timezone, StageProgress.name)
        .join(NewHire, NewHire.id == Progress.new_hire_id)
        .join(
            StageProgress,
            and_(StageProgress.new_hire_id == Progress.new_hire_id, StageProgress.stage_id == Progress.stage_id),
        )
        .execution_options(populate_existing=True)
    )


def task_of(row: Any, now: datetime) -> OnboardingTask:
    """Show a row of `tasks`."""
    block: Progress = row.Progress
    today = Person(None, row.timezone, None, None, None).today(now)
    late = block.due_on is not None and block.due_on < today and block.status is not ProgressStatus.COMPLETED
    return OnboardingTask(
        id=block.id,
        content_block_id=block.content_block_id,
        new_hire_id=block.new_hire_id,
        new_hire_name=f"{row.first_name} {row.last_name}",
        stage_name=row.name,
        title=block.title,
        type=block.type,
        assignee=block.assignee,
        due_on=block.due_on,
        overdue=late,
        status=block.status,
    )
