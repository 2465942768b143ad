"""The company: what can be worked out of its profile."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from db.models.company import Company
from resolvers.computed import computed
from resolvers.context import Looking

LEAST_CONTRAST: Final = 4.5
DARK: Final = 0.04045
WHITE: Final = "#FFFFFF"


async def own_company(looking: Looking) -> Company | None:
    """Return the company that the tenant belongs to."""
    found = await looking.all(select(Company))
    return found[0] if found else None


@computed(Company, needs="company.read")
async def contrast_warnings(_looking: Looking, companies: Sequence[Company]) -> Sequence[list[str]]:
    """Colours of the company on which white text is hard to read: contrast under 4.5 to 1 (WCAG 2, level AA)."""
    return [_warnings(company) for company in companies]


def _warnings(company: Company) -> list[str]:
    colors = {"primaryColor": company.primary_color, "accentColor": company.accent_color}
    ratios = {name: contrast(color, WHITE) for name, color in colors.items() if color}
    return [f"{name} has a contrast of {ratio:.2f}:1" for name, ratio in ratios.items() if ratio < LEAST_CONTRAST]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21, as WCAG 2 defines it."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: str) -> float:
    """Return the relative luminance of a colour #RRGGBB, 0 to 1, as WCAG 2 defines it."""
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= DARK else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
