"""Ten thousand connects and disconnects leave no task, no descriptor, and no memory behind.

Some at once, by socket and by stream, politely and torn off, against a server of this process, so that everything it
holds can be looked at. Growth is measured from the first tenth on: pools are full by then, and what is remembered is.

    ./workgraph prove connects
    python -m tests.proofs.connects --times 1000
"""

import argparse
import asyncio
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import httpx

from app import Wiring, connected, make_app
from db.embedded import embedded_servers
from db.migrate import migrate
from db.queue import install_queue
from tests.embedded.places import an_open_folder
from tests.live.conftest import listening
from tests.live.connects import Left, come_and_go, fill_pools, settled
from tests.wiring import MASTER_KEY, PREFIX, wiring_over
from tests.world import World, owner_engine

WARM: Final = 600
MOST_OBJECTS: Final = 1_000
MOST_BYTES: Final = 10_000_000
"""In all, whatever the number: pools that were opened, and what the allocator keeps. One subscriber is 63,000 bytes."""


@dataclass(frozen=True)
class Outcome:
    """What was there before and after, and how long it took."""

    before: Left
    after: Left
    seconds: float


async def prove(times: int) -> Outcome:
    """Come and go so many times, after a tenth of that."""
    folder = an_open_folder()
    try:
        async with embedded_servers(folder) as servers:
            await migrate(servers.database_url, prefix=PREFIX, master_key=MASTER_KEY)
            urls = servers.database_url, servers.redis_url
            return await _prove(wiring_over(*urls, folder, host="127.0.0.1", limit_factor=0), times)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _prove(wiring: Wiring, times: int) -> Outcome:
    engine = owner_engine(wiring.database_url)
    async with engine.begin() as connection:
        await install_queue(connection, wiring.role_prefix)
    async with connected(wiring) as parts, httpx.AsyncClient() as http:
        app = make_app(wiring, parts)
        world = World(wiring, parts, app, engine, http)
        person = await (await world.company()).person()
        async with listening(app) as address:
            await fill_pools(world, person)
            await come_and_go(address, person, max(WARM, times // 10))
            before, began = await settled(world), time.monotonic()
            await come_and_go(address, person, times)
            seconds = time.monotonic() - began
            after = await settled(world)
    await engine.dispose()
    return Outcome(before, after, seconds)


def wrong(found: Outcome) -> Sequence[str]:
    """Say what was left behind."""
    before, after = found.before, found.after
    objects, grown = after.objects - before.objects, after.memory - before.memory
    checks = {
        f"{after.tasks - before.tasks} tasks": after.tasks <= before.tasks,
        f"{after.descriptors - before.descriptors} descriptors": after.descriptors <= before.descriptors,
        f"{after.rooms} rooms, {after.logs} logs": not after.rooms and not after.logs,
        f"{objects:,} objects": objects <= MOST_OBJECTS,
        f"{grown:,} bytes": grown <= MOST_BYTES,
    }
    return [what for what, holds in checks.items() if not holds]


def main(arguments: Sequence[str] = ()) -> int:
    """Run the proof, print what was there before and after, and say what was left behind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10_000)
    times = parser.parse_args(arguments).times
    found = asyncio.run(prove(times))
    print(f"{f'{times:,} connects and disconnects':<36} {found.seconds:.0f} s")
    for name in Left.__slots__:
        print(f"{name:<36} {getattr(found.before, name):>14,} {getattr(found.after, name):>14,}")
    for line in wrong(found):
        print(f"FAILED: left behind: {line}")
    return 1 if wrong(found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
