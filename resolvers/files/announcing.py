"""The life of a file's row: announced, uploaded (elsewhere), attached to what uses it, released when that is over."""

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

from sqlalchemy import func, select
from uuid_utils.compat import uuid7

from auth.principal import Principal
from db.models.files import File, FilePurpose, FileStatus
from resolvers.barred import Forbidden
from resolvers.context import Context
from resolvers.files.rules import (
    LOOSE_FOR,
    MOST_LOOSE,
    RULES,
    FileProblem,
    FileRefused,
    admits,
    check_claim,
    check_name,
    not_allowed,
    too_large,
)
from resolvers.files.shown import ticket_of, upload_until
from resolvers.operation import operation
from resolvers.refusals import InvalidInput, NotFound

Path = Sequence[str | int]
ANNOUNCING: Final = (InvalidInput, FileRefused)


@operation("company.read", refuses=ANNOUNCING, emits=["file.created"], shows=ticket_of, shown_as="ticket")
async def create_upload(
    context: Context,
    purpose: Annotated[FilePurpose, "What the file is for."],
    filename: Annotated[str, "Name of the file, without a path."],
    mime: Annotated[str, "Media type of the content, such as image/png."],
    size: Annotated[float, "Bytes of the content, a whole number."],
) -> File:
    """Announce a file, and get leave to upload it: PUT its bytes to the ticket's address within 15 minutes.

    What comes must be as announced, to the byte. A logo needs the permission `company.edit`, an answer
    `onboarding.tasks`, a table to import `imports.run`. A file that nothing uses is removed after a day.
    """
    needed = RULES[purpose].needs
    if context.principal.kind == "api_key":
        raise Forbidden("API keys upload no files.", path=("input",), permission=needed)
    if not context.principal.can(needed):
        raise Forbidden(f"A file for this needs the permission {needed}.", path=("input", "purpose"), permission=needed)
    return await announce(context, purpose, filename, mime, size)


async def announce(context: Context, purpose: FilePurpose, filename: str, mime: str, size: float) -> File:
    """Note that somebody is about to upload a file; refuse what would not be taken in any case."""
    name, kind = check_name(filename), mime.strip().lower()
    size = check_claim(purpose, kind, size)
    await _check_room(context)
    file_id = uuid7()
    file = File(
        id=file_id,
        purpose=purpose,
        filename=name,
        mime=kind,
        size=size,
        key=key_of(context.asking.tenant.id, file_id),
        uploader_type=context.principal.kind,
        uploader_id=context.principal.id,
        upload_until=upload_until(context.now),
    )
    context.add(file)
    await context.flush()
    return file


def key_of(tenant_id: UUID, file_id: UUID) -> str:
    """Return where a file's bytes are: within its tenant, and nothing that a person has typed."""
    return f"{tenant_id}/{file_id}"


async def _check_room(context: Context) -> None:
    """Bound what one person can have stored without using it."""
    principal = context.principal
    if principal.id is None:
        return
    loose = select(func.count()).select_from(File).where(File.attached_at.is_(None))
    lately = loose.where(File.created_at > context.now - LOOSE_FOR)
    theirs = lately.where(File.uploader_type == principal.kind, File.uploader_id == principal.id)
    [count] = await context.all(theirs)
    if count >= MOST_LOOSE:
        message = f"{MOST_LOOSE} uploads of yours are not used by anything yet; use them, or try again tomorrow."
        raise FileRefused(message, problem=FileProblem.TOO_MANY)


async def attach(
    context: Context,
    file_ids: Sequence[UUID],
    *,
    uploader: Principal,
    accept: Sequence[str] | None,
    max_bytes: int | None,
    path: Path = (),
) -> Sequence[File]:
    """Let something use files: uploaded by this principal, used by nothing yet. They are locked, and kept from now on.

    `accept` lists types as a form does (`image/*`, `.pdf`); `path` leads to the list of ids in the input.
    """
    files = await _named(context, file_ids, path)
    for place, file in enumerate(files):
        _check_usable(file, uploader, (*path, place))
        _check_fitting(file, accept, max_bytes, (*path, place))
    for file in files:
        file.attached_at = context.now
    await context.flush()
    return files


def must_be_for(file: File, purpose: FilePurpose, path: Path = ()) -> None:
    """Refuse a file that was announced for something else: its checks were others."""
    if file.purpose is not purpose:
        raise _not_usable(f"The file was announced as {file.purpose.value}, not as {purpose.value}.", path)


def release(files: Sequence[File]) -> None:
    """Say that nothing uses files any more; they are removed within a day."""
    for file in files:
        file.attached_at = None


async def _named(context: Context, file_ids: Sequence[UUID], path: Path) -> Sequence[File]:
    if len(set(file_ids)) != len(file_ids):
        raise InvalidInput("Name each file once.", path=path)
    try:
        return await context.many(File, file_ids) if file_ids else []
    except NotFound as missing:
        raise NotFound(missing.message, path=path) from missing


def _check_usable(file: File, uploader: Principal, path: Path) -> None:
    """Somebody else's file is not found, as if it were not there."""
    if (file.uploader_type, file.uploader_id) != (uploader.kind, uploader.id):
        raise NotFound("There is no such file.", path=path)
    if file.status is not FileStatus.STORED:
        raise _not_usable(f"The file is {file.status.value}; upload it first.", path)
    if file.attached_at is not None:
        raise _not_usable("Something uses this file already; upload it again.", path)


def _check_fitting(file: File, accept: Sequence[str] | None, max_bytes: int | None, path: Path) -> None:
    if accept is not None and not any(admits(each, file.mime) for each in accept):
        raise not_allowed(accept, path)
    if max_bytes is not None and file.size > max_bytes:
        raise too_large(max_bytes, path)


def _not_usable(message: str, path: Path) -> FileRefused:
    return FileRefused(message, path=path, problem=FileProblem.NOT_USABLE)
