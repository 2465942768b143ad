"""Who comes and goes leaves nothing behind, however often and however they go."""

from tests.live.connects import come_and_go, fill_pools, settled
from tests.world import CompanyWorld, World

TIMES = 300
"""`./workgraph prove connects` does it ten thousand times."""

WARM = 120
GROWTH = 2
"""Objects for each connection beyond which something is kept; a connection is made of hundreds."""


async def test_hundreds_of_connects_and_disconnects_leave_nothing(
    world: World, address: str, company: CompanyWorld
) -> None:
    person = await company.person()
    await fill_pools(world, person)
    await come_and_go(address, person, WARM)  # what is remembered once
    before = await settled(world)
    await come_and_go(address, person, TIMES)
    after = await settled(world)
    assert after.tasks <= before.tasks
    assert after.descriptors <= before.descriptors
    assert (after.rooms, after.logs) == (0, 0)
    assert after.objects - before.objects < TIMES * GROWTH, (before, after)
