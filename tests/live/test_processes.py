"""Two processes on one database and one bus: what is done at one is told at the other, and each can be missed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.live.client import PROGRESS, client_of
from tests.live.processes import Server, a_server
from tests.onboarding.hires.builders import Published, complete
from tests.world import CompanyWorld, World


@pytest.fixture
async def servers(world: World, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Server, Server]]:
    """Two servers; the first relays, as it was alone when it began."""
    first_folder, second_folder = (tmp_path_factory.mktemp(name) for name in ("first", "second"))
    async with a_server(world, Path(first_folder)) as first, a_server(world, Path(second_folder)) as second:
        yield first, second


async def test_what_is_done_at_one_is_told_at_the_other_and_only_to_its_company(
    servers: tuple[Server, Server], flow: Published, other_company: CompanyWorld
) -> None:
    first, second = servers
    hire, person = await flow.begun()
    theirs = await other_company.person("HR")
    for here, there in ((first, second), (second, first)):
        async with client_of(there.socket, flow.hr) as client, client_of(there.socket, theirs) as stranger:
            await client.subscribe(PROGRESS, id=hire)
            before = (await client.next())["state"]["blocksPct"]
            await stranger.subscribe(PROGRESS, id=hire)
            assert await stranger.next() is None
            block = flow.block(0, 0) if here is first else flow.block(0, 1)
            begun = asyncio.get_running_loop().time()
            assert await complete(here.asked_by(person), block, "Yes") == []
            assert (await client.next())["state"]["blocksPct"] > before
            assert asyncio.get_running_loop().time() - begun < 1
            assert await stranger.receive() == {"type": "complete", "id": "1"}
            assert await stranger.is_quiet()


async def test_when_the_one_that_relays_is_killed_the_other_takes_over(
    servers: tuple[Server, Server], flow: Published
) -> None:
    first, second = servers
    hire, person = await flow.begun()
    async with client_of(first.socket, flow.hr) as lost, client_of(second.socket, flow.hr) as client:
        for each in (lost, client):
            await each.subscribe(PROGRESS, id=hire)
            cursor = (await each.next())["cursor"]
        await first.kill()
        assert await lost.code() is None
        begun = asyncio.get_running_loop().time()
        assert await complete(second.asked_by(person), flow.block(0, 0), "Yes") == []
        assert (await client.next())["state"]["blocksPct"] == 33
        assert asyncio.get_running_loop().time() - begun < 5
    async with client_of(second.socket, flow.hr) as again:
        await again.subscribe(PROGRESS, id=hire, after=cursor)
        assert (await again.next())["state"]["blocksPct"] == 33
