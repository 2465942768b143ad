"""Filters, orders, pages, counts and sums are what the rows say, worked out the plain way by a third evaluator."""

import ast
from pathlib import Path
from random import Random
from typing import Final

import pytest

from tests.engines import naive
from tests.engines.drawing import LENGTH, Drawing
from tests.engines.ground import Ask, Ground
from tests.engines.measuring import measured
from tests.engines.planting import PLANTS, Planted
from tests.engines.questions import Asking, Wrong
from tests.engines.two import planned, reference

QUESTIONS: Final = 80
WITHIN: Final = 600
SHARED: Final = ("nulls_come_first", "not_leaves_out_nulls", "case_matters")
"""Bugs of what both engines share, which comparing them with each other would not find."""

# graphql-core never awaits some of what it has begun when it gives up a part of an answer.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


async def asked(ground: Ground, ask: Ask, count: int) -> Wrong | None:
    """Ask for so many lists; return the first that is not as the rows say."""
    asking, random = Asking(ground, ask), Random(count)
    for _ in range(count):
        drawing = Drawing(random.randbytes(LENGTH))
        try:
            await asking.judge(asking.drawn(drawing), drawing)
        except Wrong as wrong:
            return wrong
    return None


async def test_lists_of_the_planned_engine_are_what_the_rows_say(ground: Ground) -> None:
    wrong = await asked(ground, planned(ground.answering()), QUESTIONS)
    assert wrong is None, wrong


async def test_lists_of_the_reference_are_what_the_rows_say(ground: Ground) -> None:
    wrong = await asked(ground, reference(ground.answering()), QUESTIONS)
    assert wrong is None, wrong


@pytest.mark.parametrize("name", SHARED)
async def test_a_bug_that_both_engines_share_is_found(ground: Ground, name: str) -> None:
    wrong = await asked(ground, Planted(planned(ground.answering()), PLANTS[name]), WITHIN)
    assert wrong is not None, f"{WITHIN} lists, and nobody has seen that {PLANTS[name].__doc__}"


async def test_sums_and_groups_are_what_the_rows_say(ground: Ground) -> None:
    asking, random = Asking(ground, planned(ground.answering())), Random(1)
    for _ in range(QUESTIONS):
        assert await measured(asking, Drawing(random.randbytes(LENGTH)))


def test_it_shares_nothing_with_the_engines() -> None:
    for file in Path(naive.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [each.name for each in node.names] if isinstance(node, ast.Import) else []
            assert not any(name.split(".")[0] == "schema" for name in names), file
