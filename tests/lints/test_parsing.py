"""Garbage that parses when it is collected comes into no other parsing."""

import ast
import gc
from collections.abc import Iterator
from typing import Self

import pytest

LONG = "\n".join(f"name_{number} = [{', '.join(['call(1)'] * 50)}]" for number in range(200))


class Parses:
    """Is in a circle with itself, and parses when it goes."""

    parsed = 0

    def __init__(self) -> None:
        self.itself: Self = self

    def __del__(self) -> None:
        ast.parse("one + two + three")
        Parses.parsed += 1


@pytest.fixture
def often() -> Iterator[None]:
    """Have garbage collected all the time."""
    before = gc.get_threshold()
    gc.set_threshold(50, 1, 1)
    yield
    gc.set_threshold(*before)


def nested(depth: int) -> ast.Module:
    """Parse with so many calls around it."""
    return nested(depth - 1) if depth else ast.parse(LONG)


@pytest.mark.usefixtures("often")
def test_no_garbage_is_collected_while_something_is_parsed() -> None:
    before = Parses.parsed
    for _ in range(10):
        kept = [Parses() for _ in range(40)]
        del kept
        assert len(nested(50).body) == LONG.count("\n") + 1
    gc.collect()
    assert Parses.parsed > before
    assert gc.isenabled()
