"""Key results and their milestones: written while their objective is a draft; then only targets move, with a reason."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Final, TypeVar
from uuid import UUID

from sqlalchemy import inspect, select
from uuid_utils.compat import uuid7

from db.models.identity import User
from db.models.performance import (
    KeyResult,
    KeyResultMilestone,
    KeyResultTargetChange,
    Okr,
    OkrStatus,
)
from db.okr_choices import MetricDirection, MetricType
from resolvers.context import Context
from resolvers.okrs.measures import Measure, done_of
from resolvers.okrs.numbers import NOTHING, WHOLE, as_stored
from resolvers.operation import Names, operation
from resolvers.performance.owning import EDIT, expect_answers_for, expect_reports_on
from resolvers.performance.refusals import NotYourOkr, OkrClosed, OkrNotActive, OkrNotDraft
from resolvers.performance.rolling import ROLLED, hold_alignment, roll_up, share_alignment
from resolvers.performance.texts import a_text
from resolvers.places import table_of
from resolvers.plain import Also
from resolvers.refusals import InvalidInput, NotFound
from resolvers.values import check_values

KEPT: Final = frozenset({"title", "due_on", "owner_id"})
"""What can be said otherwise of a key result, and of a milestone, also once its objective is active."""

SAID: Final = ("start_value", "target_value", "band_low", "band_high", "unit", "weight")
NUMBERS: Final = ("start_value", "target_value", "band_low", "band_high", "current_value", "weight")
FIXED: Final = (MetricType.BOOLEAN, MetricType.MILESTONE)
"""What is measured from a start to a target that follow from the measure."""

ONE: Final = Decimal(1)
Row = TypeVar("Row", KeyResult, Okr)


@operation(
    EDIT,
    refuses=[InvalidInput, NotFound, OkrNotDraft, NotYourOkr],
    emits=["performance.key_result.created", *ROLLED],
    first=share_alignment,
    scoped=True,
)
async def add_key_result(  # noqa: PLR0913 - all that a key result is
    context: Context,
    okr: Okr,
    title: Annotated[str, "What is measured: 1 to 500 characters."],
    metric_type: Annotated[MetricType, "What it is measured in."],
    weight: Annotated[Decimal, "How many percent of the objective's key results it is; they are 100 together."],
    *,
    direction: Annotated[MetricDirection, "Which way it should go. Up when left out."] = MetricDirection.INCREASE,
    start_value: Annotated[Decimal | None, "Where it begins; of a band, its least value when left out."] = None,
    target_value: Annotated[Decimal | None, "Where it should go, of what goes up or down."] = None,
    band_low: Annotated[Decimal | None, "The least value of the band, of what is maintained."] = None,
    band_high: Annotated[Decimal | None, "The greatest value of the band."] = None,
    unit: Annotated[str | None, "In what it is counted, such as `EUR` or `tickets`."] = None,
    due_on: Annotated[date | None, "The day by which it should be reached; the end of the cycle when left out."] = None,
    owner_id: Annotated[UUID | None, Names("User"), "Who reports on it; the owner when left out."] = None,
) -> KeyResult:
    """Add a key result to a draft of an objective.

    What is done or not goes from 0 to 1, and milestones from 0 to 100 percent: of these neither start nor target is
    given. What is maintained has a band.
    """
    _expect_draft(okr)
    await expect_answers_for(context, okr)
    if owner_id is not None and not await context.all(select(User.id).where(User.id == owner_id)):
        raise NotFound("There is no such user.", path=("owner_id",))
    if metric_type in FIXED:
        _expect_left_out(direction, start_value, target_value, band_low, band_high)
        start_value, target_value = NOTHING, _end_of(metric_type)
    if start_value is None:
        start_value = band_low
    if start_value is None:
        raise InvalidInput("Say where it begins.", path=("start_value",))
    key_result = KeyResult(
        id=uuid7(),
        okr_id=okr.id,
        title=a_text(KeyResult, "title", title),
        metric_type=metric_type,
        direction=direction,
        start_value=start_value,
        target_value=target_value,
        band_low=band_low,
        band_high=band_high,
        current_value=start_value,
        unit=unit,
        weight=weight,
        due_on=due_on,
        owner_id=owner_id,
    )
    _check(key_result)
    for name in NUMBERS:
        value = getattr(key_result, name)
        setattr(key_result, name, None if value is None else as_stored(value))
    measure(key_result)
    context.add(key_result)
    await roll_up(context, okr.id)
    return key_result


def _end_of(metric_type: MetricType) -> Decimal:
    return ONE if metric_type is MetricType.BOOLEAN else Decimal(WHOLE)


def _expect_left_out(direction: MetricDirection, *values: Decimal | None) -> None:
    if direction is not MetricDirection.INCREASE:
        raise InvalidInput("It goes up.", path=("direction",))
    if any(value is not None for value in values):
        raise InvalidInput(
            "Where it begins and where it goes follows from what it is measured in.", path=("metric_type",)
        )


def _check(key_result: KeyResult) -> None:
    """Refuse a measure that goes nowhere, or another way than it should."""
    columns = dict(table_of(KeyResult).columns.items())
    check_values(columns, {name: getattr(key_result, name) for name in SAID})
    low, high, target = key_result.band_low, key_result.band_high, key_result.target_value
    if key_result.metric_type in FIXED and (key_result.start_value, target) != (
        NOTHING,
        _end_of(key_result.metric_type),
    ):
        raise InvalidInput(
            "Where it begins and where it goes follows from what it is measured in.", path=("start_value",)
        )
    if key_result.direction is MetricDirection.MAINTAIN:
        if target is not None:
            raise InvalidInput("What is maintained has a band, and no target.", path=("target_value",))
        if low is None or high is None or low > high:
            raise InvalidInput("Say from where to where it should stay.", path=("band_low",))
        return
    if low is not None or high is not None:
        raise InvalidInput("Only what is maintained has a band.", path=("band_low",))
    if target is None:
        raise InvalidInput("Say where it should go.", path=("target_value",))
    ways = {
        MetricDirection.INCREASE: target > key_result.start_value,
        MetricDirection.DECREASE: target < key_result.start_value,
    }
    if not ways[key_result.direction]:
        raise InvalidInput("From where it begins, that is not the way it should go.", path=("target_value",))


def measure_of(key_result: KeyResult) -> Measure:
    """Return what a key result measures."""
    return Measure(
        key_result.direction,
        key_result.start_value,
        key_result.current_value,
        key_result.target_value,
        key_result.band_low,
        key_result.band_high,
    )


def measure(key_result: KeyResult) -> None:
    """Work out the progress of a key result anew."""
    key_result.progress = measure_of(key_result).progress


def _expect_draft(okr: Okr) -> None:
    if okr.status is not OkrStatus.DRAFT:
        raise OkrNotDraft(f"The objective is {okr.status.value}.")


def changes_what_counts(row: KeyResult | KeyResultMilestone) -> bool:
    """Tell whether something is said otherwise of a row that progress comes from."""
    return any(
        each.history.has_changes() and each.key not in KEPT for each in inspect(row).attrs if each.key != "progress"
    )


async def check_key_result(context: Context, key_result: KeyResult) -> None:
    """Refuse to change of an active objective what progress comes from, and anything of a closed one."""
    okr = await _objective(context, key_result.okr_id)
    await expect_reports_on(context, key_result)
    a_text(KeyResult, "title", key_result.title)
    if not changes_what_counts(key_result):
        return
    _expect_draft(okr)
    await expect_answers_for(context, okr)
    _check(key_result)
    if key_result.metric_type is not MetricType.MILESTONE:
        key_result.current_value = key_result.start_value
    measure(key_result)


async def _objective(context: Context, okr_id: UUID) -> Okr:
    """Return an objective that is not closed, locked; what was set already is not written before it is checked."""
    okr = await _locked(context, Okr, okr_id)
    if okr.status not in {OkrStatus.DRAFT, OkrStatus.ACTIVE}:
        raise OkrClosed(f"The objective is {okr.status.value}.")
    return okr


async def _locked(context: Context, model: type[Row], row_id: UUID) -> Row:
    asked = select(model).where(model.id == row_id).with_for_update(key_share=True)
    [row] = await context.all(asked.execution_options(populate_existing=True))
    return row


async def reckon(context: Context, key_result: KeyResult) -> None:
    """Add progress up anew once a key result has changed."""
    await roll_up(context, key_result.okr_id)


async def check_key_result_discarded(context: Context, key_result: KeyResult) -> None:
    """Refuse to throw away what an active or closed objective is measured by."""
    okr = await context.one(Okr, key_result.okr_id)
    _expect_draft(okr)
    await expect_answers_for(context, okr)
    await roll_up(context, okr.id, without=key_result.id)


CHANGED_REFUSES: Final = (OkrNotDraft, OkrClosed, NotYourOkr)
KEY_RESULT_CHANGED: Final = Also(
    reckon, before=check_key_result, refuses=CHANGED_REFUSES, emits=ROLLED, first=share_alignment
)
KEY_RESULT_DISCARDED: Final = Also(
    before=check_key_result_discarded, refuses=(OkrNotDraft, NotYourOkr), emits=ROLLED, first=hold_alignment
)


@dataclass(frozen=True, slots=True)
class Goal:
    """Where a measure should go, or between what it should stay."""

    target: Decimal | None
    low: Decimal | None
    high: Decimal | None


@operation(
    EDIT,
    refuses=[InvalidInput, OkrNotActive, NotYourOkr],
    emits=["performance.key_result.updated", "performance.target_change.created", *ROLLED],
    first=share_alignment,
)
async def change_key_result_target(
    context: Context,
    key_result: KeyResult,
    reason: Annotated[str, "Why it is moved, for all who see it: 1 to 1,000 characters."],
    target_value: Annotated[Decimal | None, "Where it should go from now on."] = None,
    band_low: Annotated[Decimal | None, "The least value of the band from now on."] = None,
    band_high: Annotated[Decimal | None, "The greatest value of the band from now on."] = None,
) -> KeyResult:
    """Move the target of a key result of an active objective, or its band; that it was moved stays visible, and why."""
    okr = await context.one(Okr, key_result.okr_id)
    if okr.status is not OkrStatus.ACTIVE:
        raise OkrNotActive(f"The objective is {okr.status.value}.")
    await expect_answers_for(context, okr)
    if key_result.metric_type in FIXED:
        raise InvalidInput("Its target follows from what it is measured in.", path=("id",))
    said = a_text(KeyResultTargetChange, "reason", reason)
    given = {"target_value": target_value, "band_low": band_low, "band_high": band_high}
    check_values(dict(table_of(KeyResult).columns.items()), {k: v for k, v in given.items() if v is not None})
    before, progress_before = _goal(key_result), key_result.progress
    for name, value in given.items():
        if value is not None:
            setattr(key_result, name, as_stored(value))
    after = _goal(key_result)
    _check(key_result)
    if after == before:
        raise InvalidInput("That is where it should go already.", path=("target_value",))
    measure(key_result)
    context.add(_moved(context, key_result, before, progress_before, said))
    await roll_up(context, okr.id)
    return key_result


def _goal(key_result: KeyResult) -> Goal:
    return Goal(key_result.target_value, key_result.band_low, key_result.band_high)


def _moved(
    context: Context, key_result: KeyResult, before: Goal, progress_before: Decimal, reason: str
) -> KeyResultTargetChange:
    return KeyResultTargetChange(
        id=uuid7(),
        key_result_id=key_result.id,
        target_before=before.target,
        target_after=key_result.target_value,
        band_low_before=before.low,
        band_low_after=key_result.band_low,
        band_high_before=before.high,
        band_high_after=key_result.band_high,
        progress_before=progress_before,
        progress_after=key_result.progress,
        reason=reason,
        user_id=context.principal.user_id,
    )


@operation(
    EDIT,
    refuses=[InvalidInput, OkrNotDraft, NotYourOkr],
    emits=["performance.milestone.created", "performance.key_result.updated", *ROLLED],
    first=share_alignment,
)
async def add_key_result_milestone(
    context: Context,
    key_result: KeyResult,
    title: Annotated[str, "What is to be done: 1 to 500 characters."],
    weight: Annotated[Decimal, "How much it counts among the others. 1 when left out."] = ONE,
    due_on: Annotated[date | None, "The day by which it should be done."] = None,
) -> KeyResultMilestone:
    """Add a milestone to a key result that is measured by them, of a draft of an objective."""
    okr = await context.one(Okr, key_result.okr_id)
    _expect_draft(okr)
    await expect_answers_for(context, okr)
    if key_result.metric_type is not MetricType.MILESTONE:
        raise InvalidInput("It is not measured by milestones.", path=("id",))
    check_values({"weight": table_of(KeyResultMilestone).columns["weight"]}, {"weight": weight})
    said = a_text(KeyResultMilestone, "title", title)
    milestone = KeyResultMilestone(
        id=uuid7(), key_result_id=key_result.id, title=said, weight=as_stored(weight), due_on=due_on
    )
    context.add(milestone)
    await count_milestones(context, key_result)
    return milestone


async def count_milestones(context: Context, key_result: KeyResult, *, without: UUID | None = None) -> None:
    """Work out how many percent of the milestones of a locked key result are done, and add that up."""
    await context.flush()
    asked = select(KeyResultMilestone).where(KeyResultMilestone.key_result_id == key_result.id)
    rows = [each for each in await context.all(asked) if each.id != without]
    key_result.current_value = done_of((each.weight, each.done_on is not None) for each in rows)
    measure(key_result)
    await roll_up(context, key_result.okr_id)


async def check_milestone(context: Context, milestone: KeyResultMilestone) -> None:
    """Refuse to change of an active objective what progress comes from, and anything of a closed one."""
    key_result = await _locked(context, KeyResult, milestone.key_result_id)
    okr = await _objective(context, key_result.okr_id)
    await expect_reports_on(context, key_result)
    a_text(KeyResultMilestone, "title", milestone.title)
    if changes_what_counts(milestone):
        _expect_draft(okr)
        await expect_answers_for(context, okr)


async def recount(context: Context, milestone: KeyResultMilestone) -> None:
    """Add up anew once a milestone has changed."""
    await count_milestones(context, await context.one(KeyResult, milestone.key_result_id))


async def discard_milestone(context: Context, milestone: KeyResultMilestone) -> None:
    """Refuse to throw away a milestone of an active or closed objective; else count without it."""
    key_result = await context.one(KeyResult, milestone.key_result_id)
    okr = await context.one(Okr, key_result.okr_id)
    _expect_draft(okr)
    await expect_answers_for(context, okr)
    await count_milestones(context, key_result, without=milestone.id)


OF_MILESTONE: Final = ("performance.key_result.updated", *ROLLED)
MILESTONE_CHANGED: Final = Also(
    recount, before=check_milestone, refuses=CHANGED_REFUSES, emits=OF_MILESTONE, first=share_alignment
)
MILESTONE_DISCARDED: Final = Also(
    before=discard_milestone, refuses=(OkrNotDraft, NotYourOkr), emits=OF_MILESTONE, first=hold_alignment
)
