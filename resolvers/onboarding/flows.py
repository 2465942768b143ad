"""Flows: publishing one, editing it as the next revision, archiving it, and what can be worked out of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, union_all
from sqlalchemy.dialects.postgresql import distinct_on

from db.models.identity import User
from db.models.onboarding import ContentBlock, Flow, FlowStatus, NewHire, NewHireStatus, Stage
from resolvers import ids
from resolvers.approvals.gate import requires_approval
from resolvers.approvals.people import APPROVE
from resolvers.computed import computed
from resolvers.context import Context, Looking, any_of
from resolvers.duties import separate
from resolvers.onboarding.events import FlowArchived, FlowPublished, FlowReopened
from resolvers.onboarding.known_types import KnownType, known_types
from resolvers.onboarding.problems import Problem
from resolvers.onboarding.revisions import Parts, block_problem, freeze, parts_of
from resolvers.operation import operation
from resolvers.refusals import InUse, Refused
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


class InvalidConfig(Refused):
    """A block cannot be used as it is: its settings are not whole, or its condition names no earlier block."""

    code = "INVALID_CONFIG"


async def ready_to_publish(looking: Looking, flows: Sequence[Flow]) -> Sequence[Refused | None]:
    """Refuse a flow without a stage, with a stage that has no block, or with a block that could not be used."""
    types = await known_types(looking)
    return [_unready(parts, types) for parts in await parts_of(looking, flows)]


def _unready(parts: Parts, types: Mapping[str, KnownType]) -> Refused | None:
    if not parts:
        return EmptyFlow("Add a stage first.")
    empty = next((stage.name for stage, blocks in parts if not blocks), None)
    if empty is not None:
        return EmptyStage(f"The stage {empty!r} has no content block.")
    problem = _first_problem(parts, types)
    return _invalid(problem) if problem else None


def _first_problem(parts: Parts, types: Mapping[str, KnownType]) -> Problem | None:
    earlier: list[str] = []
    for stage, blocks in parts:
        for block in blocks:
            if problem := block_problem(stage, block, types, earlier):
                return problem
            earlier.append(ids.encode("ContentBlock", block.id))
    return None


def _invalid(problem: Problem) -> InvalidConfig:
    stage, place, *inside = problem.path
    where = f", {'.'.join(map(str, inside))}" if inside else ""
    return InvalidConfig(f"In the stage {stage!r}, block {int(place) + 1}{where}: {problem.message}")


async def without_new_hires(looking: Looking, flows: Sequence[Flow]) -> Sequence[Refused | None]:
    """Refuse to put a flow away while new hires are to go through it, or do."""
    busy = {NewHireStatus.PENDING, NewHireStatus.ACTIVE}
    found = await looking.all(
        select(NewHire.flow_id)
        .where(NewHire.flow_id == any_of([flow.id for flow in flows]), NewHire.status.in_(busy))
        .distinct()
    )
    return [InUse("New hires are still to go through it.") if flow.id in set(found) else None for flow in flows]


FLOW = StateMachine(Flow)
PUBLISHING = requires_approval(Flow, title=lambda flow: flow.name)


def last_changed(flow: Any, _now: datetime) -> Select[UUID, Any]:
    """Select who has changed a flow last: itself, a stage or a block of it."""
    blocks = select(Stage.flow_id, ContentBlock.updated_by, ContentBlock.updated_at)
    changes = union_all(
        select(Flow.id.label("flow_id"), Flow.updated_by, Flow.updated_at).where(Flow.id == flow),
        select(Stage.flow_id, Stage.updated_by, Stage.updated_at).where(Stage.flow_id == flow),
        blocks.join(Stage, Stage.id == ContentBlock.stage_id).where(Stage.flow_id == flow),
    ).subquery()
    newest = changes.c.flow_id, changes.c.updated_at.desc()
    last = select(changes).ext(distinct_on(changes.c.flow_id)).order_by(*newest).subquery()
    return select(User.id.label("who"), last.c.flow_id.label("subject")).join(last, last.c.updated_by == User.id)


separate(
    APPROVE,
    Flow,
    last_changed,
    says="You have changed the flow last, so somebody else looks at it.",
    parts=(Stage, ContentBlock),
)


@operation(
    "onboarding.publish",
    move=FLOW.move(FlowStatus.DRAFT, to=FlowStatus.PUBLISHED, event=FlowPublished, guard=ready_to_publish),
    refuses=[EmptyFlow, EmptyStage, InvalidConfig],
    emits=["onboarding.flow_revision.created"],
    gate=PUBLISHING,
)
async def publish_flow(context: Context, flow: Flow) -> Flow:
    """Freeze the flow as a revision and put it to use. It can be changed again after `editFlow`, as the next one.

    Where an approval policy is about flows, it is asked for instead, and done when the last step approves it.
    """
    flow.published_at = context.now
    await freeze(context, flow)
    return flow


@operation(
    "onboarding.publish",
    move=FLOW.move(FlowStatus.PUBLISHED, to=FlowStatus.DRAFT, event=FlowReopened),
)
async def edit_flow(_context: Context, flow: Flow) -> Flow:
    """Open a published flow for editing, as the draft of its next revision; new hires stay with the one they have."""
    flow.revision += 1
    return flow


@operation(
    "onboarding.publish",
    move=FLOW.move(FlowStatus.PUBLISHED, to=FlowStatus.ARCHIVED, event=FlowArchived, guard=without_new_hires),
    refuses=[InUse],
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
