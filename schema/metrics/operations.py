"""Counts operations: how many, how long they took, what they were answered with.

There is a row of counters for each name and kind, and only so many names: those of documents that could be kept, asked
by somebody who was let in, the first two hundred. Every other is counted as `other`, so that nobody makes the metrics
long by inventing names.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

from schema.execute.limits import may_be_kept
from schema.metrics.taken import LONGEST_NAME, Taken

MOST_NAMES: Final = 200
OTHER: Final = "other"
BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds: the upper bounds of the histogram."""

NOT_RUN: Final = "none"


class Tally:
    """What has been counted of one operation."""

    __slots__ = ("buckets", "errors", "forms", "points", "seconds")

    def __init__(self) -> None:
        self.seconds, self.points = 0.0, 0
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.forms = dict[str, int]()
        self.errors = dict[str, int]()


class Operations:
    """The counters of a process."""

    def __init__(self, most_names: int = MOST_NAMES) -> None:
        self._tallies: dict[tuple[str, str], Tally] = {}
        self._names, self._most = set[str](), most_names

    def __iter__(self) -> Iterator[tuple[str, str, Tally]]:
        """Return each name and kind with what has been counted."""
        return ((name, kind, tally) for (name, kind), tally in self._tallies.items())

    def count(self, taken: Taken, seconds: float, form: str, codes: Sequence[str]) -> None:
        """Count one answer; without a form, nothing was run."""
        tally = self._tallies.get((taken.name, taken.kind)) or self._tally(taken, admits=bool(form))
        tally.seconds += seconds
        tally.points += taken.points
        tally.buckets[bisect_left(BOUNDS, seconds)] += 1
        forms, form = tally.forms, form or NOT_RUN
        forms[form] = forms.get(form, 0) + 1
        if codes:
            for code in set(codes):
                tally.errors[code] = tally.errors.get(code, 0) + 1

    def _tally(self, taken: Taken, *, admits: bool) -> Tally:
        """Return the counters of an operation that has none by its own name yet."""
        name, kind = taken.name, taken.kind
        if not (admits and _may_be_named(taken) and self.admit(name)):
            name = OTHER
        return self._tallies.setdefault((name, kind), Tally())

    def admit(self, name: str) -> bool:
        """Let operations of a name be counted by it, if there is room; tell whether they are."""
        if name and len(self._names) < self._most:
            self._names.add(name)
        return name in self._names

    def label(self, taken: Taken) -> str:
        """Return the name under which an operation is counted."""
        return taken.name if (taken.name, taken.kind) in self._tallies else OTHER


def _may_be_named(taken: Taken) -> bool:
    known = taken.asking is not None and taken.asking.principal.kind != "anonymous"
    is_short = len(taken.name) <= LONGEST_NAME
    return known and is_short and taken.asked is not None and may_be_kept(taken.asked.query)
