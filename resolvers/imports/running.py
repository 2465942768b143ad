"""Runs imports in the background, some rows at a time, in transactions that also say how far it has come.

Whoever runs an import has its row locked for as long as a few rows take, and goes on where the row says: a worker that
is killed loses nothing of what was committed, and of two workers each takes what the other has left. Each time it is
asked anew what whoever has begun the import may do now. After some rows a job puts in another one, so that others get
their turn.

First the file is read to its end, without making anything: what is no table is refused as a whole. Then rows are made
in their order. Rows that name others of the file further down are tried again when it is read, round by round, for as
long as a round makes any of them: as many rounds as the longest line of such rows.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from auth.principal import Principal
from db.catalog import Tenant, TenantStatus
from db.migrate import first_line
from db.models.files import File
from db.models.imports import Import, ImportPhase
from db.queue import Ids, defer
from db.session import Database
from gateways.files import FileStore
from resolvers.barred import TenantMigrating, TenantNotFound, TenantSuspended
from resolvers.context import Asking, Context
from resolvers.identity import Identity
from resolvers.imports.importables import Importables
from resolvers.imports.starting import RUN, UNDER_WAY
from resolvers.imports.stepping import Step
from resolvers.imports.table import Check, Failed, Table
from resolvers.tenants import Tenants

OF_A_JOB: Final = 50
"""How many times a job takes some rows before it lets others take their turn."""

RESUME: Final = "resume_imports"
SILENT_FOR: Final = timedelta(minutes=5)
LOG: Final = structlog.get_logger("workgraph.imports")


class Imports:
    """Runs imports; see the module."""

    def __init__(
        self,
        database: Database,
        identity: Identity,
        tenants: Tenants,
        store: FileStore,
        importables: Importables,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._database, self._identity, self._tenants, self._store = database, identity, tenants, store
        self._importables, self._clock = importables, clock

    async def run(self, tenant: Tenant, ids: Ids) -> None:
        """Go on with an import for a while; what is left is put in as another job."""
        import_id = UUID(str(ids["import_id"]))
        run, file = await self._row(tenant, import_id)
        if run is None or run.status not in UNDER_WAY:
            return
        table = Table(self._store, file)
        check = await table.check(list(run.mapping)) if run.phase is ImportPhase.CHECKING else None
        try:
            for _ in range(OF_A_JOB):
                if not await self._step(await self._asking(tenant, run), run, table, check):
                    return
        except (TenantNotFound, TenantMigrating, TenantSuspended):
            return
        async with self._database.transacting(tenant.placement) as session:
            await defer(session, RUN, once=str(import_id), import_id=import_id)

    async def resume(self, tenants: Sequence[Tenant]) -> int:
        """Put in a job for each import that nothing was heard of for a while; return how many there were."""
        return sum([await self._resume(tenant) for tenant in tenants if tenant.status is TenantStatus.ACTIVE])

    async def _resume(self, tenant: Tenant) -> int:
        silent = select(Import.id).where(Import.status.in_(UNDER_WAY), Import.updated_at <= self._clock() - SILENT_FOR)
        try:
            async with self._database.transacting(tenant.placement) as session:
                found = await session.scalars(silent.order_by(Import.id))
                for import_id in found:
                    await defer(session, RUN, once=str(import_id), import_id=import_id)
        except SQLAlchemyError as error:
            LOG.warning("imports not resumed", tenant_id=str(tenant.id), error=first_line(error))
            return 0
        return len(found)

    async def _step(self, asking: Asking, known: Import, table: Table, check: Check | Failed | None) -> bool:
        """Do the next part in a transaction of its own, and tell whether there is more to do."""
        async with self._database.transacting(asking.tenant.placement) as session:
            context = Context(asking, session, RUN)
            run = await context.one(Import, known.id)
            step = Step(context, run, table, self._importables.get(run.type))
            more = run.status in UNDER_WAY and await step.take(check)
            await context.flush()
        return more

    async def _row(self, tenant: Tenant, import_id: UUID) -> tuple[Import | None, File | None]:
        wanted = select(Import, File).outerjoin(File, File.id == Import.file_id).where(Import.id == import_id)
        async with self._database.reading(tenant.placement) as session:
            found: Sequence[Any] = await session.rows(wanted)
        return (found[0][0], found[0][1]) if found else (None, None)

    async def _asking(self, tenant: Tenant, run: Import) -> Asking:
        """Ask as whoever has begun the import, with what they may now; who may not sign in any more may nothing."""
        request_id = f"{RUN}:{run.id}"
        asking = await self._identity.asking_as(tenant.id, run.started_by_id, request_id)
        if asking:
            return asking
        found = await self._tenants.find(id=tenant.id)
        assert found is not None
        nobody = Principal("user", run.started_by_id, tenant.id)
        return Asking(nobody, found.tenant, found.keyring, self._clock(), request_id)
