"""How far the orders of prices and of CPU agree."""

import pytest

from benchmarks.costing.predicting import ranks, spearman


def test_equal_values_share_the_middle_of_their_places() -> None:
    assert ranks([30.0, 10.0, 20.0, 20.0]) == [3, 0, 1.5, 1.5]


@pytest.mark.parametrize(
    ("one", "other", "agreement"),
    [
        ([1, 2, 3, 4], [10, 20, 300, 4000], 1.0),
        ([1, 2, 3, 4], [9, 7, 5, 3], -1.0),
        ([1, 2, 3, 4, 5], [2, 1, 4, 3, 5], 0.8),
        ([1, 1, 2, 2], [1, 2, 1, 2], 0.0),
    ],
)
def test_orders_agree_as_far_as_they_do(one: list[float], other: list[float], agreement: float) -> None:
    assert spearman(one, other) == pytest.approx(agreement)
