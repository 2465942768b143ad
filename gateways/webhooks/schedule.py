"""When a webhook is attempted again: ten attempts over three days, later if the receiver asks for it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

SECOND: Final = 1.0
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DELAYS: Final = (
    0 * SECOND,
    5 * SECOND,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
)
"""How long each attempt waits after the one before it: together about 75.6 hours."""
SPREAD: Final = 0.1
"""Up to this part of a delay is added, so that what failed together does not come back together."""
LONGEST_WISH: Final = 24 * HOUR
DIGITS: Final = 9


def next_delay(
    attempt_count: int, retry_after: float | None, jitter: float, delays: Sequence[float] = DELAYS
) -> float | None:
    """Tell how many seconds to wait after `attempt_count` failed attempts; None if that was the last.

    `jitter` is a random number from 0 to 1. What the receiver asked for (`retry_after`) can only lengthen the wait.
    """
    if attempt_count >= len(delays):
        return None
    delay = delays[max(attempt_count, 0)] * (1 + SPREAD * min(max(jitter, 0.0), 1.0))
    return max(delay, min(retry_after or 0.0, LONGEST_WISH))


def retry_after_of(text: str | None, now: datetime) -> float | None:
    """Read `Retry-After`, seconds or an HTTP date, as seconds from now, at most a day; None if it is neither."""
    if text is None:
        return None
    wish = text.strip()
    seconds = _seconds(wish) if wish.isascii() and wish.isdecimal() else _until(wish, now)
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_WISH)


def _seconds(digits: str) -> float:
    return float(digits) if len(digits) <= DIGITS else LONGEST_WISH


def _until(date: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now.timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
