"""Work that goes on whatever happens; and what the log says of that, not more often than it helps."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from subscriptions import persevering
from subscriptions.persevering import ONCE_WITHIN, persevere


class Done(BaseException):
    """Ends a test's work."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What time it is, in its only element; pauses take none."""
    now = [1000.0]
    monkeypatch.setattr(persevering, "PAUSE", 0)
    monkeypatch.setattr(persevering, "monotonic", lambda: now[0])
    return now


async def logged(clock: list[float], *happens: BaseException | float | None) -> list[tuple[str, str | None]]:
    """Let work end so often, with an error or without, or after so many seconds; return what was logged."""
    left = iter(happens)

    async def work() -> None:
        each = next(left, Done())
        if isinstance(each, BaseException):
            raise each
        clock[0] += each or 0

    with capture_logs() as entries, pytest.raises(Done):
        await persevere(work, away=(OSError, TimeoutError), name="test")
    told: list[Any] = entries
    return [(each["log_level"], each.get("error")) for each in told]


async def test_what_is_away_is_told_once(clock: list[float]) -> None:
    away = [ConnectionResetError(), ConnectionResetError(), None, ConnectionResetError()]
    assert await logged(clock, *away) == [("warning", "ConnectionResetError")]


async def test_another_thing_is_told_too(clock: list[float]) -> None:
    told = await logged(clock, ConnectionResetError(), TimeoutError(), TimeoutError())
    assert told == [("warning", "ConnectionResetError"), ("warning", "TimeoutError")]


async def test_what_is_away_again_later_is_told_again(clock: list[float]) -> None:
    assert len(await logged(clock, OSError(), ONCE_WITHIN + 1, OSError(), ONCE_WITHIN - 1, OSError())) == 2


async def test_a_bug_is_told_each_time_and_ends_nothing(clock: list[float]) -> None:
    assert await logged(clock, KeyError(), KeyError()) == [("error", None)] * 2


async def test_what_it_waits_for_being_cancelled_ends_nothing(clock: list[float]) -> None:
    assert await logged(clock, asyncio.CancelledError(), KeyError()) == [("error", None)] * 2


async def test_it_ends_when_it_is_cancelled() -> None:
    working = asyncio.create_task(persevere(asyncio.Event().wait, away=(OSError,), name="test"))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
