"""Work that seldom has to wait: it is begun without a task, which is made only for the rest of it, if there is one.

To wake a task costs more than to send a message. Whoever has something for thousands of readers begins each sending
where it stands; nearly all of them are done then, and one whose reader is slow goes on by itself.
"""

from collections.abc import Coroutine, Generator
from typing import Any


class Rest:
    """The rest of some work that waits for something: to be awaited, in a task."""

    def __init__(self, work: Coroutine[Any, Any, None], waits_for: Any) -> None:
        self._work, self._waits_for = work, waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        """Go on with it."""
        waits_for = self._waits_for
        try:
            while True:
                try:
                    given = yield waits_for
                except BaseException as error:  # noqa: BLE001 - whatever it is, it is meant for the work
                    waits_for = self._work.throw(error)
                else:
                    waits_for = self._work.send(given)
        except StopIteration:
            return


def begun(work: Coroutine[Any, Any, None]) -> Rest | None:
    """Do of some work what can be done at once; return the rest of it, or None if there is none."""
    try:
        waits_for = work.send(None)
    except StopIteration:
        return None
    return Rest(work, waits_for)
