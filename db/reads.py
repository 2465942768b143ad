"""Planned reads: plain connections of the application's role, and two ways to read with them.

`one` runs a single statement that names its tenant by itself: no transaction, one round trip. `moment` opens a
transaction in which any number of statements see the same instant. A connection is handed on without being reset,
which would be a round trip for each read: nothing that these two do lasts longer than they do. A connection that is
not plainly idle afterwards (its reader was cancelled, its transaction is open) is mended first, or thrown away.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from operator import attrgetter
from types import TracebackType
from typing import Any, Final, Protocol, cast
from uuid import UUID

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none
from sqlalchemy import make_url

from db.passwords import each_address
from db.pools import Use
from db.tracing import TRACERS, statement

PATIENCE: Final = 10.0
CONNECTING: Final = 5
MENDING: Final = 5.0
OVERLOOKED: Final = 0.2
STRAY: Final = 20
"""How many statements may be left prepared on a connection that nobody will use again."""

CACHED_STATEMENTS: Final = 1_000
CACHING: Final = {
    "statement_cache_size": CACHED_STATEMENTS,
    "max_cacheable_statement_size": 1_000_000,
    "max_cached_statement_lifetime": 0,
}
"""What a connection keeps prepared, and for good: asyncpg's own 100 statements thrash as soon as companies have schemas
of their own, and its limit of 15 KB of text would leave out the large ones."""

Rows = Sequence[Any]
"""Records of asyncpg: a value is found by its place and by its name. JSON is the text that PostgreSQL sent."""

GONE: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.DatabaseDroppedError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.InternalClientError,
)
"""What PostgreSQL says when it ends a connection, and asyncpg: the last while it has not read the end yet."""

AWAY: Final = (*GONE, asyncpg.TooManyConnectionsError)
OUTDATED: Final = asyncpg.InvalidCachedStatementError
"""What a statement ends with that was prepared before a migration changed its table, where it cannot be run again."""

SAID: Final = asyncpg.PostgresError
BROKEN: Final = (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError, SAID)


class Connection(Protocol):
    """What is used of a connection of asyncpg."""

    async def fetch(self, query: str, *arguments: Any) -> list[Any]:
        """Run one statement and return its rows."""
        ...

    async def execute(self, query: str) -> str:
        """Run statements without arguments, in one round trip; returns what PostgreSQL says of the last one."""
        ...

    async def close(self, *, timeout: float) -> None:  # noqa: ASYNC109 - as asyncpg has it
        """Say goodbye."""
        ...

    def terminate(self) -> None:
        """Close without a word."""
        ...

    def is_closed(self) -> bool:
        """Tell whether it is closed."""
        ...

    def is_in_transaction(self) -> bool:
        """Tell whether a transaction is open."""
        ...


CONNECT: Final = cast("Callable[..., Awaitable[Connection]]", asyncpg.connect)  # pyright: ignore[reportUnknownMemberType] - it is untyped


class Unreachable(ConnectionError):
    """The database cannot be reached at the moment, or has no connection left; trying again may help."""


class ConnectionLost(Unreachable):
    """A connection that was open is not any more, and what was asked on it has no answer."""


class MomentEnded(Exception):
    """The block of the moment has ended: whoever still asks does so for an answer that has been given."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement as it was sent past SQLAlchemy: for which tenant, and whether it names that tenant by itself."""

    tenant_id: UUID
    text: str
    values: Sequence[Any]
    folded: bool


LISTENERS: Final[list[Callable[[Sent], None]]] = []
"""Told of each statement right before it is sent; for tests and measurements."""


def plain_url(url: str) -> str:
    """Return an address as asyncpg itself reads it, with SQLAlchemy's `ssl` under the name that PostgreSQL uses."""
    made = make_url(url).set(drivername="postgresql")
    ssl = made.query.get("ssl")
    named = made.difference_update_query(["ssl"])
    return (named.update_query_dict({"sslmode": ssl}) if ssl else named).render_as_string(hide_password=False)


def told(sent: Sent) -> None:
    """Tell who listens what is about to be sent."""
    for listener in LISTENERS:
        listener(sent)


class Moment:
    """A transaction of one tenant that only reads: all that is fetched in it is of the same instant."""

    def __init__(self, connection: Connection, tenant_id: UUID) -> None:
        self._connection: Connection | None = connection
        self._alone = asyncio.Lock()
        self.tenant_id = tenant_id
        self.statements = 0

    async def fetch(self, text: str, arguments: Sequence[Any] = ()) -> Rows:
        """Run one statement, whose `$1` is the first of the arguments, and return its rows; one at a time."""
        async with self._alone:
            if self._connection is None:
                raise MomentEnded
            self.statements += 1
            if LISTENERS:
                told(Sent(self.tenant_id, text, arguments, folded=False))
            with sending(self._connection, text):
                return await self._connection.fetch(text, *arguments)

    async def end(self) -> None:
        """Let the statement that is under way end, and refuse those that wait behind it."""
        self._connection = None
        async with self._alone:
            pass


class ReadPool:
    """At most `size` connections to one database, each opened when it is first needed.

    `cached_statements` is how many each keeps prepared. `greeters` are called with each new connection.
    """

    def __init__(
        self,
        url: str,
        *,
        size: int = 10,
        cached_statements: int = CACHED_STATEMENTS,
        patience: float = PATIENCE,
    ) -> None:
        self._urls = [plain_url(each) for each in each_address(url)]
        self._cached_statements, self._patience = cached_statements, patience
        self._size, self._room = size, asyncio.Semaphore(size)
        self._idle = list[Connection]()
        self._mending = set[asyncio.Task[None]]()
        self._closed, self._waiting = False, 0
        self.greeters = list[Callable[[Connection], Awaitable[None]]]()

    @property
    def use(self) -> Use:
        """How much of it is in use."""
        free: int = attrgetter("_value")(self._room)  # no public name
        return Use(self._size, self._size - free, self._waiting)

    async def one(self, tenant_id: UUID, text: str, arguments: Sequence[Any] = ()) -> Rows:
        """Run one statement that names its tenant by itself (`db.tenancy.FOLD`) and return its rows.

        The tenant is its `$1`, and is put there here; the arguments follow from `$2` on. Where the connection turns out
        to be lost it is asked once more on another: it reads, so that asking twice changes nothing.
        """
        if LISTENERS:
            told(Sent(tenant_id, text, (str(tenant_id), *arguments), folded=True))
        try:
            return await self._one(tenant_id, text, arguments)
        except ConnectionLost:
            self._forget_idle()
            return await self._one(tenant_id, text, arguments)

    async def _one(self, tenant_id: UUID, text: str, arguments: Sequence[Any]) -> Rows:
        connection = await self._take()
        try:
            with sending(connection, text):
                rows = await connection.fetch(text, str(tenant_id), *arguments)
        except BaseException:
            self._mend(connection)
            raise
        self._give(connection)
        return rows

    @asynccontextmanager
    async def moment(self, tenant_id: UUID) -> AsyncGenerator[Moment]:
        """Read several things as they are at one instant: `async with pool.moment(tenant_id) as moment`.

        It is of its tenant and only reads; opening it is one round trip, and so is its end.
        """
        connection = await self._begun(tenant_id)
        moment = Moment(connection, tenant_id)
        try:
            yield moment
            await moment.end()
            with suppress(*BROKEN):  # what was read was read; what is wrong with the connection is seen to below
                await connection.execute("commit")
        except BaseException:
            self._mend(connection, moment.end())
            raise
        self._give(connection)

    async def _begun(self, tenant_id: UUID) -> Connection:
        """Return a connection in a transaction of a tenant; its id is written from its number, so that it is an id."""
        beginning = (
            "begin isolation level repeatable read read only; "
            f"select set_config('app.tenant_id', '{UUID(int=tenant_id.int)}', true)"
        )
        try:
            return await self._sent(beginning)
        except ConnectionLost:
            self._forget_idle()
            return await self._sent(beginning)

    async def _sent(self, beginning: str) -> Connection:
        connection = await self._take()
        try:
            with sending(connection, "begin"):
                await connection.execute(beginning)
        except BaseException:
            self._mend(connection)
            raise
        return connection

    async def _take(self) -> Connection:
        """Return an idle connection, the one used last before others, or a new one; wait where all are in use."""
        await self._enter()
        try:
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    return connection
            return await self._connect()
        except BaseException:
            self._room.release()
            raise

    async def _enter(self) -> None:
        if self._closed:
            raise Unreachable
        if not self._room.locked():
            await self._room.acquire()
            return
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                await self._room.acquire()
        except TimeoutError:
            raise Unreachable from None
        finally:
            self._waiting -= 1

    async def _connect(self) -> Connection:
        try:
            connection = await self._opened()
        except (OSError, *AWAY) as error:
            raise Unreachable from error
        for greet in self.greeters:
            await greet(connection)
        return connection

    async def _opened(self) -> Connection:
        """Open a connection, with whichever password is right."""
        *before, last = self._urls
        for url in before:
            with suppress(asyncpg.InvalidPasswordError):
                return await self._opened_at(url)
        return await self._opened_at(last)

    async def _opened_at(self, url: str) -> Connection:
        return await CONNECT(
            url,
            timeout=CONNECTING,
            **{**CACHING, "statement_cache_size": self._cached_statements},
            server_settings={"application_name": "workgraph", "TimeZone": "UTC"},
        )

    def _give(self, connection: Connection) -> None:
        """Take a connection back that is idle, as it must be after a statement that ended well."""
        if connection.is_closed() or connection.is_in_transaction():
            self._mend(connection)
        else:
            self._keep(connection)
            self._room.release()

    def _keep(self, connection: Connection) -> None:
        if self._closed:
            connection.terminate()
        else:
            self._idle.append(connection)

    def _mend(self, connection: Connection, ended: Awaitable[None] | None = None) -> None:
        """Take a connection back in whatever state it is; its place is free once it is known to be idle."""
        task = asyncio.get_running_loop().create_task(self._mended(connection, ended))
        self._mending.add(task)
        task.add_done_callback(self._mending.discard)

    async def _mended(self, connection: Connection, ended: Awaitable[None] | None) -> None:
        """End what runs on a connection, and its transaction, and take it back; or throw it away."""
        try:
            async with asyncio.timeout(MENDING):
                if ended:
                    await ended
                await stopped(connection)
                if connection.is_in_transaction():
                    await connection.execute("rollback")
                if await self._is_sound(connection):
                    self._keep(connection)
                else:
                    connection.terminate()
        except BROKEN:
            connection.terminate()
        finally:
            self._room.release()

    async def _is_sound(self, connection: Connection) -> bool:
        """Tell whether hardly any statement was prepared and then lost, as happens when its reader is cancelled."""
        prepared = await connection.execute("select from pg_prepared_statements")
        return int(prepared.removeprefix("SELECT ")) <= self._cached_statements + STRAY

    def _forget_idle(self) -> None:
        """Throw away what is idle: where one connection was lost, the others may be without knowing it yet."""
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.terminate()

    async def close(self) -> None:
        """Wait for what is in use, then close every connection; nothing is opened any more."""
        self._closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(MENDING):
                for _ in range(self._size):
                    await self._room.acquire()
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.close(timeout=CONNECTING)


async def stopped(connection: Connection) -> None:
    """Wait until a statement whose reader was cancelled runs no longer.

    asyncpg has asked PostgreSQL to cancel it; PostgreSQL overlooks a cancellation that arrives before its statement
    does, so that it is asked again. A statement of our own takes a cancellation that comes late, so that no reader's
    does.
    """
    loop, cancel = asyncio.get_running_loop(), attrgetter("_cancel_current_command")(connection)  # no public name
    through = loop.create_task(_nothing(connection))
    try:
        while not (await asyncio.wait({through}, timeout=OVERLOOKED))[0]:
            sent = loop.create_future()
            cancel(sent)
            await sent
        await through
    finally:
        through.cancel()


async def plain_fetch(connection: Connection, text: str, arguments: Sequence[Any]) -> Rows:
    """Fetch on a connection of SQLAlchemy what a pool for planned reads would: without its codecs, JSON as text."""
    execute = attrgetter("_execute")(connection)  # `fetch` has no name for it
    return await execute(text, arguments, 0, None, ignore_custom_codec=True)


async def _nothing(connection: Connection) -> None:
    """Ask for nothing; asyncpg waits with it until PostgreSQL has acknowledged what was cancelled before."""
    with suppress(asyncpg.PostgresError):
        await connection.execute("select")


def is_lost(connection: Connection, error: BaseException) -> bool:
    """Tell whether an error says that the connection is gone."""
    return isinstance(error, GONE) or (isinstance(error, BROKEN) and connection.is_closed())


class sending:  # noqa: N801 - it is used as one uses a function
    """A statement on its way: it is followed, if somebody traces, and the loss of its connection has one name.

    Each statement passes here, so this is no generator.
    """

    __slots__ = ("_connection", "_following", "_text")

    def __init__(self, connection: Connection, text: str) -> None:
        self._connection, self._text = connection, text
        self._following: AbstractContextManager[object] | None = None

    def __enter__(self) -> None:
        if TRACERS:
            self._following = statement(self._text)
            self._following.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._following:
            self._following.__exit__(kind, error, trace)
        if isinstance(error, BROKEN) and is_lost(self._connection, error):
            raise ConnectionLost from error
