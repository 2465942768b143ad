from tests.wall.conftest import Stand
from tests.wall.foreign import one_of_each
from tests.wall.poisoned import poisoned_ids, poisoned_reads, poisoned_traffic
from tests.wall.traffic import mixed_reads, mixed_writes
from tests.wall.walker import Walker
from tests.world import World


async def test_companies_that_ask_at_once_are_answered_as_when_they_ask_alone(stand: Stand) -> None:
    tally = await mixed_reads([stand.ada, stand.bob, stand.cyd], of=300)
    tally.passed(least=90)


async def test_what_companies_write_at_once_goes_to_each(stand: Stand) -> None:
    tally = await mixed_writes([stand.ada, stand.bob, stand.cyd], writers=4)
    tally.passed(least=80)


async def test_what_a_connection_was_left_with_changes_no_answer(world: World, stand: Stand) -> None:
    tally = await poisoned_reads(world, stand.ada, stand.bob, of=300)
    tally.add(await poisoned_reads(world, stand.ada, stand.dan, of=600))
    tally.passed(least=25)


async def test_what_a_connection_was_left_with_lets_nobody_in(world: World, stand: Stand) -> None:
    tally = await poisoned_ids(world, stand.bob, stand.ada, one_of_each(Walker(depth=3).slots())[::12])
    tally.passed(least=25)


async def test_what_connections_were_left_with_misleads_no_traffic(world: World, stand: Stand) -> None:
    tally = await poisoned_traffic(world, [stand.ada, stand.bob, stand.cyd], of=480, writers=2)
    tally.passed(least=100)
