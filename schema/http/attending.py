"""Answers are worked on no longer than they are of use: until their deadline, and while the client is there.

Most answers are given within milliseconds. So nothing is begun for them: one timer for all looks now and then who has
been at work for longer, and only these get a timer for their deadline, and a task that sees the client leave.
"""

import asyncio
from types import TracebackType
from typing import Final, Self

from starlette.types import Receive

from schema.execute.errors import DeadlinePassed

LOOK_EVERY: Final = 0.02


class ClientGone(Exception):
    """Nobody waits for the answer any more."""


class Attending:
    """Cancels what is done inside when its time is up, or when the client leaves, if it is told how to see that.

    What is cancelled ends in PostgreSQL too, and its transaction is rolled back.
    """

    __slots__ = ("_cancelling", "_ends", "_lookout", "_receive", "_seconds", "_task", "_watch", "_why")

    def __init__(self, seconds: float, receive: Receive | None = None) -> None:
        self._seconds, self._receive = seconds, receive
        self._ends: asyncio.TimerHandle | None = None
        self._watch: asyncio.Task[None] | None = None
        self._why: type[Exception] | None = None

    async def __aenter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task, self._cancelling = task, task.cancelling()
        self._lookout = Lookout.of(task.get_loop())
        self._lookout.enter(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lookout.leave(self)
        if self._ends:
            self._ends.cancel()
        if self._watch:
            self._watch.cancel()
        if self._why and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise self._why from None

    def attend(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to look at the time and for the client: it has been at work for a while."""
        self._ends = loop.call_later(self._seconds - LOOK_EVERY, self._stop, DeadlinePassed)
        if self._receive:
            self._watch = loop.create_task(self._left(self._receive))

    async def _left(self, receive: Receive) -> None:
        """Wait until the client is gone; then nothing is of use any more."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self._stop(ClientGone)

    def _stop(self, why: type[Exception]) -> None:
        if self._why is None:
            self._why = why
            self._task.cancel()


class Lookout:
    """Finds those of an event loop that have been at work since before it looked the last time."""

    _of: "tuple[asyncio.AbstractEventLoop, Lookout] | None" = None

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._new: set[Attending] = set()
        self._older: set[Attending] = set()
        self._looks = False

    @classmethod
    def of(cls, loop: asyncio.AbstractEventLoop) -> "Lookout":
        """Return the lookout of a loop."""
        if cls._of is None or cls._of[0] is not loop:
            cls._of = loop, cls(loop)
        return cls._of[1]

    def enter(self, attending: Attending) -> None:
        """Note who begins."""
        self._new.add(attending)
        if not self._looks:
            self._looks = True
            self._loop.call_later(LOOK_EVERY, self._look)

    def leave(self, attending: Attending) -> None:
        """Forget who is done."""
        self._new.discard(attending)
        self._older.discard(attending)

    def _look(self) -> None:
        for each in self._older:
            each.attend(self._loop)
        self._older, self._new = self._new, set()
        self._looks = bool(self._older)
        if self._looks:
            self._loop.call_later(LOOK_EVERY, self._look)
