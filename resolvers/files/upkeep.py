"""What is done for files in the background: smaller forms of pictures are made, and what nothing uses is removed.

Both may be killed at any moment and begun again. Objects are removed before their rows, so that no object is forgotten.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import Select, and_, or_, select
from sqlalchemy.exc import SQLAlchemyError

from auth.principal import Principal
from db.catalog import Tenant
from db.models.files import File, FileStatus
from db.queue import Ids
from db.session import Database
from gateways.files import FileStore, NotStored, StoreAway
from gateways.images import FORMATS, Images, Undrawable
from resolvers.context import Asking, Context
from resolvers.files.rules import LOOSE_FOR
from resolvers.files.shown import LARGE, SMALL
from resolvers.files.storing import THUMBNAILS, thumbnail_key
from resolvers.refusals import NotFound
from resolvers.tenants import Found, Tenants

EDGES: Final = (SMALL, LARGE)
BATCH: Final = 100
PURGE: Final = "purge_orphans"
PURGE_ERASED: Final = "purge_erased"
LOG: Final = structlog.get_logger("workgraph.files")


class Upkeep:
    """Makes thumbnails and removes orphans; see the module."""

    def __init__(
        self, database: Database, tenants: Tenants, store: FileStore, images: Images, *, clock: Callable[[], datetime]
    ) -> None:
        self._database, self._tenants, self._store, self._images = database, tenants, store, images
        self._clock = clock

    async def make_thumbnails(self, tenant: Tenant, ids: Ids) -> None:
        """Make the smaller forms of a picture, unless they are there or the picture is gone."""
        file_id = UUID(str(ids["file_id"]))
        found = await self._tenants.find(id=tenant.id)
        file = await self._file(tenant, file_id)
        if found is None or file is None or not _wants_thumbnails(file):
            return
        try:
            made = {edge: await self._made(file, edge) for edge in EDGES}
        except (NotStored, Undrawable) as error:
            LOG.warning("no thumbnails", file_id=str(file_id), error=type(error).__name__)
            return
        await self._note(found, file, made)

    async def purge_orphans(self, tenants: Sequence[Tenant]) -> int:
        """Remove what nothing uses after a day, and what was not uploaded in time; return how many files that were.

        A tenant whose files cannot be removed does not keep those of the others: it is logged, and tried again.
        """
        purged = 0
        for tenant in tenants:
            try:
                purged += await self._purge(tenant)
            except (SQLAlchemyError, StoreAway) as error:
                LOG.warning("files not removed", tenant_id=str(tenant.id), error=type(error).__name__)
        swept = await self._store.sweep()
        LOG.info("orphaned files removed", files=purged, remains=swept, tenants=len(tenants))
        return purged

    async def purge_erased(self, tenant: Tenant, _ids: Ids) -> int:
        """Remove what nothing uses of one tenant, because somebody's data was erased; the nightly round does so too."""
        return await self._purge(tenant)

    async def _file(self, tenant: Tenant, file_id: UUID) -> File | None:
        async with self._database.reading(tenant.placement) as session:
            files = await session.scalars(select(File).where(File.id == file_id))
        return files[0] if files else None

    async def _made(self, file: File, edge: int) -> str:
        """Make one smaller form; made twice, it is the same."""
        key = thumbnail_key(file.key, edge)
        picture = await self._images.drawn(await self._store.read(file.key), file.mime, longest=edge)
        await self._store.put(key, picture.content, file.mime)
        return key

    async def _note(self, found: Found, file: File, made: Mapping[int, str]) -> None:
        """Say in the row where they are; when the row is gone, they go too."""
        try:
            async with self._database.transacting(found.tenant.placement) as session:
                context = Context(self._asking(found), session, THUMBNAILS)
                now = await context.one(File, file.id)
                now.thumbnails = {str(edge): key for edge, key in made.items()}
                await context.flush()
        except NotFound:
            await self._store.remove(list(made.values()))

    async def _purge(self, tenant: Tenant) -> int:
        """Each batch is a transaction of its own, and locks what it removes: nothing begins to use it meanwhile."""
        found = await self._tenants.find(id=tenant.id)
        purged, removed = 0, BATCH
        while found and removed == BATCH:
            async with self._database.transacting(tenant.placement) as session:
                context = Context(self._asking(found), session, PURGE)
                orphans = await context.all(_orphans(self._clock()))
                await self._remove(context, orphans)
            removed = len(orphans)
            purged += removed
        return purged

    async def _remove(self, context: Context, files: Sequence[File]) -> None:
        await self._store.remove([key for file in files for key in _keys(file)])
        if files:
            await context.delete(File, files)

    def _asking(self, found: Found) -> Asking:
        principal = Principal("system", tenant_id=found.tenant.id, name="files")
        return Asking(principal, found.tenant, found.keyring, self._clock(), f"files:{found.tenant.id}")


def _wants_thumbnails(file: File) -> bool:
    return file.status is FileStatus.STORED and file.mime in FORMATS and not file.thumbnails


def _keys(file: File) -> list[str]:
    """Name every object that a file can have, also those of a job that was killed before it noted them."""
    return [file.key, *(thumbnail_key(file.key, edge) for edge in EDGES)]


def _orphans(now: datetime) -> Select[File]:
    """Files that nothing uses: those that never came, once the ticket has run out; the others after a day."""
    late = and_(File.status != FileStatus.STORED, File.upload_until <= now)
    loose = select(File).where(File.attached_at.is_(None), or_(late, File.created_at <= now - LOOSE_FOR))
    return loose.order_by(File.created_at).limit(BATCH).with_for_update(skip_locked=True)
