"""The beginning of a table that somebody has uploaded, and which fields its columns are probably meant for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import select

from db.models.files import File, FilePurpose, FileStatus
from db.session import Database
from gateways.files import FileStore, NotStored
from gateways.sheets import NotATable, Sheet
from resolvers.context import Asking
from resolvers.imports.importables import Importable, Importables, ImportField

SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class SampleColumn:
    """A column of a table: its name, the field that it is probably meant for, and what stands in its first rows."""

    name: str
    field: str | None
    first: Sequence[str]


@dataclass(frozen=True, slots=True)
class Sample:
    """The beginning of a table, or why it is none; and what of a type columns can be read into."""

    columns: Sequence[SampleColumn]
    fields: Sequence[ImportField]
    problem: str | None = None


class Samples:
    """Reads the beginning of uploaded tables."""

    def __init__(self, database: Database, store: FileStore, importables: Importables) -> None:
        self._database, self._store, self._importables = database, store, importables

    async def look(self, asking: Asking, type_name: str, file_id: UUID) -> Sample | None:
        """Return the beginning of a table that whoever asks has uploaded; None where there is none, or no such type."""
        importable, file = self._importables.get(type_name), await self._file(asking, file_id)
        if importable is None or file is None:
            return None
        fields = list(importable.fields.values())
        sheet = Sheet(partial(self._store.part, file.key), file.size)
        try:
            head = await sheet.head()
            rows = await sheet.rows(head.end, SHOWN, head.delimiter)
        except NotATable as wrong:
            return Sample([], fields, wrong.message)
        except NotStored:
            return None
        guessed = guesses(importable, head.columns)
        return Sample(
            [
                SampleColumn(name, guessed.get(name), [row.cells[place] for row in rows if place < len(row.cells)])
                for place, name in enumerate(head.columns)
            ],
            fields,
        )

    async def _file(self, asking: Asking, file_id: UUID) -> File | None:
        """Return a table, if it is the own one of who asks: what somebody else has uploaded is not there."""
        theirs = select(File).where(File.id == file_id, File.purpose == FilePurpose.IMPORT)
        theirs = theirs.where(File.status == FileStatus.STORED, File.uploader_type == asking.principal.kind)
        async with self._database.reading(asking.tenant.placement) as session:
            found = await session.scalars(theirs.where(File.uploader_id == asking.principal.id))
        return found[0] if found else None


def guesses(importable: Importable, columns: Sequence[str]) -> Mapping[str, str]:
    """Return the field that each column is probably meant for: of a like name, or of the like name of what it names."""
    ways = [(_folded(way), each) for each in importable.fields.values() for way in _ways(each)]
    known: dict[str, ImportField] = {}
    for name, each in ways:
        known.setdefault(name, each)
    found: dict[str, str] = {}
    taken = set[str]()
    for column in columns:
        each = known.get(_folded(column))
        if each and each.input not in taken and column not in found:
            found[column] = each.name
            taken.add(each.input)
    return found


def _ways(each: ImportField) -> Sequence[str]:
    """Return how a column for a field may be called: `parent.name`, `parent name` and `parent` are one."""
    return [each.name, each.name.split(".")[0]] if each.lookup else [each.name]


def _folded(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()
