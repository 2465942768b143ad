"""Some rows of a file, made together in one transaction: each by the type's own operation, in a savepoint of its own.

What cells name is looked up for all rows at once: a statement for each column that finds something, however many rows.
A row that names another one of its type which is not there yet is postponed; in the end it is rejected.

A rehearsal makes the rows and undoes them, some at a time. Of rows that it has undone it keeps a mark of each value
that only one may have: by these it tells that a later row repeats one, or names one that would be there. Such a row is
tried without that reference, so what would be refused on account of the reference itself goes unseen.
"""

import re
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import select

from db.away import is_away, sqlstate_of
from db.models.imports import Import, ImportPhase, ImportRejection
from gateways.sheets import SheetRow
from resolvers.barred import Barred
from resolvers.context import Context
from resolvers.edge import Contract, Performed, perform, performing
from resolvers.imports.asides import mark_of, seen
from resolvers.imports.importables import Importable, ImportField, Lookup
from resolvers.refusals import AlreadyExists, InvalidInput, NotFound, Refused

LONGEST_MESSAGE: Final = 500
FAULT: Final = "INTERNAL"
PASSING: Final = frozenset({"40001", "40P01", "55P03", "0A000"})
"""Where PostgreSQL broke a deadlock or a conflict, gave up waiting, or met a statement of before a migration."""

PARTS: Final = 8
"""Into how many parts rows are taken apart of which one is refused."""

LOG: Final = structlog.get_logger("workgraph.imports")


@dataclass(frozen=True, slots=True)
class Numbered:
    """A row and its number, as a spreadsheet counts."""

    number: int
    row: SheetRow


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is read: where it stands, what it is called, and the field that it is read into."""

    place: int
    header: str
    field: ImportField

    def text_of(self, row: SheetRow) -> str:
        """Return what stands in it; a row may be shorter than the header."""
        return row.cells[self.place].strip() if self.place < len(row.cells) else ""


def columns_of(run: Import, importable: Importable) -> Sequence[Column]:
    """Return the columns that an import reads."""
    places = {header: place for place, header in reversed(list(enumerate(run.headers)))}
    return [Column(places[header], header, importable.fields[name]) for header, name in run.mapping.items()]


class _NotThere(Exception):
    """What a cell names is not there."""

    def __init__(self, column: Column, lookup: Lookup) -> None:
        super().__init__(column.header)
        self.column, self.lookup = column, lookup


@dataclass
class Made:
    """What became of some rows: how many were made, which were refused, which are to be tried again."""

    made: int = 0
    rejected: list[ImportRejection] = field(default_factory=list[ImportRejection])
    postponed: list[Numbered] = field(default_factory=list[Numbered])
    marks: set[bytes] = field(default_factory=set[bytes])

    def add(self, other: "Made") -> None:
        """Count what became of other rows too."""
        self.made += other.made
        self.rejected += other.rejected
        self.postponed += other.postponed
        self.marks |= other.marks


@dataclass(frozen=True, slots=True)
class Prepared:
    """A row that can be made: its values, and what the operation is given.

    There is nothing to give where a row of a rehearsal lacks what it needs, which would be there.
    """

    values: "Mapping[Column, Any]"
    arguments: Mapping[str, Any] | None


class Rows:
    """Makes rows of one import in one transaction."""

    def __init__(self, context: Context, run: Import, importable: Importable) -> None:
        self._context, self._run, self._importable = context, run, importable
        self._columns = columns_of(run, importable)
        self._reached = importable.reaching(context.principal)
        self._contract = Contract(dry_run=run.rehearsal)
        self._found: dict[Lookup, dict[Any, UUID]] = {}
        self._seen: set[bytes] = set()

    async def make(self, rows: Sequence[Numbered]) -> Made:
        """Make some rows, in their order."""
        await self._look_up(rows)
        if not self._run.rehearsal:
            return await self._make(rows)
        async with self._context.session.rehearsal():
            made = await self._make(rows)
        self._context.forget()
        return made

    async def _make(self, rows: Sequence[Numbered]) -> Made:
        """Make rows together; where one of them is refused, fewer of them at a time."""
        if len(rows) == 1:
            return await self._make_one(rows[0])
        together = await self._make_together(rows) if rows else Made()
        if together is not None:
            return together
        made, size = Made(), -(-len(rows) // PARTS)
        for start in range(0, len(rows), size):
            made.add(await self._make(rows[start : start + size]))
        return made

    async def _make_together(self, rows: Sequence[Numbered]) -> Made | None:
        """Make rows in one savepoint; None where one of them could not be made, and so none was."""
        made, found, seen_before = Made(), {each: dict(ids) for each, ids in self._found.items()}, set(self._seen)
        try:
            async with self._performing() as once:
                for row in rows:
                    if prepared := self._prepare(row, made):
                        result = None if prepared.arguments is None else await once(prepared.arguments)
                        self._note(prepared, result, made)
        except Exception as fault:
            if isinstance(fault, Barred) or _may_pass(fault):
                raise
            self._context.forget()
            self._found, self._seen = found, seen_before
            return None
        return made

    @asynccontextmanager
    async def _performing(self) -> AsyncGenerator[Performed]:
        async with performing(self._context, self._importable.operation, self._contract, self._reached) as once:
            if not self._importable.alone:
                yield once
                return
            async with self._context.gathering():
                yield once

    async def _make_one(self, row: Numbered) -> Made:
        made = Made()
        prepared = self._prepare(row, made)
        if prepared is None:
            return made
        if prepared.arguments is None:
            self._note(prepared, None, made)
            return made
        try:
            operation = self._importable.operation
            outcome = await perform(self._context, operation, prepared.arguments, self._contract, self._reached)
        except Exception as fault:
            if isinstance(fault, Barred) or _may_pass(fault):
                raise
            LOG.exception("a row could not be imported", import_id=str(self._run.id), row=row.number)
            self._context.forget()
            made.rejected.append(self._rejection(row, FAULT, "Something went wrong on our side.", None))
            return made
        if outcome.refusals:
            made.rejected.append(self._refused(row, outcome.refusals[0]))
        else:
            self._note(prepared, outcome.result, made)
        return made

    def _prepare(self, row: Numbered, made: Made) -> Prepared | None:
        """Return what a row is made of; None where it is refused or postponed as it is."""
        try:
            values = self._values(row.row)
            self._expect_new(values)
            return Prepared(values, self._arguments(values))
        except _NotThere as missing:
            self._miss(row, missing, made)
        except Refused as refused:
            made.rejected.append(self._refused(row, refused))
        return None

    def _note(self, prepared: Prepared, result: Any, made: Made) -> None:
        """Count a row that was made, and let later ones find it."""
        made.made += 1
        for lookup, found in self._found.items():
            if result is not None and lookup.model is self._importable.model:
                found[getattr(result, lookup.column)] = result.id
        if self._run.rehearsal:
            marks = set(self._marks(prepared.values))
            made.marks |= marks
            self._seen |= marks

    def _values(self, row: SheetRow) -> dict[Column, Any]:
        """Read the cells of a row; what is empty is left out, so that defaults count."""
        if any(cell.strip() for cell in row.cells[len(self._run.headers) :]):
            raise InvalidInput("The row has more cells than the first row names columns.")
        texts = {column: text for column in self._columns if (text := column.text_of(row))}
        values: dict[Column, Any] = {}
        for column, text in texts.items():
            try:
                values[column] = column.field.read(text)
            except ValueError as wrong:
                raise InvalidInput(str(wrong), path=(column.field.input,)) from None
        given = {column.field.input for column in values}
        for column in self._columns:
            if column.field.required and column.field.input not in given:
                raise InvalidInput("It cannot be left empty.", path=(column.field.input,))
        return values

    def _arguments(self, values: Mapping[Column, Any]) -> Mapping[str, Any] | None:
        arguments: dict[str, Any] = {}
        for column, value in values.items():
            lookup = column.field.lookup
            if lookup is None or value in self._found[lookup]:
                arguments[column.field.input] = value if lookup is None else self._found[lookup][value]
            elif not self._would_be_there(lookup, value):
                raise _NotThere(column, lookup)
            elif column.field.required:
                return None
        return arguments

    async def _look_up(self, rows: Sequence[Numbered]) -> None:
        """Find what cells of these rows name, and what a rehearsal has seen of their values: once for all of them."""
        read = [values for each in rows if (values := self._read(each.row))]
        for column in self._columns:
            lookup = column.field.lookup
            if lookup:
                wanted = {values[column] for values in read if column in values}
                self._found.setdefault(lookup, {}).update(await self._ids(lookup, wanted))
        if self._run.rehearsal:
            marks = {mark for values in read for mark in (*self._marks(values), *self._named(values))}
            self._seen = await seen(self._context, self._run, marks)

    def _read(self, row: SheetRow) -> Mapping[Column, Any]:
        try:
            return self._values(row)
        except Refused:
            return {}

    async def _ids(self, lookup: Lookup, wanted: set[Any]) -> Mapping[Any, UUID]:
        if not wanted:
            return {}
        column = lookup.model.__table__.columns[lookup.column]
        rows: Sequence[Any] = await self._context.session.rows(
            select(column, lookup.model.id).where(column.in_(wanted))
        )
        return {row[0]: row[1] for row in rows}

    def _expect_new(self, values: Mapping[Column, Any]) -> None:
        """Refuse a value that a row has already which a rehearsal would have made."""
        for column, value in values.items():
            if self._is_unique(column) and self._mark(column.field.input, value) in self._seen:
                name = column.field.input
                raise AlreadyExists(f"Another one has this {name.replace('_', ' ')}.", path=(name,))

    def _would_be_there(self, lookup: Lookup, value: Any) -> bool:
        return lookup.model is self._importable.model and self._mark(lookup.column, value) in self._seen

    def _marks(self, values: Mapping[Column, Any]) -> Iterator[bytes]:
        return (self._mark(column.field.input, value) for column, value in values.items() if self._is_unique(column))

    def _named(self, values: Mapping[Column, Any]) -> Iterator[bytes]:
        for column, value in values.items():
            lookup = column.field.lookup
            if lookup and lookup.model is self._importable.model:
                yield self._mark(lookup.column, value)

    def _is_unique(self, column: Column) -> bool:
        return column.field.input in self._importable.unique

    def _mark(self, name: str, value: Any) -> bytes:
        return mark_of(self._context, name, value)

    def _miss(self, row: Numbered, missing: _NotThere, made: Made) -> None:
        """Postpone a row that names one of its own type; reject any other, and in the end that too."""
        is_own = missing.lookup.model is self._importable.model
        if is_own and self._run.phase is not ImportPhase.ENDING:
            made.postponed.append(row)
        else:
            said = NotFound(f"There is no {missing.lookup.label}.", path=(missing.column.field.input,))
            made.rejected.append(self._refused(row, said))

    def _refused(self, row: Numbered, refused: Refused) -> ImportRejection:
        column = next((each for each in self._columns if refused.path[:1] == (each.field.input,)), None)
        return self._rejection(row, refused.code, refused.message, column)

    def _rejection(self, row: Numbered, code: str, message: str, column: Column | None) -> ImportRejection:
        """Say why, without what is in the row: a message may quote it."""
        concerned = [column.text_of(row.row)] if column else row.row.cells
        return ImportRejection(
            tenant_id=self._context.session.tenant_id,
            import_id=self._run.id,
            row_number=row.number,
            header=column.header if column else None,
            field=column.field.name if column else None,
            code=code,
            message=without(message, [*concerned, *self._as_read(row.row, column)])[:LONGEST_MESSAGE],
        )

    def _as_read(self, row: SheetRow, column: Column | None) -> Sequence[str]:
        """Return the values of cells as they are read: `7`, where the file has `007`."""
        return [str(value) for each, value in self._read(row).items() if column in (None, each)]


def without(message: str, values: Sequence[str]) -> str:
    """Return a message without some values."""
    for value in sorted({each.strip() for each in values if each.strip()}, key=len, reverse=True):
        message = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "…", message, flags=re.IGNORECASE)
    return message


def _may_pass(fault: Exception) -> bool:
    """Tell whether it is not the row's doing, so that all may go well another time."""
    return is_away(fault) or sqlstate_of(fault) in PASSING
