"""Watchings: readings that are told again whenever something happens that they may show.

A watching is an async function that is given `Looking` and arguments and returns a view, or None for what is not there.
Which events concern it is said by `about`: a function of the same arguments. State is read again each time, so that
events may come twice, or together, and nothing is shown that is not so.
"""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from auth.permissions import require
from db.deprecation import Deprecated
from resolvers.operation import Parameter, parameter_of
from subscriptions.events import Event
from subscriptions.followers import Matches

About = Callable[..., Matches]


@dataclass(frozen=True, slots=True)
class Own:
    """Who holds this permission may watch themselves: where the argument of this name is their own id."""

    permission: str
    parameter: str


@dataclass(frozen=True)
class Watching:
    """Something to watch: its name, its permission, its arguments, how it is read, and what concerns it.

    `alike` says that everybody who holds the permission throughout the company, with the same permissions beside it, is
    answered alike, so that one reading serves all of them. One that is `scoped` tells by itself of nothing but the rows
    that its permission reaches, and can be watched by who holds it for some people only.
    """

    name: str
    needs: str
    run: Callable[..., Awaitable[Any]]
    parameters: Sequence[Parameter]
    kind: Any
    description: str
    about: About
    own: Own | None = None
    alike: bool = False
    deprecated: Deprecated | None = None
    scoped: bool = False


def watching(
    needs: str,
    *,
    about: About,
    own: Own | None = None,
    alike: bool = False,
    deprecated: Deprecated | None = None,
    scoped: bool = False,
) -> Callable[[Callable[..., Awaitable[Any]]], Watching]:
    """Declare something to watch: the permission that it needs, which events concern it; the rest, see there."""
    require(needs)
    if own:
        require(own.permission)

    def declare(run: Callable[..., Awaitable[Any]]) -> Watching:
        signature = inspect.signature(run)
        parameters = [parameter_of(each) for each in list(signature.parameters.values())[1:]]
        description = inspect.cleandoc(run.__doc__ or "")
        kind = signature.return_annotation
        return Watching(run.__name__, needs, run, parameters, kind, description, about, own, alike, deprecated, scoped)

    return declare


def concerning(**ids: Any) -> Matches:
    """Match the events whose facts name one of these, or whose subject is one of them."""

    def matches(event: Event) -> bool:
        return any(event.data.get(name) == str(row) or event.subject_id == row for name, row in ids.items())

    return matches
