"""Work that goes on for as long as the process does, whatever is away meanwhile: the database, the bus, the network."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, Final, NoReturn, cast

import structlog

PAUSE: Final = 1.0
"""Seconds after which work that has ended is begun again, however it has ended."""

ONCE_WITHIN: Final = 90.0
"""Seconds in which the same thing being away is told once: longer than any work waits for what does not answer."""


async def persevere(work: Callable[[], Awaitable[None]], *, away: tuple[type[Exception], ...], name: str) -> NoReturn:
    """Do some work again and again.

    That something is `away` is told once, as long as it stays away; whatever else goes wrong is told each time, as it
    should not: also something the work waited for being cancelled, while the work itself is not. `name` is what the
    work is called in the log.
    """
    log = structlog.get_logger("workgraph.persevering")
    last, at = "", 0.0
    while True:
        try:
            await work()
        except away as error:
            kind = type(error).__name__
            if kind != last or monotonic() > at + ONCE_WITHIN:
                log.warning("not working; trying again", work=name, error=kind)
            last, at = kind, monotonic()
        except asyncio.CancelledError:
            if cast("asyncio.Task[Any]", asyncio.current_task()).cancelling():
                raise
            log.exception("not working; trying again", work=name)
        except Exception:
            log.exception("not working; trying again", work=name)
        await asyncio.sleep(PAUSE)
