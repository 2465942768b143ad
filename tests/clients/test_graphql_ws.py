"""The stock client of graphql-ws, unmodified, against a server of its own process."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson

import dev
from tests.clients.outside import Served, credentials, post

SCRIPT = Path(__file__).with_name("subscribe.mjs")
BOARD = """
subscription($id: ID!, $after: String) {
  onboardingBoard(flowId: $id, after: $after) { cursor state { flowName notStarted } }
}
"""
MADE = """
mutation { createFlow(input: { name: "Watched by node", durationDays: 7 }) { flow { id version } } }
"""
RENAMED = """
mutation($id: ID!, $name: String!) { updateFlow(input: { id: $id, name: $name }) { refusals { code } } }
"""


@dataclass
class Through:
    """The server as it is reached through something else."""

    base_url: str
    tenant: str
    email: str
    password: str
    token: str


class Lines:
    """What the client has written, line by line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def next(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), timeout=20)
        assert line, await self.process.communicate()
        return orjson.loads(line)


@asynccontextmanager
async def watching(server: Served, token: str, query: str, flow: str) -> AsyncGenerator[Lines]:
    url = server.base_url.replace("http://", "ws://") + "/graphql"
    process = await asyncio.create_subprocess_exec(
        *(dev.NODE, SCRIPT, url, token, query, flow),
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


@asynccontextmanager
async def proxied(server: Served) -> AsyncGenerator[tuple[Served, Callable[[], None]]]:
    """Stand between client and server; yield the server as it is reached through here, and what cuts every line."""
    ends: set[asyncio.StreamWriter] = set()
    url = httpx.URL(server.base_url)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends.add(writer)
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(url.host, url.port)
        await asyncio.gather(pass_on(reader, back), pass_on(there, writer))

    def cut() -> None:
        for writer in ends:
            writer.transport.abort()

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        place = f"http://127.0.0.1:{port}"
        yield Through(place, server.tenant, server.email, server.password, server.token), cut
        cut()


async def a_flow(server: Served) -> str:
    return (await post(server, MADE, {}))["createFlow"]["flow"]["id"]


async def test_the_stock_client_gets_the_state_and_each_change(server: Served, npm_packages: Path) -> None:
    flow = await a_flow(server)
    async with watching(server, credentials(server)["Authorization"], BOARD, flow) as client:
        assert await client.next() == {"connected": True}
        first = (await client.next())["data"]["onboardingBoard"]
        assert first["state"] == {"flowName": "Watched by node", "notStarted": 0}
        for name in ("Twice", "Thrice"):
            await post(server, RENAMED, {"id": flow, "name": name})
            assert (await client.next())["data"]["onboardingBoard"]["state"]["flowName"] == name


async def test_the_stock_client_is_told_what_it_may_not(server: Served, npm_packages: Path) -> None:
    flow = await a_flow(server)
    async with watching(server, "", BOARD, flow) as client:
        assert await client.next() == {"connected": True}
        told = (await client.next())["error"]
        assert [error["extensions"]["code"] for error in told] == ["UNAUTHENTICATED"]


async def test_the_stock_client_comes_again_with_its_cursor(server: Served, npm_packages: Path) -> None:
    """A proxy that forgets connections stands between them; after it, nothing is told twice, and nothing is missed."""
    flow = await a_flow(server)
    token = credentials(server)["Authorization"]
    async with proxied(server) as (through, cut), watching(through, token, BOARD, flow) as client:
        assert await client.next() == {"connected": True}
        await client.next()
        cut()
        assert await client.next() == {"connected": True}
        await post(server, RENAMED, {"id": flow, "name": "After the cut"})
        assert (await client.next())["data"]["onboardingBoard"]["state"]["flowName"] == "After the cut"
