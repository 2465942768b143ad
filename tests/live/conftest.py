"""The application of the test process behind a real port, with its relay at work."""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text
from starlette.types import ASGIApp

from cli.listening import answer
from db.roles import DatabaseRole, url_as
from db.session import make_engine
from tests.onboarding.hires.builders import Published, a_block, a_flow, a_stage
from tests.world import CompanyWorld, World


@asynccontextmanager
async def listening(app: ASGIApp) -> AsyncGenerator[str]:
    """Serve an application on a free port; yield where its WebSocket is."""
    stop, ready = asyncio.Event(), asyncio.Event()
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        serving = asyncio.create_task(answer(app, sock, stop, ready.set))
        await ready.wait()
        try:
            yield f"ws://127.0.0.1:{sock.getsockname()[1]}"
        finally:
            stop.set()
            await serving


async def forget_what_waits(world: World) -> None:
    """Remove the events that no relay has placed yet."""
    wiring = world.wiring
    url = url_as(wiring.database_url, DatabaseRole.RELAY, prefix=wiring.role_prefix, master_key=wiring.master_key)
    engine = make_engine(url, pool_size=1)
    async with engine.begin() as connection:
        await connection.execute(text("delete from pool.event_outbox where position is null"))
    await engine.dispose()


@pytest.fixture(scope="module")
async def relaying(world: World) -> AsyncIterator[None]:
    """The relay of this test process, for one module: elsewhere, other processes relay.

    What the companies of other modules have done meanwhile is nobody's concern here, and would be brought to the bus
    before anything else.
    """
    await forget_what_waits(world)
    stop = asyncio.Event()
    relaying = asyncio.create_task(world.parts.relay.run(stop))
    yield
    stop.set()
    await relaying


@pytest.fixture(scope="module")
async def address(world: World, relaying: None) -> AsyncIterator[str]:
    async with listening(world.app) as address:
        yield address


@pytest.fixture
async def flow(company: CompanyWorld) -> Published:
    """A flow of two stages, the first with two blocks."""
    return await a_flow(company, a_stage(a_block(), a_block(), name="Papers"), a_stage(a_block(), name="Team"))
