"""Amounts of money: how many decimals a currency has, and how amounts are rounded to them."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

USUAL: Final = 2
DECIMALS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND"), 0),
    **dict.fromkeys(("VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
"""The currencies of ISO 4217 that have not two decimals."""


def in_minor_units(amount: Decimal, currency: str) -> Decimal:
    """Round an amount to what its currency has, halves away from zero."""
    return amount.quantize(Decimal(1).scaleb(-DECIMALS.get(currency, USUAL)), ROUND_HALF_UP)
