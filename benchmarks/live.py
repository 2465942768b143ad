"""How soon a subscriber in another process hears of a commit, and what ten thousand subscribers cost while idle.

Latency: one process writes 200 events a second, each in a transaction of its own, and relays; a server in another
process tells its subscribers, and one of those notes, in a third process, when each message comes. Idle: the server has
its subscribers and nothing happens. It counts its own statements, and PostgreSQL the transactions of the database, to
which nothing else is connected then; memory and CPU are the machine's. A company is looked up now and then, for all its
subscribers together; that is counted apart.

    ./workgraph bench live
    python -m benchmarks.live --subscribers 500 --seconds 5
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from typing import Final

import httpx
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks.stage import EVENTS, Process, Stage, a_process, a_stage
from db.models.log import EventOutbox
from db.session import async_url
from subscriptions.bus import Bus
from tests.live.client import client_of

MOST_P99: Final = 0.1
RATE: Final = 200
WRITERS: Final = 4
SETTLE: Final = 12.0
"""Seconds after which PostgreSQL has counted what a connection did that is idle now."""


def main(arguments: Sequence[str] = ()) -> int:
    """Measure both, print the figures, and say whether the goals are reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscribers", type=int, default=10_000, help="who are idle")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long each is measured")
    given = parser.parse_args(arguments)
    reached = asyncio.run(_measure(given.subscribers, given.seconds))
    print(f"goals: p99 < {MOST_P99 * 1000:.0f} ms, no statement while idle: {'reached' if reached else 'MISSED'}")
    return 0 if reached else 1


async def _measure(subscribers: int, seconds: float) -> bool:
    async with a_stage(spread=True) as stage:
        soon = await _latency(stage, seconds)
        return await idle(stage, subscribers, seconds) and soon


async def _latency(stage: Stage, seconds: float) -> bool:
    """Write at a steady rate, and compare when each was committed and when it was told."""
    committed: dict[int, float] = {}
    async with stage.relaying(), a_process("benchmarks.fanout_server", *stage.place) as server:
        port = await server.said()
        async with a_process("benchmarks.hearing", port, stage.person.token) as hearing:
            assert await hearing.said() == "ready"
            cpu, began = server.cpu, time.monotonic()
            await _write_steadily(stage, seconds, committed)
            written, cpu = time.monotonic() - began, server.cpu - cpu
            heard = {int(version): at for version, at in (await hearing.asked(len(committed))).items()}
    waits = sorted(heard[version] - at for version, at in committed.items())
    p99 = waits[int(len(waits) * 0.99)]
    print(f"{'events a second':<44} {len(committed) / written:.0f} for {written:.0f} s")
    print(f"{'from commit to a subscriber elsewhere, p50':<44} {statistics.median(waits) * 1000:.1f} ms")
    print(f"{'p99':<44} {p99 * 1000:.1f} ms, {waits[-1] * 1000:.0f} ms at most")
    print(f"{'CPU of the server for each event':<44} {cpu / len(committed) * 1000:.2f} ms", flush=True)
    return p99 < MOST_P99


async def _write_steadily(stage: Stage, seconds: float, committed: dict[int, float]) -> None:
    """Write so often, over a few connections; what is late is made up for."""
    versions = iter(range(10, 10 + int(seconds * RATE)))
    bus = Bus(stage.servers.redis_url, prefix="workgraph")
    begun = time.monotonic()

    async def one() -> None:
        async with engine.connect() as connection:
            for version in versions:
                await asyncio.sleep(max(0.0, begun + (version - 10) / RATE - time.monotonic()))
                await connection.execute(written, stage.an_event(version))
                committed[version] = time.monotonic()
                await bus.poke([stage.company.tenant.placement.schema])

    written = insert(EventOutbox)
    url = f"{stage.servers.superuser_url.rpartition('/')[0]}/{stage.servers.database_url.rpartition('/')[2]}"
    engine = create_async_engine(
        async_url(url),
        isolation_level="AUTOCOMMIT",
        execution_options={"schema_translate_map": {None: stage.company.tenant.placement.schema}},
    )
    await asyncio.gather(*(one() for _ in range(WRITERS)))
    await engine.dispose()
    await bus.close()


async def idle(stage: Stage, subscribers: int, seconds: float) -> bool:
    """Count what subscribers cost to whom nothing happens."""
    async with a_process("benchmarks.fanout_server", *stage.place) as server:
        port = await server.said()
        await _one_comes(stage, port)
        before = server.memory
        asked = (port, "/graphql", subscribers, 2, stage.person.token, EVENTS)
        async with a_process("benchmarks.crowd", *asked) as crowd:
            assert await crowd.said() == "ready"
            memory = (server.memory - before) / subscribers
            statements, cpu = await _statements(stage, server, port, seconds)
            assert (await crowd.asked(0))["lost"] == 0
    print(f"{'idle subscribers, each with a connection':<44} {subscribers:,}")
    print(f"{'memory of each':<44} {memory / 1024:.1f} kB")
    print(f"{'CPU of the server':<44} {cpu / seconds * 100:.1f} % of a core")
    print(f"{f'statements for subscribers in {seconds:.0f} s':<44} {statements['requests']}")
    print(f"{'statements that look the company up':<44} {statements['company']}")
    print(f"{'transactions that PostgreSQL counted':<44} {statements['transactions']}")
    return statements["requests"] == 0


async def _one_comes(stage: Stage, port: str) -> None:
    """Have one subscriber come and go, so that what is made once is there before memory is looked at."""
    async with client_of(f"ws://127.0.0.1:{port}", stage.person) as client:
        await client.subscribe(EVENTS)
        await client.next()


async def _statements(stage: Stage, server: Process, port: str, seconds: float) -> tuple[dict[str, int], float]:
    """Have the server count what it sends, and PostgreSQL the transactions of the whole database, while time passes.

    This process sends nothing to that database meanwhile: it asks about it from another one.
    """
    address = f"http://127.0.0.1:{port}/statements"
    database = stage.servers.database_url.rpartition("/")[2]
    engine = create_async_engine(async_url(stage.servers.superuser_url), isolation_level="AUTOCOMMIT")
    counted = text("select xact_commit + xact_rollback from pg_stat_database where datname = :name")

    async def counted_now() -> int:
        return int(await connection.scalar(counted, {"name": database}) or 0)

    async with engine.connect() as connection, httpx.AsyncClient() as http:
        for statement in ("alter system set autovacuum = off", "select pg_reload_conf()"):
            await connection.execute(text(statement))
        await asyncio.sleep(SETTLE)
        before, sent, cpu = await counted_now(), (await http.get(address)).json(), server.cpu
        await asyncio.sleep(seconds)
        cpu, after, sent_then = server.cpu - cpu, await counted_now(), (await http.get(address)).json()
    await engine.dispose()
    return {"transactions": after - before} | {name: sent_then[name] - sent[name] for name in sent}, cpu


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
