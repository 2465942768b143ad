"""Tries what one company could learn of another or do to it: by ids, filters, cursors, errors, traffic, SQL by hand.

Four companies are filled with marked data, two in the shared schema and two in schemas of their own. Each row below is
one trial: what was tried, between whom, how many things were checked, and how many did not hold. At the end every
statement that the application sent is planned by PostgreSQL, for its values and for any, and must be bound by the
policies of its tables.

    ./workgraph prove tenants
    python -m tests.proofs.tenants --thin
"""

import argparse
import asyncio
import re
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Final

import httpx

from app import connected, make_app
from db.embedded import embedded_servers
from db.migrate import migrate
from db.queue import install_queue
from tests.wall.direct import by_hand, statistics
from tests.wall.foreign import AT_A_VERSION, ON_TRIAL, PLAINLY, WITH_A_KEY, foreign_ids, one_of_each
from tests.wall.parties import Party, a_party
from tests.wall.poisoned import poisoned_ids, poisoned_reads, poisoned_traffic
from tests.wall.reading import as_if_alone
from tests.wall.slots import Slot
from tests.wall.statements import judged, recording
from tests.wall.tally import Tally
from tests.wall.traffic import mixed_reads, mixed_writes
from tests.wall.twins import ask_both, the_twins
from tests.wall.walker import Walker
from tests.wiring import MASTER_KEY, PREFIX, wiring_over
from tests.world import World, owner_engine

ROOT: Final = Path(__file__).parents[2]
CONTRACTS: Final = (PLAINLY, AT_A_VERSION, ON_TRIAL, WITH_A_KEY)
PLACES: Final = {"ada": "shared schema", "bob": "shared schema", "cyd": "own schema", "dan": "own schema"}
KEYED: Final = ("tests/wall/test_keyed.py", "tests/wall/test_traces.py")
Trial = Callable[[], Awaitable[Tally]]


@dataclass(frozen=True)
class Size:
    """How much is tried."""

    depth: int
    of: int
    rounds: int
    writers: int


WHOLE: Final = Size(depth=4, of=1, rounds=3, writers=25)
THIN: Final = Size(depth=3, of=20, rounds=1, writers=2)


@dataclass(frozen=True)
class Stand:
    """The companies, and how much is tried between them."""

    world: World
    parties: dict[str, Party]
    size: Size

    def pairs(self) -> Iterator[tuple[str, Party, Party]]:
        """Each company before each other, with a name for the two."""
        for one, other in permutations(self.parties, 2):
            yield f"{one} ({PLACES[one]}) before {other}", self.parties[one], self.parties[other]

    def some_pairs(self) -> Iterator[tuple[str, Party, Party]]:
        """One pair for each way in which two companies can be placed."""
        wanted = {("ada", "bob"), ("ada", "cyd"), ("cyd", "ada"), ("cyd", "dan")}
        names = list(permutations(self.parties, 2))
        yield from (pair for pair, each in zip(self.pairs(), names, strict=True) if each in wanted)


@asynccontextmanager
async def a_world() -> AsyncGenerator[World]:
    """The application over servers of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="workgraph-proof-") as parent:
        Path(parent).chmod(0o755)
        async with embedded_servers(Path(parent) / "data", role_prefix=PREFIX) as servers:
            report = await migrate(servers.database_url, prefix=PREFIX, master_key=MASTER_KEY)
            assert report.complete, report.stragglers
            wiring = wiring_over(servers.database_url, servers.redis_url, Path(parent))
            owner = owner_engine(wiring.database_url)
            async with owner.begin() as connection:
                await install_queue(connection, PREFIX)
            async with connected(wiring) as parts:
                app = make_app(wiring, parts)
                transport = httpx.ASGITransport(app=app)
                async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
                    yield World(wiring, parts, app, owner, http)
            await owner.dispose()


def trials(stand: Stand) -> Iterator[tuple[str, str, Trial]]:
    """Each trial: what is tried, between whom, and how."""
    yield from trials_of_ids(stand)
    yield from trials_of_reading(stand)
    yield from trials_of_traffic(stand)
    yield from trials_of_sql(stand)


def trials_of_ids(stand: Stand) -> Iterator[tuple[str, str, Trial]]:
    slots = Walker(depth=stand.size.depth).slots()
    each = one_of_each(slots)
    for between, mine, theirs in stand.some_pairs():
        tried: Sequence[Slot] = slots if between.endswith("before bob") else each
        yield (
            f"{len(tried)} places for another's id or cursor",
            between,
            lambda a=mine, b=theirs, t=tried: foreign_ids(a, b, t, CONTRACTS),
        )
        yield (
            f"{len(each)} places on poisoned connections",
            between,
            lambda a=mine, b=theirs: poisoned_ids(stand.world, a, b, each),
        )


def trials_of_reading(stand: Stand) -> Iterator[tuple[str, str, Trial]]:
    world, size = stand.world, stand.size
    for schemas in ((False, False), (False, True), (True, False), (True, True)):
        between = " before ".join("own schema" if own else "shared schema" for own in schemas)
        of = size.of if not any(schemas) else size.of * 3
        yield (
            "every list, count, filter, order as if alone",
            between,
            lambda s=schemas, o=of: as_if_alone(world, s, of=o),
        )
    for between, mine, theirs in stand.some_pairs():
        yield (
            "every read on poisoned connections",
            between,
            lambda a=mine, b=theirs: poisoned_reads(world, a, b, of=size.of * 3),
        )


def trials_of_traffic(stand: Stand) -> Iterator[tuple[str, str, Trial]]:
    world, size, everybody = stand.world, stand.size, list(stand.parties.values())
    yield "reads at once", "all four", lambda: mixed_reads(everybody, of=size.of * 5, rounds=size.rounds)
    yield "writes and reads at once", "all four", lambda: mixed_writes(everybody, writers=size.writers)
    yield (
        "both at once on poisoned connections",
        "all four",
        lambda: poisoned_traffic(world, everybody, of=size.of * 10, writers=size.writers // 2),
    )
    for own_schema in (False, True):
        between = f"twins, shared and {'own' if own_schema else 'shared'} schema"
        yield "the same ids in two companies", between, lambda own=own_schema: same_ids(stand, own_schema=own)


async def same_ids(stand: Stand, *, own_schema: bool) -> Tally:
    twins = await the_twins(stand.world, own_schema=own_schema)
    return await ask_both(twins, rounds=stand.size.rounds * 50)


def trials_of_sql(stand: Stand) -> Iterator[tuple[str, str, Trial]]:
    for between, mine, theirs in stand.pairs():
        yield "SQL by hand as the application's role", between, lambda a=mine, b=theirs: by_hand(stand.world, a, b)
    everybody = list(stand.parties.values())
    yield "statistics of the values", "all four", lambda: statistics(stand.world, everybody)


async def keyed() -> Tally:
    """Run the tests of what is remembered, sealed and noted; there is no larger size of them."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *KEYED]
    ran = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, capture_output=True, text=True, check=False)
    passed = re.search(r"(\d+) passed", ran.stdout)
    return Tally(int(passed[1]) if passed else 0, [] if ran.returncode == 0 else [ran.stdout[-2000:]])


async def shown(what: str, between: str, trial: Trial) -> Tally:
    """Run one trial, and print its row."""
    begin = time.perf_counter()
    try:
        tally = await trial()
    except Exception:  # noqa: BLE001 - whatever it is, the other trials go on, and this one has failed
        tally = Tally(0, [f"{what}, {between}: {traceback.format_exc()}"])
    seconds = time.perf_counter() - begin
    print(f"{what:<46} {between:<36} {tally.checks:>7} {len(tally.failures):>9} {seconds:>7.1f} s", flush=True)
    return tally


async def prove(size: Size) -> Tally:
    """Run every trial, then judge every statement that was sent meanwhile."""
    print(f"{'what':<46} {'between':<36} {'checks':>7} {'failures':>9} {'time':>7}")
    total = Tally()
    async with a_world() as world:
        with recording(world) as recorder:
            parties = {name: await a_party(world, own_schema=place == "own schema") for name, place in PLACES.items()}
            for what, between, trial in trials(Stand(world, parties, size)):
                total.add(await shown(what, between, trial))
        sent = f"{len(recorder.said)} statements planned twice"
        total.add(await shown(sent, "all that was sent", lambda: judged(world, recorder)))
    total.add(await shown("what is remembered, sealed, noted", "see tests/wall/test_keyed.py", keyed))
    return total


def main(arguments: Sequence[str] = ()) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--thin", action="store_true", help="a small part of it, to see that the proof itself works")
    total = asyncio.run(prove(THIN if parser.parse_args(arguments).thin else WHOLE))
    print(f"{'in all':<46} {'':<36} {total.checks:>7} {len(total.failures):>9}")
    for failure in total.failures:
        print(f"FAILED: {failure}")
    return 1 if total.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
