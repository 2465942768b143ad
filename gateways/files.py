"""The object store: a folder on this machine, or a bucket that speaks S3. Each object is written as a whole or not.

A key is made of ids only, by whoever calls; nothing that a person has typed is ever part of one. A store that does not
answer raises `StoreAway`, whatever the reason, and the reason is for the log.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Final

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

CHUNK: Final = 256 * 1024
RETRIES: Final = 2
PATIENCE: Final = timedelta(seconds=30)
ABANDONED: Final = 3600.0
LOG: Final = structlog.get_logger("workgraph.files")


class StoreAway(Exception):
    """The store does not answer, or refuses us; trying again later may help."""


class NotStored(Exception):
    """There is no object under this key."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket: without a key of its own, the machine's own identity is used; `endpoint` is for those not Amazon's."""

    name: str
    region: str
    endpoint: str | None = None
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Object:
    """An object that is about to be read: how long it is, and its content in pieces."""

    size: int
    pieces: AsyncIterator[bytes]


class FileStore:
    """Puts, reads and removes whole objects; see the module."""

    def __init__(self, place: Path | Bucket) -> None:
        self._place = place
        self._folder = place if isinstance(place, Path) else None

    @cached_property
    def _store(self) -> ObjectStore:
        """Open the store when it is first used; a folder is made if it is not there, for its owner only."""
        if isinstance(self._place, Bucket):
            return _bucket(self._place)
        self._place.mkdir(mode=0o700, parents=True, exist_ok=True)
        return LocalStore(prefix=self._place.resolve())

    async def put(self, key: str, content: bytes, mime: str) -> None:
        """Write an object, in place of an earlier one. A bucket that is ever opened to the web still serves no page."""
        kept = None if self._folder else {"Content-Type": mime, "Content-Disposition": "attachment"}
        with _answering("put"):
            await obstore.put_async(self._store, key, content, attributes=kept, use_multipart=False)

    async def put_pieces(self, key: str, pieces: AsyncIterator[bytes], mime: str) -> None:
        """Write an object that is too large to be held as a whole; it is there once all of it is."""
        kept = None if self._folder else {"Content-Type": mime, "Content-Disposition": "attachment"}
        with _answering("put"):
            await obstore.put_async(self._store, key, pieces, attributes=kept, use_multipart=True)

    async def part(self, key: str, start: int, length: int) -> bytes:
        """Return a part of an object; it is shorter where the object ends before."""
        with _answering("read"):
            return bytes(await obstore.get_range_async(self._store, key, start=start, length=length))

    async def open(self, key: str) -> Object:
        """Begin to read an object."""
        with _answering("open"):
            found = await obstore.get_async(self._store, key)
            return Object(found.meta["size"], _pieces(found.stream(CHUNK)))

    async def read(self, key: str) -> bytes:
        """Return all of an object."""
        return b"".join([piece async for piece in (await self.open(key)).pieces])

    async def remove(self, keys: Sequence[str]) -> None:
        """Remove objects; one that is not there is as good as removed."""
        await asyncio.gather(*(self._remove(key) for key in keys))

    async def _remove(self, key: str) -> None:
        with suppress(NotStored), _answering("remove"):
            await obstore.delete_async(self._store, key)

    async def sweep(self) -> int:
        """Remove what writes that were cut short have left in the folder; a bucket keeps nothing of them."""
        return await asyncio.to_thread(_sweep, self._folder) if self._folder else 0


def _bucket(place: Bucket) -> ObjectStore:
    given = {"endpoint": place.endpoint, "access_key_id": place.access_key, "secret_access_key": place.secret_key}
    return S3Store(
        place.name,
        region=place.region,
        client_options={"allow_http": True, "timeout": PATIENCE, "connect_timeout": timedelta(seconds=5)},
        retry_config={"max_retries": RETRIES, "retry_timeout": PATIENCE},
        **{name: value for name, value in given.items() if value is not None},  # pyright: ignore[reportArgumentType] - each is a text
    )


@contextmanager
def _answering(what: str) -> Generator[None]:
    """Say of every error of the store only that it is away; its own text names places and keys."""
    try:
        yield
    except FileNotFoundError:
        raise NotStored from None
    except (BaseError, OSError, ValueError, NotImplementedError) as error:
        LOG.warning("the file store does not answer", to=what, error=type(error).__name__)
        raise StoreAway from error


async def _pieces(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    with _answering("read"):
        async for piece in stream:
            yield bytes(piece)


def _sweep(folder: Path) -> int:
    """A file is written beside its place, as `<name>#<number>`, and moved there when it is whole."""
    old = [each for each in folder.glob("*/*#*") if _age(each) > ABANDONED]
    for each in old:
        each.unlink(missing_ok=True)
    return len(old)


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
