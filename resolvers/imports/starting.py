"""Beginning an import, and ending it: what may be asked for, and that the file is held for as long as it is read."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from sqlalchemy import func, select
from uuid_utils.compat import uuid7

from db.models.files import File, FilePurpose
from db.models.imports import Import, ImportStatus
from db.queue import defer
from resolvers.context import Context
from resolvers.files import FileRefused, attach, must_be_for, release
from resolvers.imports.asides import drop_asides
from resolvers.imports.events import ImportCancelled, ImportCompleted, ImportFailed
from resolvers.imports.importables import NEEDS, Importable, Importables, ImportField
from resolvers.operation import Names, Operation, operation
from resolvers.refusals import InvalidInput, NotFound, Refused
from resolvers.state import StateMachine

RUN: Final = "run_import"
LONGEST_HEADER: Final = 200
MOST_AT_ONCE: Final = 10
UNDER_WAY: Final = (ImportStatus.PENDING, ImportStatus.RUNNING)


class TooManyImports(Refused):
    """The company has as many imports under way as it may have at once."""

    code = "TOO_MANY_IMPORTS"


def facts_of(run: Import) -> Mapping[str, Any]:
    """Return what every event about an import tells."""
    return {name: getattr(run, name) for name in ("type", "rehearsal", "rows_made", "rows_rejected")}


IMPORT: Final = StateMachine(Import, facts=facts_of)
BEGINNING: Final = IMPORT.move(ImportStatus.PENDING, to=ImportStatus.RUNNING, by_clock=True)
COMPLETING: Final = IMPORT.move(ImportStatus.RUNNING, to=ImportStatus.COMPLETED, event=ImportCompleted, by_clock=True)
FAILING: Final = IMPORT.move(*UNDER_WAY, to=ImportStatus.FAILED, event=ImportFailed, by_clock=True)
CANCELLING: Final = IMPORT.move(*UNDER_WAY, to=ImportStatus.CANCELLED, event=ImportCancelled)


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Which field a column of a file is read into."""

    column: Annotated[str, "Name of the column, as the first row of the file has it."]
    field: Annotated[str, "Name of the field, such as `name`, or `parent.name` for the parent of that name."]


def starting(importables: Importables) -> Operation:
    """Declare the operation that begins an import of one of some types."""

    @operation(
        NEEDS,
        refuses=[InvalidInput, NotFound, FileRefused, TooManyImports],
        emits=["import.created", "file.updated"],
    )
    async def start_import(
        context: Context,
        type: Annotated[str, "Name of the type whose objects are made, such as `Department`."],
        file_id: Annotated[UUID, Names("StoredFile"), "The table: a CSV file that you have uploaded as an `IMPORT`."],
        mapping: Annotated[list[ColumnMapping], "Which columns are read, and into which fields; others are left."],
        rehearsal: Annotated[bool, "Only tell what would become of the rows. No when left out."] = False,  # noqa: FBT002 - an argument of the API
    ) -> Import:
        """Make an object of each row of a table, in the background, each as the type's own mutation would make it.

        Needs in addition what that mutation needs, now and for as long as it takes: rows are made in your name. Rows
        that are refused are listed, and keep no other from being made. See `importProgress`.
        """
        file = await _held(context, file_id)
        importable = _importable(importables, type)
        fields = _fields(importable, mapping)
        importable.expect_may(context.asking, fields)
        await _expect_room(context)
        assert context.principal.user_id is not None
        run = Import(
            id=uuid7(),
            type=importable.type_name,
            file_id=file.id,
            started_by_id=context.principal.user_id,
            mapping={each.column: each.field for each in mapping},
            rehearsal=rehearsal,
        )
        context.add(run)
        await context.flush()
        await defer(context.session, RUN, once=str(run.id), import_id=run.id)
        return run

    return start_import


@operation(NEEDS, move=CANCELLING, emits=["file.updated"])
async def cancel_import(context: Context, run: Import) -> Import:
    """End an import. What it has made stays."""
    await let_go(context, run)
    return run


async def let_go(context: Context, run: Import) -> None:
    """Give up what an import that has ended needs no more: its file is removed within a day."""
    await drop_asides(context, run)
    if run.file_id is not None:
        release(await context.many(File, [run.file_id]))
        await context.flush()
    run.ended_at = context.now


def _importable(importables: Importables, type_name: str) -> Importable:
    if type_name not in importables:
        known = ", ".join(sorted(importables))
        raise InvalidInput(f"No such type can be imported; there are {known}.", path=("type",))
    return importables[type_name]


def _fields(importable: Importable, mapping: Sequence[ColumnMapping]) -> Sequence[ImportField]:
    """Return the fields that columns are read into; refuse what is not there, named twice, or missing."""
    for place, each in enumerate(mapping):
        if each.field not in importable.fields:
            known = ", ".join(importable.fields)
            raise InvalidInput(f"There is no such field; there are {known}.", path=("mapping", place, "field"))
        if not each.column.strip() or len(each.column) > LONGEST_HEADER:
            said = f"A column is named by 1 to {LONGEST_HEADER} characters."
            raise InvalidInput(said, path=("mapping", place, "column"))
    fields = [importable.fields[each.field] for each in mapping]
    if twice := _twice([each.column for each in mapping]) or _twice([each.input for each in fields]):
        raise InvalidInput(f"Named twice: {twice}.", path=("mapping",))
    if missing := ", ".join(_missing(importable, fields)):
        raise InvalidInput(f"A column is needed for each of {missing}.", path=("mapping",))
    return fields


def _twice(names: Sequence[str]) -> str:
    return ", ".join(name for name, count in Counter(names).items() if count > 1)


def _missing(importable: Importable, fields: Sequence[ImportField]) -> Iterator[str]:
    given = {each.input for each in fields}
    ways: dict[str, list[str]] = {}
    for each in importable.fields.values():
        if each.required and each.input not in given:
            ways.setdefault(each.input, []).append(each.name)
    return (" or ".join(names) for names in ways.values())


async def _expect_room(context: Context) -> None:
    under_way = select(func.count()).select_from(Import).where(Import.status.in_(UNDER_WAY))
    [count] = await context.all(under_way)
    if count >= MOST_AT_ONCE:
        raise TooManyImports(f"{MOST_AT_ONCE} imports are under way; wait until one of them has ended.")


async def _held(context: Context, file_id: UUID) -> File:
    """Hold an uploaded table for as long as it is read."""
    try:
        [file] = await attach(context, [file_id], uploader=context.principal, accept=None, max_bytes=None)
        must_be_for(file, FilePurpose.IMPORT)
    except (NotFound, FileRefused) as refused:
        refused.path = ("file_id",)
        raise
    return file
