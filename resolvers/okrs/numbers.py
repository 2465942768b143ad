"""Percentages: worked out exactly, and rounded once, half up, to what is stored."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

NOTHING: Final = Decimal(0)
ALL: Final = Fraction(1)
WHOLE: Final = 100
STORED: Final = Decimal("0.0001")


def as_stored(value: Decimal) -> Decimal:
    """Return a number with the decimals that it is stored with; it has no more."""
    return value.quantize(STORED, ROUND_HALF_UP)


def in_percent(share: Fraction) -> Decimal:
    """Return a share in percent, rounded half away from zero to four decimals."""
    scaled = abs(share) * WHOLE / Fraction(STORED)
    rounded = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(rounded if share >= 0 else -rounded).scaleb(-4).quantize(STORED, ROUND_HALF_UP)
