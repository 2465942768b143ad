"""Many subscribers: one reading for all who are answered alike, none while nothing happens, and no one is held up."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import event

import schema.live.connection
from tests.live.client import BOARD, PROGRESS, Client, client_of
from tests.onboarding.hires.builders import Published, complete
from tests.world import CompanyWorld, World

MANY = 200


@asynccontextmanager
async def counted(world: World) -> AsyncGenerator[list[str]]:
    """Note every statement that any part of the application sends meanwhile, but those of the relay.

    And but for the one that now and then asks whether companies have other data keys, which is for nobody's sake.
    """
    sent: list[str] = []
    engines = [*world.parts.database._engines.values(), world.parts.catalog]

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "catalog.tenant_keys" not in statement:
            sent.append(" ".join(statement.split()[:6]))

    for engine in engines:
        event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        for engine in engines:
            event.remove(engine.sync_engine, "before_cursor_execute", note)


@pytest.fixture
async def crowd(address: str, flow: Published) -> AsyncIterator[list[Client]]:
    """Connections that all watch one flow, each with its first message read."""
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(client_of(address, flow.hr)) for _ in range(MANY)]
        for client in clients:
            await client.subscribe(BOARD, id=flow.id)
        firsts = await asyncio.gather(*(client.next(within=30) for client in clients))
        assert all(first["state"]["notStarted"] == 0 for first in firsts)
        yield clients


def rooms_of(world: World) -> Any:
    [route] = [each for each in world.app.routes if each.__class__.__name__ == "WebSocketRoute"]
    return route.endpoint.__self__._rooms  # type: ignore[attr-defined]


async def test_a_crowd_costs_one_reading_for_each_change_and_none_while_nothing_happens(
    world: World, crowd: list[Client], flow: Published
) -> None:
    assert len(rooms_of(world)) == 1
    await asyncio.sleep(0.5)
    async with counted(world) as idle:
        await asyncio.sleep(1)
    assert idle == []
    async with counted(world) as alone:
        await flow.hire()
        told = await asyncio.gather(*(client.next() for client in crowd))
    assert [each["state"]["notStarted"] for each in told] == [1] * MANY
    assert len({each["cursor"] for each in told}) == 1
    readings = [
        statement for statement in alone if "FROM pool.new_hires" in statement or "onboarding_flows" in statement
    ]
    assert len(alone) < 60, alone
    assert len(readings) < 15, readings


async def test_a_crowd_leaves_nothing_behind(world: World, address: str, flow: Published) -> None:
    before, rooms, logs = len(asyncio.all_tasks()), len(rooms_of(world)), len(world.parts.hub._logs)
    async with AsyncExitStack() as stack:
        for _ in range(50):
            client = await stack.enter_async_context(client_of(address, flow.hr))
            await client.subscribe(BOARD, id=flow.id)
            await client.next()
    async with asyncio.timeout(5):
        while len(asyncio.all_tasks()) > before:
            await asyncio.sleep(0.05)
    assert (len(rooms_of(world)), len(world.parts.hub._logs)) == (rooms, logs)


async def test_who_enters_a_room_later_gets_the_state_and_nobody_else_does(
    address: str, flow: Published, company: CompanyWorld
) -> None:
    async with client_of(address, flow.hr) as early, client_of(address, await company.person("HR")) as late:
        await early.subscribe(BOARD, id=flow.id)
        await early.next()
        await flow.hire()
        assert (await early.next())["state"]["notStarted"] == 1
        await late.subscribe(BOARD, id=flow.id)
        assert (await late.next())["state"]["notStarted"] == 1
        assert await early.is_quiet()


async def test_who_does_not_read_holds_up_nobody_and_is_dropped(
    world: World, address: str, flow: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema.live.connection, "READ_WITHIN", 1.0)
    hire, person = await flow.begun()
    async with client_of(address, flow.hr) as slow, client_of(address, flow.hr) as quick:
        for client in (slow, quick):
            await client.subscribe(PROGRESS, id=hire)
            assert (await client.next())["state"]["blocksPct"] == 0
        [room] = [room for room in rooms_of(world)._rooms.values() if len(room.seats) == 2]
        slow.connection.transport.pause_reading()  # type: ignore[attr-defined]
        flooding = asyncio.create_task(flood(slow))
        assert await complete(person, flow.block(0, 0), "Yes") == []
        assert (await quick.next(within=2))["state"]["blocksPct"] == 33
        async with asyncio.timeout(10):
            while len(room.seats) == 2:
                await asyncio.sleep(0.1)
        assert await complete(person, flow.block(0, 1), "Yes") == []
        assert (await quick.next(within=2))["state"]["blocksPct"] == 67
        slow.connection.transport.abort()
        await asyncio.gather(flooding, return_exceptions=True)


async def flood(client: Client) -> None:
    """Ask for more than fits on the way back."""
    while True:
        await client.send(type="ping", payload={"x": "x" * 1_000_000})
