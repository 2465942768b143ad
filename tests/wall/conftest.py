"""Four filled companies: two in the shared schema, two each in a schema of its own."""

from dataclasses import dataclass

import pytest

from tests.wall.parties import Party, a_party
from tests.world import World


@dataclass(frozen=True)
class Stand:
    """The companies between which the wall is tried."""

    ada: Party
    bob: Party
    cyd: Party
    dan: Party

    def pair(self, names: str) -> tuple[Party, Party]:
        """Two of them, by their names."""
        one, other = names.split("-")
        return getattr(self, one), getattr(self, other)


@pytest.fixture(scope="session")
async def stand(world: World) -> Stand:
    """Ada and Bob share a schema; Cyd and Dan do not."""
    return Stand(
        await a_party(world),
        await a_party(world),
        await a_party(world, own_schema=True),
        await a_party(world, own_schema=True),
    )
