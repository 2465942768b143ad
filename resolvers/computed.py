"""Computed fields: a value of an entity that is worked out, not stored.

A computed field is given a list of parents and returns a list of values. There is no form that takes one parent, so
that a statement per row cannot be written.
"""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from auth.permissions import require
from db.base import Shown
from db.deprecation import Deprecated
from resolvers.context import Looking

Compute = Callable[[Looking, Sequence[Any]], Awaitable[Sequence[Any]]]


@dataclass(frozen=True)
class Computed:
    """A computed field: of which model, its function, its type and the permission that it needs."""

    model: type[Shown]
    name: str
    needs: str
    run: Compute
    kind: Any
    description: str
    deprecated: Deprecated | None = None

    async def __call__(self, looking: Looking, entities: Sequence[Any]) -> Sequence[Any]:
        """Work out the values of all the entities at once, in their order."""
        return await self.run(looking, entities)


def computed(model: type[Shown], *, needs: str, deprecated: Deprecated | None = None) -> Callable[[Compute], Computed]:
    """Declare a computed field; the function's return annotation is `Sequence[<type of the field>]`."""
    require(needs)

    def declare(run: Compute) -> Computed:
        (kind,) = get_args(inspect.signature(run).return_annotation)
        description = inspect.cleandoc(run.__doc__ or "")
        return Computed(model, run.__name__, needs, run, kind, description, deprecated)  # pyright: ignore[reportFunctionMemberAccess]

    return declare
