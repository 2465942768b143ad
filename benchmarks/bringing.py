"""One of the works that every `serve` and `worker` does, in a process of its own, so that what it costs can be seen.

    python -m benchmarks.bringing DATABASE_URL REDIS_URL FOLDER relay|dispatcher [PROFILE]

`relay` is the relay with the sequencer, `dispatcher` the dispatcher of webhooks. It says `ready`, and works until it is
killed. Where a file is named for it, it writes there what its time went to, once there is a line on its standard input.
"""

import asyncio
import cProfile
import sys
from collections.abc import Coroutine, Sequence
from typing import Any

import uvloop

from app import Parts, connected
from benchmarks.stage import a_wiring


async def run(database_url: str, redis_url: str, folder: str, work: str, profile: str = "") -> None:
    """Work until killed, or until what it costs is to be written down."""
    stop = asyncio.Event()
    async with connected(a_wiring(database_url, redis_url, folder)) as parts:
        working = asyncio.gather(*works_of(work, parts, stop))
        print("ready", flush=True)
        if profile:
            await _write_profile(profile)
            stop.set()
        await working


def works_of(work: str, parts: Parts, stop: asyncio.Event) -> Sequence[Coroutine[Any, Any, None]]:
    """Begin what is done."""
    if work == "dispatcher":
        return (parts.dispatcher.run(stop),)
    return (parts.relay.run(stop), parts.sequencer.run(stop))


async def _write_profile(file: str) -> None:
    with cProfile.Profile() as profile:
        await asyncio.to_thread(sys.stdin.readline)
    profile.dump_stats(file)
    print("written", flush=True)


if __name__ == "__main__":
    uvloop.run(run(*sys.argv[1:]))
