"""What progress is added up from: an objective's own key results, which count as one, and what is aligned to it.

Each objective is the weighted mean of what counts for it, rounded once; it is worked out from the stored, rounded
progress of what is right below it. So whatever happened in whatever order, the stored progress is what a computation
from scratch says.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Generic, TypeVar

from resolvers.okrs.numbers import NOTHING, WHOLE, in_percent

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Summed:
    """Some parts of a mean: their weights, and their weights times what they are, in percent."""

    weight: Decimal = NOTHING
    weighted: Decimal = NOTHING

    def __add__(self, other: "Summed") -> "Summed":
        """Return both together."""
        return Summed(self.weight + other.weight, self.weighted + other.weighted)

    @property
    def mean(self) -> Fraction | None:
        """What they are on average, as a share; None where nothing weighs anything."""
        return Fraction(self.weighted) / Fraction(self.weight) / WHOLE if self.weight else None


def part(weight: Decimal, progress: Decimal) -> Summed:
    """Return one part of a mean."""
    return Summed(weight, weight * progress)


def progress_of(key_results: Summed, key_results_weight: Decimal, aligned: Summed) -> Decimal:
    """Return the progress of an objective in percent; 0 where nothing counts for it."""
    own = key_results.mean
    weight = NOTHING if own is None else key_results_weight
    whole = Fraction(weight + aligned.weight)
    if not whole:
        return in_percent(Fraction(0))
    return in_percent((Fraction(weight) * (own or 0) + Fraction(aligned.weighted) / WHOLE) / whole)


@dataclass(frozen=True, slots=True)
class Objective(Generic[Key]):
    """An objective whose progress is worked out anew; `others` is what is aligned to it and is not worked out itself.

    It counts for its `parent` as long as it is neither a draft nor cancelled.
    """

    key: Key
    parent: Key | None
    weight: Decimal
    counts: bool
    key_results: Summed
    key_results_weight: Decimal
    others: Summed


def rolled_up(line: Sequence[Objective[Key]]) -> Mapping[Key, Decimal]:
    """Return the progress of some objectives, of which each comes before what it is aligned to."""
    found: dict[Key, Decimal] = {}
    below: dict[Key, Summed] = {}
    for each in line:
        aligned = each.others + below.get(each.key, Summed())
        found[each.key] = progress_of(each.key_results, each.key_results_weight, aligned)
        if each.parent is not None and each.counts:
            below[each.parent] = below.get(each.parent, Summed()) + part(each.weight, found[each.key])
    return found
