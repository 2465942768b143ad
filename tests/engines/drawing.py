"""Turns a tape of random bytes, which hypothesis draws as one, into choices.

One tape and not a draw for each choice: hypothesis varies what it has drawn by repeating parts of it, and of a hundred
operations sixty would be copies; and a tape is steered at any time, because nothing is drawn twice.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Final, TypeVar

from hypothesis import strategies as st

Chosen = TypeVar("Chosen")
LENGTH: Final = 6000
TAPES: Final = st.binary(min_size=LENGTH, max_size=LENGTH)


class Drawing:
    """Makes choices from a tape; where it has ended, the simplest one."""

    def __init__(self, tape: bytes) -> None:
        self._tape, self._at = tape, 0

    def upto(self, most: int) -> int:
        """A number from 0 to `most`."""
        drawn = int.from_bytes(self._tape[self._at : self._at + 3])
        self._at += 3
        return drawn % (most + 1)

    def chance(self, percent: int) -> bool:
        """True in so many of a hundred cases; the simplest is False."""
        return self.upto(99) >= 100 - percent

    def of(self, options: Sequence[Chosen]) -> Chosen:
        """One of several."""
        return options[self.upto(len(options) - 1)]

    def weighed(self, options: Mapping[Chosen, float]) -> Chosen:
        """One of several, each as often as its weight says."""
        bounds = list(accumulate(max(1, round(weight * 100)) for weight in options.values()))
        drawn = self.upto(bounds[-1] - 1)
        return next(option for option, bound in zip(options, bounds, strict=True) if drawn < bound)

    def some(self, options: Mapping[Chosen, float], most: int) -> list[Chosen]:
        """Up to so many different ones of several, at least one."""
        left, found = dict(options), list[Chosen]()
        for _ in range(1 + self.upto(most - 1)):
            if not left:
                break
            found.append(self.weighed(left))
            del left[found[-1]]
        return found
