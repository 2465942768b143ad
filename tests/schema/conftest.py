"""The fixtures of these tests: the synthetic entities, whose tables are made once for each test process."""

from collections.abc import AsyncIterator

import pytest

from tests.schema.things import Things, things_in
from tests.world import World


@pytest.fixture(scope="session")
async def things(world: World) -> AsyncIterator[Things]:
    """Synthetic entities, public in an application of their own over the same database."""
    async with things_in(world) as made:
        yield made
