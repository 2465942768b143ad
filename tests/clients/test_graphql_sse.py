"""The stock client of graphql-sse, unmodified, and the EventSource of browsers, against a server of its own process."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import dev
from tests.clients.outside import Served, credentials, post
from tests.clients.test_graphql_ws import BOARD, RENAMED, Lines, a_flow, proxied

FOLDER = Path(__file__).parent


@asynccontextmanager
async def running(*arguments: str | Path) -> AsyncGenerator[Lines]:
    process = await asyncio.create_subprocess_exec(
        dev.NODE,
        *arguments,
        cwd=dev.ROOT,
        env=dev.node_environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Lines(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def stock(server: Served, token: str, flow: str, mode: str) -> Sequence[str | Path]:
    place = "/graphql/stream" if mode == "single" else "/graphql"
    return FOLDER / "stream.mjs", server.base_url + place, token, BOARD, flow, mode


@pytest.mark.parametrize("mode", ["distinct", "single"])
async def test_the_stock_client_gets_the_state_and_each_change(server: Served, npm_packages: Path, mode: str) -> None:
    flow, token = await a_flow(server), credentials(server)["Authorization"]
    async with running(*stock(server, token, flow, mode)) as client:
        assert await client.next() == {"connected": True}
        first = (await client.next())["data"]["onboardingBoard"]
        assert first["state"] == {"flowName": "Watched by node", "notStarted": 0}
        for name in ("Twice", "Thrice"):
            await post(server, RENAMED, {"id": flow, "name": name})
            assert (await client.next())["data"]["onboardingBoard"]["state"]["flowName"] == name


@pytest.mark.parametrize("mode", ["distinct", "single"])
async def test_the_stock_client_comes_again_with_its_cursor(server: Served, npm_packages: Path, mode: str) -> None:
    flow, token = await a_flow(server), credentials(server)["Authorization"]
    async with proxied(server) as (through, cut), running(*stock(through, token, flow, mode)) as client:
        assert await client.next() == {"connected": True}
        await client.next()
        cut()
        assert await client.next() == {"connected": True}
        await post(server, RENAMED, {"id": flow, "name": "After the cut"})
        assert (await client.next())["data"]["onboardingBoard"]["state"]["flowName"] == "After the cut"


async def test_the_stock_client_is_told_what_it_may_not(server: Served, npm_packages: Path) -> None:
    async with running(*stock(server, "", await a_flow(server), "distinct")) as client:
        assert await client.next() == {"connected": True}
        assert [error["extensions"]["code"] for error in (await client.next())["errors"]] == ["UNAUTHENTICATED"]
        assert await client.next() == {"complete": True}


async def test_an_event_source_goes_on_where_it_was(server: Served) -> None:
    """It says nothing but its address and, when it comes again, the last id; after the cut nothing is told twice."""
    flow, token = await a_flow(server), credentials(server)["Authorization"]
    script: Sequence[str | Path] = ("--experimental-eventsource", FOLDER / "eventsource.mjs")
    async with proxied(server) as (through, cut):
        url = through.base_url + "/graphql"
        async with running(*script, url, token, BOARD, flow) as client:
            assert await client.next() == {"connected": True}
            assert (await client.next())["data"]["onboardingBoard"]["state"]["notStarted"] == 0
            cut()
            await post(server, RENAMED, {"id": flow, "name": "After the cut"})
            assert await client.next() == {"connected": True}
            assert (await client.next())["data"]["onboardingBoard"]["state"]["flowName"] == "After the cut"
