"""Whether 1,000 webhooks a second leave as fast as they come, how soon, at what cost, and past a slow endpoint.

Writers change flows through the unit of work that all operations use, ten changes in each transaction, because one
process here does not write 200 events a second with one request for each. A relay with the sequencer has a process of
its own, the dispatcher has one, as `worker` would run it, and so have the receivers, which are on this machine: the
guard lets them through by the setting of a developer's machine. Every endpoint asks for every change. Then two short
runs are held against each other: one as before, and one with another endpoint, which answers after ten seconds.

    ./workgraph bench webhooks
    python -m benchmarks.webhooks --seconds 10 --beside 0
"""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import select
from standardwebhooks import Webhook
from uuid_utils.compat import uuid7

from benchmarks.stage import Process, Stage, a_process, a_stage
from db.models.onboarding import Flow
from db.models.webhooks import WebhookEndpoint, WebhookEndpointStatus
from tests.webhooks.dispatching import an_endpoint

TYPE: Final = "onboarding.flow.updated"
WRITERS: Final = 4
AT_ONCE: Final = 10
"""Changes of one transaction, each of a flow of its own."""

MOST_SECONDS: Final = 10.0
"""Until when nothing may be left over after the last event."""

MOST_RATIO: Final = 1.5
"""How much longer the others may wait, at p99, while one endpoint is slow."""

LEAST_RATE: Final = 0.98
SLOW: Final = 10.0
PATIENCE: Final = 120.0
LEFT: Final = """
select (select count(*) from pool.webhook_deliveries where endpoint_id = any(:endpoints) and status = 'pending')
  + :number * (select count(*) from pool.event_outbox where position is null and type = :type)
"""
COUNTED: Final = """
select (select count(*) from pool.webhook_deliveries) as made, (select count(*) from pool.webhook_attempts) as attempts,
  (select count(*) from pool.webhook_deliveries where status = 'succeeded') as succeeded
"""


@dataclass(frozen=True)
class Wanted:
    """How much, for how long; and how long each of the runs that are held against each other is."""

    rate: int
    seconds: float
    beside: float
    endpoints: int


@dataclass
class Run:
    """What was written and when, what was told and when, and what was left over after the last event."""

    committed: dict[str, float] = field(default_factory=dict[str, float])
    seconds: float = 0.0
    left: list[int] = field(default_factory=list[int])
    drained: float | None = None
    cpu: dict[str, float] = field(default_factory=dict[str, float])
    told: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    @property
    def waits(self) -> list[float]:
        """How long each change took to each endpoint, from its commit."""
        found = (
            at - self.committed[mark]
            for each in self.told
            for mark, at in each["first"].items()
            if mark in self.committed
        )
        return sorted(max(0.0, wait) for wait in found)

    @property
    def missing(self) -> int:
        """How many were not told of."""
        return len(self.told) * len(self.committed) - len(self.waits)

    @property
    def rate(self) -> float:
        """Events a second."""
        return len(self.committed) / self.seconds


@dataclass
class Yard:
    """Who writes, who sends, who receives, and the endpoints with their secrets."""

    stage: Stage
    relay: Process
    dispatcher: Process
    receivers: Process
    flows: Sequence[Sequence[UUID]] = ()
    endpoints: Mapping[UUID, str] = field(default_factory=dict[UUID, str])
    slow: Sequence[UUID] = ()

    async def begin(self) -> None:
        """Make flows for each writer, and an endpoint for each receiver; the last one is slow, and not told yet."""
        async with self.stage.acting() as context:
            flows = [Flow(id=uuid7(), name=f"Flow {each}", duration_days=30) for each in range(WRITERS * AT_ONCE)]
            for flow in flows:
                context.add(flow)
            await context.flush()
        ids = [flow.id for flow in flows]
        self.flows = [ids[each::WRITERS] for each in range(WRITERS)]
        ports = orjson.loads(await self.receivers.said())
        made = [await an_endpoint(self.stage.company, f"http://127.0.0.1:{port}/hook", TYPE) for port in ports]
        self.slow, self.endpoints = [made.pop()[0]], dict(made)
        await self.tell_slow(told=False)

    async def tell_slow(self, *, told: bool) -> None:
        """Resume the slow endpoint, or pause it."""
        async with self.stage.acting() as context:
            for endpoint in await context.many(WebhookEndpoint, self.slow):
                endpoint.status = WebhookEndpointStatus.ACTIVE if told else WebhookEndpointStatus.PAUSED
            await context.flush()

    async def left(self) -> int:
        """Count what is not delivered yet to whoever is not slow."""
        given = {"endpoints": list(self.endpoints), "number": len(self.endpoints), "type": TYPE}
        [(count,)] = await self.stage.company.rows(LEFT, **given)
        return int(count)

    @property
    def cpu(self) -> dict[str, float]:
        """Seconds of CPU that each has used."""
        sides = {"relay and sequencer": self.relay, "dispatcher": self.dispatcher, "receivers": self.receivers}
        return {"writers": time.process_time()} | {name: side.cpu for name, side in sides.items()}

    async def run(self, rate: int, seconds: float) -> Run:
        """Write for so long, and wait until nothing is left over."""
        run, cpu, began = Run(), self.cpu, time.monotonic()
        marks = iter(range(int(rate * seconds)))
        await asyncio.gather(*(self._write(run, flows, rate, marks) for flows in self.flows))
        run.seconds = time.monotonic() - began
        await self._drain(run, time.monotonic())
        run.cpu = {name: used - cpu[name] for name, used in self.cpu.items()}
        run.told = (await self.receivers.asked("taken"))[: len(self.endpoints)]
        return run

    async def _write(self, run: Run, flows: Sequence[UUID], rate: int, marks: Iterator[int]) -> None:
        """Change ten flows at a time, as often as all writers together have to; what is late is made up for."""
        began = time.monotonic()
        while turn := [mark for _, mark in zip(flows, marks, strict=False)]:
            await asyncio.sleep(max(0.0, began + turn[0] / rate - time.monotonic()))
            names = [f"{began:.6f} {mark}" for mark in turn]
            async with self.stage.acting() as context:
                found = await context.all(select(Flow).where(Flow.id.in_(flows)).order_by(Flow.id).with_for_update())
                for flow, name in zip(found, names, strict=False):
                    flow.name = name
                await context.flush()
            run.committed |= dict.fromkeys(names, time.monotonic())

    async def _drain(self, run: Run, ended: float) -> None:
        """Look each second what is left over, and more often when it is gone."""
        while time.monotonic() < ended + PATIENCE:
            left = await self.left()
            if time.monotonic() >= ended + len(run.left):
                run.left.append(left)
            if not left:
                run.drained = time.monotonic() - ended
                return
            await asyncio.sleep(0.1)

    def verified(self, run: Run) -> int:
        """Verify a sample of what was sent, with a library that is not ours; return how many that were."""
        pairs = [
            (sample, secret)
            for each, secret in zip(run.told, self.endpoints.values(), strict=True)
            for sample in each["samples"]
        ]
        for sample, secret in pairs:
            Webhook(secret).verify(sample["body"], sample["headers"])
        return len(pairs)


@asynccontextmanager
async def a_yard(endpoints: int, profile: str) -> AsyncGenerator[Yard]:
    """Start everything: so many endpoints, and a slow one."""
    async with a_stage(spread=True) as stage:
        relay, dispatcher = ("relay",), ("dispatcher", *([profile] if profile else ()))
        async with (
            a_process("benchmarks.bringing", *stage.place[:3], *relay) as relaying,
            a_process("benchmarks.bringing", *stage.place[:3], *dispatcher) as dispatching,
            a_process("benchmarks.receiving", *[0] * endpoints, SLOW) as receivers,
        ):
            for process in (relaying, dispatching):
                assert await process.said() == "ready"
            yard = Yard(stage, relaying, dispatching, receivers)
            await yard.begin()
            yield yard


async def measure(wanted: Wanted, profile: str) -> bool:
    """Run everything, print the figures, and say whether the goals are reached."""
    async with a_yard(wanted.endpoints, profile) as yard:
        await yard.run(wanted.rate, 2)  # what is done once is done
        before = await counted(yard)
        run = await yard.run(wanted.rate, wanted.seconds)
        reached = show(yard, run, wanted, {name: each - before[name] for name, each in (await counted(yard)).items()})
        if profile:
            yard.dispatcher.tell("write")
            assert await yard.dispatcher.said() == "written"
        return await past_a_slow_one(yard, wanted) and reached if wanted.beside and not profile else reached


async def counted(yard: Yard) -> dict[str, int]:
    """Count deliveries and attempts, as they stand in the database."""
    [row] = await yard.stage.company.rows(COUNTED)
    return dict(row._mapping)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - SQLAlchemy's public name for it


def show(yard: Yard, run: Run, wanted: Wanted, counts: Mapping[str, int]) -> bool:
    """Print what one run came to; say whether it was enough."""
    deliveries = len(run.committed) * wanted.endpoints
    figures = {
        "events committed": f"{len(run.committed):,} in {run.seconds:.1f} s, {run.rate:.0f} a second",
        "deliveries made, attempted, succeeded": ", ".join(f"{each:,}" for each in counts.values()),
        "told of again, not told of": f"{sum(each['again'] for each in run.told):,}, {run.missing:,}",
        "left over after the last event, each second": " ".join(f"{each:,}" for each in run.left),
        "seconds until nothing was left over": f"{run.drained:.1f}" if run.drained is not None else "never",
        "from the commit to the receiver": spread_of(run.waits),
        "CPU of the dispatcher for 1,000 deliveries": f"{1000 * run.cpu['dispatcher'] / deliveries:.2f} s",
        "CPU in seconds": ", ".join(f"{name} {used:.1f}" for name, used in run.cpu.items()),
        "connections made by it, in all": f"{sum(each['connections'] for each in run.told):,}",
        "signatures of a sample that verify": f"{yard.verified(run):,}",
    }
    for name, figure in figures.items():
        print(f"{name:<48} {figure}", flush=True)
    is_soon = run.drained is not None and run.drained <= MOST_SECONDS
    is_whole = run.missing == 0 and counts["succeeded"] == deliveries
    return is_soon and is_whole and run.rate >= LEAST_RATE * wanted.rate


def spread_of(waits: Sequence[float]) -> str:
    """Write the middle and the end of some times."""
    return f"p50 {1000 * part_of(waits, 0.5):.0f} ms, p99 {1000 * part_of(waits, 0.99):.0f} ms of {len(waits):,}"


def part_of(waits: Sequence[float], part: float) -> float:
    """Return the time that this part of some sorted times is within."""
    return waits[int(len(waits) * part)] if waits else 0.0


async def past_a_slow_one(yard: Yard, wanted: Wanted) -> bool:
    """Hold the others' times against each other, without a slow endpoint beside them and with one."""
    without = await yard.run(wanted.rate, wanted.beside)
    await yard.tell_slow(told=True)
    beside = await yard.run(wanted.rate, wanted.beside)
    ratio = part_of(beside.waits, 0.99) / part_of(without.waits, 0.99)
    print(f"{'without an endpoint that is slow':<48} {spread_of(without.waits)}")
    print(f"{f'beside one that answers after {SLOW:.0f} s':<48} {spread_of(beside.waits)}")
    print(f"{'so many times as long, at p99':<48} {ratio:.2f}", flush=True)
    return ratio <= MOST_RATIO and without.missing == beside.missing == 0


def main(arguments: Sequence[str] = ()) -> int:
    """Measure, print the figures, and say whether the goals are reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=200, help="events a second")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--beside", type=float, default=15, help="seconds without and with a slow endpoint; 0: neither")
    parser.add_argument("--endpoints", type=int, default=5, help="endpoints, each of which is told of each event")
    parser.add_argument("--profile", default="", help="file to write there what the dispatcher's time went to")
    given = parser.parse_args(arguments)
    wanted = Wanted(given.rate, given.seconds, given.beside, given.endpoints)
    reached = asyncio.run(measure(wanted, given.profile))
    goals = f"nothing left over {MOST_SECONDS:.0f} s after the last event, {MOST_RATIO} times as long beside a slow one"
    print(f"goals: {goals}: {'reached' if reached else 'MISSED'}")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
