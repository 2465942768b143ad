"""Content types: the built-in ones, those that a company adds, and what a block's settings are under its type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from sqlalchemy import inspect, select
from uuid_utils.compat import uuid7

from db.models.onboarding import CustomContentType
from db.models.onboarding.flows import ContentBlock
from resolvers.context import Context, Looking
from resolvers.onboarding.built_in import BUILT_IN, BuiltIn, ContentCategory
from resolvers.onboarding.configs import config_problems
from resolvers.onboarding.own_schemas import schema_problem
from resolvers.onboarding.problems import Problem, within
from resolvers.onboarding.validators import check_value
from resolvers.operation import operation
from resolvers.plain import client_columns
from resolvers.reading import reading
from resolvers.refusals import AlreadyExists, InvalidInput, NotFound, Refused
from resolvers.values import check_values
from resolvers.views import JsonValue

RIGHT_ANSWER: Final = "correct"
KEPT: Final[Any] = object()
"""Stands for an argument that was left out: what it would change stays as it is."""


class UnknownContentType(Refused):
    """There is no content type of this name, or it is not active any more."""

    code = "UNKNOWN_CONTENT_TYPE"


class BuiltInType(Refused):
    """The content type came with the product, and stays as it is."""

    code = "BUILT_IN_TYPE"


@dataclass(frozen=True, slots=True)
class KnownType:
    """A content type as blocks use it: the built-in type behind it, and what the company added."""

    name: str
    base: BuiltIn
    default_config: Mapping[str, Any]
    config_schema: Mapping[str, Any] | None = None
    value_schema: Mapping[str, Any] | None = None
    is_active: bool = True
    display_name: str = ""

    def config_of(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings of a block: its own over those of the type."""
        return {**self.default_config, **given}

    def problems(self, given: Mapping[str, Any], *, whole: bool) -> list[Problem]:
        """Return what is wrong with the settings of a block."""
        return config_problems(self.base.name, self.config_of(given), whole=whole, own=self.config_schema)


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
    is_active: Annotated[bool, "Whether new blocks may use it."]
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


def _built_in(kind: BuiltIn) -> KnownType:
    return KnownType(kind.name, kind, kind.default_config, display_name=kind.display_name)


def _custom(row: CustomContentType) -> KnownType:
    return KnownType(
        row.name,
        BUILT_IN[row.base],
        row.default_config,
        row.config_schema,
        row.value_schema,
        row.is_active,
        row.display_name,
    )


async def known_types(looking: Looking) -> Mapping[str, KnownType]:
    """Return every content type of the company by its name."""
    rows: Sequence[CustomContentType] = await looking.all(select(CustomContentType))
    return {name: _built_in(kind) for name, kind in BUILT_IN.items()} | {row.name: _custom(row) for row in rows}


async def check_block(context: Context, block: ContentBlock) -> None:
    """Refuse a block of no known type, or with settings that its type does not have; missing ones may come later."""
    refuse_block(await known_types(context.looking), block)


def refuse_block(types: Mapping[str, KnownType], block: ContentBlock) -> None:
    """Refuse a block that cannot be what it says, among the content types that there are."""
    known = types.get(block.type)
    if known is None or (inspect(block).transient and not known.is_active):
        raise UnknownContentType(f"There is no content type {block.type!r} to use; see `contentTypes`.", path=("type",))
    wrong = known.problems(block.config or {}, whole=False)
    if wrong:
        raise InvalidInput(wrong[0].message, path=("config", *wrong[0].path))


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
    found = await _rows_named(looking, name)
    return await shown_type(looking, found[0]) if found else None


async def _rows_named(looking: Looking, name: str) -> Sequence[CustomContentType]:
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


@operation(
    "onboarding.define_types",
    refuses=[AlreadyExists],
    emits=["onboarding.content_type.created"],
    shows=shown_type,
    shown_as="content_type",
)
async def register_content_type(  # noqa: PLR0913, PLR0917 - one argument for each field of the API
    context: Context,
    name: Annotated[str, "Name that blocks use: lower-case letters, digits and underscores; no built-in type's."],
    base: Annotated[str, "Built-in type that it is shown and checked as."],
    display_name: Annotated[str, "What people call it."],
    description: Annotated[str | None, "What it is for."] = None,
    default_config: Annotated[dict[str, Any] | None, "Settings of a block that says nothing else."] = None,
    config_schema: Annotated[dict[str, Any] | None, "JSON Schema that settings have to meet beside the base's."] = None,
    value_schema: Annotated[dict[str, Any] | None, "JSON Schema that answers have to meet beside the base's."] = None,
) -> CustomContentType:
    """Add a content type to the built-in ones: a built-in one with settings and further checks of its own."""
    if name in BUILT_IN or await _rows_named(context.looking, name):
        raise AlreadyExists(f"There is a content type {name!r} already.", path=("name",))
    if base not in BUILT_IN:
        raise InvalidInput(f"There is no built-in type {base!r}; see `contentTypes`.", path=("base",))
    made = CustomContentType(
        id=uuid7(),
        name=name,
        base=base,
        display_name=display_name,
        description=description,
        default_config=default_config or {},
        config_schema=config_schema,
        value_schema=value_schema,
        is_active=True,
    )
    _check(made)
    context.add(made)
    return made


@operation(
    "onboarding.define_types",
    refuses=[BuiltInType],
    emits=["onboarding.content_type.updated"],
    shows=shown_type,
    shown_as="content_type",
)
async def update_content_type(  # noqa: PLR0913, PLR0917 - one argument for each field of the API
    context: Context,
    name: Annotated[str, "The content type; one of the company's own."],
    display_name: Annotated[str, "What people call it."] = KEPT,
    description: Annotated[str | None, "What it is for."] = KEPT,
    default_config: Annotated[dict[str, Any], "Settings of a block that says nothing else."] = KEPT,
    config_schema: Annotated[dict[str, Any] | None, "JSON Schema that settings have to meet beside the base's."] = KEPT,
    value_schema: Annotated[dict[str, Any] | None, "JSON Schema that answers have to meet beside the base's."] = KEPT,
    is_active: Annotated[bool, "Whether new blocks may use it."] = KEPT,
) -> CustomContentType:
    """Change the given fields of a content type; published flows and their answers keep the one they have."""
    if name in BUILT_IN:
        raise BuiltInType(f"{name} came with the product, and stays as it is.", path=("name",))
    found = await _rows_named(context.looking, name)
    if not found:
        raise NotFound(f"There is no content type {name!r}.", path=("name",))
    row = await context.one(CustomContentType, found[0].id)
    given = {
        "display_name": display_name,
        "description": description,
        "default_config": default_config,
        "config_schema": config_schema,
        "value_schema": value_schema,
        "is_active": is_active,
    }
    for key, value in given.items():
        if value is not KEPT:
            setattr(row, key, value)
    _check(row)
    return row


def _check(row: CustomContentType) -> None:
    """Refuse what could not be used: columns out of bounds, a schema that is none, defaults that the base refuses."""
    columns = client_columns(CustomContentType)
    check_values(columns, {key: getattr(row, key) for key in columns})
    for key, schema in (("config_schema", row.config_schema), ("value_schema", row.value_schema)):
        _check_schema(key, schema)
    wrong = config_problems(row.base, row.default_config, whole=False)
    if wrong:
        raise InvalidInput(wrong[0].message, path=("default_config", *wrong[0].path))


def _check_schema(key: str, schema: Mapping[str, Any] | None) -> None:
    if schema is None:
        return
    reason = schema_problem(schema)
    if reason:
        raise InvalidInput(f"This is no JSON Schema that can be used: {reason}", path=(key,))
