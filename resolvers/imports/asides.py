"""What an import puts aside while it runs: rows that are tried again, and what a rehearsal has seen of other rows.

None of it is anybody's to see, and it goes when the import ends.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from db.models.imports import Import, ImportRejection, PostponedRow, RehearsedKey
from resolvers.context import Context

ASIDES: Final = (PostponedRow, RehearsedKey)
MOST_KEPT: Final = 1000
"""Rejections that are kept of one import."""


async def drop_asides(context: Context, run: Import) -> None:
    """Remove everything that an import has put aside."""
    for model in ASIDES:
        await context.session.execute(
            delete(model).where(model.import_id == run.id).execution_options(synchronize_session=False)
        )


async def postpone(context: Context, run: Import, rows: Sequence[tuple[int, int]]) -> None:
    """Put rows aside: the number of each, and the byte at which it begins."""
    named = {"tenant_id": context.session.tenant_id, "import_id": run.id}
    context.session.add(*(PostponedRow(**named, row_number=number, position=position) for number, position in rows))


async def postponed(context: Context, run: Import, most: int) -> Sequence[PostponedRow]:
    """Return the next rows that were put aside, in the order of the file."""
    after = select(PostponedRow).where(PostponedRow.import_id == run.id, PostponedRow.row_number > run.last_row)
    return await context.all(after.order_by(PostponedRow.row_number).limit(most))


async def settle(context: Context, run: Import, numbers: Collection[int]) -> None:
    """Remove rows that are put aside no longer."""
    gone = delete(PostponedRow).where(PostponedRow.import_id == run.id, PostponedRow.row_number.in_(numbers))
    await context.session.execute(gone.execution_options(synchronize_session=False))


async def keep_rejections(context: Context, run: Import, rejected: Sequence[ImportRejection]) -> None:
    """Keep rejections, up to a bound; how many there were is counted apart."""
    if not rejected:
        return
    [kept] = await context.all(select(func.count()).where(ImportRejection.import_id == run.id))
    context.session.add(*rejected[: max(0, MOST_KEPT - kept)])


def mark_of(context: Context, name: str, value: object) -> bytes:
    """Return the mark of a value of a field, from which neither can be guessed."""
    return context.fingerprint(f"{name}\0{value}".encode())


async def seen(context: Context, run: Import, marks: Collection[bytes]) -> set[bytes]:
    """Return those of some marks that rows of a rehearsal have left."""
    if not marks:
        return set()
    known = select(RehearsedKey.mark).where(RehearsedKey.import_id == run.id, RehearsedKey.mark.in_(marks))
    return set(await context.all(known))


async def leave_marks(context: Context, run: Import, marks: Collection[bytes]) -> None:
    """Leave marks of rows that a rehearsal would have made."""
    rows: list[dict[str, UUID | bytes | Any]] = [
        {"tenant_id": context.session.tenant_id, "import_id": run.id, "mark": mark} for mark in marks
    ]
    if rows:
        await context.session.execute(insert(RehearsedKey).values(rows).on_conflict_do_nothing())
