"""Takes note of each operation when it has been answered: in the counters, and in the log where it took long."""

import time
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, Final

import structlog

from schema.answering import Answering
from schema.execute.planned.explaining import Explained
from schema.metrics.operations import Operations
from schema.metrics.taken import Taken

LOG: Final = structlog.get_logger("workgraph.slow")
SLOW: Final = 1.0
SAID_EVERY: Final = 60.0
"""Seconds between two lines on operations of one name."""

REFUSED: Final = "refused"


class Meter:
    """What a process notes of its operations. Those that take longer than `slow` seconds are written to the log."""

    def __init__(self, slow: float = SLOW, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.operations = Operations()
        self._slow, self._clock = slow, clock
        self._said: dict[tuple[str, str], float] = {}

    def note(self, taken: Taken, form: str, codes: Sequence[str], answering: Answering) -> None:
        """Note what an operation was answered with, right after that; `form` says how it was read, if it was."""
        seconds = perf_counter() - taken.began
        self.operations.count(taken, seconds, form, codes)
        if seconds >= self._slow:
            self._say(taken, seconds, form, codes, answering)

    def _say(self, taken: Taken, seconds: float, form: str, codes: Sequence[str], answering: Answering) -> None:
        """Write that an operation was slow, with how it is read; once a minute for each name that is counted."""
        key, now = (self.operations.label(taken), taken.kind), self._clock()
        if now < self._said.get(key, -SAID_EVERY) + SAID_EVERY:
            return
        self._said[key] = now
        LOG.warning(
            "slow operation",
            seconds=round(seconds, 3),
            document=taken.document,
            form=form,
            codes=list(codes),
            plan=_plan(taken, answering),
        )


def _plan(taken: Taken, answering: Answering) -> list[dict[str, Any]]:
    """Tell how an operation is read; nothing of one that was not understood. What a step is refused for is not said."""
    if taken.asking is None or taken.asked is None:
        return []
    try:
        steps = answering.explained(taken.asking, taken.asked)
    except Exception as error:  # noqa: BLE001 - the answer was given; this is only about it
        return [{"path": "", "how": f"cannot be told: {type(error).__name__}"}]
    return [_shown(step) for step in steps]


def _shown(step: Explained) -> dict[str, Any]:
    return step.shown() | ({"how": REFUSED} if step.how.startswith(REFUSED) else {})
