"""Stage templates: what a stage can be made from. What was made from one is a copy, and goes its own way."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import inspect
from uuid_utils.compat import uuid7

from db.models.onboarding import Assignee, ContentBlock, Stage, StageLock, StageTemplate
from resolvers.context import Context
from resolvers.onboarding.built_in import COUNT, FLAG, record
from resolvers.onboarding.known_types import KnownType, UnknownContentType, known_types, refuse_block
from resolvers.onboarding.problems import Shape
from resolvers.onboarding.rules import check_stage_rules
from resolvers.refusals import InvalidInput, NotFound

DAYS: Final = {"type": "integer", "minimum": -365, "maximum": 730}
BLOCK: Final = record(
    ("type",),
    type={"type": "string", "maxLength": 60},
    content={"type": "string", "maxLength": 20_000},
    config={"type": "object"},
    required=FLAG,
    assignee={"enum": [each.value for each in Assignee]},
    estimated_minutes={**COUNT, "maximum": 10_000},
    maps_to={"type": "string", "maxLength": 120, "pattern": r"^employee(\.[a-z][a-z0-9_]*)+$"},
)
CONTENT: Final = Shape(record(blocks={"type": "array", "items": BLOCK, "maxItems": 100}))
CONFIG: Final = Shape(
    record(available_offset_days=DAYS, due_offset_days=DAYS, lock={"enum": [each.value for each in StageLock]})
)


def _of_somebody_else(context: Context, template: StageTemplate) -> bool:
    """Tell whether a template is its maker's own and somebody else made it; one without a maker is everybody's."""
    maker = template.created_by if inspect(template).persistent else None
    return template.is_public is False and maker not in {None, context.principal.id}


async def template_is_ours(context: Context, templates: Sequence[StageTemplate]) -> None:
    """Refuse a change of a template that its maker keeps private: to everyone else there is none."""
    if any(_of_somebody_else(context, template) for template in templates):
        raise NotFound("There is no such stage template.", path=("id",))


async def check_template(context: Context, template: StageTemplate) -> None:
    """Refuse a template that no stage could be made from, and to keep private what somebody else made."""
    if _of_somebody_else(context, template):
        raise InvalidInput("Only who made it can keep it private.", path=("is_public",))
    for name, shape in (("default_content", CONTENT), ("default_config", CONFIG)):
        wrong = shape.problems(getattr(template, name) or {}, "CONFIG")
        if wrong:
            raise InvalidInput(wrong[0].message, path=(name, *wrong[0].path))
    types = await known_types(context.looking)
    for place, given in enumerate(blocks_of(template)):
        _check_block(types, given, place)


def _check_block(types: Mapping[str, KnownType], given: dict[str, Any], place: int) -> None:
    try:
        refuse_block(types, ContentBlock(type=given["type"], config=given.get("config", {})))
    except (InvalidInput, UnknownContentType) as wrong:
        raise type(wrong)(wrong.message, path=("default_content", "blocks", place, *wrong.path)) from wrong


def blocks_of(template: StageTemplate) -> Sequence[dict[str, Any]]:
    """Return what a template says of its blocks."""
    return (template.default_content or {}).get("blocks", [])


async def begin_from_template(context: Context, stage: Stage, template: StageTemplate | None = None) -> None:
    """Give a new stage what it was not given itself from the template, before it is written."""
    await check_stage_rules(context, stage)
    if template is None:
        return
    if _of_somebody_else(context, template):
        raise NotFound("There is no such stage template.", path=("template_id",))
    defaults = {"description": template.description, "type": template.type, **template.default_config}
    given = inspect(stage).dict
    for name, value in defaults.items():
        if name not in given:
            setattr(stage, name, StageLock(value) if name == "lock" else value)


async def copy_blocks(context: Context, stage: Stage, template: StageTemplate | None = None) -> None:
    """Write a template's blocks into a new stage."""
    if template is None:
        return
    blocks = [_copied(stage, given, place) for place, given in enumerate(blocks_of(template))]
    types = await known_types(context.looking)
    try:
        for block in blocks:
            refuse_block(types, block)
    except (InvalidInput, UnknownContentType) as outdated:
        raise type(outdated)(f"The template is out of date: {outdated.message}", path=("template_id",)) from outdated
    context.add(*blocks)
    await context.flush()


def _copied(stage: Stage, given: dict[str, Any], place: int) -> ContentBlock:
    facts = {**given, "assignee": Assignee(given["assignee"])} if "assignee" in given else given
    return ContentBlock(id=uuid7(), stage_id=stage.id, position=place, **facts)
