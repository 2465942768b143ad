"""Computed fields: a value of an entity that is worked out, not stored.

A computed field is given a list of parents and returns a list of values. There is no form that takes one parent, so
that a statement per row cannot be written. Further arguments are those of the field; all of them can be left out.
"""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

from auth.permissions import require
from db.base import Shown
from db.deprecation import Deprecated
from resolvers.context import Looking
from resolvers.operation import Parameter, parameter_of

Compute = Callable[..., Awaitable[Sequence[Any]]]
OWN: Final = 2
"""The arguments that every function has: `looking` and the parents."""


@dataclass(frozen=True)
class Computed:
    """A computed field: of which model, its function, its type, the permission that it needs, and its arguments."""

    model: type[Shown]
    name: str
    needs: str
    run: Compute
    kind: Any
    description: str
    deprecated: Deprecated | None = None
    parameters: Sequence[Parameter] = ()

    async def __call__(self, looking: Looking, entities: Sequence[Any], **given: Any) -> Sequence[Any]:
        """Work out the values of all the entities at once, in their order; a null counts as left out."""
        arguments = {name: value for name, value in given.items() if value is not None}
        return await self.run(looking, entities, **arguments)


def computed(model: type[Shown], *, needs: str, deprecated: Deprecated | None = None) -> Callable[[Compute], Computed]:
    """Declare a computed field; the function's return annotation is `Sequence[<type of the field>]`."""
    require(needs)

    def declare(run: Compute) -> Computed:
        signature = inspect.signature(run)
        (kind,) = get_args(signature.return_annotation)
        parameters = [parameter_of(each) for each in list(signature.parameters.values())[OWN:]]
        description = inspect.cleandoc(run.__doc__ or "")
        return Computed(model, run.__name__, needs, run, kind, description, deprecated, parameters)  # pyright: ignore[reportFunctionMemberAccess]

    return declare
