"""Bugs are planted in the planned engine, one at a time, and the comparison finds each of them.

`./workgraph prove engine` plants all of them; here are those that are found within seconds.
"""

import pytest

from tests.engines.ground import Ground
from tests.engines.judging import Judge
from tests.engines.planting import PLANTS, RARE, WITHIN, Planted
from tests.engines.trial import Trial
from tests.engines.two import planned, reference

# graphql-core never awaits some of what it has begun when it gives up a part of an answer.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.mark.parametrize("name", [each for each in PLANTS if each not in RARE])
async def test_a_planted_bug_is_found(ground: Ground, name: str) -> None:
    answering = ground.answering()
    trial = await Trial(Judge(ground, Planted(planned(answering), PLANTS[name]), reference(answering))).run(WITHIN)
    assert trial.found, f"{WITHIN} operations, and nobody has seen that {PLANTS[name].__doc__}"
