"""The shapes of the rules that HR writes: whom a stage is for, and on which answer a block depends."""

from collections.abc import Mapping
from typing import Any, Final

from db.models.onboarding import ContentBlock, Stage
from resolvers import ids
from resolvers.context import Context
from resolvers.onboarding.built_in import record
from resolvers.onboarding.known_types import check_block
from resolvers.onboarding.problems import Shape
from resolvers.refusals import InvalidInput

WORDS: Final = {
    "type": "array",
    "items": {"type": "string", "minLength": 1, "maxLength": 120},
    "minItems": 1,
    "maxItems": 100,
}
VISIBLE_IF: Final = Shape({**record(department=WORDS, position=WORDS, country=WORDS), "minProperties": 1})
CONDITION: Final = Shape(
    {
        **record(
            ("block",),
            block={"type": "string"},
            equals={},
            **{"in": {"type": "array", "maxItems": 100}},
            answered={"const": True},
        ),
        "minProperties": 2,
        "maxProperties": 2,
    }
)


async def check_stage_rules(_context: Context, stage: Stage, **_extra: Any) -> None:
    """Refuse a `visibleIf` that nobody could meet, or that says nothing."""
    _check(VISIBLE_IF, stage.visible_if, "visible_if")


async def check_block_rules(context: Context, block: ContentBlock) -> None:
    """Refuse a block of no known type, with settings that it does not have, or with a condition on nothing."""
    await check_block(context, block)
    _check(CONDITION, block.condition, "condition")
    if block.condition and ids.row_of(block.condition["block"], "ContentBlock") is None:
        raise InvalidInput("This is not the id of a content block.", path=("condition", "block"))


def _check(shape: Shape, rule: Mapping[str, Any] | None, name: str) -> None:
    wrong = shape.problems(dict(rule), "CONFIG") if rule is not None else []
    if wrong:
        raise InvalidInput(wrong[0].message, path=(name, *wrong[0].path))
