"""The content types that blocks of a company may have, and what a block's settings are under its type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import inspect, select

from db.models.onboarding import ContentBlock, CustomContentType
from resolvers.context import Context, Looking
from resolvers.onboarding.built_in import BUILT_IN, BuiltIn
from resolvers.onboarding.configs import config_problems
from resolvers.onboarding.problems import Problem
from resolvers.refusals import InvalidInput, Refused


class UnknownContentType(Refused):
    """There is no content type of this name, or it is not active any more."""

    code = "UNKNOWN_CONTENT_TYPE"


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
        """Return what is wrong with the settings of a block; `whole` also asks for what is missing."""
        return config_problems(self.base.name, self.config_of(given), whole=whole, own=self.config_schema)


def _built_in(kind: BuiltIn) -> KnownType:
    return KnownType(kind.name, kind, kind.default_config, display_name=kind.display_name)


def own_type(row: CustomContentType) -> KnownType:
    """Return a content type of the company's own, as its row says."""
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
    return {name: _built_in(kind) for name, kind in BUILT_IN.items()} | {row.name: own_type(row) for row in rows}


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
