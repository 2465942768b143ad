"""Counts are folded into the tables once, whoever is killed where, and whoever else folds at the same time."""

import asyncio
import contextlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from cli.serving import work_of
from db.catalog.usage import Use, Used, add_usage, forget_usage, usage
from db.roles import DatabaseRole, url_as
from gateways.usage import Counts
from resolvers.jobs import tasks_of
from resolvers.usage import FOLD, Folding, named, use_named
from tests.wiring import MASTER_KEY, PREFIX
from tests.world import World

ROOT = Path(__file__).parents[2]
TODAY = date(2027, 5, 4)
NOW = datetime(2027, 5, 4, 12, tzinfo=UTC)


@dataclass
class Bench:
    """A hash of counts of its own, and a client that is only in it."""

    world: World
    counts: Counts
    folding: Folding
    prefix: str
    client: str

    def of(self, times: int, coordinate: str = "Flow.name", day: date = TODAY) -> Mapping[str, int]:
        return {named(Use(coordinate, self.client, day)): times}

    async def times(self) -> int:
        return sum(each.times for each in await self.used())

    async def used(self) -> list[Used]:
        async with self.world.parts.catalog.connect() as connection:
            return [each for each in await usage(connection) if each.client == self.client]


@pytest.fixture
def bench(world: World) -> Bench:
    name = uuid4().hex
    counts = Counts(world.parts.bus, prefix=f"test-{name}")
    folding = Folding(world.parts.catalog, counts, clock=lambda: NOW)
    return Bench(world, counts, folding, f"test-{name}", f"a client {name}")


def test_a_use_has_a_name() -> None:
    use = Use("Query.flows(first:)", "a client of two words", TODAY)
    assert use_named(named(use)) == use


async def test_counts_add_up_by_day(bench: Bench) -> None:
    await bench.counts.add(bench.of(3))
    await bench.counts.add({**bench.of(4), **bench.of(5, day=TODAY - timedelta(days=2)), **bench.of(1, "Flow.id")})
    assert await bench.folding.fold() == 3
    await bench.counts.add(bench.of(10))
    assert await bench.folding.fold() == 1
    assert await bench.used() == [
        Used("Flow.id", bench.client, 1, TODAY, TODAY),
        Used("Flow.name", bench.client, 22, TODAY - timedelta(days=2), TODAY),
    ]
    assert await bench.folding.fold() == 0


async def test_killed_before_it_was_written_down(bench: Bench) -> None:
    await bench.counts.add(bench.of(3))
    assert await bench.counts.set_aside()
    await bench.counts.add(bench.of(4))
    assert await bench.times() == 0
    await bench.folding.fold()
    assert await bench.times() == 7


async def test_killed_after_it_was_written_down_and_before_it_was_dropped(bench: Bench) -> None:
    await bench.counts.add(bench.of(3))
    batch = await bench.counts.set_aside()
    assert batch is not None
    async with bench.world.parts.catalog.begin() as connection:
        assert await add_usage(connection, batch.name, {use_named(name): n for name, n in batch.counts.items()})
    await bench.counts.add(bench.of(4))
    await bench.folding.fold()
    assert await bench.times() == 7
    assert await bench.counts.set_aside() is None


async def test_killed_in_its_transaction(bench: Bench) -> None:
    await bench.counts.add(bench.of(3))
    batch = await bench.counts.set_aside()
    assert batch is not None
    async with bench.world.parts.catalog.connect() as connection:
        await add_usage(connection, batch.name, {use_named(name): n for name, n in batch.counts.items()})
    await bench.folding.fold()
    assert await bench.times() == 3


async def test_two_who_fold_at_once(bench: Bench) -> None:
    for _ in range(10):
        await bench.counts.add(bench.of(1))
        await asyncio.gather(bench.folding.fold(), bench.folding.fold(), bench.folding.fold())
    await bench.folding.fold()
    assert await bench.times() == 10


async def test_whoever_folds_is_killed_again_and_again(bench: Bench) -> None:
    wiring = bench.world.wiring
    url = url_as(wiring.database_url, DatabaseRole.CONTROL, prefix=PREFIX, master_key=MASTER_KEY)
    command = [sys.executable, "-m", "tests.evolution.killed", url, wiring.redis_url, bench.prefix]
    killing = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    added = 0
    while killing.returncode is None:
        await bench.counts.add(bench.of(1))
        added += 1
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(killing.wait(), 0.003)
    assert killing.returncode == 0
    by_the_killed = await bench.times()
    await bench.folding.fold()
    await bench.folding.fold()
    assert await bench.times() == added
    assert 0 < by_the_killed <= added


async def test_who_is_late_drops_no_later_batch(bench: Bench) -> None:
    await bench.counts.add(bench.of(3))
    late = await bench.counts.set_aside()
    assert late is not None
    await bench.folding.fold()
    await bench.counts.add(bench.of(4))
    assert await bench.counts.set_aside()
    await bench.counts.drop(late)
    await bench.folding.fold()
    assert await bench.times() == 7


async def test_counts_that_valkey_brings_back_are_not_added_again(bench: Bench) -> None:
    """A Valkey that was restarted may have what it had some time ago, under the name that it had."""
    await bench.counts.add(bench.of(3))
    redis = bench.world.parts.bus
    key = f"{bench.prefix}:usage"
    saved = await redis.dump(key)
    assert saved is not None
    await bench.folding.fold()
    await redis.restore(key, 60_000, saved)
    await bench.folding.fold()
    assert await bench.times() == 3


async def test_what_is_old_is_forgotten(bench: Bench) -> None:
    long_ago = TODAY - timedelta(days=500)
    await bench.counts.add({**bench.of(1, day=long_ago), **bench.of(2)})
    await bench.folding.by_the_clock([])
    assert [(each.times, each.first) for each in await bench.used()] == [(2, TODAY)]
    batch = uuid4()
    async with bench.world.parts.catalog.begin() as connection:
        await add_usage(connection, batch, {})
        await forget_usage(connection, days_until=long_ago, batches_until=datetime.now(UTC) - timedelta(minutes=1))
        assert not await add_usage(connection, batch, {})
        await forget_usage(connection, days_until=long_ago, batches_until=datetime.now(UTC) + timedelta(minutes=1))
        assert await add_usage(connection, batch, {})


async def test_a_worker_folds_by_the_clock(world: World) -> None:
    tasks = {task.name for task in tasks_of(work_of(world.wiring, world.parts))}
    assert FOLD in tasks
