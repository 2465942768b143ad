"""Gives rows their turn by the clock, company by company.

Each row is a transaction of its own, at the moment of its turn: one that fails keeps nobody else from theirs, and a
worker that is killed has lost nothing. Two workers that meet at one row wait for each other there, and the second finds
nothing to do.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import Select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from auth.principal import Principal
from db.base import TenantOwned
from db.catalog import Tenant, TenantStatus, wrapped_keys
from db.encryption import Keyring, MasterKey
from db.migrate import first_line
from db.session import Database
from resolvers.context import Asking, Context
from resolvers.refusals import Refused

LOG: Final = structlog.get_logger("workgraph.jobs")
Turn = Callable[[Context, Any], Awaitable[bool]]
First = Callable[[Context, UUID], Awaitable[None]]
Whose = Callable[[datetime], Select[Any]]


@dataclass(frozen=True, slots=True)
class Round:
    """One job: what it is called, the rows of a model whose turn it is, and what is done with each, locked.

    `turn` tells whether there was anything to do. `first` locks what is to be locked before the row of an id, where it
    is locked in that order elsewhere too: so that two who meet there cannot block each other.
    """

    name: str
    model: type[TenantOwned]
    whose: Whose
    turn: Turn
    first: First | None = None


class Turns:
    """Gives rows their turn."""

    def __init__(
        self, database: Database, catalog: AsyncEngine, master_key: MasterKey, *, clock: Callable[[], datetime]
    ) -> None:
        self._database, self._catalog, self._master_key, self._clock = database, catalog, master_key, clock

    async def give(self, tenant: Tenant, of: Round) -> int:
        """Give those of a company their turn whose it is; one that fails does not keep the others from theirs."""
        if tenant.status is not TenantStatus.ACTIVE:
            return 0
        try:
            asking = await self._asking(tenant, of.name)
            async with self._database.reading(tenant.placement) as session:
                rows = await session.scalars(of.whose(asking.now))
            turns = [await self._one(replace(asking, now=self._clock()), of, row) for row in rows]
        except SQLAlchemyError as error:
            LOG.warning("not done", task=of.name, tenant_id=str(tenant.id), error=first_line(error))
            return 0
        return sum(turns)

    async def _asking(self, tenant: Tenant, name: str) -> Asking:
        async with self._catalog.connect() as connection:
            keyring = Keyring(self._master_key, tenant.id, await wrapped_keys(connection, tenant.id))
        return Asking(Principal("system", tenant_id=tenant.id), tenant, keyring, self._clock(), f"{name}:{tenant.id}")

    async def _one(self, asking: Asking, of: Round, row: UUID) -> bool:
        try:
            async with self._database.transacting(asking.tenant.placement) as session:
                context = Context(asking, session, of.name)
                if of.first:
                    await of.first(context, row)
                done = await of.turn(context, await context.one(of.model, row))
                await context.flush()
        except (Refused, SQLAlchemyError) as error:
            LOG.warning("not done", task=of.name, about=of.model.__name__, id=str(row), error=first_line(error))
            return False
        return done
