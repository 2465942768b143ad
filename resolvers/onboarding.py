"""Onboarding: publishing a flow, editing it as the next revision, archiving it, and what can be worked out of it."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Select, exists, func, select

from db.models.onboarding import ContentBlock, Flow, FlowStatus, Stage
from resolvers.computed import computed
from resolvers.context import Context, Looking, any_of
from resolvers.operation import operation
from resolvers.refusals import Refused
from resolvers.state import StateMachine


class FlowNotDraft(Refused):
    """The flow is published or archived; edit it first, which makes it the draft of the next revision."""

    code = "FLOW_NOT_DRAFT"


class EmptyFlow(Refused):
    """The flow has no stage yet."""

    code = "EMPTY_FLOW"


class EmptyStage(Refused):
    """A stage of the flow has no content block yet."""

    code = "EMPTY_STAGE"


async def ready_to_publish(looking: Looking, flows: Sequence[Flow]) -> Sequence[Refused | None]:
    """Refuse a flow without a stage, and one with a stage that has no block."""
    blocks = exists().where(ContentBlock.stage_id == Stage.id)
    stages = await looking.rows(
        select(Stage.flow_id, Stage.name, blocks)
        .where(Stage.flow_id == any_of([flow.id for flow in flows]))
        .order_by(Stage.flow_id, Stage.position)
    )
    found = {flow_id: list(rows) for flow_id, rows in groupby(stages, key=lambda row: row[0])}
    return [_unready(found.get(flow.id, [])) for flow in flows]


def _unready(stages: Sequence[tuple[object, str, bool]]) -> Refused | None:
    if not stages:
        return EmptyFlow("Add a stage first.")
    empty = next((name for _, name, has_blocks in stages if not has_blocks), None)
    return EmptyStage(f"The stage {empty!r} has no content block.") if empty is not None else None


FLOW = StateMachine(Flow)


@operation(
    "onboarding.publish",
    move=FLOW.move(
        FlowStatus.DRAFT, to=FlowStatus.PUBLISHED, event="onboarding.flow.published", guard=ready_to_publish
    ),
    refuses=[EmptyFlow, EmptyStage],
)
async def publish_flow(context: Context, flow: Flow) -> Flow:
    """Freeze the flow and put it to use. It can be changed again after `editFlow`, as the next revision."""
    flow.published_at = context.now
    return flow


@operation(
    "onboarding.publish",
    move=FLOW.move(FlowStatus.PUBLISHED, to=FlowStatus.DRAFT, event="onboarding.flow.reopened"),
)
async def edit_flow(_context: Context, flow: Flow) -> Flow:
    """Open a published flow for editing, as the draft of its next revision."""
    flow.revision += 1
    return flow


@operation(
    "onboarding.publish",
    move=FLOW.move(FlowStatus.PUBLISHED, to=FlowStatus.ARCHIVED, event="onboarding.flow.archived"),
)
async def archive_flow(context: Context, flow: Flow) -> Flow:
    """Put a published flow away for good: it is kept, and takes no new hires."""
    flow.archived_at = context.now
    return flow


async def has_flows(looking: Looking) -> bool:
    """Tell whether the company has any flow."""
    return bool(await looking.all(select(Flow.id).limit(1)))


async def flow_is_draft(_context: Context, flows: Sequence[Flow]) -> None:
    """Refuse a plain change of a flow that is not a draft."""
    for flow in flows:
        if flow.status not in {None, FlowStatus.DRAFT}:
            raise FlowNotDraft(f"The flow is {flow.status.value}.")


async def stage_in_draft(context: Context, stages: Sequence[Stage]) -> None:
    """Refuse a change of a stage whose flow is not a draft; the flow stays locked, so that it is not published now."""
    await _in_draft(context, select(Flow).where(Flow.id == any_of([stage.flow_id for stage in stages])))


async def block_in_draft(context: Context, blocks: Sequence[ContentBlock]) -> None:
    """Refuse a change of a block whose flow is not a draft; the flow stays locked, so that it is not published now."""
    stages = [block.stage_id for block in blocks]
    await _in_draft(context, select(Flow).join(Stage, Stage.flow_id == Flow.id).where(Stage.id == any_of(stages)))


async def _in_draft(context: Context, flows: Select[Any]) -> None:
    await flow_is_draft(context, await context.all(flows.with_for_update(read=True, of=Flow)))


@computed(Flow, needs="onboarding.read")
async def estimated_minutes(looking: Looking, flows: Sequence[Flow]) -> Sequence[int]:
    """How long the whole flow takes a new hire, in minutes: the sum over its blocks that say so."""
    rows = await looking.rows(
        select(Stage.flow_id, func.sum(ContentBlock.estimated_minutes))
        .join(ContentBlock, ContentBlock.stage_id == Stage.id)
        .where(Stage.flow_id == any_of([flow.id for flow in flows]))
        .group_by(Stage.flow_id)
    )
    minutes = dict(rows)
    return [minutes.get(flow.id) or 0 for flow in flows]
