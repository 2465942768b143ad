"""Every change becomes a row, an audit entry and an event, and everybody hears of it once, whatever is killed.

Two servers and a worker work on one PostgreSQL and one Valkey. Several companies are written in at a steady rate, each
command under a key, sent again until it is acknowledged; others follow the events over WebSockets and over server-sent
events, and webhooks go to receivers that fail at random. Meanwhile a transaction is held open elsewhere in the cluster,
and then each process in turn is killed with SIGKILL and started again; Valkey is empty then. At the end what was
acknowledged, what stands in the database and what everybody heard are held against each other.

    ./workgraph prove log
    python -m tests.proofs.log --seconds 20 --held 5
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
from sqlalchemy import text

from tests.proofs.concluding import conclude
from tests.proofs.ledger.checking import LONGEST, check, committed_in, delivered, settled, verify
from tests.proofs.ledger.disturbing import a_transaction_open, kill_in_turn
from tests.proofs.ledger.hooks import Hook
from tests.proofs.ledger.listening import Follower, Listener, Socket, Stream
from tests.proofs.ledger.places import Place, a_place, faults_in
from tests.proofs.ledger.trial import Committed, Company, Phase, Trial
from tests.proofs.ledger.writing import Writer, a_company, writing

KINDS: Final[Sequence[type[Listener]]] = (Hook, Socket, Stream)
"""What each company's events are heard by. Hooks come first: one of the events of making them is shown to nobody."""

MOST_P99: Final = 0.1
"""Seconds; beyond that, a transaction that is open may make the p99 no more than twice of what it was."""


@dataclass(frozen=True)
class Wanted:
    """How long and how much."""

    seconds: float
    held: float
    companies: int
    rate: float
    listeners: int


async def prove(wanted: Wanted) -> Trial:
    """Run one trial."""
    trial = Trial()
    with tempfile.TemporaryDirectory(prefix="workgraph-proof-") as parent:
        folder = Path(parent)
        folder.chmod(0o755)
        async with a_place(folder) as place:
            companies = await the_companies(place, wanted.companies)
            async with listening(place, companies, wanted.listeners) as listeners:
                writers = await disturb(trial, place, companies, wanted)
                await at_the_end(trial, place, companies, listeners)
            count(trial, place, companies, writers)
    return trial


async def the_companies(place: Place, number: int) -> list[Company]:
    """Register the companies, and look up their ids."""
    async with httpx.AsyncClient(base_url=place.servers[0].url, timeout=30) as http:
        companies = [await a_company(http, each) for each in range(number)]
    async with place.looking() as engine, engine.connect() as connection:
        for company in companies:
            found = text("select id from catalog.tenants where slug = :slug")
            company.tenant_id = type(company.tenant_id)(str(await connection.scalar(found, {"slug": company.slug})))
    return companies


@asynccontextmanager
async def listening(place: Place, companies: Sequence[Company], number: int) -> AsyncGenerator[list[Listener]]:
    """Have each company's events followed in every way there is, from both servers; all have begun."""
    listeners = list[Listener]()
    ways = [[*place.servers[each % 2 :], *place.servers[: each % 2]] for each in range(number)]
    async with AsyncExitStack() as stack:
        for kind in KINDS:
            these = [kind(company, way) for company in companies for way in ways]
            for listener in these:
                task = asyncio.create_task(listener.listen())
                stack.push_async_callback(asyncio.wait, [task])
                stack.callback(task.cancel)
            for listener in these:
                await listener.ready()
            await settled(place)
            listeners += these
        yield listeners


async def disturb(trial: Trial, place: Place, companies: list[Company], wanted: Wanted) -> Sequence[Writer]:
    """Let everybody write, at first in peace."""
    async with writing(trial, companies, [server.url for server in place.servers], wanted.rate) as writers:
        await asyncio.sleep(wanted.held)
        trial.phase = Phase.HELD
        async with a_transaction_open(place):
            await asyncio.sleep(wanted.held)
        trial.phase = Phase.KILLING
        await kill_in_turn(trial, place, wanted.seconds)
    return writers


async def at_the_end(trial: Trial, place: Place, companies: list[Company], listeners: Sequence[Listener]) -> None:
    """Wait until everybody has heard of everything, and look at what there is."""
    ended = time.monotonic()
    await settled(place)
    committed = await committed_in(place)
    await all_heard(committed, listeners)
    await delivered(trial, place)
    trial.figures["seconds from the last write until everybody knew"] = f"{time.monotonic() - ended:.1f}"
    for listener in listeners:
        for wrong in listener.check(committed[listener.company.tenant_id]):
            trial.expect(holds=False, otherwise=f"{listener.name}: {wrong}")
    await check(trial, place, companies)
    async with httpx.AsyncClient(base_url=place.servers[0].url, timeout=60) as http:
        checked = [await verify(trial, http, company) for company in companies]
    trial.figures["entries of the audit chains that verify"] = f"{sum(checked):,}"
    heard(trial, committed, listeners)
    latencies(trial, companies, listeners)


async def all_heard(committed: Committed, listeners: Sequence[Listener]) -> None:
    """Wait until each has heard the last event, for a while."""
    until = time.monotonic() + LONGEST
    behind = list(listeners)
    while behind and time.monotonic() < until:
        behind = [each for each in behind if each.is_behind(committed[each.company.tenant_id])]
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)  # what comes twice may come late


def heard(trial: Trial, committed: Committed, listeners: Sequence[Listener]) -> None:
    """Note who heard how much."""
    events = sum(len(each) for each in committed.values())
    trial.figures["events committed, in positions without a gap"] = f"{events:,}"
    for kind in KINDS:
        these = [each for each in listeners if isinstance(each, kind)]
        counted = sum((Counter(each.counts) for each in these), Counter[str]())
        said = ", ".join([f"{len(these)} listeners", *(f"{number:,} {what}" for what, number in counted.items())])
        trial.figures[f"{kind.__doc__ or kind.__name__}".partition(";")[0].strip(".").lower()] = said


def latencies(trial: Trial, companies: Sequence[Company], listeners: Sequence[Listener]) -> None:
    """Note how long after its acknowledgement a change was heard of, and hold what a transaction did to that."""
    written = {each.mark: each for company in companies for each in company.written.values()}
    found: dict[Phase, list[float]] = {phase: [] for phase in Phase}
    followers = [each for each in listeners if isinstance(each, Follower)]
    for each in (each for follower in followers for each in follower.heard if each.mark in written):
        change = written[each.mark or ""]
        found[change.phase].append(max(0.0, each.at - change.at))
    p99 = {phase: _share(times, 0.99) for phase, times in found.items()}
    for phase, times in found.items():
        trial.figures[f"from answer to event, {phase}"] = (
            f"p50 {_share(times, 0.5) * 1000:.0f} ms, p99 {p99[phase] * 1000:.0f} ms of {len(times):,}"
        )
    limit = max(MOST_P99, 2 * p99[Phase.CALM])
    trial.expect(p99[Phase.HELD] <= limit, f"an open transaction makes the p99 {p99[Phase.HELD] * 1000:.0f} ms")


def _share(times: list[float], share: float) -> float:
    return sorted(times)[int(len(times) * share)] if times else 0.0


def count(trial: Trial, place: Place, companies: Sequence[Company], writers: Sequence[Writer]) -> None:
    """Note what was done."""
    waits = [wait for writer in writers for wait in writer.waits]
    changes = sum(len(company.written) for company in companies)
    trial.figures["changes acknowledged, each with one row, entry and event"] = f"{changes:,}"
    trial.figures["commands in all"] = f"{len(waits):,}, {1000 * statistics.median(waits):.0f} ms in the middle"
    trial.figures["requests without an answer, sent again"] = f"{trial.lost:,}"
    trial.figures["kill -9"] = ", ".join(f"{name} {number}" for name, number in trial.kills.items())
    faults = {member.name: faults_in(member) for member in place.members}
    trial.figures["errors in the logs"] = ", ".join(f"{name} {number}" for name, number in faults.items())


def main(arguments: Sequence[str] = ()) -> int:
    """Run the proof, print its figures, and say what fell short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120, help="how long processes are killed")
    parser.add_argument("--held", type=float, default=60, help="how long a transaction is open, and as long before it")
    parser.add_argument("--companies", type=int, default=3, help="companies that are written in")
    parser.add_argument("--rate", type=float, default=20, help="commands in a second, of all writers together")
    parser.add_argument("--listeners", type=int, default=2, help="followers of each kind for each company")
    given = parser.parse_args(arguments)
    trial = asyncio.run(prove(Wanted(given.seconds, given.held, given.companies, given.rate, given.listeners)))
    return conclude(trial.figures, trial.wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
