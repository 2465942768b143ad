"""How a command is run: its loop, Ctrl-C, and what it says to whoever started it."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, Final

import typer
import uvloop

FAILED: Final = 1


def say(message: str) -> None:
    """Tell the user what is being done; what a command is asked for goes to standard output instead."""
    typer.echo(message, err=True)


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a command. Ctrl-C and SIGTERM cancel it, so that everything it has opened is closed in order."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_told_to_stop(work))


async def _until_told_to_stop(work: Coroutine[Any, Any, None]) -> None:
    task, loop = asyncio.create_task(work), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    await asyncio.wait([task])
    if task.cancelled():
        say("Stopped.")
    else:
        task.result()
