"""Readings: questions of the business that are no page of entities, each a root field of the query.

A reading is an async function that is given `Looking` and arguments, and returns a view, a list of them, an entity or
None. It reads in sets: the number of its statements does not depend on the number of rows.
"""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from auth.permissions import require
from db.deprecation import Deprecated
from resolvers.operation import Parameter, parameter_of


@dataclass(frozen=True)
class Reading:
    """A question: its name, the permission that it needs (or why it needs none), its arguments and its answer.

    One that is `scoped` tells by itself of nothing but the rows that its permission reaches.
    """

    name: str
    needs: str | None
    because: str
    run: Callable[..., Awaitable[Any]]
    parameters: Sequence[Parameter]
    kind: Any
    description: str
    deprecated: Deprecated | None = None
    scoped: bool = False

    async def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Ask."""
        return await self.run(*arguments, **named)


def reading(
    needs: str | None, *, because: str = "", deprecated: Deprecated | None = None, scoped: bool = False
) -> Callable[[Callable[..., Awaitable[Any]]], Reading]:
    """Declare a reading and the permission that it needs; one without says why anybody may ask.

    What is `scoped` can be asked by who holds the permission for some people only.
    """
    if needs is not None:
        require(needs)
    elif not because:
        message = "a reading without a permission says why"
        raise ValueError(message)

    def declare(run: Callable[..., Awaitable[Any]]) -> Reading:
        signature = inspect.signature(run)
        parameters = [parameter_of(each) for each in list(signature.parameters.values())[1:]]
        description = inspect.cleandoc(run.__doc__ or "")
        kind = signature.return_annotation
        return Reading(run.__name__, needs, because, run, parameters, kind, description, deprecated, scoped)

    return declare
