"""A tenant's log as its own requests read it: what has happened, in order, as far back as it is kept.

The bus holds the newest events only and may lose them; what stands in the outbox with a position is the truth.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ARRAY, BigInteger, cast, func, literal, select

from db.models.log import EventOutbox
from db.outbox import Event
from db.session import Reader

PAGE: Final = 500
COLUMNS: Final = [EventOutbox.__table__.c[name] for name in Event.__slots__]


async def last_position(session: Reader) -> int:
    """Return the position of the tenant's newest event; 0 where there is none."""
    [newest] = await session.scalars(select(func.max(EventOutbox.position)))
    return newest or 0


async def events_at(session: Reader, positions: Sequence[int]) -> Sequence[Event]:
    """Return the events at some positions that are still kept, in order."""
    here = func.any(cast(literal(list(positions), ARRAY(BigInteger)), ARRAY(BigInteger)))
    asked = select(*COLUMNS).where(EventOutbox.position == here).order_by(EventOutbox.position)
    return [Event(*row) for row in await session.rows(asked)]


async def events_after(session: Reader, position: int, until: int) -> Sequence[Event]:
    """Return the first events after a position, up to another: a page of them."""
    asked = (
        select(*COLUMNS)
        .where(EventOutbox.position > position, EventOutbox.position <= until)
        .order_by(EventOutbox.position)
        .limit(PAGE)
    )
    return [Event(*row) for row in await session.rows(asked)]
