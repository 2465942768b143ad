"""The fixtures of these tests: one company, made once for each test process."""

import pytest

from tests.engines.ground import Ground, a_ground
from tests.world import World


@pytest.fixture(scope="session")
async def ground(world: World) -> Ground:
    """A full company, and those who ask."""
    return await a_ground(world)
