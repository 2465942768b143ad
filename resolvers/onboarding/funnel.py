"""The funnel of a flow: of those who were invited in a time, how many began, got through each stage, and were done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from statistics import median, quantiles
from typing import Annotated, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Float, Select, cast, extract, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from db.models.onboarding import Flow, NewHire, NewHireStatus, StageProgress
from resolvers.context import Looking
from resolvers.operation import Names
from resolvers.reading import reading

TENTH: Final = Decimal("0.1")
SECONDS_AN_HOUR: Final = 3600
ENOUGH_FOR_TENTHS: Final = 2


@dataclass(frozen=True, slots=True)
class FunnelStage:
    """One stage of the funnel."""

    stage_id: Annotated[UUID, Names("Stage"), "The stage; it may be gone from the flow since."]
    name: Annotated[str, "What it is called."]
    position: Annotated[int, "Place in the flow, from 0."]
    entered: Annotated[int, "How many saved or completed something in it."]
    completed: Annotated[int, "How many completed it."]
    median_hours: Annotated[Decimal | None, "Hours between the two, in the middle of all who completed it."]


@dataclass(frozen=True, slots=True)
class OnboardingFunnel:
    """What became of those who were invited to a flow in a time."""

    flow_id: Annotated[UUID, Names("Flow"), "The flow."]
    flow_name: Annotated[str, "What HR calls it."]
    invited: Annotated[int, "How many were invited."]
    started: Annotated[int, "How many of them began."]
    completed: Annotated[int, "How many of them are done."]
    expired: Annotated[int, "Whose invitation ran out before they began."]
    start_rate: Annotated[Decimal | None, "Who began in percent of who was invited; null without any."]
    completion_rate_of_invited: Annotated[Decimal | None, "Who is done in percent of who was invited."]
    completion_rate_of_started: Annotated[Decimal | None, "Who is done in percent of who began."]
    median_hours_to_start: Annotated[Decimal | None, "Hours from the last invitation to the begin, in the middle."]
    median_hours_to_complete: Annotated[Decimal | None, "Hours from the begin to the end, in the middle."]
    stages: Annotated[list[FunnelStage], "The stages in order."]


@dataclass(frozen=True, slots=True)
class TimeToProductive:
    """How many days people take from their start date until their onboarding is done."""

    count: Annotated[int, "How many are done who have a start date."]
    median_days: Annotated[Decimal | None, "Days in the middle of all; negative is before the start date."]
    p90_days: Annotated[Decimal | None, "Days within which nine in ten are done."]


def rate(part: int, whole: int) -> Decimal | None:
    """Return a share of a whole in percent with one decimal, half of it rounded up; None of nothing."""
    return tenths(Decimal(100 * part) / whole) if whole else None


def tenths(value: Decimal | float | None) -> Decimal | None:
    """Round to one decimal, half of it away from zero."""
    return None if value is None else Decimal(value).quantize(TENTH, ROUND_HALF_UP)


def hours_between(begin: Any, end: Any) -> ColumnElement[float]:
    """Select the hours in the middle of all rows that have both moments."""
    seconds = cast(extract("epoch", end - begin), Float)
    return func.percentile_cont(0.5).within_group(seconds) / SECONDS_AN_HOUR


@reading("onboarding.read_hires")
async def onboarding_funnel(
    looking: Looking,
    flow_id: Annotated[UUID, Names("Flow"), "The flow."],
    from_: Annotated[datetime | None, "Only who was last invited then or later."] = None,
    to: Annotated[datetime | None, "Only who was last invited before then."] = None,
) -> OnboardingFunnel | None:
    """What became of those who were invited to a flow, stage by stage."""
    flows: Sequence[Flow] = await looking.all(select(Flow).where(Flow.id == flow_id))
    if not flows:
        return None
    cohort = _cohort(flow_id, from_, to)
    [found] = await looking.rows(_counts().where(*cohort))
    return OnboardingFunnel(
        flow_id=flow_id,
        flow_name=flows[0].name,
        invited=found.invited,
        started=found.started,
        completed=found.completed,
        expired=found.expired,
        start_rate=rate(found.started, found.invited),
        completion_rate_of_invited=rate(found.completed, found.invited),
        completion_rate_of_started=rate(found.completed, found.started),
        median_hours_to_start=tenths(found.to_start),
        median_hours_to_complete=tenths(found.to_complete),
        stages=[_stage(row) for row in await looking.rows(_stages(cohort))],
    )


def _cohort(flow_id: UUID, begin: datetime | None, end: datetime | None) -> list[ColumnElement[bool]]:
    conditions = [NewHire.flow_id == flow_id, NewHire.invited_at.is_not(None)]
    if begin is not None:
        conditions.append(NewHire.invited_at >= begin)
    if end is not None:
        conditions.append(NewHire.invited_at < end)
    return conditions


def _counts() -> Select[int, int, int, int, float, float]:
    started = NewHire.started_at.is_not(None)
    return select(
        func.count().label("invited"),
        func.count().filter(started).label("started"),
        func.count().filter(NewHire.status == NewHireStatus.COMPLETED).label("completed"),
        func.count().filter(NewHire.status == NewHireStatus.EXPIRED).label("expired"),
        hours_between(NewHire.invited_at, NewHire.started_at).label("to_start"),
        hours_between(NewHire.started_at, NewHire.completed_at).label("to_complete"),
    )


def _stages(cohort: Sequence[ColumnElement[bool]]) -> Select[UUID, Any, Any, int, int, float]:
    """Select the stages of a cohort; a stage of several revisions has the name and place of the newest."""
    return (
        select(
            StageProgress.stage_id,
            func.array_agg(aggregate_order_by(StageProgress.name, StageProgress.created_at.desc()))[1].label("name"),
            func.array_agg(aggregate_order_by(StageProgress.position, StageProgress.created_at.desc()))[1].label(
                "position"
            ),
            func.count(StageProgress.entered_at).label("entered"),
            func.count(StageProgress.completed_at).label("completed"),
            hours_between(StageProgress.entered_at, StageProgress.completed_at).label("hours"),
        )
        .join(NewHire, NewHire.id == StageProgress.new_hire_id)
        .where(*cohort, StageProgress.visible)
        .group_by(StageProgress.stage_id)
        .order_by("position", StageProgress.stage_id)
    )


def _stage(row: Any) -> FunnelStage:
    return FunnelStage(row.stage_id, row.name, row.position, row.entered, row.completed, tenths(row.hours))


@reading("onboarding.read_hires")
async def time_to_productive(
    looking: Looking, flow_id: Annotated[UUID | None, Names("Flow"), "Only of this flow."] = None
) -> TimeToProductive | None:
    """How many days people take from their start date until their onboarding is done, where they work."""
    if flow_id is not None and not await looking.all(select(Flow.id).where(Flow.id == flow_id)):
        return None
    done = select(NewHire.completed_at, NewHire.start_date, NewHire.timezone).where(
        NewHire.status == NewHireStatus.COMPLETED, NewHire.start_date.is_not(None)
    )
    rows = await looking.rows(done if flow_id is None else done.where(NewHire.flow_id == flow_id))
    days = sorted((end.astimezone(ZoneInfo(zone)).date() - begin).days for end, begin, zone in rows)
    return TimeToProductive(len(days), tenths(median(days)) if days else None, tenths(nine_in_ten(days)))


def nine_in_ten(days: Sequence[int]) -> float | None:
    """Return the value below which nine in ten of some sorted values are, between two of them in proportion."""
    if len(days) < ENOUGH_FOR_TENTHS:
        return float(days[0]) if days else None
    return quantiles(days, n=10, method="inclusive")[-1]
