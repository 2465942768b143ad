"""How long one waits for a client that does not read: one timer for many messages, each of which takes no time."""

import asyncio
from collections.abc import Callable


class Patience:
    """Gives up when something that was begun has not ended for so many seconds; it runs out at most once."""

    def __init__(self, seconds: float, give_up: Callable[[], None]) -> None:
        self._seconds, self._give_up = seconds, give_up
        self._loop = asyncio.get_running_loop()
        self._since: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Begin something."""
        self._since = self._loop.time()
        if self._timer is None:
            self._timer = self._loop.call_later(self._seconds, self._look)

    def end(self) -> None:
        """End it. The timer goes on, and looks at what has been begun since."""
        self._since = None

    def close(self) -> None:
        """Wait for nothing any more."""
        self._since = None
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        if self._since is None:
            return
        left = self._since + self._seconds - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._look)
        else:
            self._give_up()
