"""How an objective fares: its progress against how much of the time of its cycle is over."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from db.okr_choices import OkrHealth
from resolvers.okrs.numbers import WHOLE

BEGUN: Final = Fraction(1, 10)
ON_TRACK: Final = Fraction(9, 10)
AT_RISK: Final = Fraction(7, 10)


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a cycle, both inclusive, and the day of which it is told."""

    first: date
    last: date
    on: date

    @property
    def days(self) -> int:
        """How many days the cycle has."""
        return (self.last - self.first).days + 1

    @property
    def elapsed_days(self) -> int:
        """How many of them are over: none on the first."""
        return min(max((self.on - self.first).days, 0), self.days)

    @property
    def elapsed(self) -> Fraction:
        """How much of the cycle is over, and so how much progress can be expected."""
        return Fraction(self.elapsed_days, self.days)


def ratio_of(progress: Decimal, span: Span) -> Fraction | None:
    """Return progress for what can be expected of it; None on the first day, when nothing can."""
    return Fraction(progress) / WHOLE / span.elapsed if span.elapsed else None


def health_of(progress: Decimal, span: Span) -> OkrHealth:
    """Tell how an objective fares; what has hardly begun is on track."""
    ratio = ratio_of(progress, span)
    if ratio is None or span.elapsed < BEGUN or ratio >= ON_TRACK:
        return OkrHealth.ON_TRACK
    return OkrHealth.AT_RISK if ratio >= AT_RISK else OkrHealth.OFF_TRACK
