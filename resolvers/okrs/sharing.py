"""How the progress of an objective came to be: what share of it each part has, and how much that adds."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from resolvers.okrs.numbers import WHOLE, in_percent


@dataclass(frozen=True, slots=True)
class Share:
    """A part of an objective: its share of the whole, and what that adds to the progress, both in percent."""

    share: Decimal
    adds: Decimal


NO_SHARE = Share(in_percent(Fraction(0)), in_percent(Fraction(0)))


@dataclass(frozen=True, slots=True)
class Weighed:
    """What something weighs among others of its kind, and its progress in percent."""

    weight: Decimal
    progress: Decimal


def shared_out(
    key_results: Sequence[Weighed], key_results_weight: Decimal, aligned: Sequence[Weighed]
) -> tuple[list[Share], list[Share]]:
    """Return the share of each key result, which have that of the block between them, and of each aligned objective."""
    block = sum((Fraction(each.weight) for each in key_results), Fraction(0))
    own = Fraction(key_results_weight) if block else Fraction(0)
    whole = own + sum((Fraction(each.weight) for each in aligned), Fraction(0))
    of_key_results = [
        _share(own * Fraction(each.weight) / block if block else own, whole, each) for each in key_results
    ]
    return of_key_results, [_share(Fraction(each.weight), whole, each) for each in aligned]


def _share(weight: Fraction, whole: Fraction, part: Weighed) -> Share:
    share = weight / whole if whole else Fraction(0)
    return Share(in_percent(share), in_percent(share * Fraction(part.progress) / WHOLE))
