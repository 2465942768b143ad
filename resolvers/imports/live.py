"""How far an import has come, as it is watched live."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from sqlalchemy import select

from db.models.imports import Import, ImportFailure, ImportPhase, ImportStatus
from resolvers.context import Looking
from resolvers.imports.importables import NEEDS
from resolvers.operation import Names
from resolvers.watching import concerning, watching
from subscriptions.followers import Matches


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import has come."""

    import_id: Annotated[UUID, Names("Import"), "The import."]
    status: Annotated[ImportStatus, "How far it has come."]
    phase: Annotated[ImportPhase, "What is being done with the file."]
    rows_total: Annotated[int | None, "Rows of the file; null until it was checked."]
    rows_read: Annotated[int, "Rows that were read so far."]
    rows_made: Annotated[int, "Rows that were made."]
    rows_rejected: Annotated[int, "Rows that were refused."]
    rows_postponed: Annotated[int, "Rows that are tried again later."]
    failure: Annotated[ImportFailure | None, "Why it ended early; null where it did not."]


def _about(import_id: UUID) -> Matches:
    return concerning(import_id=import_id)


@watching(NEEDS, about=_about, alike=True)
async def import_progress(
    looking: Looking, import_id: Annotated[UUID, Names("Import"), "The import to watch."]
) -> ImportProgress | None:
    """How far an import has come, told anew after every few rows."""
    runs = await looking.all(select(Import).where(Import.id == import_id).execution_options(populate_existing=True))
    if not runs:
        return None
    run: Import = runs[0]
    return ImportProgress(
        run.id,
        run.status,
        run.phase,
        run.rows_total,
        run.rows_read,
        run.rows_made,
        run.rows_rejected,
        run.rows_postponed,
        run.failure,
    )
