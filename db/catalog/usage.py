"""What of the schema is used: how often about, by which client, on which days. It names no tenant.

Counts come in batches. Each has a name that is noted in the transaction that adds it, so that a batch which is brought
again, because whoever brought it was killed before it could let go of it, adds nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.catalog.tables import schema_usage, schema_usage_batches


class Use(NamedTuple):
    """What is counted: a coordinate, used by a client on a day."""

    coordinate: str
    client: str
    day: date


@dataclass(frozen=True, slots=True)
class Used:
    """A coordinate that a client used: about how many operations did, and on which days first and last."""

    coordinate: str
    client: str
    times: int
    first: date
    last: date


async def add_usage(connection: AsyncConnection, batch: UUID, counts: Mapping[Use, int]) -> bool:
    """Add the counts of a batch, and tell whether that was to be done: not if it was added before."""
    noted = insert(schema_usage_batches).values(batch=batch).on_conflict_do_nothing()
    if not (await connection.execute(noted.returning(schema_usage_batches.c.batch))).all():
        return False
    # in one order, so that two who add at the same time wait for each other in turn
    rows = [{**use._asdict(), "times": times} for use, times in sorted(counts.items())]
    if rows:
        new = insert(schema_usage)
        more = schema_usage.c.times + new.excluded.times
        await connection.execute(
            new.on_conflict_do_update(constraint=schema_usage.primary_key, set_={"times": more}), rows
        )
    return True


async def forget_usage(connection: AsyncConnection, *, days_until: date, batches_until: datetime) -> None:
    """Remove what was counted on days before one, and the names of batches that cannot come again."""
    await connection.execute(delete(schema_usage).where(schema_usage.c.day < days_until))
    await connection.execute(delete(schema_usage_batches).where(schema_usage_batches.c.folded_at < batches_until))


async def usage(connection: AsyncConnection) -> Sequence[Used]:
    """Return everything that was used, by coordinate and client."""
    columns = schema_usage.c
    statement = (
        select(
            columns.coordinate,
            columns.client,
            func.sum(columns.times).label("times"),
            func.min(columns.day).label("first"),
            func.max(columns.day).label("last"),
        )
        .group_by(columns.coordinate, columns.client)
        .order_by(columns.coordinate, columns.client)
    )
    return [
        Used(coordinate, client, int(times), first, last)
        for coordinate, client, times, first, last in await connection.execute(statement)
    ]
