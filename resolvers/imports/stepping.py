"""One step of an import, whose row is locked: some rows are made, or it goes on to what comes next, or it ends."""

from collections.abc import Sequence
from typing import Final

from db.models.imports import Import, ImportFailure, ImportPhase
from gateways.files import NotStored
from gateways.sheets import NotATable
from resolvers.barred import Barred, TenantMigrating, TenantSuspended
from resolvers.context import Context
from resolvers.imports.asides import keep_rejections, leave_marks, postpone, postponed, settle
from resolvers.imports.importables import Importable, ImportField
from resolvers.imports.rows import Made, Numbered, Rows
from resolvers.imports.starting import BEGINNING, COMPLETING, FAILING, let_go
from resolvers.imports.table import GONE, Check, Failed, Table

AT_ONCE: Final = 200
"""Rows of one transaction."""

NO_SUCH_TYPE: Final = "This type, or a field of it, cannot be imported any more."


class Step:
    """Takes the next step of an import in a transaction that somebody else commits."""

    def __init__(self, context: Context, run: Import, table: Table, importable: Importable | None) -> None:
        self._context, self._run, self._table, self._importable = context, run, table, importable
        self._id = run.id

    async def take(self, check: Check | Failed | None) -> bool:
        """Take it, and tell whether there is another one to take."""
        try:
            async with self._context.session.savepoint():
                return await self._take(check)
        except (TenantMigrating, TenantSuspended):
            raise
        except Barred as barred:
            failed = Failed(ImportFailure.NOT_ALLOWED, barred.message)
        except NotStored:
            failed = Failed(ImportFailure.FILE_GONE, GONE)
        except NotATable as wrong:
            failed = Failed(ImportFailure.NOT_A_TABLE, wrong.message)
        self._context.forget()
        self._run = await self._context.one(Import, self._id)
        return await self._fail(failed)

    async def _take(self, check: Check | Failed | None) -> bool:
        importable = self._importable
        if importable is None or any(name not in importable.fields for name in self._run.mapping.values()):
            return await self._fail(Failed(ImportFailure.NOT_ALLOWED, NO_SUCH_TYPE))
        importable.expect_may(self._context.asking, self._fields(importable))
        if self._run.phase is ImportPhase.CHECKING:
            return await self._begin(check)
        if self._run.phase is ImportPhase.READING:
            return await self._read(importable)
        return await self._retry(importable)

    def _fields(self, importable: Importable) -> Sequence[ImportField]:
        return [importable.fields[name] for name in self._run.mapping.values()]

    async def _begin(self, check: Check | Failed | None) -> bool:
        if isinstance(check, Failed):
            return await self._fail(check)
        assert check is not None
        run, head = self._run, check.head
        run.delimiter, run.headers, run.rows_total = head.delimiter, list(head.columns), check.rows
        run.position, run.last_row, run.phase = head.end, 1, ImportPhase.READING
        await BEGINNING.make(self._context, run)
        return True

    async def _read(self, importable: Importable) -> bool:
        """Make the next rows of the file."""
        run = self._run
        assert run.delimiter is not None
        rows = await self._table.rows(run.position, AT_ONCE, run.delimiter)
        if not rows:
            return await self._go_round() if run.rows_postponed else await self._complete()
        numbered = [Numbered(number, row) for number, row in enumerate(rows, run.last_row + 1) if not row.is_blank]
        made = await self._make(importable, numbered)
        await postpone(self._context, run, [(each.number, each.row.position) for each in made.postponed])
        run.position, run.last_row = rows[-1].end, run.last_row + len(rows)
        run.rows_read += len(numbered)
        run.rows_postponed += len(made.postponed)
        return True

    async def _retry(self, importable: Importable) -> bool:
        """Make the next of those rows that were put aside."""
        run = self._run
        aside = await postponed(self._context, run, AT_ONCE)
        if not aside:
            return await self._go_round() if run.rows_postponed else await self._complete()
        numbered = [await self._aside(each.row_number, each.position) for each in aside]
        made = await self._make(importable, numbered)
        left = {each.number for each in made.postponed}
        settled = [each.row_number for each in aside if each.row_number not in left]
        await settle(self._context, run, settled)
        run.last_row = aside[-1].row_number
        run.rows_postponed -= len(settled)
        return True

    async def _aside(self, number: int, position: int) -> Numbered:
        assert self._run.delimiter is not None
        [row] = await self._table.rows(position, 1, self._run.delimiter)
        return Numbered(number, row)

    async def _go_round(self) -> bool:
        """Begin another round of what was put aside; the last one, if the one before has made nothing."""
        run = self._run
        vain = run.phase is ImportPhase.RETRYING and run.rows_made == run.made_before
        run.phase = ImportPhase.ENDING if vain else ImportPhase.RETRYING
        run.last_row, run.made_before = 0, run.rows_made
        return True

    async def _make(self, importable: Importable, rows: Sequence[Numbered]) -> Made:
        made = await Rows(self._context, self._run, importable).make(rows)
        self._run.rows_made += made.made
        self._run.rows_rejected += len(made.rejected)
        await keep_rejections(self._context, self._run, made.rejected)
        await leave_marks(self._context, self._run, made.marks)
        return made

    async def _complete(self) -> bool:
        await let_go(self._context, self._run)
        await COMPLETING.make(self._context, self._run)
        return False

    async def _fail(self, failed: Failed) -> bool:
        run = self._run
        await let_go(self._context, run)
        run.failure, run.failure_message, run.failure_row = failed.failure, failed.message[:500], failed.row
        await FAILING.make(self._context, run, failure=failed.failure)
        return False
