"""What operations are priced at beside the CPU that they take, and what overrunning a budget does to others.

The case files of the engines and two dozen typical operations over the demo company, to which the weights are fitted,
and two dozen others, to which they are not: the price before they run, what they are charged, and the CPU of server and
PostgreSQL. Goals: the orders of what is charged and of the CPU agree (Spearman at least 0.85), of the former that of
the price beforehand too, and nothing is charged less than a third of its share. Then documents that were made to hurt,
each refused within 50 ms of CPU; the largest document that is accepted, step by step; and what the registered form adds
to a request. Then sixteen clients who overrun their budget beside one who does not: its 99th percentile, of all rounds
together, rises by half at most.

    ./workgraph bench cost
    python -m benchmarks.cost --seconds 0.3 --rounds 1
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog
from structlog import DropEvent
from structlog.typing import EventDict

from benchmarks.costing.overrunning import Beside, rounds
from benchmarks.costing.predicting import Measured, a_door, predictions, spearman
from benchmarks.costing.refusing import Refusal, accepting, hidden, refusals
from benchmarks.costing.registering import forms
from tests.engines.ground import a_ground
from tests.proofs.tenants import a_world

LEAST_AGREEMENT: Final = 0.85
LEAST_SHARE: Final = 1 / 3
MOST_RISE: Final = 1.5
MOST_CPU: Final = 50.0
MOST_MORE: Final = 100.0
MILLI: Final = 1e3


def main(arguments: Sequence[str] = ()) -> int:
    """Measure both, print the tables, and say whether the goals are reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each operation is asked")
    parser.add_argument("--rounds", type=int, default=8, help="how often the crowd comes; 0: not at all")
    parser.add_argument("--beside", type=float, default=10.0, help="how long it is measured, each time")
    given = parser.parse_args(arguments)
    reached = asyncio.run(measure(given.seconds))
    if given.rounds:
        reached &= undisturbed(asyncio.run(rounds(given.rounds, given.beside)))
    return 0 if reached else 1


async def measure(seconds: float) -> bool:
    """Measure the operations over the demo company, what is refused, and the largest document."""
    structlog.configure(processors=[unsaid])
    async with a_world() as world:
        ground = await a_ground(world)
        door = await a_door(ground)
        fitted, foretold = await predictions(ground, door, seconds)
        point = sum(each.cpu for each in fitted) / sum(each.actual for each in fitted)
        reached = predicted("fitted to these", fitted, point)
        reached &= predicted("fitted without these", foretold, point, full=False)
        reached &= soon([*await refusals(door), *await hidden(ground)])
        for name, took in accepting(ground.joined).items():
            print(f"  {name:<28} {took:>8.2f} ms")
        return reached & light(await forms(ground, door))


def unsaid(_logger: Any, _name: str, _event: EventDict) -> EventDict:
    """Log nothing: what fails here is meant to fail."""
    raise DropEvent


def soon(found: Sequence[Refusal]) -> bool:
    """Print what was refused; hold it against the goal."""
    print(f"\n{'refused':<52} {'code':<16} {'limit':<20} {'CPU':>8}")
    for each in found:
        print(f"{each.name:<52} {each.code:<16} {each.limit:<20} {each.cpu:>5.1f} ms")
    most = max(each.cpu for each in found)
    return told(f"each within {MOST_CPU:.0f} ms; the most is {most:.1f}", reached=most < MOST_CPU)


def predicted(title: str, found: Sequence[Measured], point: float, *, full: bool = True) -> bool:
    """Print operations, the dearest first; hold them against the goals. A point is so many microseconds.

    The price beforehand is that of full lists: where they are not, it has no goal.
    """
    print(f"\n{title:<52} {'requested':>9} {'actual':>8} {'server':>9} {'Postgres':>9} {'share':>6}")
    for each in sorted(found, key=lambda each: each.cpu, reverse=True):
        times = f"{each.server:>6,.0f} us {each.postgres:>6,.0f} us"
        print(f"{each.name:<52} {each.requested:>9,} {each.actual:>8,} {times} {share(each, point):>6.2f}")
    cpu = [each.cpu for each in found]
    charged = spearman([each.actual for each in found], cpu)
    beforehand = spearman([each.requested for each in found], cpu)
    least = min(share(each, point) for each in found)
    print(f"a point is {point:.1f} us; Spearman {charged:.3f} of what is charged, {beforehand:.3f} beforehand")
    goals = [
        told(f"what is charged and CPU agree to {LEAST_AGREEMENT}", reached=charged >= LEAST_AGREEMENT),
        not full
        or told(f"the price beforehand and CPU agree to {LEAST_AGREEMENT}", reached=beforehand >= LEAST_AGREEMENT),
        told(f"nothing under a third of its share; the least is {least:.2f}", reached=least >= LEAST_SHARE),
    ]
    return all(goals)


def share(each: Measured, point: float) -> float:
    """Return what is charged, of what would be charged were all alike."""
    return each.actual * point / each.cpu


def light(found: Mapping[str, float]) -> bool:
    """Print what one object takes to be asked for in each form; hold the difference against the goal."""
    print(f"\none object, server: {', '.join(f'{form} {took:.0f} us' for form, took in found.items())}")
    more = found["by its id"] - found["as text"]
    return told(f"registered under {MOST_MORE:.0f} us more; it is {more:+.0f}", reached=more < MOST_MORE)


def undisturbed(found: Sequence[Beside]) -> bool:
    """Print the rounds, and all of them together; hold these against the goal."""
    print(
        f"\n{'alone':<9} {'p50':>10} {'p99':>10}   {'beside':<7} {'p50':>10} {'p99':>10} {'others':>9} {'refused':>9}"
    )
    for each in found:
        print(f"{'':<9} {ends(each.alone)}   {'':<7} {ends(each.beside)} {each.asked:>9,} {each.refused:>9,}")
    alone, beside = ([took for each in found for took in getattr(each, name)] for name in ("alone", "beside"))
    print(f"{'together':<9} {ends(alone)}   {'':<7} {ends(beside)}")
    rise = at(beside, 0.99) / at(alone, 0.99)
    return told(f"p99 rises by half at most; it rises to {rise:.2f}", reached=rise <= MOST_RISE)


def ends(took: Sequence[float]) -> str:
    """Write the middle and the end of some times."""
    return f"{at(took, 0.5):>7.2f} ms {at(took, 0.99):>7.2f} ms"


def at(took: Sequence[float], share: float) -> float:
    """Return the milliseconds within which a share of the answers came."""
    ordered = sorted(took)
    return MILLI * ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def told(goal: str, *, reached: bool) -> bool:
    """Say whether a goal is reached."""
    print(f"goal: {goal}: {'reached' if reached else 'MISSED'}", flush=True)
    return reached


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
