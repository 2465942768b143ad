"""What sources and completions are given: the run that they are part of, and the step that they are taken for.

A step names its source and its completion, so that these cannot name its class.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from schema.execute.planned.marks import Mark
from schema.execute.planned.statements import Statement, Statements
from schema.execute.request import Request

Step = Any
Selection = Any


class Running(Protocol):
    """One execution of a plan."""

    request: Request
    statements: Statements
    marked: bool

    def info(self, step: Step) -> Any:
        """Return what resolvers are told of a field."""
        ...

    def mark(self, step: Step, error: Exception) -> Mark:
        """Note that something went wrong."""
        ...

    def resolved(self, step: Step, parents: Sequence[Any], arguments: Mapping[str, Any]) -> list[Any]:
        """Ask the field's resolver for each parent."""
        ...

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Any]:
        """Run a statement, and return its rows."""
        ...

    async def objects(self, selection: Selection, parents: Sequence[Any]) -> list[Any]:
        """Answer a selection for several parents."""
        ...

    async def arrived(self, step: Step, values: list[Any]) -> None:
        """Wait for those values of a column that are still to come."""
        ...

    async def portioned(self, values: Sequence[Any], work: Callable[[Sequence[Any]], list[Any]]) -> list[Any]:
        """Do something to each value of a column, a portion at a time, so that a long one keeps nobody waiting."""
        ...

    async def breathe(self) -> None:
        """Let others in, now and then."""
        ...
