"""Adds progress up along what objectives are aligned to, in the transaction that changes it, however deep.

Whoever changes progress shares the lock of the company's objectives, and whoever aligns an objective has it alone: it
is taken before any row is locked, so that what is aligned to what stays as it is meanwhile. Rows are then locked from
below: a milestone, its key result, the objective, and what that is aligned to up to the top, in one statement. Two
check-ins in different branches meet at the first objective that both add to; the second waits there, and reads what
the first has written. Nobody who holds what is above waits for what is below.

However deep it goes and however many are beside each other, it takes a statement to lock the line, one for the key
results, one for what is aligned, one to write what changed, and those of the trail and the events.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Integer, Numeric, Select, and_, case, func, literal, not_, select, true

from db.models.performance import KeyResult, Okr, OkrStatus
from resolvers.context import Context, Written, any_of
from resolvers.okrs.rolling import Objective, Summed, rolled_up
from resolvers.performance.events import OkrProgressUpdated

COUNTING: Final = (OkrStatus.ACTIVE, OkrStatus.COMPLETED)
"""Where objectives stand that count for what they are aligned to."""

ROLLED: Final = ("performance.okr.updated", "performance.okr.progress_updated")
"""What adding up emits."""


async def share_alignment(context: Context) -> None:
    """Keep what is aligned to what as it is until the end of the transaction; others may do so too."""
    await context.all(select(func.pg_advisory_xact_lock_shared(_lock_of(context))))


async def hold_alignment(context: Context) -> None:
    """Keep everybody else from adding up and from aligning until the end of the transaction."""
    await context.all(select(func.pg_advisory_xact_lock(_lock_of(context))))


def _lock_of(context: Context) -> int:
    named = b"okrs of " + context.asking.tenant.id.bytes
    return int.from_bytes(blake2b(named, digest_size=8).digest(), signed=True)


async def roll_up(context: Context, *begun: UUID, without: UUID | None = None) -> None:
    """Work out the progress of some objectives and of all that they add to; tell of each that changes, once.

    `without` is a key result that is about to be deleted.
    """
    await share_alignment(context)
    await context.flush()
    line: Sequence[Okr] = await context.all(_line(begun).execution_options(populate_existing=True))
    ids = [each.id for each in line]
    key_results = await _summed(context, _key_results(ids, without))
    others = await _summed(context, _others(ids))
    found = rolled_up(
        [
            Objective(
                each.id,
                each.parent_id,
                each.weight,
                each.status in COUNTING,
                key_results.get(each.id, Summed()),
                each.key_results_weight,
                others.get(each.id, Summed()),
            )
            for each in line
        ]
    )
    await _write(context, line, found)


async def roll_up_from(context: Context, okr: Okr) -> None:
    """Add progress up anew once an objective counts otherwise than before."""
    await roll_up(context, okr.id)


async def _write(context: Context, line: Sequence[Okr], found: Mapping[UUID, Decimal]) -> None:
    before = {each.id: each.progress for each in line}
    stored = case(found, value=Okr.id)
    changed = await context.overwrite(Okr, line, {"progress": Written(stored, found.__getitem__)})
    told = [each for each in changed if each.status is not OkrStatus.DRAFT]
    await context.publish_each(
        [(OkrProgressUpdated(from_=before[each.id], to=each.progress), each) for each in told],
    )


def _line(begun: Sequence[UUID]) -> Select[Any]:
    """Select some objectives and all that they add to, each after what adds to it, to be locked in that order."""
    steps = literal(0, Integer).label("steps")
    line = select(Okr.id, Okr.parent_id, steps).where(Okr.id == any_of(begun)).cte("line", recursive=True)
    above = select(Okr.id, Okr.parent_id).subquery()
    line = line.union_all(select(above.c.id, above.c.parent_id, line.c.steps + 1).where(above.c.id == line.c.parent_id))
    places = select(line.c.id, func.max(line.c.steps).label("steps")).group_by(line.c.id).subquery()
    return (
        select(Okr)
        .join(places, places.c.id == Okr.id)
        .order_by(places.c.steps, Okr.id)
        .with_for_update(key_share=True, of=Okr)
    )


async def _summed(context: Context, statement: Select[Any]) -> Mapping[UUID, Summed]:
    return {of: Summed(weight, weighted) for of, weight, weighted in await context.looking.rows(statement)}


def _key_results(ids: Sequence[UUID], without: UUID | None) -> Any:
    weighted = func.sum(KeyResult.weight * KeyResult.progress, type_=Numeric())
    sums = select(KeyResult.okr_id, func.sum(KeyResult.weight), weighted)
    kept = true() if without is None else KeyResult.id != without
    return sums.where(KeyResult.okr_id == any_of(ids), kept).group_by(KeyResult.okr_id)


def _others(ids: Sequence[UUID]) -> Any:
    """Sum up what counts for some objectives and is none of them."""
    weighted = func.sum(Okr.weight * Okr.progress, type_=Numeric())
    is_other = and_(Okr.parent_id == any_of(ids), not_(Okr.id == any_of(ids)), Okr.status.in_(COUNTING))
    return select(Okr.parent_id, func.sum(Okr.weight), weighted).where(is_other).group_by(Okr.parent_id)
