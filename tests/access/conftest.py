"""The fixtures of these tests: one company that has some of everything, made once for each test process."""

import pytest

from tests.engines.ground import a_lived_in_company
from tests.world import CompanyWorld, World


@pytest.fixture(scope="session")
async def lived_in(world: World) -> CompanyWorld:
    """A company in which there is some of everything."""
    return await a_lived_in_company(world)
