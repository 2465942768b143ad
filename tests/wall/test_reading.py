import pytest

from tests.wall.reading import as_if_alone, every_question
from tests.wall.conftest import Stand
from tests.world import World


@pytest.mark.parametrize(("mine", "theirs"), [(False, False), (False, True)], ids=["one schema", "two schemas"])
async def test_a_company_is_answered_as_if_it_were_alone(world: World, mine: bool, theirs: bool) -> None:  # noqa: FBT001
    tally = await as_if_alone(world, mine=mine, theirs=theirs)
    tally.passed(least=100)
