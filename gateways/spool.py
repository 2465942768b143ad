"""Keeps what comes in pieces: a little of it in memory, the rest in a file without a name, gone with the process."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Final, Self

IN_MEMORY: Final = 256 * 1024
PIECE: Final = 1024 * 1024


class Spool:
    """Takes pieces, counts them, and gives back the whole: `async with Spool() as spool`."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile[bytes](max_size=IN_MEMORY)
        self._hash = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """The SHA-256 of what came so far, in hex."""
        return self._hash.hexdigest()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    async def take(self, piece: bytes) -> None:
        """Keep one more piece."""
        self.size += len(piece)
        self._hash.update(piece)
        if self.size <= IN_MEMORY:
            self._file.write(piece)
        else:
            await asyncio.to_thread(self._file.write, piece)

    async def whole(self) -> bytes:
        """Return everything that came."""
        return await asyncio.to_thread(self._whole)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Return everything that came, piece by piece."""
        self._file.seek(0)
        while piece := await asyncio.to_thread(self._file.read, PIECE):
            yield piece

    def _whole(self) -> bytes:
        self._file.seek(0)
        return self._file.read()


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some content, in hex."""
    return hashlib.sha256(content).hexdigest()
