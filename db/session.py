"""Sessions of one tenant: reading and writing are different types, and neither outlives its `async with`.

Both set the tenant transaction-locally before the first statement, and name the placement's schema in every
statement. A read runs in one REPEATABLE READ READ ONLY transaction, opened by its first statement, so that an answer
is one moment. A connection is used by one statement at a time: concurrent resolvers wait for each other.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import cached_property
from types import TracebackType
from typing import Any, Final, Protocol, Self, cast
from uuid import UUID

import orjson
from sqlalchemy import Connection as SyncConnection
from sqlalchemy import Executable, Row, Select, event, func, make_url, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from db.away import sqlstate_of
from db.passwords import each_address, passwords_in
from db.pools import Use, use_of
from db.reads import (
    BROKEN,
    CACHING,
    LISTENERS,
    MENDING,
    Connection,
    ConnectionLost,
    Moment,
    ReadPool,
    Rows,
    Sent,
    plain_fetch,
    sending,
    stopped,
    told,
)
from db.tenancy import Placement, set_tenant

WRITTEN: Final = "workgraph_written"
WRONG_PASSWORD: Final = "28P01"  # noqa: S105 - a SQLSTATE, not a password


def async_url(url: str) -> str:
    """Name the asyncpg driver in a plain PostgreSQL URL, and libpq's `sslmode` as asyncpg calls it."""
    made = make_url(url).set(drivername="postgresql+asyncpg")
    sslmode = made.query.get("sslmode")
    named = made.difference_update_query(["sslmode"])
    return (named.update_query_dict({"ssl": sslmode}) if sslmode else named).render_as_string(hide_password=False)


async def answers(engine: AsyncEngine) -> None:
    """Ask the database for nothing, to see that it answers."""
    async with engine.connect() as connection:
        await connection.execute(select(1))


def when_written(engine: AsyncEngine, written: Callable[[], None]) -> None:
    """Have it told when something was committed on connections of an engine: at the commit, and once it is through."""

    def committing(connection: SyncConnection) -> None:
        connection.info[WRITTEN] = True
        written()

    def given_back(_connection: Any, record: ConnectionPoolEntry) -> None:
        if record.info.pop(WRITTEN, False):
            written()

    event.listen(engine.sync_engine, "commit", committing)
    event.listen(engine.sync_engine, "checkin", given_back)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def make_engine(url: str, *, pool_size: int, **settings: str) -> AsyncEngine:
    """Open a pool for one database, with settings of its own; a connection that died is replaced before it is used."""
    address, *others = each_address(url)
    engine = create_async_engine(
        async_url(address),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=True,
        hide_parameters=True,
        json_serializer=_json,
        json_deserializer=orjson.loads,
        connect_args={
            "timeout": 5,
            "server_settings": {"application_name": "workgraph", **settings},
            **CACHING,
        },
    )
    if others:
        _try_each(engine, passwords_in(url))
    return engine


def _try_each(engine: AsyncEngine, passwords: Sequence[str]) -> None:
    """Have connections of an engine opened with whichever password is right."""
    *before, last = passwords

    def connect(dialect: Any, _record: Any, given: Any, named: dict[str, Any]) -> Any:
        for password in before:
            try:
                return dialect.connect(*given, **{**named, "password": password})
            except dialect.loaded_dbapi.Error as error:
                if sqlstate_of(error) != WRONG_PASSWORD:
                    raise
        return dialect.connect(*given, **{**named, "password": last})

    event.listen(engine.sync_engine, "do_connect", connect)


class SessionClosed(Exception):
    """The block of the session has ended: whoever still asks does so for an answer that has been given."""


class Reader(Protocol):
    """What both sessions offer to whoever reads."""

    async def rows(self, statement: Executable) -> Sequence[Row[Any]]:
        """Run one statement and return its rows."""
        ...

    async def scalars(self, statement: Select[Any]) -> Sequence[Any]:
        """Run one statement and return the first column of its rows."""
        ...

    async def fetch(self, text: str, arguments: Sequence[Any] = ()) -> Rows:
        """Run one statement of plain SQL, past SQLAlchemy, and return its rows."""
        ...


async def hasten(session: Reader, milliseconds: int) -> None:
    """Stop each statement of a transaction that takes longer than this, from now on."""
    await session.scalars(select(func.set_config("statement_timeout", str(milliseconds), True)))  # noqa: FBT003 - is_local, of PostgreSQL


class Turns(asyncio.Lock):
    """One at a time; knows whose turn it is."""

    def __init__(self) -> None:
        super().__init__()
        self._task: asyncio.Task[Any] | None = None

    async def __aenter__(self) -> None:
        await super().__aenter__()
        self._task = asyncio.current_task()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task = None
        await super().__aexit__(kind, error, trace)

    def cut_short(self) -> None:
        """Cancel whoever's turn it is."""
        if self._task is not None:
            self._task.cancel()


class _TenantSession:
    """One transaction of one tenant on one connection, opened by its first statement."""

    def __init__(self, engine: AsyncEngine, placement: Placement) -> None:
        self._engine, self._placement = engine, placement
        self._alone = Turns()
        self._driver: Connection | None = None
        self._stopping: asyncio.Future[None] | None = None
        self._opened = False
        self._closed = False
        self.statements = 0

    @cached_property
    def _session(self) -> AsyncSession:
        """What is underneath, made when it is first needed: many answers need none."""
        translate = {None: self._placement.schema}
        bound = self._engine.execution_options(schema_translate_map=translate, **self._isolation())
        return AsyncSession(bound, expire_on_commit=False, autoflush=False)

    @staticmethod
    def _isolation() -> Mapping[str, Any]:
        return {}

    @property
    def tenant_id(self) -> UUID:
        """The tenant whose rows this session sees."""
        return self._placement.tenant_id

    async def _open(self) -> AsyncSession:
        if self._closed:
            raise SessionClosed
        if not self._opened:
            await self._session.execute(set_tenant(self._placement.tenant_id))
            self._opened = True
        return self._session

    async def rows(self, statement: Executable) -> Sequence[Row[Any]]:
        """Run one statement and return its rows."""
        async with self._alone:
            session = await self._open()
            self.statements += 1
            return (await session.execute(statement)).all()

    async def scalars(self, statement: Select[Any]) -> Sequence[Any]:
        """Run one statement and return the first column of its rows."""
        async with self._alone:
            session = await self._open()
            self.statements += 1
            return (await session.scalars(statement)).all()

    async def fetch(self, text: str, arguments: Sequence[Any] = ()) -> Rows:
        """Run one statement of plain SQL, past SQLAlchemy, and return its rows: same connection, same transaction.

        Its tables name their schema, and `$1` is the first of the arguments. What was added or changed is not flushed.
        """
        async with self._alone:
            driver = await self._driver_connection(await self._open())
            self.statements += 1
            if LISTENERS:
                told(Sent(self.tenant_id, text, arguments, folded=False))
            try:
                with sending(driver, text):
                    return await plain_fetch(driver, text, arguments)
            except ConnectionLost:
                await (await self._session.connection()).invalidate()
                raise
            except asyncio.CancelledError:
                self._stopping = asyncio.ensure_future(self._stopped(driver))
                await asyncio.shield(self._stopping)
                raise

    async def _stopped(self, driver: Connection) -> None:
        """Wait until a statement that was cancelled runs no longer; the connection is not used again."""
        with suppress(*BROKEN):
            async with asyncio.timeout(MENDING):
                await stopped(driver)
        await (await self._session.connection()).invalidate()

    async def _driver_connection(self, session: AsyncSession) -> Connection:
        """Return the connection underneath, which stays the same for all of a transaction."""
        if self._driver is None:
            raw = await (await session.connection()).get_raw_connection()
            self._driver = cast("Connection", raw.driver_connection)
        return self._driver

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None and issubclass(kind, asyncio.CancelledError):
            self._alone.cut_short()  # nobody waits for what is being read; PostgreSQL is told to stop it
        if "_session" in self.__dict__:
            await asyncio.shield(self._close())
        self._closed = True

    async def _close(self) -> None:
        """Let the statement that is under way end, and refuse those that wait behind it.

        An error ends an answer while other parts of it are still being read; without this they would go on, on a
        connection that is not theirs any more and without their tenant.
        """
        self._closed = True
        async with self._alone:
            if self._stopping:
                await self._stopping
            await self._session.close()


class ReadSession(_TenantSession):
    """A read of one tenant: every statement sees the same moment, and nothing can be written."""

    @staticmethod
    def _isolation() -> Mapping[str, Any]:
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


class WriteSession(_TenantSession):
    """A write of one tenant. The edge alone commits; leaving without a commit rolls back."""

    def __init__(self, engine: AsyncEngine, placement: Placement, committed: Callable[[Placement], None]) -> None:
        super().__init__(engine, placement)
        self._committed = committed

    @property
    def unit(self) -> AsyncSession:
        """The unit of work underneath, for those who record what changes."""
        return self._session

    def add(self, *entities: object) -> None:
        """Put new entities into the unit of work."""
        self._session.add_all(entities)

    async def execute(self, statement: Executable) -> None:
        """Run one statement that returns no rows."""
        async with self._alone:
            session = await self._open()
            self.statements += 1
            await session.execute(statement)

    async def flush(self) -> None:
        """Send what changed to the database, in this transaction."""
        async with self._alone:
            await self._open()
            await self._session.flush()

    @asynccontextmanager
    async def savepoint(self) -> AsyncGenerator[None]:
        """Undo only what was done inside, if it raises."""
        await self._open()
        async with self._session.begin_nested():
            yield

    @asynccontextmanager
    async def rehearsal(self) -> AsyncGenerator[None]:
        """Undo what was done inside, whether it raises or not."""
        await self._open()
        nested = await self._session.begin_nested()
        try:
            yield
        finally:
            await nested.rollback()

    async def commit(self) -> None:
        """Make everything of this transaction permanent, or nothing."""
        async with self._alone:
            try:
                await self._session.commit()
            finally:  # whoever is interrupted here does not know whether it was committed
                self._opened, self._driver = False, None
                self._committed(self._placement)

    async def rollback(self) -> None:
        """Undo everything of this transaction."""
        async with self._alone:
            await self._session.rollback()
            self._opened, self._driver = False, None


def untold(_placement: Placement) -> None:
    """Tell nobody that something was written."""


class Database:
    """The pools of the application role, two for each physical database, and what is opened on them.

    The ORM's sessions have one pool, planned reads the other, each of at most `pool_size` connections. `committed` is
    told where something was written, right after it became permanent; it must not take time.
    """

    def __init__(
        self,
        urls: Mapping[str, str],
        *,
        pool_size: int = 10,
        committed: Callable[[Placement], None] = untold,
    ) -> None:
        self._engines = {name: make_engine(url, pool_size=pool_size) for name, url in urls.items()}
        self._pools = {name: ReadPool(url, size=pool_size) for name, url in urls.items()}
        self._listeners = [committed]

    def tell(self, committed: Callable[[Placement], None]) -> None:
        """Let somebody else be told too where something was written."""
        self._listeners.append(committed)

    def _committed(self, placement: Placement) -> None:
        for listener in self._listeners:
            listener(placement)

    def engine(self, placement: Placement) -> AsyncEngine:
        """Return the pool of the database in which a tenant lives."""
        return self._engines[placement.database]

    def pool(self, placement: Placement) -> ReadPool:
        """Return the pool for planned reads of the database in which a tenant lives."""
        return self._pools[placement.database]

    async def one(self, placement: Placement, text: str, arguments: Sequence[Any] = ()) -> Rows:
        """Read with one statement that names its tenant, as `$1`, by itself; the arguments follow from `$2` on."""
        return await self.pool(placement).one(placement.tenant_id, text, arguments)

    def moment(self, placement: Placement) -> AbstractAsyncContextManager[Moment]:
        """Read with several statements that see one instant: `async with database.moment(placement) as moment`."""
        return self.pool(placement).moment(placement.tenant_id)

    def reading(self, placement: Placement) -> ReadSession:
        """Open a read of one tenant: `async with database.reading(placement) as session`."""
        return ReadSession(self.engine(placement), placement)

    def writing(self, placement: Placement) -> WriteSession:
        """Open a write of one tenant; call `commit` at the edge, or everything is rolled back."""
        return WriteSession(self.engine(placement), placement, self._committed)

    @asynccontextmanager
    async def transacting(self, placement: Placement) -> AsyncGenerator[WriteSession]:
        """Open a write that commits when the block ends, and is rolled back when it raises."""
        async with self.writing(placement) as session:
            yield session
            await session.commit()

    def uses(self) -> Mapping[str, Use]:
        """Return how much of each pool is in use: `writes` are of the ORM's sessions, `reads` of planned reads."""
        writes = {f"{name} writes": use_of(engine) for name, engine in self._engines.items()}
        return writes | {f"{name} reads": pool.use for name, pool in self._pools.items()}

    async def close(self) -> None:
        """Close every pool."""
        for pool in self._pools.values():
            await pool.close()
        for engine in self._engines.values():
            await engine.dispose()
