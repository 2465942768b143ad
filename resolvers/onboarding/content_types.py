"""Content types as people see them: the built-in ones and the company's own, and trying out settings and answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from sqlalchemy import select

from db.models.onboarding import CustomContentType
from resolvers.context import Looking
from resolvers.onboarding.built_in import BUILT_IN, BuiltIn, ContentCategory
from resolvers.onboarding.known_types import known_types
from resolvers.onboarding.problems import within
from resolvers.onboarding.validators import check_value
from resolvers.reading import reading
from resolvers.views import JsonValue

RIGHT_ANSWER: Final = "correct"


@dataclass(frozen=True)
class ContentType:
    """A kind of content block: what it shows or asks for, its settings, and the answers that it takes."""

    name: Annotated[str, "Name that blocks use, such as text_input."]
    display_name: Annotated[str, "What people call it."]
    description: Annotated[str | None, "What it is for."]
    category: Annotated[ContentCategory, "What it is about."]
    base: Annotated[str, "Built-in type that it is shown and checked as; a built-in type's own name."]
    config: Annotated[dict[str, Any], "Settings of a block that says nothing else."]
    config_schema: Annotated[dict[str, Any], "JSON Schema of a block's settings."]
    value_schema: Annotated[dict[str, Any] | None, "JSON Schema of an answer; null where it takes none."]
    display_only: Annotated[bool, "Whether it takes no answer, and is done when it was seen."]
    is_active: Annotated[bool, "Whether new blocks may use it, and flows be published with it."]
    built_in: Annotated[bool, "Whether it came with the product."]


@dataclass(frozen=True)
class ContentProblem:
    """One thing that is wrong with settings or with an answer."""

    code: Annotated[str, "Says for programs what it is, such as TOO_LONG."]
    message: Annotated[str, "Says for people what it is."]
    path: Annotated[list[str], "Where it is: config or value, then the keys and places within."]


@dataclass(frozen=True)
class ContentCheck:
    """Whether settings and an answer would be taken."""

    valid: Annotated[bool, "Whether nothing is wrong."]
    problems: Annotated[list[ContentProblem], "What is wrong."]


@dataclass(frozen=True, slots=True)
class _Tried:
    """A block that is only tried out."""

    base: str
    config: Mapping[str, Any]
    value_schema: Mapping[str, Any] | None
    required: bool = True


def public_config(base: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a block as the new hire may see them: without the right answers of a quiz."""
    shown = dict(config)
    if base == "quiz":
        shown["questions"] = [
            {key: value for key, value in question.items() if key != RIGHT_ANSWER}
            for question in config.get("questions", [])
        ]
    return shown


def _shown(kind: BuiltIn) -> ContentType:
    return ContentType(
        name=kind.name,
        display_name=kind.display_name,
        description=kind.description,
        category=kind.category,
        base=kind.name,
        config=dict(kind.default_config),
        config_schema=dict(kind.config_schema),
        value_schema=dict(kind.value_schema) if kind.value_schema else None,
        display_only=kind.display_only,
        is_active=True,
        built_in=True,
    )


async def shown_type(_looking: Looking, row: CustomContentType) -> ContentType:
    """Show a content type of the company's own."""
    base = BUILT_IN[row.base]
    return ContentType(
        name=row.name,
        display_name=row.display_name,
        description=row.description,
        category=base.category,
        base=base.name,
        config=row.default_config,
        config_schema=_both(base.config_schema, row.config_schema),
        value_schema=_both(base.value_schema, row.value_schema) if base.value_schema else None,
        display_only=base.display_only,
        is_active=row.is_active,
        built_in=False,
    )


def _both(base: Mapping[str, Any], own: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"allOf": [dict(base), dict(own)]} if own else dict(base)


@reading("onboarding.read")
async def content_types(
    looking: Looking, active: Annotated[bool | None, "Only those that new blocks may use, or may not."] = None
) -> list[ContentType]:
    """The content types of the company: the built-in ones, then its own, by name."""
    rows = await looking.all(select(CustomContentType).order_by(CustomContentType.name))
    every = [*map(_shown, BUILT_IN.values()), *[await shown_type(looking, row) for row in rows]]
    return [each for each in every if active is None or each.is_active is active]


@reading("onboarding.read")
async def content_type(looking: Looking, name: Annotated[str, "Its name, such as text_input."]) -> ContentType | None:
    """One content type by its name; null when there is none."""
    if name in BUILT_IN:
        return _shown(BUILT_IN[name])
    found = await rows_named(looking, name)
    return await shown_type(looking, found[0]) if found else None


async def rows_named(looking: Looking, name: str) -> Sequence[CustomContentType]:
    """Return the company's own content type of a name, if there is one."""
    return await looking.all(select(CustomContentType).where(CustomContentType.name == name))


@reading("onboarding.read")
async def validate_content(
    looking: Looking,
    name: Annotated[str, "The content type."],
    config: Annotated[dict[str, Any] | None, "Settings to try; those of the type when left out."] = None,
    value: Annotated[JsonValue | None, "An answer to try; only the settings are checked when left out."] = None,
) -> ContentCheck | None:
    """Whether a block of a type would take some settings and an answer; null when there is no such type."""
    known = (await known_types(looking)).get(name)
    if known is None:
        return None
    found = within(known.problems(config or {}, whole=True), "config")
    if not found and value is not None:
        tried = _Tried(known.base.name, known.config_of(config or {}), known.value_schema)
        found = within(check_value(tried, value, now=looking.asking.now, files={}), "value")
    problems = [ContentProblem(each.code, each.message, [str(step) for step in each.path]) for each in found]
    return ContentCheck(not problems, problems)
