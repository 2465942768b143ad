"""Freezing: a flow as it stands becomes the content of a revision, which is never changed."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import select
from uuid_utils.compat import uuid7

from db.models.onboarding import ContentBlock, Flow, FlowRevision, Stage
from resolvers import ids
from resolvers.context import Context, Looking, any_of
from resolvers.onboarding.known_types import KnownType, known_types
from resolvers.onboarding.problems import Problem

LONGEST_TITLE = 200


async def freeze(context: Context, flow: Flow) -> FlowRevision:
    """Write the revision of a flow that is being published."""
    types = await known_types(context.looking)
    parts = (await parts_of(context.looking, [flow]))[0]
    revision = FlowRevision(
        id=uuid7(),
        flow_id=flow.id,
        number=flow.revision,
        name=flow.name,
        language=flow.language,
        published_at=context.now,
        content={"stages": [_stage(stage, blocks, types) for stage, blocks in parts]},
    )
    context.add(revision)
    return revision


Parts = Sequence[tuple[Stage, Sequence[ContentBlock]]]


async def parts_of(looking: Looking, flows: Sequence[Flow]) -> Sequence[Parts]:
    """Return the stages of flows with their blocks, in order: two statements, however many flows."""
    wanted = any_of([flow.id for flow in flows])
    stages: Sequence[Stage] = await looking.all(
        select(Stage).where(Stage.flow_id == wanted).order_by(Stage.flow_id, Stage.position)
    )
    blocks: Sequence[ContentBlock] = await looking.all(
        select(ContentBlock)
        .where(ContentBlock.stage_id == any_of([stage.id for stage in stages]))
        .order_by(ContentBlock.stage_id, ContentBlock.position)
    )
    of_stage = {stage_id: list(group) for stage_id, group in groupby(blocks, key=lambda block: block.stage_id)}
    of_flow: dict[Any, list[tuple[Stage, Sequence[ContentBlock]]]] = {flow.id: [] for flow in flows}
    for stage in stages:
        of_flow[stage.flow_id].append((stage, of_stage.get(stage.id, [])))
    return [of_flow[flow.id] for flow in flows]


def _stage(stage: Stage, blocks: Sequence[ContentBlock], types: Mapping[str, KnownType]) -> dict[str, Any]:
    return {
        "id": str(stage.id),
        "name": stage.name,
        "description": stage.description,
        "type": stage.type.value,
        "position": stage.position,
        "available_offset_days": stage.available_offset_days,
        "due_offset_days": stage.due_offset_days,
        "lock": stage.lock.value,
        "visible_if": stage.visible_if,
        "blocks": [_block(block, types[block.type]) for block in blocks],
    }


def _block(block: ContentBlock, kind: KnownType) -> dict[str, Any]:
    return {
        "id": str(block.id),
        "type": block.type,
        "base": kind.base.name,
        "position": block.position,
        "title": title_of(block, kind),
        "content": block.content,
        "config": kind.config_of(block.config),
        "required": block.required,
        "display_only": kind.base.display_only,
        "assignee": block.assignee.value,
        "estimated_minutes": block.estimated_minutes,
        "condition": _condition(block.condition),
        "maps_to": block.maps_to,
        "value_schema": kind.value_schema,
    }


def title_of(block: ContentBlock, kind: KnownType) -> str:
    """Return what to call a block in one line: the first line of its text, else the name of its type."""
    lines = [line.strip() for line in (block.content or "").splitlines()]
    return next((line for line in lines if line), kind.display_name)[:LONGEST_TITLE]


def _condition(condition: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Write a condition with the row that its block's public id names."""
    if condition is None:
        return None
    return {**condition, "block": str(ids.row_of(condition["block"], "ContentBlock"))}


def block_problem(
    stage: Stage, block: ContentBlock, types: Mapping[str, KnownType], earlier: Sequence[str]
) -> Problem | None:
    """Return the first thing that keeps a block from being published; `earlier` are the public ids before it."""
    kind = types.get(block.type)
    if kind is None:
        return Problem("CONFIG", f"There is no content type {block.type!r}.", (stage.name, block.position))
    if not kind.is_active:
        return Problem(
            "CONFIG", f"The content type {block.type!r} is not active any more.", (stage.name, block.position)
        )
    wrong = kind.problems(block.config, whole=True)
    if wrong:
        return Problem("CONFIG", wrong[0].message, (stage.name, block.position, *wrong[0].path))
    if block.condition and block.condition["block"] not in earlier:
        return Problem("CONFIG", "Its condition names no earlier block.", (stage.name, block.position, "condition"))
    return None
