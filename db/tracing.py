"""Where the work of a process can be followed from outside: a seam on which nothing hangs unless somebody traces.

A statement is followed as part of what asked for it: a request, a job, a delivery. What a process does all the time by
itself, such as looking for what is due, is not.
"""

from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from enum import Enum
from types import TracebackType
from typing import Any, Final, Protocol, Self

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine, ExceptionContext

Fact = str | int | float | bool
Facts = Mapping[str, Fact]
NO_FACTS: Final[Facts] = {}
STATEMENT: Final = "workgraph_statement"
"""Where a connection of SQLAlchemy holds what follows its statement; it runs one at a time."""


class Kind(Enum):
    """What a piece of work is to those around it."""

    ASKED = "asked"
    ASKS = "asks"
    QUEUED = "queued"
    WITHIN = "within"


class Span(Protocol):
    """A piece of work that is being followed."""

    def note(self, facts: Facts, *, failed: bool = False) -> None:
        """Say more of it, once that is known."""
        ...

    def named(self, name: str) -> None:
        """Give it a name that says more."""
        ...


class Tracer(Protocol):
    """Follows work."""

    def span(self, name: str, kind: Kind, parent: str, facts: Facts) -> AbstractContextManager[Span]:
        """Follow a piece of work; `parent` is the `traceparent` of what it is part of elsewhere."""
        ...

    def statement(self, text: str) -> AbstractContextManager[object]:
        """Follow a statement, given as it is sent: its values stand elsewhere."""
        ...

    def traceparent(self) -> str:
        """Name what is being followed, so that somebody else can go on from there; empty where nothing is."""
        ...


class Unfollowed:
    """Stands for what nobody follows."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def note(self, facts: Facts, *, failed: bool = False) -> None:
        """Say more of it, to nobody."""

    def named(self, name: str) -> None:
        """Give it a name for nobody."""


UNFOLLOWED: Final = Unfollowed()
TRACERS: Final[list[Tracer]] = []
"""What follows the work of this process: nothing, or one."""


def span(
    name: str, kind: Kind = Kind.WITHIN, parent: str = "", facts: Facts = NO_FACTS
) -> AbstractContextManager[Span]:
    """Follow a piece of work, if somebody does."""
    return TRACERS[-1].span(name, kind, parent, facts) if TRACERS else UNFOLLOWED


def statement(text: str) -> AbstractContextManager[object]:
    """Follow a statement, if somebody does."""
    return TRACERS[-1].statement(text) if TRACERS else UNFOLLOWED


def traceparent() -> str:
    """Name what is being followed, for whoever goes on with it."""
    return TRACERS[-1].traceparent() if TRACERS else ""


@contextmanager
def following(tracer: Tracer) -> Generator[None]:
    """Let a tracer follow all work of this process for as long as the block lasts."""
    TRACERS.append(tracer)
    for name, listener in LISTENERS.items():
        event.listen(Engine, name, listener)
    try:
        yield
    finally:
        TRACERS.remove(tracer)
        for name, listener in LISTENERS.items():
            event.remove(Engine, name, listener)


def _begin(connection: Connection, _cursor: Any, text: str, *_rest: Any) -> None:
    begun = connection.info[STATEMENT] = statement(text)
    begun.__enter__()


def _end(connection: Connection, *_rest: Any) -> None:
    if begun := connection.info.pop(STATEMENT, None):
        begun.__exit__(None, None, None)


def _fail(failed: ExceptionContext) -> None:
    connection, error = failed.connection, failed.original_exception
    if connection and not connection.closed and (begun := connection.info.pop(STATEMENT, None)):
        begun.__exit__(type(error), error, None)


LISTENERS: Final[Mapping[str, Any]] = {
    "before_cursor_execute": _begin,
    "after_cursor_execute": _end,
    "handle_error": _fail,
}
