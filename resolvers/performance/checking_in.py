"""Reporting on key results: check-ins, which are only ever added, and milestones that are done."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Final

from sqlalchemy import select
from uuid_utils.compat import uuid7

from db.models.performance import (
    KeyResult,
    KeyResultCheckIn,
    KeyResultMilestone,
    Okr,
    OkrStatus,
    PerformanceCycle,
)
from db.okr_choices import MetricType
from resolvers.context import Context
from resolvers.okrs.numbers import NOTHING, as_stored
from resolvers.operation import operation
from resolvers.performance.days import today
from resolvers.performance.events import KeyResultCheckedIn
from resolvers.performance.key_results import ONE, count_milestones, measure
from resolvers.performance.owning import EDIT, expect_reports_on
from resolvers.performance.refusals import CheckInAhead, CheckInTooEarly, CycleNotOpen, NotYourOkr, OkrNotActive
from resolvers.performance.rolling import ROLLED, roll_up, share_alignment
from resolvers.performance.states import REPORTED_ON
from resolvers.places import table_of
from resolvers.refusals import InvalidInput
from resolvers.values import check_values

REPORTING: Final = (OkrNotActive, CycleNotOpen, NotYourOkr, InvalidInput)


@operation(
    EDIT,
    refuses=[*REPORTING, CheckInAhead, CheckInTooEarly],
    emits=[
        "performance.key_result.updated",
        "performance.check_in.created",
        "performance.key_result.checked_in",
        *ROLLED,
    ],
    first=share_alignment,
)
async def check_in_key_result(
    context: Context,
    key_result: KeyResult,
    confidence: Annotated[int, "How sure it is that the target will be reached: 1 to 10."],
    value: Annotated[
        Decimal | None, "Where it is; left out of milestones, of which it is how many percent are done."
    ] = None,
    comment: Annotated[str | None, "What is to be said of it: up to 5,000 characters."] = None,
    checked_in_on: Annotated[
        date | None, "The day of which it is told: not in the future, nor before the previous one. Today when left out."
    ] = None,
) -> KeyResultCheckIn:
    """Report where a key result of an active objective is.

    Progress is added up along all that the objective is aligned to, at once.
    """
    okr = await _reported_on(context, key_result)
    now = await today(context.looking)
    day = checked_in_on or now
    given = {"value": value, "confidence": confidence, "comment": comment, "checked_in_on": day}
    reported = _value(key_result, value)
    check_values(dict(table_of(KeyResultCheckIn).columns.items()), given | {"value": reported})
    reported = as_stored(reported)
    if day > now:
        raise CheckInAhead(f"It is {now} there.", path=("checked_in_on",), latest=now)
    previous = key_result.last_checked_in_on
    if previous is not None and day < previous:
        raise CheckInTooEarly(f"The previous one is of {previous}.", path=("checked_in_on",), earliest=previous)
    key_result.current_value, key_result.last_checked_in_on = reported, day
    key_result.confidence = confidence
    measure(key_result)
    check_in = KeyResultCheckIn(
        id=uuid7(),
        key_result_id=key_result.id,
        checked_in_on=day,
        value=reported,
        confidence=confidence,
        comment=comment,
        user_id=context.principal.user_id,
    )
    context.add(check_in)
    happened = KeyResultCheckedIn(
        okr_id=okr.id, checked_in_on=day, value=reported, progress=key_result.progress, confidence=confidence
    )
    await context.publish_each([(happened, key_result)])
    await roll_up(context, okr.id)
    return check_in


def _value(key_result: KeyResult, value: Decimal | None) -> Decimal:
    if key_result.metric_type is MetricType.MILESTONE:
        if value is not None:
            raise InvalidInput("Say which milestones are done, with `completeKeyResultMilestone`.", path=("value",))
        return key_result.current_value
    if value is None:
        raise InvalidInput("Say where it is.", path=("value",))
    if key_result.metric_type is MetricType.BOOLEAN and value not in {NOTHING, ONE}:
        raise InvalidInput("It is 0 or 1.", path=("value",))
    return value


async def _reported_on(context: Context, key_result: KeyResult) -> Okr:
    """Return the objective of a key result, locked, if it is reported on now and by who asks."""
    okr = await context.one(Okr, key_result.okr_id)
    if okr.status is not OkrStatus.ACTIVE:
        raise OkrNotActive(f"The objective is {okr.status.value}.")
    [cycle] = await context.all(select(PerformanceCycle.status).where(PerformanceCycle.id == okr.cycle_id))
    if cycle not in REPORTED_ON:
        raise CycleNotOpen(f"The cycle is {cycle.value}.")
    await expect_reports_on(context, key_result)
    return okr


@operation(
    EDIT,
    refuses=REPORTING,
    emits=["performance.milestone.updated", "performance.key_result.updated", *ROLLED],
    first=share_alignment,
)
async def complete_key_result_milestone(
    context: Context,
    milestone: KeyResultMilestone,
    done_on: Annotated[date | None, "The day on which it was done, not in the future. Today when left out."] = None,
) -> KeyResultMilestone:
    """Say that a milestone of an active objective is done."""
    key_result = await context.one(KeyResult, milestone.key_result_id)
    await _reported_on(context, key_result)
    now = await today(context.looking)
    if (done_on or now) > now:
        raise InvalidInput("It is not in the future.", path=("done_on",))
    milestone.done_on = done_on or now
    await count_milestones(context, key_result)
    return milestone


@operation(
    EDIT,
    refuses=REPORTING,
    emits=["performance.milestone.updated", "performance.key_result.updated", *ROLLED],
    first=share_alignment,
)
async def reopen_key_result_milestone(context: Context, milestone: KeyResultMilestone) -> KeyResultMilestone:
    """Say that a milestone of an active objective is not done after all."""
    key_result = await context.one(KeyResult, milestone.key_result_id)
    await _reported_on(context, key_result)
    milestone.done_on = None
    await count_milestones(context, key_result)
    return milestone
