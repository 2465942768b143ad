"""Another data key for a company, while it is being used: nothing is ever sealed with a key that somebody cannot open.

A new key is stored as one that opens, and seals from a moment on by which every process has read it. When all of them
go by that, what older keys have sealed is sealed anew, some rows in each transaction, where it is still what was read:
a row that is written meanwhile is sealed with the new key already. Sealed anew, nothing has changed: no version, no
event and no entry of the audit trail. What is cut short is gone on with; the older keys stay, for what backups hold.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, LargeBinary, Uuid, func, select, update, values
from sqlalchemy import column as named
from sqlalchemy.ext.asyncio import AsyncEngine

from db.base import Base
from db.catalog import Tenant, add_key, wrapped_keys
from db.columns import policy_of
from db.encryption import CannotDecrypt, DataKey, Keyring, MasterKey
from db.models.log import DataSubjectKey
from db.person_keys import kept_at
from db.personal import Subject
from db.session import Database
from db.tenancy import Placement
from resolvers.context import bound_to
from resolvers.tenants import KEYS_EVERY, NOBODY

KNOWN_AFTER: Final = timedelta(seconds=3 * KEYS_EVERY)
"""After which time every process has read a new key."""

SETTLED_AFTER: Final = timedelta(seconds=2 * KEYS_EVERY)
"""After which time, from then on, nobody seals with an older key any more."""

BATCH: Final = 200
Anew = tuple[UUID, bytes, bytes]
"""A row, what it holds, and what is to stand there."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A table with sealed values: its model, and the columns."""

    model: type[Any]
    columns: Sequence[str]

    def place(self, row: Any, column: str) -> bytes:
        """Name the place of a value, as it was sealed for."""
        if self.model is DataSubjectKey:
            return kept_at(Subject(row.subject_type, row.subject_id))
        return bound_to(row, column)


def sealed_tables() -> Sequence[Sealed]:
    """Every table with values that the company's data keys seal, by its name."""
    found = [Sealed(DataSubjectKey, ("sealed",))]
    for mapper in Base.registry.mappers:
        columns: Sequence[Column[Any]] = list(mapper.class_.__table__.columns)
        if names := [column.key for column in columns if policy_of(column).encrypted]:
            found.append(Sealed(mapper.class_, names))
    return sorted(found, key=lambda each: each.model.__tablename__)


@dataclass
class Done:
    """What became of a table: how many values were sealed anew, and the rows whose value no key opens."""

    table: str
    number: int = 0
    unreadable: list[UUID] = field(default_factory=list[UUID])


class Resealing:
    """Gives companies other data keys."""

    def __init__(self, database: Database, catalog: AsyncEngine, master_key: MasterKey) -> None:
        self._database, self._catalog, self._master_key = database, catalog, master_key

    async def begin(self, tenant: Tenant, *, after: timedelta = KNOWN_AFTER) -> str:
        """Store a new key of a company, which seals after a while; return its id."""
        key = DataKey.generate()
        async with self._catalog.begin() as connection:
            await add_key(connection, tenant.id, key, self._master_key, after=after)
        return key.key_id

    async def go_on(self, tenant: Tenant) -> AsyncIterator[Done]:
        """Seal anew what the key that seals now has not sealed, table by table."""
        async with self._catalog.connect() as connection:
            keyring = Keyring(self._master_key, tenant.id, await wrapped_keys(connection, tenant.id))
        for table in sealed_tables():
            done = Done(table.model.__tablename__)
            for name in table.columns:
                last: UUID | None = NOBODY
                while last is not None:
                    last = await self._some(tenant.placement, keyring, table, name, last, done)
            yield done

    async def _some(
        self, placement: Placement, keyring: Keyring, table: Sealed, name: str, after: UUID, done: Done
    ) -> UUID | None:
        """Seal the values of some rows anew; return the last of them, or None when there was none."""
        model, column = table.model, getattr(table.model, name)
        of_another_key = func.substring(column, 1, len(keyring.header)) != keyring.header
        rows = select(model).where(model.id > after, column.is_not(None), of_another_key).order_by(model.id)
        async with self._database.transacting(placement) as session:
            found = await session.scalars(rows.limit(BATCH))
            anew = [each for row in found if (each := self._anew(keyring, table, name, row, done))]
            if anew:
                done.number += len(await session.rows(_written(model, name, anew)))
        return found[-1].id if found else None

    @staticmethod
    def _anew(keyring: Keyring, table: Sealed, name: str, row: Any, done: Done) -> Anew | None:
        """Return a row, what it holds, and the same sealed anew; None where no key opens it."""
        place, held = table.place(row, name), getattr(row, name)
        try:
            return row.id, held, keyring.seal(keyring.open(held, aad=place), aad=place)
        except CannotDecrypt:
            done.unreadable.append(row.id)
            return None


def _written(model: type[Any], name: str, anew: Sequence[Anew]) -> Any:
    """Write values that were sealed anew, each where it is still what was read, in one statement."""
    columns = named("id", Uuid), named("held", LargeBinary), named("sealed", LargeBinary)
    given = values(*columns, name="anew").data(list(anew))
    same = (model.id == given.c.id) & (getattr(model, name) == given.c.held)
    changed = update(model).where(same).values({name: given.c.sealed}).returning(model.id)
    return changed.execution_options(synchronize_session=False)
