"""Tries what one company could learn of another or do to it: by ids, filters, cursors, errors, traffic, SQL by hand.

Four companies are filled with marked data, two in the shared schema and two in schemas of their own. Each row below is
one trial: what was tried, between whom, how many things were checked, and how many did not hold. Every place that
takes an id or a cursor is tried between two companies of one schema; between the others, the first way to each of them.
At the end every statement that the application sent is planned by PostgreSQL, for its values and for any, and must be
bound by the policies of its tables.

The trials are in parts, each with servers and companies of its own; as many parts run at once as there are cores.

    ./workgraph prove tenants
    python -m tests.proofs.tenants --thin
"""

import argparse
import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import permutations
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import httpx

from app import connected, make_app
from db.embedded import embedded_servers
from db.migrate import migrate
from db.queue import install_queue
from gateways.logs import configure
from tests.wall.direct import by_hand, statistics
from tests.wall.foreign import AT_A_VERSION, ON_TRIAL, PLAINLY, WITH_A_KEY, foreign_ids, one_of_each
from tests.wall.parties import Party, a_party
from tests.wall.poisoned import poisoned_ids, poisoned_reads, poisoned_traffic
from tests.wall.reading import as_if_alone
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
SHARES: Final = 2
"""In how many parts the places are tried of which every one is."""

Trial = Callable[[], Awaitable[Tally]]


@dataclass(frozen=True)
class Size:
    """How much is tried: one in so many `places` and `ways` to read; where it is tried again, fewer of the latter."""

    depth: int
    places: int
    ways: int
    rounds: int
    writers: int


WHOLE: Final = Size(depth=4, places=1, ways=2, rounds=3, writers=25)
THIN: Final = Size(depth=3, places=20, ways=40, rounds=1, writers=2)


def one_in(number: int) -> str:
    """Say how many of something are tried."""
    return "all" if number == 1 else f"1 in {number} of the"


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


def trials_of_every_id(stand: Stand, share: int) -> Iterator[tuple[str, str, Trial]]:
    """Every place, in shares, between two companies of one schema."""
    slots = Walker(depth=stand.size.depth).slots()
    between, mine, theirs = next(stand.some_pairs())
    tried = slots[share :: SHARES * stand.size.places]
    yield (
        f"{len(tried)} of {len(slots)} places for another's id or cursor",
        between,
        lambda: foreign_ids(mine, theirs, tried, CONTRACTS),
    )


def trials_of_ids(stand: Stand) -> Iterator[tuple[str, str, Trial]]:
    """The first way to each place, between the others; and between all, on poisoned connections."""
    slots = Walker(depth=stand.size.depth).slots()
    each = one_of_each(slots)[:: stand.size.places]
    for number, (between, mine, theirs) in enumerate(stand.some_pairs()):
        if number:
            yield (
                f"{len(each)} of {len(slots)} places for another's id or cursor",
                between,
                lambda a=mine, b=theirs: foreign_ids(a, b, each, CONTRACTS),
            )
        yield (
            f"{len(each)} of {len(slots)} places on poisoned connections",
            between,
            lambda a=mine, b=theirs: poisoned_ids(stand.world, a, b, each),
        )


def trials_of_reading(stand: Stand) -> Iterator[tuple[str, str, Trial]]:
    world, ways = stand.world, stand.size.ways
    for schemas in ((False, False), (False, True), (True, False), (True, True)):
        of = ways if not any(schemas) else ways * 6
        yield (
            f"{one_in(of)} lists, filters, orders, as if alone",
            " before ".join("own schema" if own else "shared schema" for own in schemas),
            lambda s=schemas, o=of: as_if_alone(world, s, of=o),
        )
    for between, mine, theirs in stand.some_pairs():
        yield (
            f"{one_in(ways * 6)} reads on poisoned connections",
            between,
            lambda a=mine, b=theirs: poisoned_reads(world, a, b, of=ways * 6),
        )


def trials_of_traffic(stand: Stand) -> Iterator[tuple[str, str, Trial]]:
    world, size, everybody = stand.world, stand.size, list(stand.parties.values())
    yield (
        f"{one_in(size.ways * 10)} reads at once",
        "all four",
        lambda: mixed_reads(everybody, of=size.ways * 10, rounds=size.rounds),
    )
    yield "writes and reads at once", "all four", lambda: mixed_writes(everybody, writers=size.writers)
    yield (
        f"both, {one_in(size.ways * 20)} reads, on poisoned connections",
        "all four",
        lambda: poisoned_traffic(world, everybody, of=size.ways * 20, writers=size.writers // 2),
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


PARTS: Final[Mapping[str, Callable[[Stand], Iterator[tuple[str, str, Trial]]]]] = {
    **{f"every id, {share + 1} of {SHARES}": partial(trials_of_every_id, share=share) for share in range(SHARES)},
    "reading": trials_of_reading,
    "ids": trials_of_ids,
    "traffic": trials_of_traffic,
    "SQL": trials_of_sql,
}
"""The trials that are tried over one world, the longest first."""


async def shown(what: str, between: str, trial: Trial) -> Tally:
    """Run one trial, and print its row, and beneath it what did not hold."""
    begin = time.perf_counter()
    try:
        tally = await trial()
    except Exception as error:  # noqa: BLE001 - whatever it is, the other trials go on, and this one has failed
        tally = not_run(error)
    print(told(what, between, tally, f"{time.perf_counter() - begin:.1f} s"), flush=True)
    return tally


def told(what: str, between: str, tally: Tally, took: str = "") -> str:
    """Write the row of one trial."""
    row = f"{what:<50} {between:<36} {tally.checks:>7} {len(tally.failures):>9} {took:>9}"
    return "\n".join([row, *(f"  FAILED: {each}" for each in tally.failures)])


def not_run(error: BaseException) -> Tally:
    """What a trial has come to that could not be run: it has failed, and nothing was checked."""
    return Tally(0, [f"could not be run: {''.join(traceback.format_exception(error))}"])


async def tried(part: str, size: Size) -> Tally:
    """Run the trials of one part, then judge every statement that was sent meanwhile."""
    total = Tally()
    async with a_world() as world:
        with recording(world) as recorder:
            parties = {name: await a_party(world, own_schema=place == "own schema") for name, place in PLACES.items()}
            for what, between, trial in PARTS[part](Stand(world, parties, size)):
                total.add(await shown(what, between, trial))
        sent = f"{len(recorder.said)} statements planned twice"
        return total.add(await shown(sent, f"all that was sent: {part}", lambda: judged(world, recorder)))


def run(part: str, size: Size) -> Tally:
    """Run one part in a process of its own, whose servers say of themselves nothing but faults."""
    configure("error")
    return asyncio.run(tried(part, size))


def run_keyed() -> Tally:
    """Run what needs no companies of the proof."""
    return asyncio.run(shown("what is remembered, sealed, noted", "see tests/wall/test_keyed.py", keyed))


def prove(size: Size) -> Tally:
    """Run every part, as many at once as there are cores."""
    print(f"{'what':<50} {'between':<36} {'checks':>7} {'failures':>9} {'time':>9}", flush=True)
    total = Tally()
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        running = {pool.submit(run, part, size): part for part in PARTS} | {pool.submit(run_keyed): "keyed"}
        for each in as_completed(running):
            total.add(outcome(running[each], each))
    return total


def outcome(part: str, ran: Future[Tally]) -> Tally:
    """What a part came to; one that ended before its trials did has failed."""
    error = ran.exception()
    if error is None:
        return ran.result()
    tally = not_run(error)
    print(told(f"the part {part}", "", tally), flush=True)
    return tally


def main(arguments: Sequence[str] = ()) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--thin", action="store_true", help="a small part of it, to see that the proof itself works")
    begin = time.perf_counter()
    total = prove(THIN if parser.parse_args(arguments).thin else WHOLE)
    figures = Tally(total.checks, [])
    print(f"{told('in all', '', figures)} {len(total.failures)} failures in {time.perf_counter() - begin:.0f} s")
    return 1 if total.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
