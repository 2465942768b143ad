"""Progress of a measure, what adds up, and health: the numbers of the worked example, and what must always hold."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.okr_choices import MetricDirection, OkrHealth
from resolvers.okrs.health import Span, health_of, ratio_of
from resolvers.okrs.measures import Measure, done_of
from resolvers.okrs.numbers import in_percent
from resolvers.okrs.rolling import Summed, part, progress_of
from resolvers.okrs.sharing import Weighed, shared_out

UP, DOWN, STAY = MetricDirection.INCREASE, MetricDirection.DECREASE, MetricDirection.MAINTAIN
ONE = Decimal(1)
VALUES = st.decimals(-1000, 1000, places=2)


def measure(direction: MetricDirection, start: str, target: str, current: str) -> Measure:
    return Measure(direction, Decimal(start), Decimal(current), Decimal(target))


def okr(*parts: Summed) -> Decimal:
    return progress_of(sum(parts, Summed()), ONE, Summed())


def test_the_worked_example() -> None:
    pipeline = measure(UP, "40", "100", "70")
    churn = measure(DOWN, "5.0", "2.0", "2.6")
    milestones = done_of([(ONE, True), (ONE, True), (ONE, True), (ONE, False)])
    assert (pipeline.progress, churn.progress, milestones) == (Decimal(50), Decimal(80), Decimal(75))
    weights = (Decimal(50), Decimal(30), Decimal(20))
    assert okr(*map(part, weights, (pipeline.progress, churn.progress, milestones))) == Decimal("64.0")
    beyond = measure(UP, "40", "100", "110")
    assert (beyond.raw_progress.quantize(Decimal("0.01")), beyond.progress) == (Decimal("116.67"), Decimal(100))
    assert okr(*map(part, weights, (beyond.progress, churn.progress, milestones))) == Decimal("89.0")
    first, second = part(Decimal(2), Decimal("64.0")), part(ONE, Decimal("40.0"))
    assert progress_of(Summed(), ONE, first + second) == Decimal("56.0")
    assert progress_of(Summed(), ONE, first) == Decimal("64.0")


def test_a_child_counts_as_much_as_its_weight_beside_the_key_results_together() -> None:
    key_results = part(Decimal(60), Decimal(50)) + part(Decimal(40), Decimal(100))
    assert progress_of(key_results, Decimal(3), part(ONE, Decimal(10))) == Decimal(55)
    assert progress_of(key_results, Decimal(0), part(ONE, Decimal(10))) == Decimal(10)
    assert progress_of(Summed(), Decimal(3), part(ONE, Decimal(10))) == Decimal(10)
    assert progress_of(Summed(), Decimal(3), Summed()) == progress_of(key_results, Decimal(0), Summed()) == Decimal(0)


def test_health_by_the_time_that_is_over() -> None:
    first, last = date(2026, 1, 1), date(2026, 4, 10)

    def on(day: date, progress: str = "64") -> tuple[Fraction | None, OkrHealth]:
        span = Span(first, last, day)
        assert span.days == 100
        return ratio_of(Decimal(progress), span), health_of(Decimal(progress), span)

    ratio, health = on(date(2026, 3, 2))
    assert ratio is not None
    assert (round(float(ratio), 3), health) == (1.067, OkrHealth.ON_TRACK)
    assert on(first, "0") == (None, OkrHealth.ON_TRACK)
    assert on(date(2026, 1, 10), "0") == (0, OkrHealth.ON_TRACK)
    assert on(date(2026, 1, 11), "0") == (0, OkrHealth.OFF_TRACK)
    assert on(date(2026, 3, 2), "54") == (Fraction(9, 10), OkrHealth.ON_TRACK)
    assert on(date(2026, 3, 2), "53.9999")[1] is OkrHealth.AT_RISK
    assert on(date(2026, 3, 2), "42") == (Fraction(7, 10), OkrHealth.AT_RISK)
    assert on(date(2026, 3, 2), "41.9999")[1] is OkrHealth.OFF_TRACK
    assert Span(first, last, date(2027, 1, 1)).elapsed == 1
    assert Span(first, last, date(2025, 1, 1)).elapsed == 0


@pytest.mark.parametrize(
    ("current", "progress", "raw"), [("20", "100", "100"), ("10", "100", "100"), ("9.9", "0", "0"), ("21", "0", "0")]
)
def test_what_is_maintained_is_there_or_not(current: str, progress: str, raw: str) -> None:
    kept = Measure(STAY, Decimal(15), Decimal(current), low=Decimal(10), high=Decimal(20))
    assert (kept.progress, kept.raw_progress) == (Decimal(progress), Decimal(raw))


@given(start=VALUES, target=VALUES, current=VALUES)
def test_up_and_down_are_mirrored_and_bounded(start: Decimal, target: Decimal, current: Decimal) -> None:
    if start == target:
        return
    way = Measure(UP, start, current, target)
    assert Decimal(0) <= way.progress <= Decimal(100)
    assert Measure(DOWN, -start, -current, -target).raw == way.raw
    assert Measure(UP, start, start, target).progress == 0
    assert Measure(UP, start, target, target).progress == 100


@given(st.fractions(-5, 5))
def test_percentages_are_rounded_half_away_from_zero(share: Fraction) -> None:
    shown = in_percent(share)
    assert abs(Fraction(shown) - share * 100) <= Fraction(1, 20_000)
    assert in_percent(-share) == -shown
    assert shown.as_tuple().exponent == -4


def test_halves_go_away_from_zero() -> None:
    half = Fraction(5, 10_000_000)
    assert (in_percent(half), in_percent(-half)) == (Decimal("0.0001"), Decimal("-0.0001"))


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 100)), max_size=6),
    st.integers(0, 5),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 100)), max_size=6),
)
def test_what_the_parts_add_is_the_progress(
    own: list[tuple[int, int]], block: int, below: list[tuple[int, int]]
) -> None:
    key_results = [Weighed(Decimal(weight), Decimal(progress)) for weight, progress in own]
    aligned = [Weighed(Decimal(weight), Decimal(progress)) for weight, progress in below]
    shares = [share for each in shared_out(key_results, Decimal(block), aligned) for share in each]
    sums = [sum((part(each.weight, each.progress) for each in parts), Summed()) for parts in (key_results, aligned)]
    progress = progress_of(sums[0], Decimal(block), sums[1])
    assert abs(sum(each.adds for each in shares) - progress) <= Decimal("0.001")
    assert (
        not shares
        or sum(each.share for each in shares) == 0
        or abs(sum(e.share for e in shares) - 100) < Decimal("0.01")
    )
