"""How files are shown: as a ticket to upload one, and as a stored file with addresses to read it from.

The addresses are relative to this API, so that they hold at whichever of its hosts the client has come by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from db.models.files import File, FileStatus
from resolvers.context import Asking, Context, Looking
from resolvers.files.rules import SHORT_LIVED
from resolvers.files.tickets import Deed, Ticket, write
from resolvers.operation import Names

FILES: Final = "/files"
UPLOADS: Final = f"{FILES}/upload"
LOGOS: Final = f"{FILES}/logo"
SMALL: Final = 128
LARGE: Final = 512


@dataclass(frozen=True, slots=True)
class UploadHeader:
    """A header that the upload must have."""

    name: Annotated[str, "Its name."]
    value: Annotated[str, "Its value."]


@dataclass(frozen=True, slots=True)
class UploadTicket:
    """Leave to upload one announced file, once: send its bytes by HTTP, then give its id to what uses it."""

    id: Annotated[UUID, Names("StoredFile"), "Id of the file, for the mutation that uses it."]
    method: Annotated[str, "The HTTP method: PUT."]
    url: Annotated[str, "Where to send the bytes; resolve it against the address of this API."]
    headers: Annotated[list[UploadHeader], "Headers to send with it."]
    expires_at: Annotated[datetime, "From when on the bytes are no longer taken."]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that was uploaded."""

    id: Annotated[UUID, Names("StoredFile"), "Identifies the file."]
    filename: Annotated[str, "Name that the uploader gave it."]
    mime: Annotated[str, "Media type, as found by looking at the content."]
    size: Annotated[int, "Bytes. A picture is drawn anew when it comes, so that it has another size than announced."]
    sha256: Annotated[str | None, "SHA-256 of the content, in hex; null before it was uploaded."]
    width: Annotated[int | None, "Width in pixels; null for what is no picture."]
    height: Annotated[int | None, "Height in pixels; null for what is no picture."]
    status: Annotated[FileStatus, "How far the upload has come."]
    url: Annotated[str | None, "Where to read it, for 15 minutes; resolve it against the address of this API."]
    preview_url: Annotated[
        str | None, "Where to read a form of at most 512 pixels; null until it is made, or for no picture."
    ]
    thumbnail_url: Annotated[str | None, "The same, of at most 128 pixels."]
    expires_at: Annotated[datetime, "Until when the addresses hold."]


async def ticket_of(seen: Looking | Context, file: File) -> UploadTicket:
    """Return the ticket for a file that was announced and not uploaded yet."""
    ticket = Ticket(Deed.UPLOAD, file.id, file.upload_until)
    return UploadTicket(
        id=file.id,
        method="PUT",
        url=_address(UPLOADS, seen.asking, ticket),
        headers=[UploadHeader("Content-Type", file.mime)],
        expires_at=file.upload_until,
    )


async def view_of(seen: Looking | Context, files: Sequence[File]) -> list[StoredFile]:
    """Show files, each with addresses that last fifteen minutes. Whoever calls has seen that the reader may."""
    until = (seen.asking.now + SHORT_LIVED).replace(microsecond=0)
    return [_view(seen.asking, file, until) for file in files]


def _view(asking: Asking, file: File, until: datetime) -> StoredFile:
    stored = file.status is FileStatus.STORED

    def address(edge: int = 0) -> str:
        return _address(FILES, asking, Ticket(Deed.READ, file.id, until, edge))

    return StoredFile(
        id=file.id,
        filename=file.filename,
        mime=file.mime,
        size=file.size,
        sha256=file.sha256,
        width=file.width,
        height=file.height,
        status=file.status,
        url=address() if stored else None,
        preview_url=address(LARGE) if str(LARGE) in file.thumbnails else None,
        thumbnail_url=address(SMALL) if str(SMALL) in file.thumbnails else None,
        expires_at=until,
    )


def upload_until(now: datetime) -> datetime:
    """Return until when a file that is announced now can be uploaded, in whole seconds."""
    return (now + SHORT_LIVED + timedelta(seconds=-1)).replace(microsecond=0)


def _address(path: str, asking: Asking, ticket: Ticket) -> str:
    return f"{path}/{asking.tenant.id}/{write(asking.keyring, ticket)}"
