"""The relay of the test process, which makes deliveries of events."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.world import World


@pytest.fixture(scope="module")
async def relaying(world: World) -> AsyncIterator[None]:
    """The relay at work, for one module."""
    stop = asyncio.Event()
    relaying = asyncio.create_task(world.parts.relay.run(stop))
    yield
    stop.set()
    await relaying
