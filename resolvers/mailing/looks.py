"""How a company's mails look: its colours, with text on them that can be read, and its logo."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from db.models.company import Company
from resolvers.company import contrast

BLACK: Final = "#000000"
WHITE: Final = "#FFFFFF"
OWN: Final = "#1D4ED8"
HEX: Final = re.compile(r"#[0-9A-Fa-f]{6}")
BARELY: Final = 1.5


@dataclass(frozen=True, slots=True)
class Looks:
    """The colours of a mail, as #RRGGBB, and the address of the logo, if there is one."""

    band: str
    on_band: str
    button_color: str
    on_button: str
    button_edge: str
    logo: str | None


def looks_of(company: Company, home: str = "") -> Looks:
    """Dress a mail in the company's colours: buttons in the accent, the band in the main colour.

    `home` is the company's address, on which a logo of our own is served.
    """
    primary = next(filter(_is_color, (company.primary_color, company.accent_color)), None) or OWN
    button = next(filter(_is_color, (company.accent_color, company.primary_color)), None) or OWN
    on_button = readable_on(button)
    edge = on_button if contrast(button, WHITE) < BARELY else button
    return Looks(primary, readable_on(primary), button, on_button, edge, _logo(company.logo_url, home))


def readable_on(color: str) -> str:
    """Return black or white, whichever is easier to read on a colour: its contrast is never under 4.58 to 1."""
    return max((WHITE, BLACK), key=lambda text: contrast(text, color))


def _is_color(color: str | None) -> bool:
    return color is not None and HEX.fullmatch(color) is not None


def _logo(url: str | None, home: str) -> str | None:
    """A mail program loads pictures from the web only; anything else would be a broken one."""
    if url and url.startswith("/"):
        url = f"{home}{url}"
    return url if url and urlsplit(url).scheme in {"http", "https"} else None
