"""Both engines give equal answers, to operations that are drawn and to those that once were answered differently."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.reads import LISTENERS, Sent
from tests.engines.cases import Symbols, case_files
from tests.engines.ground import Ground, Operation
from tests.engines.judging import Judge
from tests.engines.trial import Trial
from tests.schema.statements import islands

# graphql-core never awaits some of what it has begun when it gives up a part of an answer.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

QUICKLY = 400
WHOLE = 0.03
"""The share of the operations that is answered by one statement, and of those that are read by levels, at least."""

MOSTLY = 0.55
"""The share of the schema that so few operations use; all of it is used by `./workgraph prove engine`."""


@pytest.fixture
def judge(ground: Ground) -> Judge:
    """The two engines."""
    return Judge.of(ground)


@pytest.fixture
def sent() -> Iterator[list[Sent]]:
    """The statements past SQLAlchemy that were sent meanwhile."""
    sent = list[Sent]()
    LISTENERS.append(sent.append)
    yield sent
    LISTENERS.remove(sent.append)


async def test_what_is_drawn_is_answered_equally(judge: Judge, sent: list[Sent]) -> None:
    trial = await Trial(judge).run(QUICKLY)
    assert not trial.found, await trial.told()
    print(trial.line())
    assert trial.used_share >= MOSTLY, trial.unused()
    assert not trial.poor()
    assert len(islands(sent)) >= WHOLE * QUICKLY
    assert sum("ORDINALITY" in each.text for each in sent) >= WHOLE * QUICKLY


@pytest.mark.parametrize("file", case_files(), ids=lambda file: file.stem)
async def test_what_once_differed_is_answered_equally(judge: Judge, file: Path) -> None:
    trial = Trial(judge)
    await trial.first_cursors()
    operation = Symbols.of(judge.ground, trial.first).read(file.read_text("utf-8"))
    _, difference = await judge.judge(operation)
    assert difference is None, difference


async def test_a_case_is_read_as_it_was_written(judge: Judge) -> None:
    trial = Trial(judge)
    await trial.first_cursors()
    symbols, flow = Symbols.of(judge.ground, trial.first), judge.ground.own["Flow"][0]
    cursor = trial.first.given["Flow.stages"][0].cursor
    operation = Operation(f'{{ flow(id: "{flow}") {{ name }} }}', {"v0": [flow], "v1": cursor}, "viewer", None)
    text = symbols.written(operation, "a reason")
    assert flow not in text
    assert cursor not in text
    assert symbols.read(text) == operation
