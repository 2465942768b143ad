"""What the hand-written mutations of this folder have in common: the words of their inputs, and how they refuse."""

from collections.abc import Awaitable
from typing import Any, Final, TypeVar

import strawberry
from strawberry.types.base import StrawberryList

from resolvers.refusals import Refused
from schema.derive.converter import Derived
from schema.derive.payloads import Said

Made = TypeVar("Made")

REFUSALS: Final = StrawberryList(Derived("Refusal"))
WHY: Final = "Why nothing was done; empty when it was."
INPUT: Final = strawberry.argument(description="Its arguments.")
MARK: Final = "A mark of your own that comes back."
MARKED: Final = "The mark that the client gave."


async def answered(work: Awaitable[Made]) -> tuple[Made | None, list[Any]]:
    """Do some work, and return what it made, or the refusal that it ended in."""
    try:
        return await work, []
    except Refused as refused:
        return None, [Said(refused)]


@strawberry.type
class Done:
    """What a mutation returns that makes nothing to be shown."""

    refusals: Any = strawberry.field(graphql_type=REFUSALS, description=WHY)
    client_mutation_id: str | None = strawberry.field(description=MARKED)
