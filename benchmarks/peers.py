"""Workgraph beside SQL written by hand, PostGraphile, mercurius and its own reference engine, on the same tables.

Five questions, from one object to two thousand: each server is one process on the first core and answers over HTTP
with connections kept alive; PostgreSQL and whoever asks, with 16 connections, have the last core, so that on two cores
no server waits for who asks it. All have sixteen connections to PostgreSQL, where they are the application's role under
row-level security, verify the signature of the same token on each request, and say the same: answers are brought to
one form and compared before anything is measured, and each later answer has to be the first one again.

What differs is how each is rightly used. The one by hand has PostgreSQL build its JSON and names the tenant within the
statement; so do mercurius's statements, with lists loaded by dataloaders and documents compiled by graphql-jit.
PostGraphile sets the tenant by `pgSettings`, in a transaction around each request. Those three know the tenant from the
token alone; Workgraph also reads whether its user is still there, and what that user may see. PostGraphile and
mercurius show ids as they are stored, which costs less than opaque ones. Counts by status are three pages of which the
total is asked, except with mercurius and by hand, where one statement counts all. A page has at most 200 objects here:
the thousand rows are five pages under aliases, for all. Documents are sent as plain text; each server keeps what it
has parsed of those that come again. Whoever asks shares a core with PostgreSQL, so where that core is full, as it may
be for the longer lists, it bounds everybody, and CPU for each request says more than requests a second.

Servers are asked in turns, seven rounds of three seconds. Goals: twice PostGraphile's requests a second for all five;
beside mercurius the whole interval over 1.0 for lists, and over 0.9 for one object; CPU of server and PostgreSQL at
most 1.2 times that of the SQL by hand.

Then ten thousand objects of five values with one nested object each, fifty pages in one document: at least twenty times
less CPU of the server than with the reference engine.

    ./workgraph bench peers
    python -m benchmarks.peers --rounds 1 --seconds 1
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.peering.asking import Server
from benchmarks.peering.measuring import Figures, Postgres, Ratio, equal, one_round
from benchmarks.peering.queries import BY_HAND, LARGE, MERCURIUS, ONE, POSTGRAPHILE, REFERENCE, TITLES, WORKGRAPH
from benchmarks.peering.serving import CONNECTIONS, SERVERS, Yard, a_yard

OF_POSTGRAPHILE: Final = 2.0
OF_MERCURIUS: Final = 1.0
OF_MERCURIUS_ONE: Final = 0.9
CPU_OF_BY_HAND: Final = 1.2
OF_REFERENCE_LARGE: Final = 20.0
MEGA: Final = 1e6

Rounds = Mapping[str, Sequence[Figures]]
"""What each server did, round by round."""


@dataclass(frozen=True)
class Wanted:
    """How often, for how long, and who is asked what."""

    rounds: int
    seconds: float
    servers: Sequence[str]
    queries: Sequence[str]
    has_large: bool


@dataclass(frozen=True)
class Goal:
    """One thing that has to hold, and whether it does."""

    text: str
    is_reached: bool


def main(arguments: Sequence[str] = ()) -> int:
    """Measure everything, print the tables, and say whether the goals are reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="fewer than six give no sure interval")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--servers", nargs="*", choices=SERVERS, default=list(SERVERS))
    parser.add_argument("--queries", nargs="*", choices=list(TITLES), default=list(TITLES))
    parser.add_argument("--large", action=argparse.BooleanOptionalAction, default=True, help="the large list")
    given = parser.parse_args(arguments)
    wanted = Wanted(given.rounds, given.seconds, given.servers, given.queries, given.large)
    goals = asyncio.run(measure(wanted))
    missed = [goal.text for goal in goals if not goal.is_reached]
    print(f"\ngoals: {len(goals) - len(missed)} of {len(goals)} reached")
    for text in missed:
        print(f"  MISSED {text}")
    return 1 if missed else 0


async def measure(wanted: Wanted) -> list[Goal]:
    """Start everything, measure each question, and hold the figures against the goals."""
    goals: list[Goal] = []
    async with a_yard([name for name in SERVERS if name in wanted.servers]) as yard:
        postgres = await Postgres.of(yard.stage)
        head = f"{'requests/s':>10} {'p50':>10} {'p99':>10} {'CPU':>10} {'Postgres':>10} {'memory':>8}"
        for name in wanted.queries:
            print(f"\n{TITLES[name]:<34} {head}", flush=True)
            rounds = await measured(yard, postgres, list(yard.servers.values()), name, wanted)
            show(yard, rounds)
            goals += compared(name, rounds)
        if wanted.has_large and {REFERENCE, WORKGRAPH} <= yard.servers.keys():
            goals.append(await large(yard, postgres))
    return goals


async def measured(
    yard: Yard, postgres: Postgres, servers: Sequence[Server], name: str, wanted: Wanted
) -> dict[str, list[Figures]]:
    """Ask all servers the same in turns; another one begins each round."""
    await equal(servers, name)
    how = (CONNECTIONS, wanted.seconds)
    for server in servers:  # what is compiled on the way is compiled
        await one_round(yard, postgres, server, server.questions[name], how)
    found: dict[str, list[Figures]] = {server.name: [] for server in servers}
    for turn in range(wanted.rounds):
        for place in range(len(servers)):
            server = servers[(turn + place) % len(servers)]
            found[server.name].append(await one_round(yard, postgres, server, server.questions[name], how))
    return found


def show(yard: Yard, rounds: Rounds) -> None:
    """Print a line for each server: the median of each figure."""
    for name, each in rounds.items():
        middle = Figures.middle(each)
        times = " ".join(f"{value:>7.2f} ms" for value in (middle.p50, middle.p99, middle.cpu, middle.postgres))
        memory = f"{yard.servers[name].process.memory / MEGA:>5.0f} MB"
        print(f"  {name:<32} {middle.rate:>10,.1f} {times} {memory}", flush=True)


def ratio(rounds: Rounds, figure: str, other: str) -> Ratio | None:
    """Hold ours against another's, round by round."""
    if not {WORKGRAPH, other} <= rounds.keys():
        return None
    pairs = zip(rounds[WORKGRAPH], rounds[other], strict=True)
    return Ratio.of(getattr(ours, figure) / getattr(theirs, figure) for ours, theirs in pairs)


def compared(name: str, rounds: Rounds) -> list[Goal]:
    """Print the ratios to all others; return what is wanted of them."""
    if WORKGRAPH not in rounds:
        return []
    found = {other: ratio(rounds, "rate", other) for other in rounds if other != WORKGRAPH}
    cpu = ratio(rounds, "all_cpu", BY_HAND)
    for other, each in found.items():
        print(f"  {f'requests/s, of {other}':<32} {each!s:>24}")
    if cpu:
        print(f"  {f'all CPU, of {BY_HAND}':<32} {cpu!s:>24}", flush=True)
    return [*goals_of(name, found), *cpu_goals(name, cpu)]


def goals_of(name: str, found: Mapping[str, Ratio | None]) -> list[Goal]:
    """Hold the rates against what is wanted."""
    goals: list[Goal] = []
    if theirs := found.get(POSTGRAPHILE):
        text = f"{TITLES[name]}: {OF_POSTGRAPHILE} times {POSTGRAPHILE}; it is {theirs}"
        goals.append(Goal(text, theirs.median >= OF_POSTGRAPHILE))
    if theirs := found.get(MERCURIUS):
        least = OF_MERCURIUS_ONE if name == ONE else OF_MERCURIUS
        good = theirs.low >= least if name == ONE else theirs.low > least
        goals.append(Goal(f"{TITLES[name]}: the interval over {least} times {MERCURIUS}; it is {theirs}", good))
    return goals


def cpu_goals(name: str, cpu: Ratio | None) -> list[Goal]:
    """Hold the CPU against what is wanted."""
    if not cpu:
        return []
    return [Goal(f"{TITLES[name]}: {CPU_OF_BY_HAND} times the CPU by hand; it is {cpu}", cpu.median <= CPU_OF_BY_HAND)]


async def large(yard: Yard, postgres: Postgres) -> Goal:
    """Ask for ten thousand objects, three times each, one request after the other."""
    servers = [yard.servers[REFERENCE], yard.servers[WORKGRAPH]]
    texts = await equal(servers, LARGE)
    print(f"\n10,000 objects with a nested one each, {len(texts[WORKGRAPH]) / MEGA:.1f} MB", flush=True)
    found: dict[str, list[Figures]] = {server.name: [] for server in servers}
    for _ in range(3):
        for server in servers:
            found[server.name].append(await one_round(yard, postgres, server, server.questions[LARGE], (1, 0.0)))
    show(yard, found)
    pairs = zip(found[REFERENCE], found[WORKGRAPH], strict=True)
    times = Ratio.of(theirs.cpu / ours.cpu for theirs, ours in pairs)
    print(f"  {'times less CPU of the server':<32} {times!s:>24}", flush=True)
    text = f"10,000 objects: {OF_REFERENCE_LARGE:.0f} times less CPU than the reference engine; it is {times}"
    return Goal(text, times.median >= OF_REFERENCE_LARGE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
