"""How long one object takes to be answered while somebody else's answer of 100,000 objects is made, again and again.

One process of Workgraph on the first core, with a bound on the size of an answer that lets the large one through. One
client asks for an object, one request after the other: for a while alone, and for a while beside another client, of the
same company, who does nothing but ask for the large answer. These two take turns, so that a machine that is slower now
is so for both. Goal: the 99th percentile rises by less than 50 ms, in the median of the rounds.

    ./workgraph bench fairness
    python -m benchmarks.fairness --rounds 1 --seconds 5 --objects 20000
"""

import argparse
import asyncio
import statistics
import sys
from collections.abc import Sequence
from typing import Any, Final

from benchmarks.peering.asking import Question
from benchmarks.peering.measuring import MILLI
from benchmarks.peering.queries import GENEROUS, ONE, huge
from benchmarks.peering.serving import LOAD, Yard, a_yard, keep_busy, started
from benchmarks.stage import Process
from resolvers.ids import encode

MOST_RISE: Final = 50.0
UNDER_WAY: Final = 1.0
"""Seconds after which the large answer is being made."""

MEGA: Final = 1e6


def main(arguments: Sequence[str] = ()) -> int:
    """Measure, print each round, and say whether the goal is reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long the object is asked for, each time")
    parser.add_argument("--objects", type=int, default=100_000, help="how many the large answer has at least")
    given = parser.parse_args(arguments)
    rises = asyncio.run(measure(given.rounds, given.seconds, given.objects))
    reached = statistics.median(rises) < MOST_RISE
    print(f"\ngoal: p99 rises by less than {MOST_RISE:.0f} ms: {'reached' if reached else 'MISSED'}")
    return 0 if reached else 1


async def measure(rounds: int, seconds: float, objects: int) -> list[float]:
    """Take turns; return by how many milliseconds the 99th percentile rose in each."""
    async with a_yard([GENEROUS]) as yard, started(LOAD) as crowd:
        server = yard.servers[GENEROUS]
        large = server.asked(huge(objects), {"id": encode("Flow", yard.rows.largest)})
        answer, _ = await server.answer(large)
        found = answer.count(b'"id"')
        print(f"the large answer has {found:,} objects and {len(answer) / MEGA:.1f} MB\n")
        print(f"{'':<10} {'alone':>31} {'beside the large answer':>31} {'large':>12}")
        print(f"{'':<10} {'p50':>10} {'p99':>10} {'answers':>9} {'p50':>10} {'p99':>10} {'answers':>9} {'answers':>12}")
        return [await one_round(yard, crowd, large, seconds) for _ in range(rounds)]


async def one_round(yard: Yard, crowd: Process, large: Question, seconds: float) -> float:
    """Ask alone, then beside; print how long both took, and return by how much the 99th percentile rose."""
    server = yard.servers[GENEROUS]
    alone = await asked_once(yard, seconds)
    beside = asyncio.create_task(keep_busy(crowd, server, large, connections=1, seconds=UNDER_WAY + seconds))
    await asyncio.sleep(UNDER_WAY)
    disturbed = await asked_once(yard, seconds)
    made = await beside
    assert not made["wrong"], made["wrong_answer"]
    print(f"{'':<10} {shown(alone)} {shown(disturbed)} {made['answered']:>12}", flush=True)
    return p99(disturbed) - p99(alone)


async def asked_once(yard: Yard, seconds: float) -> Any:
    """Ask for one object, one request after the other; return what came of it."""
    server = yard.servers[GENEROUS]
    run = await keep_busy(yard.load, server, server.questions[ONE], connections=1, seconds=seconds)
    assert not run["wrong"], run["wrong_answer"]
    return run


def p99(run: Any) -> float:
    """Return the milliseconds within which 99 of 100 were answered."""
    took: list[float] = run["took"]
    return MILLI * took[min(len(took) - 1, int(len(took) * 0.99))]


def shown(run: Any) -> str:
    """Write the middle, the end and the number of the answers."""
    return f"{MILLI * run['took'][run['answered'] // 2]:>7.1f} ms {p99(run):>7.1f} ms {run['answered']:>9,}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
