"""The bytes of an upload as they come: compared with what was announced, counted, and stopped at once when too many."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from db.models.files import File, FileStatus
from gateways.spool import Spool
from resolvers.refusals import Refused

IDLE: Final = 30.0
GONE: Final = "There is no such file, or its address has run out."


class NoSuchFile(Refused):
    """The address is not genuine, has run out, or names nothing; which of these is not said."""

    code = "NOT_FOUND"


class AlreadyUploaded(Refused):
    """The ticket was used: a file is uploaded once."""

    code = "ALREADY_UPLOADED"


class NotAsAnnounced(Refused):
    """What is sent has another type or another size than what was announced; it can be sent again."""

    code = "NOT_AS_ANNOUNCED"


class TooSlow(Refused):
    """The bytes did not come in time; they can be sent again while the ticket holds."""

    code = "TOO_SLOW"


class NotAccepted(Refused):
    """The content is not, as a whole, what it is said to be; the file is rejected, and nothing of it is kept."""

    code = "NOT_ACCEPTED"


@dataclass(frozen=True, slots=True)
class Sent:
    """What a request says of the bytes that it sends, and the bytes as they come."""

    mime: str
    size: int | None
    pieces: AsyncIterator[bytes]


def expect_pending(file: File) -> None:
    """Turn away who uploads a file a second time."""
    if file.status is not FileStatus.PENDING:
        raise AlreadyUploaded(f"This ticket was used: the file is {file.status.value}. Announce another one.")


def expect_as_announced(file: File, sent: Sent) -> None:
    """Compare what the request says with what was announced, before a byte is read."""
    if sent.mime != file.mime:
        raise NotAsAnnounced(f"The content type must be {file.mime}, as announced.")
    if sent.size is not None and sent.size != file.size:
        raise NotAsAnnounced(f"{sent.size} bytes are sent, and {file.size} were announced.")


async def receive(spool: Spool, file: File, sent: Sent, now: datetime, idle: float = IDLE) -> None:
    """Take the pieces as they come, and stop with the first one that is too much, too late or too slow."""
    try:
        async with asyncio.timeout((file.upload_until - now).total_seconds()):
            while piece := await _next(sent.pieces, idle):
                if spool.size + len(piece) > file.size:
                    raise NotAsAnnounced(f"More comes than the {file.size} bytes that were announced.")
                await spool.take(piece)
    except TimeoutError:
        raise TooSlow("The bytes did not come in time.") from None
    if spool.size != file.size:
        raise NotAsAnnounced(f"{spool.size} bytes came, of the {file.size} that were announced.")


async def _next(pieces: AsyncIterator[bytes], idle: float) -> bytes:
    async with asyncio.timeout(idle):
        return await anext(pieces, b"")
