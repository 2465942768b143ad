"""Budgets in Valkey: leased in portions, given back, shared by processes, and everybody's own."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs
from uuid_utils.compat import uuid7

from auth.principal import ANONYMOUS
from gateways.limits import Bucket, Buckets
from resolvers import budgets as module
from resolvers.barred import RateLimited, TooMuch
from resolvers.budgets import LEASE, Budget, Budgets, Lease
from resolvers.context import Asking
from tests.world import CompanyWorld, World

SLOWLY = 0.001


class Counted(Buckets):
    """Buckets that count how often Valkey was asked."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        super().__init__(redis, prefix=prefix)
        self.asked = 0

    async def draw(self, *given: Any, **named: Any) -> Any:
        self.asked += 1
        return await super().draw(*given, **named)


@pytest.fixture
def prefix() -> str:
    return f"test-{uuid7()}"


def process(world: World, prefix: str, size: int, *, rate: float = SLOWLY, company: int | None = None) -> Budgets:
    """The budgets as one process keeps them."""
    together = None if company is None else Bucket(company, rate)
    return Budgets(Counted(world.parts.bus, prefix), Budget(Bucket(size, rate), together))


def asked(budgets: Budgets) -> int:
    return budgets._buckets.asked  # type: ignore[attr-defined]


async def fits(budgets: Budgets, asking: Asking, points: int) -> bool:
    try:
        await budgets.take(asking, points)
    except RateLimited:
        return False
    return True


async def used(budgets: Budgets, asking: Asking, points: int) -> int:
    """Take as often as it goes; return how many points that were."""
    taken = 0
    while await fits(budgets, asking, points):
        taken += points
    return taken


@pytest.fixture
async def asking(company: CompanyWorld) -> Asking:
    return (await company.person()).asking


async def test_a_budget_is_used_up_to_the_point(world: World, asking: Asking, prefix: str) -> None:
    budgets = process(world, prefix, 1000)
    assert await used(budgets, asking, 7) == 994
    assert await fits(budgets, asking, 6)
    assert not await fits(budgets, asking, 1)


async def test_most_requests_need_no_round_trip(world: World, asking: Asking, prefix: str) -> None:
    budgets = process(world, prefix, 100_000)
    for _ in range(500):
        await budgets.take(asking, 10)
    assert asked(budgets) == 5


async def test_it_is_restored_with_time(world: World, asking: Asking, prefix: str) -> None:
    budgets = process(world, prefix, 100, rate=100)
    assert await used(budgets, asking, 50) >= 100
    with pytest.raises(RateLimited) as refused:
        await budgets.take(asking, 50)
    assert refused.value.data["retry_after"] == 1
    await asyncio.sleep(0.6)
    assert await fits(budgets, asking, 50)


async def test_what_was_not_used_is_given_back(world: World, asking: Asking, prefix: str) -> None:
    budgets = process(world, prefix, 1000)
    for _ in range(20):
        charge = await budgets.take(asking, 700)
        await budgets.give_back(charge, 690)
    assert budgets.standing(asking).remaining == 1000 - 20 * 10


async def test_what_is_given_back_serves_another_process(world: World, asking: Asking, prefix: str) -> None:
    one, other = process(world, prefix, 1000), process(world, prefix, 1000)
    charge = await one.take(asking, 900)
    assert not await fits(other, asking, 500)
    await one.give_back(charge, 890)
    await asyncio.sleep(module.FRESH)
    assert await fits(other, asking, 900)


async def test_two_processes_share_a_budget(world: World, asking: Asking, prefix: str) -> None:
    one, other = process(world, prefix, 1000), process(world, prefix, 1000)
    taken = await asyncio.gather(used(one, asking, 1), used(other, asking, 1))
    assert sum(taken) == 1000


async def test_processes_overshoot_by_no_more_than_a_portion_each(world: World, asking: Asking, prefix: str) -> None:
    size, rate = 1000, 1000.0
    some = [process(world, prefix, size, rate=rate) for _ in range(3)]
    began, taken = time.monotonic(), 0
    while (seconds := time.monotonic() - began) < 1.0:
        for each in some:
            taken += 5 * await fits(each, asking, 5)
    assert taken <= size + rate * seconds + len(some) * size / module.PORTIONS


async def test_a_lease_that_has_ended_is_given_back(
    world: World, asking: Asking, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEASE", 0.05)
    budgets = process(world, prefix, 1000)
    for _ in range(4):
        await budgets.take(asking, 1)
        await asyncio.sleep(0.06)
    assert asked(budgets) == 4
    assert budgets.standing(asking).remaining == 996


async def test_a_crowd_takes_no_more_than_there_is(world: World, asking: Asking, prefix: str) -> None:
    budgets = process(world, prefix, 100)
    let_in = await asyncio.gather(*(fits(budgets, asking, 1) for _ in range(300)))
    assert sum(let_in) == 100


async def test_what_never_fits_is_told_to_ask_for_less(world: World, asking: Asking, prefix: str) -> None:
    for company in (None, 50):
        budgets = process(world, prefix, 50 if company is None else 1000, company=company)
        with pytest.raises(TooMuch) as refused:
            await budgets.take(asking, 51)
        assert refused.value.data == {"most": 50, "requested": 51}
        assert asked(budgets) == 0


async def test_each_person_has_a_budget_and_a_company_has_one(
    world: World, company: CompanyWorld, other_company: CompanyWorld, prefix: str
) -> None:
    ada, bob, eve = [(await each.person()).asking for each in (company, company, other_company)]
    budgets = process(world, prefix, 100, company=150)
    assert await used(budgets, ada, 10) == 100
    assert await used(budgets, bob, 10) == 50
    assert await used(budgets, eve, 10) == 100


async def test_a_company_that_overruns_does_not_show_in_another(
    world: World, company: CompanyWorld, other_company: CompanyWorld, prefix: str
) -> None:
    ada, eve = (await company.person()).asking, (await other_company.person()).asking
    budgets = process(world, prefix, 100, company=100)
    await budgets.take(eve, 10)
    before = budgets.standing(eve)
    await used(budgets, ada, 10)
    assert budgets.standing(eve) == before
    held = [asyncio.create_task(fits(budgets, ada, 10)) for _ in range(50)]
    await asyncio.sleep(0)
    began = time.monotonic()
    assert await fits(budgets, eve, 10)
    assert time.monotonic() - began < module.PAUSE * 0.4
    assert not any(await asyncio.gather(*held))


async def test_a_site_that_changes_its_address_has_one_lease(world: World, asking: Asking, prefix: str) -> None:
    """It has 2^64 addresses: a lease for each would put out those of everybody else."""
    budgets = process(world, prefix, 100_000)
    for number in range(50):
        await budgets.take(replace(asking, principal=ANONYMOUS, address=f"2001:db8::{number:x}"), 1)
    assert len(budgets._leases) == 1


async def test_strangers_do_not_use_up_what_people_have(world: World, asking: Asking, prefix: str) -> None:
    budgets = process(world, prefix, 100, company=150)
    here, there, same = [
        replace(asking, principal=ANONYMOUS, address=each) for each in ("192.0.2.1", "192.0.2.2", "2001:db8::1")
    ]
    neighbour = replace(same, address="2001:db8::2")
    assert await used(budgets, same, 10) == 100
    assert await used(budgets, neighbour, 10) == 0
    assert await used(budgets, here, 10) + await used(budgets, there, 10) == 50
    assert await used(budgets, asking, 10) == 100


async def test_who_goes_on_asking_is_kept_waiting(world: World, asking: Asking, prefix: str) -> None:
    budgets = process(world, prefix, 10)
    await budgets.take(asking, 10)
    took = list[float]()
    for _ in range(2):
        began = time.monotonic()
        assert not await fits(budgets, asking, 10)
        took.append(time.monotonic() - began)
    assert took[0] < module.PAUSE * 0.4 < module.PAUSE / 2 <= took[1]


async def test_a_small_request_fits_where_a_large_one_does_not(world: World, asking: Asking, prefix: str) -> None:
    budgets = process(world, prefix, 100)
    await budgets.take(asking, 60)
    assert not await fits(budgets, asking, 50)
    assert await fits(budgets, asking, 30)


@pytest.fixture
async def nowhere() -> AsyncIterator[Redis]:
    """A Valkey that is not there."""
    redis = Redis.from_url("redis://127.0.0.1:1/0")
    yield redis
    await redis.aclose()


async def test_nobody_is_limited_while_valkey_is_away_which_is_logged_once(nowhere: Redis, asking: Asking) -> None:
    budgets = Budgets(Counted(nowhere, "test"), Budget(Bucket(10, 1)))
    with capture_logs() as lines:
        charges = [await budgets.take(asking, 10) for _ in range(20)]
        await budgets.give_back(charges[0], 9)
        budgets._away = -1.0
        assert await fits(budgets, asking, 10)
    assert [line["event"] for line in lines] == ["budgets are not kept, Valkey is away"]
    assert asked(budgets) == 2
    assert {charge.points for charge in charges} == {0}


async def test_a_bucket_that_is_empty_is_forgotten(world: World, asking: Asking, prefix: str) -> None:
    budgets = process(world, prefix, 1000)
    charge = await budgets.take(asking, 500)
    [key] = [each async for each in world.parts.bus.scan_iter(f"{prefix}:*")]
    assert 0 < await world.parts.bus.pttl(key) <= 500 / SLOWLY * 1000 + 1000
    await budgets.give_back(charge, 500)
    assert budgets.standing(asking).remaining == 1000


async def test_leases_are_bounded(world: World, asking: Asking, prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_LEASES", 3)
    budgets = process(world, prefix, 1000)
    for number in range(10):
        await budgets.take(replace(asking, principal=ANONYMOUS, address=f"192.0.2.{number}"), 1)
    assert len(budgets._leases) == 3


def test_a_lease_that_never_began_has_nothing() -> None:
    lease = Lease({"a": Bucket(10, 1)})
    assert not lease.has(0, LEASE + 1)
    assert lease.wait(1, 0.0) == 0
