"""What it costs to tell 500 and 2,000 subscribers, beside a bare broadcast and strawberry's own subscription.

Each is a fresh process on the first core; its subscribers are bare sockets in another process on the last one. All get
the same events from the same hub, over the same uvicorn and websockets, in messages of the same fields. The broadcast
makes one text and sends it to everybody. Once many events are written at a time, and once one after the other. Figures
are messages a second from the commit to the last subscriber, and the server's CPU for each message. At the end there is
what ten thousand cost to whom nothing happens, as `bench live` measures it.

    ./workgraph bench fanout
    python -m benchmarks.fanout --subscribers 100 --rounds 2 --idle 0
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import httpx

from benchmarks.live import idle
from benchmarks.stage import EVENTS, Process, Stage, a_process, a_stage

OF_BARE, OF_STRAWBERRY = 0.5, 8.0
WAYS: Final = {"bare broadcast": "/bare", "workgraph": "/graphql", "strawberry": "/strawberry/"}
GOALS: Final = {"bare broadcast": ("of bare", OF_BARE), "strawberry": ("times strawberry's", OF_STRAWBERRY)}
IDLE: Final = 12.0
"""Seconds in which those who are idle are looked at."""

ANSWERS: Final = {"bare broadcast": 0, "workgraph": 2, "strawberry": 1}
"""Messages that each gets before there is an event."""

BURST: Final = 20
"""Events of one transaction."""

SLOW: Final = 4
"""How many times fewer rounds strawberry gets."""


@dataclass(frozen=True)
class Figures:
    """What one way cost, at one number of subscribers."""

    rate: float
    cpu: float
    alone_rate: float
    alone_cpu: float


def main(arguments: Sequence[str] = ()) -> int:
    """Measure every way, print the table, and say whether the goals are reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscribers", type=int, nargs="*", default=[500, 2000])
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--ways", nargs="*", default=list(WAYS))
    parser.add_argument("--idle", type=int, default=10_000, help="who are idle at the end; 0: nobody")
    given = parser.parse_args(arguments)
    reached = asyncio.run(_measure(given.subscribers, given.rounds, given.ways, given.idle))
    print(f"goals: {OF_BARE} of bare, {OF_STRAWBERRY:.0f} times strawberry's: {'reached' if reached else 'MISSED'}")
    return 0 if reached else 1


async def _measure(sizes: Sequence[int], rounds: int, ways: Sequence[str], idlers: int) -> bool:
    print(f"{'':<32} {'20 events at a time':>26} {'one after the other':>26}")
    print(f"{'subscribers':>11} {'':<20} {'messages/s':>14} {'CPU each':>11} {'messages/s':>14} {'CPU each':>11}")
    reached = True
    async with a_stage() as stage:
        async with stage.relaying():
            for size in sizes:
                reached &= await _all_ways(stage, size, rounds, ways)
        return reached and await idle(stage, idlers, IDLE) if idlers else reached


async def _all_ways(stage: Stage, size: int, rounds: int, ways: Sequence[str]) -> bool:
    found: dict[str, Figures] = {}
    for way in ways:
        found[way] = await _way(stage, way, size, rounds)
        _show(size, way, found[way])
    return _compare(size, found)


def _show(size: int, way: str, found: Figures) -> None:
    many, alone = (f"{each.real:>14,.0f}" for each in (found.rate, found.alone_rate))
    print(
        f"{size:>11,} {way:<20} {many} {found.cpu * 1e6:>8.1f} us {alone} {found.alone_cpu * 1e6:>8.1f} us", flush=True
    )


def _compare(size: int, found: Mapping[str, Figures]) -> bool:
    """Print the ratios to each other way that was measured; the least of each kind has to do."""
    ours, reached = found.get("workgraph"), True
    for way, (name, goal) in GOALS.items():
        if ours and (other := found.get(way)):
            ratios = (ours.rate / other.rate, other.cpu / ours.cpu, other.alone_cpu / ours.alone_cpu)
            rate, cpu, alone = ratios
            print(f"{size:>11,} {name:<20} {rate:>14.2f} {cpu:>11.2f} {'':>14} {alone:>11.2f}", flush=True)
            reached &= min(ratios) >= goal
    return reached


async def _way(stage: Stage, way: str, size: int, rounds: int) -> Figures:
    rounds = max(1, rounds // SLOW) if way == "strawberry" else rounds
    async with a_process("benchmarks.fanout_server", *stage.place) as server:
        port = await server.said()
        token = "" if way == "bare broadcast" else stage.person.token
        async with a_process("benchmarks.crowd", port, WAYS[way], size, ANSWERS[way], token, EVENTS) as crowd:
            assert await crowd.said() == "ready"
            await _all_follow(way, port, size)
            await _round(stage, server, crowd, size, 1)  # what is done once is done
            many = [await _round(stage, server, crowd, size, BURST) for _ in range(rounds)]
            alone = [await _round(stage, server, crowd, size, 1) for _ in range(rounds * 2)]
    rate, cpu = map(statistics.median, zip(*many, strict=True))
    alone_rate, alone_cpu = map(statistics.median, zip(*alone, strict=True))
    return Figures(rate, cpu, alone_rate, alone_cpu)


async def _all_follow(way: str, port: str, size: int) -> None:
    """Wait until everybody will be told: with us there is a first message that says so, else they are counted."""
    if way != "workgraph":
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            while (await http.get("/followers")).json() < size:  # noqa: ASYNC110 - another process counts
                await asyncio.sleep(0.1)


async def _round(stage: Stage, server: Process, crowd: Process, size: int, events: int) -> tuple[float, float]:
    """Write some events; return messages a second until the last was told, and the CPU of each."""
    cpu, told = server.cpu, asyncio.create_task(crowd.asked(size * events))
    await stage.write(events)
    committed = time.monotonic()
    last = await told
    assert last["lost"] == 0
    await asyncio.sleep(0.05)
    messages = size * events
    return messages / max(1e-6, last["last"] - committed), (server.cpu - cpu) / messages


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
