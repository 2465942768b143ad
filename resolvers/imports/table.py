"""The table of an import, as it lies in the store: checked as a whole, and read a few rows at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from db.models.files import File, FileStatus
from db.models.imports import ImportFailure
from gateways.files import FileStore, NotStored
from gateways.sheets import Head, NotATable, Sheet, SheetRow

CHECKED_AT_ONCE: Final = 1000
GONE: Final = "The file is no longer there."


@dataclass(frozen=True, slots=True)
class Check:
    """What a table is found to be: its head, and how many rows it has beside that and blank ones."""

    head: Head
    rows: int


@dataclass(frozen=True, slots=True)
class Failed:
    """Why an import ends early."""

    failure: ImportFailure
    message: str
    row: int | None = None


class Table:
    """A table in the store."""

    def __init__(self, store: FileStore, file: File | None) -> None:
        self._is_there = file is not None and file.status is FileStatus.STORED
        key, size = (file.key, file.size) if file else ("", 0)
        self._sheet = Sheet(partial(store.part, key), size)

    async def check(self, wanted: Sequence[str]) -> Check | Failed:
        """Read all of it, to see that it is a table with some columns."""
        if not self._is_there:
            return Failed(ImportFailure.FILE_GONE, GONE)
        number = 0
        try:
            head = await self._sheet.head()
            if wrong := _wrong_columns(head, wanted):
                return Failed(ImportFailure.NO_SUCH_COLUMN, wrong, 1)
            number, count, position = 1, 0, head.end
            while rows := await self._sheet.rows(position, CHECKED_AT_ONCE, head.delimiter):
                number, position = number + len(rows), rows[-1].end
                count += sum(not row.is_blank for row in rows)
        except NotStored:
            return Failed(ImportFailure.FILE_GONE, GONE)
        except NotATable as wrong:
            return Failed(ImportFailure.NOT_A_TABLE, wrong.message, number + 1)
        return Check(head, count)

    async def rows(self, position: int, most: int, delimiter: str) -> Sequence[SheetRow]:
        """Return rows from a byte on, at most so many; none at the end alone."""
        return await self._sheet.rows(position, most, delimiter)


def _wrong_columns(head: Head, wanted: Sequence[str]) -> str:
    for name in wanted:
        if (found := head.columns.count(name)) != 1:
            return f"The first row names {'no column' if not found else 'several columns'} “{name}”."
    return ""
