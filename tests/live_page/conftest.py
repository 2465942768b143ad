"""The application behind a real port, with its relay at work, and a real browser in front of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.clients.conftest import chromium, npm_packages
from tests.live.conftest import flow, listening, relaying
from tests.live_page.looking import Place, Programs
from tests.world import World

__all__ = ["chromium", "flow", "npm_packages", "relaying"]


@pytest.fixture(scope="session")
def programs(npm_packages: Path, chromium: str) -> Programs:
    """A real browser, and what drives it."""
    return Programs(npm_packages / "playwright-core" / "index.mjs", chromium)


@pytest.fixture(scope="module")
async def place(world: World, relaying: None, programs: Programs) -> AsyncIterator[Place]:
    """Where the page is, and what looks at it."""
    async with listening(world.app) as address:
        yield Place(address.replace("ws://", "http://"), programs)
