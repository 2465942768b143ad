"""How something public is announced to go: until when it stays, and what to use instead.

The announcement is read by people in the API's descriptions, and by `workgraph schema check`, which lets what was
announced be removed once its day is over. Both read the same text, so it has one form.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

FORM: Final = re.compile(r"(?P<reason>\S.*\.) Removed after (?P<until>\d{4}-\d{2}-\d{2})\.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Deprecated:
    """Says that something stays until a day, and is removed after it: `Deprecated("2027-06-30", "Use X instead.")`."""

    until: str
    reason: str

    def __post_init__(self) -> None:
        """Refuse what does not read as an announcement: without a day, or without a sentence that says what to do."""
        if announced(self.text) != self:
            message = (
                f"{self.until!r}, {self.reason!r} is no deprecation: give the last day as 2027-06-30, and a sentence "
                "that says what to use instead, with its full stop"
            )
            raise ValueError(message)

    @property
    def text(self) -> str:
        """The reason as the API states it."""
        return f"{self.reason} Removed after {self.until}."

    def is_over(self, today: date) -> bool:
        """Tell whether it may be removed: its last day has passed."""
        return today > date.fromisoformat(self.until)


def announced(text: str | None) -> Deprecated | None:
    """Read the reason of a deprecation as the API states it; None where it is not of the form, or names no day."""
    found = FORM.fullmatch(text or "")
    if found is None:
        return None
    try:
        date.fromisoformat(found["until"])
    except ValueError:
        return None
    made = object.__new__(Deprecated)
    object.__setattr__(made, "until", found["until"])
    object.__setattr__(made, "reason", found["reason"])
    return made


def text_of(deprecated: Deprecated | None) -> str | None:
    """Return the reason as the API states it, of what is deprecated."""
    return deprecated.text if deprecated else None
