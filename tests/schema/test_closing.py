"""Whatever a process has opened is closed at its end, in order, also where closing one thing fails."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from inspect import iscoroutinefunction
from typing import Any, Final

import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from app import Wiring, connected
from auth.passwords import Passwords
from db.auditing import Auditing
from db.dispatching import Dispatching
from db.outbox import Outbox
from db.session import Database
from gateways.images import Images
from gateways.webhooks import Sender
from subscriptions.bus import Bus
from subscriptions.hub import Hub
from subscriptions.poking import Poking

CLOSES: Final[dict[type, str]] = {
    Passwords: "close",
    Bus: "close",
    Outbox: "close",
    Auditing: "close",
    Sender: "close",
    Dispatching: "close",
    Images: "close",
    Redis: "aclose",
    AsyncEngine: "dispose",
    Database: "close",
}
"""What is closed and how, in this order, once what runs beside has ended."""

BESIDE: Final[dict[type, str]] = {Hub: "listen", Poking: "run"}


class CannotClose(Exception):
    """What a close raises that fails."""


class Ending:
    """Notes what has ended, in order; things of one type fail as soon as they are closed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fails: type | None = None) -> None:
        self.ended, self._fails = list[object](), fails
        self._outer: tuple[object, ...] = ()
        for kind, name in (BESIDE | CLOSES).items():
            real = getattr(kind, name)
            monkeypatch.setattr(kind, name, self._later(real) if iscoroutinefunction(real) else self._now(real))

    def _later(self, real: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        async def ending(piece: object, *given: Any, **named: Any) -> None:
            try:
                await real(piece, *given, **named)
            finally:
                self._note(piece)

        return ending

    def _now(self, real: Callable[..., None]) -> Callable[..., None]:
        def ending(piece: object) -> None:
            real(piece)
            self._note(piece)

        return ending

    def _note(self, piece: object) -> None:
        self.ended.append(piece)
        if type(piece) is self._fails:
            raise CannotClose

    async def of(self, wiring: Wiring, failure: Exception | None = None) -> None:
        """Be connected for a moment, until something fails or not."""
        async with connected(wiring) as parts:
            self._outer = (parts.catalog, parts.bus)
            await asyncio.sleep(0)  # what runs beside has begun
            assert self.ended == []
            if failure:
                raise failure

    def kinds(self) -> list[type]:
        """What has ended; of the engines and clients only those that are not inside of something else."""
        inner = (AsyncEngine, Redis)
        return [type(each) for each in self.ended if not isinstance(each, inner) or each in self._outer]


@pytest.mark.parametrize("fails", CLOSES)
async def test_all_is_closed_in_order_whatever_fails(
    wiring: Wiring, monkeypatch: pytest.MonkeyPatch, fails: type
) -> None:
    ending = Ending(monkeypatch, fails)
    with pytest.raises(CannotClose):
        await ending.of(wiring)
    kinds = ending.kinds()
    assert set(kinds[: len(BESIDE)]) == set(BESIDE)
    assert kinds[len(BESIDE) :] == list(CLOSES)


async def test_what_fails_meanwhile_is_raised_and_all_is_closed(
    wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending = Ending(monkeypatch)
    with pytest.raises(LookupError):
        await ending.of(wiring, LookupError())
    assert ending.kinds()[len(BESIDE) :] == list(CLOSES)


async def test_what_is_open_is_closed_when_the_next_cannot_be_opened(
    wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending = Ending(monkeypatch)
    with pytest.raises(ValueError, match="scheme"):
        await ending.of(replace(wiring, redis_url="nothing://127.0.0.1"))
    assert [type(each) for each in ending.ended] == [AsyncEngine, AsyncEngine, Database]  # one is inside of the last
