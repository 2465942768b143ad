"""Ends tasks for certain: one cancellation is not enough where redis-py is at work, which now and then swallows it."""

import asyncio
from collections.abc import Collection
from typing import Any, Final

AGAIN: Final = 0.1


async def end(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel tasks until all have ended, however they do."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN)
    await asyncio.gather(*tasks, return_exceptions=True)
