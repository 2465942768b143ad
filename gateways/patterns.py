"""Regular expressions that people write: matched by RE2, in time proportional to the text, whatever the pattern.

Source: https://github.com/google/re2/wiki/Syntax.
"""

from functools import lru_cache
from typing import Any, Final

import re2  # pyright: ignore[reportMissingTypeStubs] - google-re2 comes without types

MOST_MEMORY: Final = 1_000_000
MOST_KEPT: Final = 64
LIBRARY: Final[Any] = re2


class BadPattern(Exception):
    """The pattern cannot be used; the text says why."""


class Pattern:
    """A compiled pattern."""

    def __init__(self, text: str) -> None:
        options = LIBRARY.Options()
        options.log_errors, options.max_mem = False, MOST_MEMORY
        try:
            self._compiled = LIBRARY.compile(text, options)
        except LIBRARY.error as error:
            reason = error.args[0] if error.args else "it is malformed"
            raise BadPattern(reason.decode() if isinstance(reason, bytes) else str(reason)) from None

    def takes(self, text: str) -> bool:
        """Tell whether a whole text matches."""
        return self._compiled.fullmatch(text) is not None


@lru_cache(maxsize=MOST_KEPT)
def compiled(text: str) -> Pattern:
    """Compile a pattern; the last ones are kept."""
    return Pattern(text)
