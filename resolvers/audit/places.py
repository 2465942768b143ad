"""The place of an audit entry in its company's chain of hashes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from sqlalchemy import select

from db.models.log import AuditChain, AuditLog
from resolvers.computed import computed
from resolvers.context import Looking, any_of


@dataclass(frozen=True, slots=True)
class AuditPlace:
    """The place of an audit entry in its company's chain."""

    position: Annotated[int, "The place, from 1 and without a gap."]
    hash: Annotated[str, "SHA-256 of the hash before and the entry, in hexadecimal digits."]
    previous_hash: Annotated[str, "The hash of the place before; zeros for the first."]
    chained_at: Annotated[datetime, "When the entry got its place."]


@computed(AuditLog, needs="audit.read")
async def place(looking: Looking, entries: Sequence[AuditLog]) -> Sequence[AuditPlace | None]:
    """The place in the company's chain; null for the seconds until it has one."""
    chained = await looking.all(select(AuditChain).where(AuditChain.id == any_of([entry.id for entry in entries])))
    places = {
        each.id: AuditPlace(each.position, each.hash.hex(), each.prev_hash.hex(), each.chained_at) for each in chained
    }
    return [places.get(entry.id) for entry in entries]
