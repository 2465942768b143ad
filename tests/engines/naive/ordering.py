"""The order and the pages of a list, as docs/api.md says: term after term, nulls last, ids between equals."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from db.columns import policy_of
from tests.engines.naive.matching import ranked
from tests.engines.naive.rows import Kind, Row, Rows

Term = Mapping[str, Any]


def name_key(name: str) -> str:
    """A name as people order it: without accents and case."""
    return re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFKD", name)).lower()


class Ordering:
    """Puts rows in order."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def ordered(self, kind: Kind, terms: Sequence[Term], rows: Sequence[Row], within: str | None) -> list[Row]:
        """Sort rows; without terms by their places within what they are listed in, or else by age."""
        placed = kind.placed
        if not terms and placed and placed[1] == within:
            return sorted(rows, key=lambda row: (row[placed[0]], row["id"]))
        last = bool(terms) and self._falls(terms[-1])
        result = sorted(rows, key=lambda row: row["id"], reverse=last)
        for term in reversed(terms):
            keyed = [(self._key(kind, term, row), row) for row in result]
            given = [each for each in keyed if each[0] is not None]
            given.sort(key=lambda each: ranked(each[0]), reverse=self._falls(term))
            result = [row for _, row in given] + [row for key, row in keyed if key is None]
        return result

    def _falls(self, term: Term) -> bool:
        [value] = term.values()
        return self._falls(value) if isinstance(value, Mapping) else value == "DESC"

    def _key(self, kind: Kind, term: Term, row: Row) -> Any:
        [(name, value)] = term.items()
        if isinstance(value, Mapping):
            column, target = kind.to_one[name]
            other = self._rows.by_id[target].get(row[column])
            return None if other is None else self._key(self._rows.kinds[target], value, other)
        found = row[kind.columns[name].key]
        return name_key(found) if policy_of(kind.columns[name]).sorted_as_name and found is not None else found


@dataclass(frozen=True)
class Window:
    """A part of a list: from which place to which, of how many."""

    start: int
    end: int
    whole: int

    @property
    def has_next(self) -> bool:
        """Whether there is more after it."""
        return self.end < self.whole

    @property
    def has_previous(self) -> bool:
        """Whether there is more before it."""
        return self.start > 0


def window(whole: int, after: int | None, before: int | None, size: int, *, backwards: bool) -> Window:
    """Which part of a list is asked for: so many from one end of what lies between two places."""
    start = 0 if after is None else after + 1
    end = whole if before is None else before
    if backwards:
        return Window(max(start, end - size), end, whole)
    return Window(start, min(end, start + size), whole)
