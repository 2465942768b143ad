import pytest

from tests.wall.conftest import Stand
from tests.wall.direct import by_hand, statistics
from tests.world import World


@pytest.mark.parametrize("pair", ["ada-bob", "ada-cyd", "cyd-dan"])
async def test_sql_by_hand_reaches_nothing_of_another_company(world: World, stand: Stand, pair: str) -> None:
    tally = await by_hand(world, *stand.pair(pair))
    tally.passed(least=100)


async def test_what_is_gathered_of_the_values_is_kept_from_the_application(world: World, stand: Stand) -> None:
    tally = await statistics(world, [stand.ada, stand.cyd])
    tally.passed(least=4)
