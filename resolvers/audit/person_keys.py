"""The keys of people, for those who read the audit trail: by the ids that sealed values name, all in one statement."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select

from db.encryption import CannotDecrypt
from db.models.log import DataSubjectKey
from db.person_keys import HeldKey, opened
from db.personal import Subject
from resolvers.context import Looking, any_of

ERASED: Final = "erased"
"""What stands in place of a value of somebody whose key is destroyed."""


async def keys_of(looking: Looking, ids: Sequence[UUID]) -> Sequence[HeldKey | None]:
    """Return the keys of these ids; None for one that is not there, or that does not open."""
    rows = await looking.all(select(DataSubjectKey).where(DataSubjectKey.id == any_of(ids)))
    found: Mapping[UUID, DataSubjectKey] = {row.id: row for row in rows}
    return [_held(looking, found[each]) if each in found else None for each in ids]


def _held(looking: Looking, row: DataSubjectKey) -> HeldKey | None:
    try:
        key = opened(looking.asking.keyring, Subject(row.subject_type, row.subject_id), row.sealed)
    except CannotDecrypt:
        return None
    return HeldKey(row.id, key)
