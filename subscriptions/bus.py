"""The bus between processes: the events of every tenant, in order, in Valkey.

Each tenant has a stream, and the place of an event in it is its position in the tenant's log, so that an event that is
put there again is refused by the bus itself. One further stream, `wake`, says which tenant has something new: a process
waits for that one alone, however many tenants it follows. In the other direction, whoever has committed something says
so on the channel `poke`, and the relay looks for it at once. The outbox in PostgreSQL is the truth: whatever is lost
here is put here again, and a poke that is lost costs half a second.
"""

import asyncio
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from subscriptions.events import Event, packed, unpacked

KEPT: Final = 10_000
"""Events of a tenant that the bus keeps, about."""

WAKES_KEPT: Final = 10_000
PAGE: Final = 1_000
BLOCK: Final = 5.0
"""Seconds that one wait for wakes lasts at most."""

PATIENCE: Final = BLOCK + 5
"""Seconds after which a bus that does not answer is away."""

STALE: Final = "equal or smaller"
Place = tuple[int, int]
BEGINNING: Final = (0, 0)


@dataclass(frozen=True, slots=True)
class Wake:
    """A tenant has something new: its events go up to this position."""

    tenant_id: UUID
    position: int


@dataclass(frozen=True, slots=True)
class Wakes:
    """What one wait has brought: each tenant's newest wake, and where to go on; `crowded` when there are more."""

    last: Place
    newest: Collection[Wake]
    crowded: bool


class Bus:
    """The streams of one installation."""

    def __init__(self, url: str, *, prefix: str) -> None:
        self._redis: Any = Redis.from_url(url, socket_timeout=PATIENCE)  # pyright: ignore[reportUnknownMemberType] - redis-py leaves it untyped
        self._prefix = prefix
        self._wakes, self._pokes = f"{prefix}:wake", f"{prefix}:poke"

    def _stream(self, tenant_id: UUID) -> str:
        return f"{self._prefix}:events:{tenant_id}"

    def _mark(self, relay: str) -> str:
        return f"{self._prefix}:relay:{relay}"

    async def put(self, events: Sequence[Event], *, relay: str) -> bytes | None:
        """Add events to their tenants' streams and wake who follows them, all at once; return the relay's mark.

        What stands there already stays as it is. The mark is None on a bus that has forgotten everything.
        """
        pipe = self._redis.pipeline(transaction=True)
        for event in events:
            stream, place = self._stream(event.tenant_id), f"{event.position}-0"
            pipe.xadd(stream, {b"e": packed(event)}, id=place, maxlen=KEPT)  # about: whole nodes are cut off
        for tenant_id, position in _last_of(events).items():
            pipe.xadd(self._wakes, {b"t": tenant_id.bytes, b"p": position}, maxlen=WAKES_KEPT)
        pipe.get(self._mark(relay))
        *answers, mark = await pipe.execute(raise_on_error=False)
        for answer in (*answers, mark):
            if isinstance(answer, Exception) and not _is_stale(answer):
                raise answer
        return mark

    async def mark(self, relay: str, text: bytes) -> None:
        """Leave the relay's mark: while it is there, nothing has been forgotten."""
        await self._redis.set(self._mark(relay), text)

    async def marked(self, relay: str) -> bytes | None:
        """Return the relay's mark."""
        return await self._redis.get(self._mark(relay))

    async def last_positions(self, tenant_ids: Sequence[UUID]) -> Mapping[UUID, int]:
        """Return for each tenant the position of its newest event on the bus, 0 where there is none."""
        if not tenant_ids:
            return {}
        pipe = self._redis.pipeline(transaction=False)
        for tenant_id in tenant_ids:
            pipe.xrevrange(self._stream(tenant_id), count=1)
        newest = await pipe.execute()
        return {each: _position(found[0][0]) if found else 0 for each, found in zip(tenant_ids, newest, strict=True)}

    async def forget(self, tenant_ids: Collection[UUID]) -> None:
        """Remove tenants' streams: each tells of a log that is no more, or has a gap."""
        if tenant_ids:
            await self._redis.unlink(*map(self._stream, tenant_ids))

    async def oldest(self, tenant_id: UUID) -> int | None:
        """Return the position of a tenant's oldest event on the bus."""
        found = await self._redis.xrange(self._stream(tenant_id), count=1)
        return _position(found[0][0]) if found else None

    async def after(self, tenant_id: UUID, position: int, until: int | None = None) -> Sequence[Event]:
        """Return the first events of a tenant after a position, up to another: a page of them."""
        last = "+" if until is None else f"{until}-0"
        found = await self._redis.xrange(self._stream(tenant_id), min=f"({position}-0", max=last, count=PAGE)
        return [unpacked(tenant_id, _position(place), said[b"e"]) for place, said in found]

    async def last_wake(self) -> Place:
        """Return the place of the newest wake."""
        found = await self._redis.xrevrange(self._wakes, count=1)
        return _place(found[0][0]) if found else BEGINNING

    async def wakes(self, after: Place) -> Wakes:
        """Wait for wakes after a place, for a few seconds at most."""
        place = f"{after[0]}-{after[1]}"
        entries = _entries(await self._redis.xread({self._wakes: place}, count=PAGE, block=round(BLOCK * 1000)))
        newest = {UUID(bytes=said[b"t"]): int(said[b"p"]) for _, said in entries}
        last = _place(entries[-1][0]) if entries else after
        return Wakes(last, [Wake(*each) for each in newest.items()], crowded=len(entries) == PAGE)

    async def poke(self, schemas: Iterable[str]) -> None:
        """Tell the relay in which schemas something was written."""
        await self._redis.publish(self._pokes, ",".join(schemas))

    @asynccontextmanager
    async def pokes(self) -> AsyncGenerator["Pokes"]:
        """Hear of what is written, for as long as the block lasts."""
        async with self._redis.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(self._pokes)
            yield Pokes(channel)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()


class Pokes:
    """What the relay hears of those who write."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel

    async def within(self, seconds: float) -> set[str]:
        """Return the schemas in which something was written, as soon as there is one; none after so long."""
        schemas: set[str] = set()
        deadline = asyncio.get_running_loop().time() + seconds
        while not schemas and (left := deadline - asyncio.get_running_loop().time()) > 0:
            schemas |= await self._next(left)
        while more := await self._next(0):
            schemas |= more
        return schemas

    async def _next(self, seconds: float) -> set[str]:
        heard = await self._channel.get_message(timeout=seconds)
        return set(heard["data"].decode().split(",")) if heard else set()


def _entries(found: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """Return the entries of the one stream that was asked for, in the form of either version of the protocol."""
    if not found:
        return []
    [entries] = _values(found)
    return entries[0] if entries and isinstance(entries[0], list) else entries


def _values(found: Any) -> Any:
    return found.values() if hasattr(found, "values") else [each for _, each in found]


def _last_of(events: Iterable[Event]) -> Mapping[UUID, int]:
    return {event.tenant_id: event.position for event in events}


def _is_stale(answer: Exception) -> bool:
    """Tell whether an event was refused because it, or one after it, stands there already."""
    return isinstance(answer, ResponseError) and STALE in str(answer)


def _place(text: bytes) -> Place:
    first, _, second = text.partition(b"-")
    return int(first), int(second)


def _position(place: bytes) -> int:
    return _place(place)[0]
