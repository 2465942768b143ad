"""Followers: told of what concerns them, and to look for themselves where something may be missing."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from redis.asyncio import Redis

from db.outbox import Event
from subscriptions.bus import Bus
from subscriptions.events import packed, unpacked
from subscriptions.followers import Follower
from subscriptions.hub import Hub
from tests.live.client import PROGRESS, client_of
from tests.onboarding.hires.builders import Published, complete
from tests.world import World

RELAY = "test"


def an_event(tenant: UUID, position: int, kind: str = "onboarding.flow.created") -> Event:
    return Event(
        tenant_id=tenant,
        position=position,
        message_id="msg_1",
        type=kind,
        occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
        actor_type="user",
        actor_id=uuid4(),
        subject_type="Flow",
        subject_id=uuid4(),
        subject_version=1,
        data={"changed": {"name": "Zoë"}},
        correlation_id="request",
        causation_id=None,
        schema_version=1,
    )


def test_an_event_is_read_as_it_was_written() -> None:
    event = an_event(uuid4(), 7)
    for each in (event, replace(event, actor_id=None, causation_id="msg_0")):
        assert unpacked(each.tenant_id, 7, packed(each)) == each


async def happens(follower: Follower, within: float = 5.0) -> bool:
    try:
        async with asyncio.timeout(within):
            await follower.changed()
    except TimeoutError:
        return False
    return True


async def test_a_follower_is_told_what_matches_and_of_whatever_may_be_missing(world: World) -> None:
    tenant, bus = uuid4(), Bus(world.wiring.redis_url, prefix="hub")
    hub = Hub(bus)
    listening = asyncio.create_task(hub.listen())

    def matches(event: Event) -> bool:
        return event.type == "wanted"

    async with hub.following(tenant, matches) as follower:
        await asyncio.sleep(0.2)
        await bus.put([an_event(tenant, 1), an_event(tenant, 2)], relay=RELAY)
        assert not await happens(follower, within=0.3)
        assert hub.position(tenant) == 2
        await bus.put([an_event(tenant, 3, "wanted")], relay=RELAY)
        assert await happens(follower)
        await bus.put([an_event(tenant, 3, "wanted")], relay=RELAY)
        assert not await happens(follower, within=0.3)
        await bus.put([an_event(tenant, 5)], relay=RELAY)
        assert await happens(follower), "position 4 is missing"
        await bus.forget([tenant])
        await bus.put([an_event(tenant, 1)], relay=RELAY)
        assert await happens(follower), "the log has begun anew"
        assert hub.position(tenant) == 1
        assert await hub.happened_since(tenant, 0, matches) is False
        assert await hub.happened_since(tenant, 9, matches) is True
    await bus.forget([tenant])
    assert await hub.happened_since(tenant, 0, matches) is False
    assert await hub.happened_since(tenant, 1, matches) is True
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await bus.close()


async def test_a_bus_that_was_away_is_found_again(world: World, address: str, flow: Published) -> None:
    hire, person = await flow.begun()
    redis: Any = Redis.from_url(world.wiring.redis_url)
    async with client_of(address, flow.hr) as client:
        await client.subscribe(PROGRESS, id=hire)
        await client.next()
        for kind in ("normal", "pubsub"):
            await redis.execute_command("CLIENT", "KILL", "TYPE", kind)
        assert await complete(person, flow.block(0, 0), "Yes") == []
        assert (await client.next())["state"]["blocksPct"] == 33
        assert await complete(person, flow.block(0, 1), "Yes") == []
        assert (await client.next())["state"]["blocksPct"] == 67
    await redis.aclose()
