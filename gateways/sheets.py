"""Reads tables in CSV (RFC 4180) some rows at a time, from any byte at which a row begins; little else is in memory.

A row ends at a line break that is not within quotes. Rows are found by the csv module over the lines at hand; where
these end within a row, it is read anew with more of them, and a row has so few bytes that this is soon over. Text is
UTF-8, with or without a byte order mark. What no honest table has ends the reading, with the byte at which its row
begins: NUL characters, rows of a megabyte or of many cells, quotes that never close.
"""

import csv
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

BLOCK: Final = 256 * 1024
LONGEST_ROW: Final = 1024 * 1024
MOST_CELLS: Final = 500
MARK: Final = b"\xef\xbb\xbf"
DELIMITERS: Final = (",", ";", "\t")
NOT_UTF8: Final = "The text is not UTF-8. Save the table as CSV UTF-8."
Fetch = Callable[[int, int], Awaitable[bytes]]


class NotATable(Exception):
    """What begins at `position` is no row of a table; the message says why, without what is there."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message, self.position = message, position


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its cells, at which byte it begins, and where the next one does. A blank line has no cells."""

    cells: Sequence[str]
    position: int
    end: int

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing in it."""
        return not any(cell.strip() for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Head:
    """The first row of a table: what separates cells, the names of the columns, and where the rows begin."""

    delimiter: str
    columns: Sequence[str]
    end: int


class _Ended(Exception):
    """The bytes at hand end within a row."""


class Sheet:
    """A table of which any part can be had: `fetch` is given a byte and a length, and returns less at the end only."""

    def __init__(self, fetch: Fetch, size: int) -> None:
        self._fetch, self._size = fetch, size
        self._begin, self._held = 0, b""

    async def head(self) -> Head:
        """Read the first row; what separates cells is the mark that makes the most of it."""
        await self._hold(0)
        start = len(MARK) if self._held.startswith(MARK) else 0
        first = [(each, row) for each in DELIMITERS for row in await self._first(start, each)]
        if not first:
            await self.rows(start, 1, DELIMITERS[0])
        delimiter, row = max(first, key=lambda each: len(each[1].cells), default=("", SheetRow([], start, start)))
        if row.is_blank:
            raise NotATable("The first row has to name the columns.", start)
        return Head(delimiter, [cell.strip() for cell in row.cells], row.end)

    async def _first(self, start: int, delimiter: str) -> Sequence[SheetRow]:
        """Return the first row, if it is one with this delimiter."""
        with suppress(NotATable):
            return await self.rows(start, 1, delimiter)
        return []

    async def rows(self, position: int, most: int, delimiter: str) -> Sequence[SheetRow]:
        """Return rows from a byte on, at most so many; none at the end alone."""
        found = list[SheetRow]()
        while len(found) < most and position < self._size:
            more = self._at_hand(position, most - len(found), delimiter, stopping=not found)
            if not more and found:
                break
            if not more:
                await self._hold(position)
            found += more
            position = more[-1].end if more else position
        return found

    @property
    def _is_held_to_the_end(self) -> bool:
        return self._begin + len(self._held) >= self._size

    async def _hold(self, position: int) -> None:
        """Have more bytes from a position on at hand than before, and none from before it."""
        end = self._begin + len(self._held)
        kept = self._held[position - self._begin :] if self._begin <= position <= end else b""
        if len(kept) > LONGEST_ROW:
            raise NotATable("A row has more than a megabyte: perhaps a quote does not close.", position)
        fetched = min(max(BLOCK, len(kept)), self._size - position - len(kept))
        more = await self._fetch(position + len(kept), fetched) if fetched > 0 else b""
        self._begin, self._held = position, kept + more

    def _at_hand(self, position: int, most: int, delimiter: str, *, stopping: bool) -> list[SheetRow]:
        """Return whole rows of those bytes that are at hand; what is no row is only spoken of when it comes first."""
        if not self._begin <= position < self._begin + len(self._held):
            return []
        lines = _Lines(self._held, position - self._begin, whole=self._is_held_to_the_end)
        reader, rows, begin = csv.reader(lines, delimiter=delimiter, strict=True), list[SheetRow](), position
        try:
            for cells in reader:
                rows.append(SheetRow(_bounded(cells), begin, self._begin + lines.at))
                begin = self._begin + lines.at
                if len(rows) == most:
                    break
        except _Ended:
            return rows
        except (csv.Error, ValueError) as wrong:
            if rows or not stopping:
                return rows
            raise NotATable(_said(wrong), begin) from None
        return rows


def _bounded(cells: list[str]) -> list[str]:
    if len(cells) > MOST_CELLS:
        message = f"A row has at most {MOST_CELLS} cells."
        raise ValueError(message)
    return cells


def _said(wrong: Exception) -> str:
    if isinstance(wrong, UnicodeDecodeError):
        return NOT_UTF8
    return f"It is not CSV: {wrong}." if isinstance(wrong, csv.Error) else str(wrong)


class _Lines:
    """The lines of some bytes, as text, for the csv module to take one by one; `at` is where the next one begins."""

    def __init__(self, held: bytes, at: int, *, whole: bool) -> None:
        self._held, self._whole, self.at = held, whole, at

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        end = self._held.find(b"\n", self.at) + 1
        if not end and not self._whole:
            raise _Ended
        if self.at == len(self._held):
            raise StopIteration
        line = self._held[self.at : end or len(self._held)]
        self.at += len(line)
        if b"\0" in line:
            raise ValueError("The text holds a NUL character.")
        return line.decode()
