"""How far a measure has come from its start to its target, or whether it stays within its band."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from db.okr_choices import MetricDirection
from resolvers.okrs.numbers import ALL, NOTHING, in_percent


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure: where it begins, where it should go or between what it should stay, and where it is."""

    direction: MetricDirection
    start: Decimal
    current: Decimal
    target: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def raw(self) -> Fraction:
        """How much of the way is gone: above 1 where it is beyond the target, below 0 where it went the other way."""
        if self.direction is MetricDirection.MAINTAIN:
            assert self.low is not None
            assert self.high is not None
            return Fraction(int(self.low <= self.current <= self.high))
        assert self.target is not None
        return Fraction(self.current - self.start) / Fraction(self.target - self.start)

    @property
    def progress(self) -> Decimal:
        """How much of the way is gone, in percent, 0 to 100."""
        return in_percent(min(max(self.raw, Fraction(0)), ALL))

    @property
    def raw_progress(self) -> Decimal:
        """The same, also below 0 and above 100."""
        return in_percent(self.raw)


def done_of(milestones: Iterable[tuple[Decimal, bool]]) -> Decimal:
    """Return how many percent of some milestones are done, by their weights; 0 where nothing weighs anything."""
    known = list(milestones)
    whole = sum((weight for weight, _ in known), NOTHING)
    done = sum((weight for weight, is_done in known if is_done), NOTHING)
    return in_percent(Fraction(done) / Fraction(whole)) if whole else in_percent(Fraction(0))
