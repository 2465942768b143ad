"""Where the bytes of files come in, and where they go out.

Coming in: the ticket is checked, the bytes are counted as they come, what they are is checked as a whole, pictures are
drawn anew; then, under a lock on the file's row, the object is written, and the row says so in that transaction. Of
several uploads with one ticket, one wins. When the row cannot be written the object is removed again; what a killed
process has left is removed with the row, once the ticket has run out.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

import structlog
from sqlalchemy import select

from auth.principal import Principal
from db.models.company import Company
from db.models.files import File, FilePurpose, FileStatus
from db.queue import defer
from db.session import Database
from gateways.files import FileStore, NotStored, Object
from gateways.images import FORMATS, Images, Picture, Undrawable
from gateways.sniffing import NotThat, check
from gateways.spool import Spool, sha256
from resolvers.context import Asking, Context
from resolvers.edge import admit
from resolvers.files.announcing import key_of
from resolvers.files.receiving import (
    GONE,
    IDLE,
    NoSuchFile,
    NotAccepted,
    Sent,
    expect_as_announced,
    expect_pending,
    receive,
)
from resolvers.files.rules import RULES, name_to_save
from resolvers.files.tickets import Deed, Ticket, read
from resolvers.refusals import Refused
from resolvers.tenants import Found, Tenants, is_open

THUMBNAILS: Final = "make_thumbnails"
UPLOAD: Final = "upload_file"
AT_ONCE: Final = 4
LOG: Final = structlog.get_logger("workgraph.files")


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that is about to be read."""

    object: Object
    mime: str
    filename: str

    @property
    def picture(self) -> bool:
        """Whether it is one that was drawn anew, and may be shown where it stands."""
        return self.mime in FORMATS


class Files:
    """Takes and gives the bytes of files; see the module."""

    def __init__(
        self,
        database: Database,
        tenants: Tenants,
        store: FileStore,
        images: Images,
        *,
        clock: Callable[[], datetime],
        idle: float = IDLE,
    ) -> None:
        self._database, self._tenants, self._store, self._images = database, tenants, store, images
        self._clock, self._idle, self._few = clock, idle, asyncio.Semaphore(AT_ONCE)

    async def take(self, tenant_id: UUID, text: str, sent: Sent) -> File:
        """Take the bytes that a ticket lets in, and return the file as it is now."""
        found, ticket = await self._ticket(tenant_id, text, Deed.UPLOAD)
        file = await self._row(found, ticket)
        asking = self._asking(found, file)
        admit(asking, needs=None, module=None, writes=True)
        expect_pending(file)
        expect_as_announced(file, sent)
        async with Spool() as spool:
            await receive(spool, file, sent, self._clock(), self._idle)
            now = replace(asking, now=self._clock())
            async with self._few:
                if RULES[file.purpose].as_it_comes:
                    return await self._keep(now, file, spool)
                return await self._settle(now, file, await spool.whole())

    async def put(self, asking: Asking, file: File, content: bytes) -> File:
        """Take the whole content of an announced file from a part of this program, checked as any other."""
        return await self._settle(asking, file, content)

    async def open(self, tenant_id: UUID, text: str) -> Opened:
        """Begin to read what a signed address leads to."""
        found, ticket = await self._ticket(tenant_id, text, Deed.READ)
        return await self._open(found, await self._row(found, ticket), ticket.edge)

    async def logo(self, tenant_id: UUID) -> Opened:
        """Begin to read a company's logo: anyone may see it."""
        found = await self._tenants.find(id=tenant_id)
        if not is_open(found):
            raise NoSuchFile(GONE)
        async with self._database.reading(found.tenant.placement) as session:
            logos = select(File).join(Company, Company.logo_file_id == File.id)
            shown = await session.scalars(logos.where(File.purpose == FilePurpose.COMPANY_LOGO))
        if not shown:
            raise NoSuchFile(GONE)
        return await self._open(found, shown[0])

    async def _ticket(self, tenant_id: UUID, text: str, deed: Deed) -> tuple[Found, Ticket]:
        """Read a ticket with the keys of the tenant that the address names; no table of the tenant is touched."""
        found = await self._tenants.find(id=tenant_id)
        ticket = read(found.keyring, text, self._clock()) if is_open(found) else None
        if found is None or ticket is None or ticket.deed is not deed:
            raise NoSuchFile(GONE)
        return found, ticket

    async def _row(self, found: Found, ticket: Ticket) -> File:
        async with self._database.reading(found.tenant.placement) as session:
            files = await session.scalars(select(File).where(File.id == ticket.file_id))
        if not files:
            raise NoSuchFile(GONE)
        return files[0]

    async def _open(self, found: Found, file: File, edge: int = 0) -> Opened:
        """A key that were another tenant's would be a fault of ours; it is not followed."""
        own = key_of(found.tenant.id, file.id)
        noted, key = (file.thumbnails.get(str(edge)), thumbnail_key(own, edge)) if edge else (file.key, own)
        if file.status is not FileStatus.STORED or noted != key:
            raise NoSuchFile(GONE)
        try:
            return Opened(await self._store.open(key), file.mime, name_to_save(file.filename, file.mime))
        except NotStored:
            LOG.warning("a file has no object", tenant_id=str(found.tenant.id), file_id=str(file.id))
            raise NoSuchFile(GONE) from None

    def _asking(self, found: Found, file: File) -> Asking:
        """Act as whoever announced the file, with no permission: this is all that they have asked for."""
        kind: Any = file.uploader_type
        principal = Principal(kind, file.uploader_id, found.tenant.id)
        return Asking(principal, found.tenant, found.keyring, self._clock(), uuid4().hex)

    async def _settle(self, asking: Asking, file: File, content: bytes) -> File:
        """Check what came; keep it, or note that it was rejected."""
        try:
            sound = await self._checked(file, content)
        except (NotThat, Undrawable) as wrong:
            await self._reject(asking, file.id)
            raise NotAccepted(str(wrong)) from None
        return await self._keep(asking, file, sound)

    async def _checked(self, file: File, content: bytes) -> Picture | bytes:
        await asyncio.to_thread(check, content, file.mime)
        if file.mime not in FORMATS:
            return content
        return await self._images.drawn(content, file.mime, longest=RULES[file.purpose].longest_edge)

    async def _keep(self, asking: Asking, announced: File, sound: Picture | bytes | Spool) -> File:
        try:
            async with self._database.transacting(asking.tenant.placement) as session:
                context = Context(asking, session, UPLOAD)
                file = await context.one(File, announced.id)
                expect_pending(file)
                await self._write(context, file, sound)
        except Refused:
            raise
        except Exception:
            await self._withdraw(asking, announced)
            raise
        return file

    async def _write(self, context: Context, file: File, sound: Picture | bytes | Spool) -> None:
        """Write the object, and what is known of it now; a picture's smaller forms are made in the background."""
        if file.upload_until <= context.now:
            raise NoSuchFile(GONE)
        if isinstance(sound, Spool):
            await self._store.put_pieces(file.key, sound.pieces(), file.mime)
            file.size, file.sha256 = sound.size, sound.sha256
        else:
            content = sound.content if isinstance(sound, Picture) else sound
            await self._store.put(file.key, content, file.mime)
            file.size, file.sha256 = len(content), sha256(content)
        file.status = FileStatus.STORED
        if isinstance(sound, Picture):
            file.width, file.height = sound.width, sound.height
            await context.flush()
            await defer(context.session, THUMBNAILS, file_id=file.id)
        await context.flush()

    async def _withdraw(self, asking: Asking, file: File) -> None:
        """Remove the object of a row that could not be written, unless it was written after all."""
        try:
            async with self._database.transacting(asking.tenant.placement) as session:
                now = await Context(asking, session, UPLOAD).one(File, file.id)
                if now.status is not FileStatus.STORED:
                    await self._store.remove([file.key])
        except Exception as error:  # noqa: BLE001 - the cause is raised already, and the purge makes up for this
            LOG.warning("an object is left to the purge", file_id=str(file.id), error=type(error).__name__)

    async def _reject(self, asking: Asking, file_id: UUID) -> None:
        async with self._database.transacting(asking.tenant.placement) as session:
            context = Context(asking, session, UPLOAD)
            file = await context.one(File, file_id)
            if file.status is FileStatus.PENDING:
                file.status = FileStatus.REJECTED
                await context.flush()


def thumbnail_key(key: str, edge: int) -> str:
    """Return where a smaller form of a picture is."""
    return f"{key}.{edge}"
