"""Old events go, from the beginning of each company's log and never the newest; who asks for them is told of a gap."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

import subscriptions.relay
from db.outbox import HeldOutbox
from tests.live.client import client_of
from tests.live.settling import bus_of, settled
from tests.live.test_relay import another_relay, until_held
from tests.webhooks.dispatching import an_endpoint
from tests.world import CompanyWorld, Person, World

KEPT = timedelta(days=30)
OLD = """
update pool.event_outbox set occurred_at = now() - interval '31 days'
where tenant_id = :tenant and position = any(:positions) returning 1"""
LEFT = "select position from pool.event_outbox where tenant_id = :tenant order by position"
EVENTS = 'subscription($after: String) { events(types: ["*"], after: $after) { cursor gap { missed } event { type } } }'


async def flows(person: Person, count: int) -> None:
    for number in range(count):
        await person.do("createFlow", {"name": f"Flow {number}", "durationDays": 7})


async def all_placed(held: HeldOutbox) -> None:
    while await held.place("pool", 500):
        pass


async def age(company: CompanyWorld, positions: Sequence[int]) -> None:
    assert len(await company.rows(OLD, positions=list(positions))) == len(positions)


async def left(company: CompanyWorld) -> list[int]:
    return [row.position for row in await company.rows(LEFT)]


@pytest.fixture
async def logged(company: CompanyWorld, hr: Person) -> int:
    """A company with six further events; the number of all."""
    await flows(hr, 6)
    return len(await company.rows(LEFT))


async def test_only_what_is_old_from_the_beginning_on_goes(
    world: World, company: CompanyWorld, other_company: CompanyWorld, logged: int
) -> None:
    await flows(await other_company.person("HR"), 2)
    async with another_relay(world) as outbox, until_held(outbox) as held:
        await all_placed(held)
        untouched = await left(other_company)
        await age(company, [*range(1, logged - 3), logged - 2])
        while await held.trim("pool", KEPT, 2):
            pass
        assert await left(company) == list(range(logged - 3, logged + 1))
        assert await left(other_company) == untouched


async def test_the_newest_stays_however_old_and_numbers_go_on_after_it(
    world: World, company: CompanyWorld, hr: Person, logged: int
) -> None:
    async with another_relay(world) as outbox, until_held(outbox) as held:
        await all_placed(held)
        await age(company, range(1, logged + 1))
        assert await held.trim("pool", KEPT, 500) >= logged - 1
        assert await held.trim("pool", KEPT, 500) == 0
        assert await left(company) == [logged]
        await flows(hr, 1)
        await all_placed(held)
        assert await left(company) == [logged, logged + 1]


async def test_deliveries_go_when_they_were_finished_long_ago_with_their_attempts(
    world: World, company: CompanyWorld, hr: Person
) -> None:
    await an_endpoint(company, "https://hooks.example.com/in", "onboarding.*")
    await flows(hr, 3)
    async with another_relay(world) as outbox, until_held(outbox) as held:
        await all_placed(held)
        ids = [row.id for row in await company.rows("select id from pool.webhook_deliveries order by id")]
        assert len(ids) == 3
        await company.rows(
            "insert into pool.webhook_attempts (tenant_id, id, delivery_id, number, started_at, duration_ms) "
            "select tenant_id, uuidv7(), id, 1, now(), 1 from pool.webhook_deliveries returning 1"
        )
        for place, days in enumerate((31, 29)):
            await company.rows(
                "update pool.webhook_deliveries set status = 'succeeded', "
                "finished_at = now() - make_interval(days => :days) where id = :id returning 1",
                days=days,
                id=ids[place],
            )
        await held.trim("pool", KEPT, 500)
    kept = [row.id for row in await company.rows("select id from pool.webhook_deliveries order by id")]
    attempted = await company.rows("select delivery_id from pool.webhook_attempts order by delivery_id")
    assert kept == ids[1:]
    assert [row.delivery_id for row in attempted] == ids[1:]


async def test_the_relay_does_it_and_who_comes_back_later_is_told_of_the_gap(
    world: World, company: CompanyWorld, hr: Person, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bus_of(world) as bus:
        begun = len(await settled(bus, company))
        async with client_of(address, hr) as client:
            await client.subscribe(EVENTS)
            cursor = (await client.next())["cursor"]
        await flows(hr, 4)
        await settled(bus, company)
    await age(company, range(1, begun + 4))
    monkeypatch.setattr(subscriptions.relay, "TRIMMED_EVERY", 0.0)
    monkeypatch.setattr(world.parts.relay, "_kept", KEPT)
    await gone(company, begun + 3)
    async with client_of(address, hr) as client:
        await client.subscribe(EVENTS, after=cursor)
        told: list[Any] = [await client.next() for _ in range(2)]
    assert told[0]["gap"] == {"missed": 3}
    assert told[1]["event"] == {"type": "onboarding.flow.created"}


async def gone(company: CompanyWorld, position: int) -> None:
    """Wait until the events up to a position are no more."""
    async with asyncio.timeout(10):
        while (await left(company))[0] <= position:
            await asyncio.sleep(0.05)
