"""Content types of a company's own: adding one to the built-in types, changing and retiring it."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from uuid_utils.compat import uuid7

from db.models.onboarding import CustomContentType
from resolvers.context import Context
from resolvers.onboarding.built_in import BUILT_IN
from resolvers.onboarding.content_types import rows_named, shown_type
from resolvers.onboarding.known_types import own_type
from resolvers.onboarding.own_schemas import schema_problem
from resolvers.operation import operation
from resolvers.plain import client_columns
from resolvers.refusals import AlreadyExists, InvalidInput, NotFound, Refused
from resolvers.values import check_values

KEPT: Final[Any] = object()
"""Stands for an argument that was left out: what it would change stays as it is."""


class BuiltInType(Refused):
    """The content type came with the product, and stays as it is."""

    code = "BUILT_IN_TYPE"


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
    if name in BUILT_IN or await rows_named(context.looking, name):
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
    is_active: Annotated[bool, "Whether new blocks may use it, and flows be published with it."] = KEPT,
) -> CustomContentType:
    """Change the given fields of a content type; published flows and their answers keep the one they have."""
    if name in BUILT_IN:
        raise BuiltInType(f"{name} came with the product, and stays as it is.", path=("name",))
    found = await rows_named(context.looking, name)
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
    """Refuse what could not be used: columns out of bounds, a schema that is none, defaults that are no settings."""
    columns = client_columns(CustomContentType)
    check_values(columns, {key: getattr(row, key) for key in columns})
    if row.value_schema is not None and BUILT_IN[row.base].display_only:
        raise InvalidInput(f"{row.base} takes no answer, so it has no schema of one.", path=("value_schema",))
    for key, schema in (("config_schema", row.config_schema), ("value_schema", row.value_schema)):
        _check_schema(key, schema)
    wrong = own_type(row).problems({}, whole=False)
    if wrong:
        raise InvalidInput(wrong[0].message, path=("default_config", *wrong[0].path))


def _check_schema(key: str, schema: Mapping[str, Any] | None) -> None:
    reason = schema_problem(schema) if schema is not None else None
    if reason:
        raise InvalidInput(f"This is no JSON Schema that can be used: {reason}", path=(key,))
