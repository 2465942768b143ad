"""Brings every schema of an installation to the newest revision, however often it is interrupted.

The control plane comes first, then the template, the pool, and each schema of a single tenant; each in one transaction
that also notes in the control plane how far that schema is. So a run that is killed leaves each schema as it was or at
the head, and the next run goes on with those that are behind. A schema that cannot be migrated does not hold up the
others: it is reported, with its error, and tried again by the next run. An advisory lock lets one run at a time.
"""

import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sqlalchemy import NullPool, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from db.catalog.grants import catalog_ddl, control_ddl
from db.catalog.keys import rewrap_keys, unknown_wrappings
from db.catalog.tables import SCHEMA, installation, schema_versions, template_versions
from db.encryption import MasterKey
from db.identifiers import quoted
from db.migrations.trees import Tree, catalog_tree, tenant_tree
from db.roles import ensure_roles
from db.session import async_url
from db.standing import Heads
from db.tenancy import POOL, TEMPLATE, schema_ddl

LOCK: Final = 7_160_255_018_301
# A table in use is waited for only so long: whoever comes after us waits behind us.
WAIT: Final = "set local lock_timeout = '10s'"


@dataclass(frozen=True, slots=True)
class Progress:
    """One schema that was just brought to the head, or could not be."""

    schema: str
    number: int
    of: int
    seconds: float
    error: str | None = None


@dataclass(frozen=True, slots=True)
class MigrationReport:
    """What a run did: the schemas that it migrated, how many were at the head already, and those that remain behind.

    `rewrapped` is how many keys of companies it wrapped under the master key, which were under one that this follows.
    """

    migrated: tuple[str, ...]
    untouched: int
    stragglers: Mapping[str, str]
    seconds: float
    rewrapped: int = 0

    @property
    def complete(self) -> bool:
        """Whether every schema is at the head."""
        return not self.stragglers


class MigrationRefused(Exception):
    """The database cannot be migrated with these settings; the text says what to do."""


def silent(_progress: Progress) -> None:
    """Report nothing."""


def untold() -> None:
    """Tell nobody that one waits."""


def owner_engine(owner_url: str) -> AsyncEngine:
    """Connect as the owner, anew each time: a backend keeps the memory for every table that it has touched."""
    return create_async_engine(
        async_url(owner_url),
        poolclass=NullPool,
        connect_args={"timeout": 5, "server_settings": {"application_name": "workgraph migrate"}},
    )


@asynccontextmanager
async def migration_lock(
    engine: AsyncEngine, *, shared: bool = False, waits: Callable[[], None] = untold
) -> AsyncGenerator[AsyncConnection]:
    """Keep migrations out while the block runs; what only reads the template shares the lock.

    `waits` is called when another holds it, and is waited for. A connection that is lost has let go of it already.
    """
    kind = "_shared" if shared else ""
    async with engine.connect() as plain:
        guard = await plain.execution_options(isolation_level="AUTOCOMMIT")
        if not await guard.scalar(text(f"select pg_try_advisory_lock{kind}({LOCK})")):
            waits()
            await guard.execute(text(f"select pg_advisory_lock{kind}({LOCK})"))
        try:
            yield guard
        finally:
            with suppress(SQLAlchemyError):
                await guard.execute(text(f"select pg_advisory_unlock{kind}({LOCK})"))


async def migrate(
    owner_url: str,
    *,
    prefix: str,
    master_key: MasterKey,
    report: Callable[[Progress], None] = silent,
    waits: Callable[[], None] = untold,
    more_versions: Sequence[Path] = (),
) -> MigrationReport:
    """Bring every schema to the head, and say what was done. `more_versions` adds revisions of the tenants' tree."""
    begin = time.monotonic()
    engine = owner_engine(owner_url)
    try:
        async with migration_lock(engine, waits=waits) as guard:
            async with engine.connect() as connection:
                async with connection.begin():
                    await check_installation(connection, prefix=prefix, master_key=master_key)
                await ensure_roles(connection, prefix, master_key)
            run = _Run(engine, guard, prefix, master_key, tenant_tree(*more_versions), report)
            done = await run.whole(begin)
            return replace(done, rewrapped=await _adopted(engine, master_key))
    finally:
        await engine.dispose()


async def _adopted(engine: AsyncEngine, master_key: MasterKey) -> int:
    """Wrap under the master key what is under one that it follows, tenant by tenant; return how many keys."""
    number = 0
    while True:
        async with engine.begin() as connection:
            some = await rewrap_keys(connection, master_key)
            if not some:
                await connection.execute(update(installation).values(master_key_id=master_key.key_id))
                return number
        number += some


async def expect_head(owner_url: str, *, prefix: str, master_key: MasterKey) -> None:
    """Refuse a database that is not at the newest revision, or was set up with other settings; change nothing."""
    engine = owner_engine(owner_url)
    try:
        async with engine.connect() as connection:
            await check_installation(connection, prefix=prefix, master_key=master_key)
            standing = await Heads().standing(connection)
    finally:
        await engine.dispose()
    if not standing.is_at_head:
        behind = ", ".join(f"{schema} {why}" for schema, why in standing.behind.items())
        raise MigrationRefused(f"The database is not ready ({behind}). Run `workgraph migrate` first.")


async def check_installation(connection: AsyncConnection, *, prefix: str, master_key: MasterKey) -> None:
    """Refuse other settings than those of the first migration, before a role is touched that others run with.

    Another master key would give the roles other passwords, and open nothing of what was sealed.
    """
    if not await connection.scalar(select(func.to_regclass(f"{SCHEMA}.installation").is_not(None))):
        return
    first = (await connection.execute(select(installation))).first()
    if first and first.role_prefix != prefix:
        raise MigrationRefused(
            f"This database was set up with another WORKGRAPH_ROLE_PREFIX than {prefix}. Set the former one."
        )
    if first and first.master_key_id not in {each.key_id for each in master_key.accepted}:
        raise MigrationRefused(
            "This database was set up with another WORKGRAPH_MASTER_KEY (or another master.key in "
            "WORKGRAPH_DATA_DIR). Set the former one; without it nothing that was encrypted can be read."
        )
    if first and (unknown := await unknown_wrappings(connection, master_key)):
        raise MigrationRefused(
            f"Keys of companies are wrapped under another WORKGRAPH_MASTER_KEY ({', '.join(sorted(unknown))}). Name it "
            "in WORKGRAPH_FURTHER_MASTER_KEYS until `workgraph migrate` has wrapped them anew."
        )


@dataclass(slots=True)
class _Run:
    """One run; the connection that holds the lock is asked before each schema whether it still does."""

    engine: AsyncEngine
    guard: AsyncConnection
    prefix: str
    master_key: MasterKey
    tree: Tree
    report: Callable[[Progress], None]

    async def whole(self, begin: float) -> MigrationReport:
        migrated = ["catalog"] if await self._catalog() else []
        behind, untouched = await self._schemas()
        stragglers: dict[str, str] = {}
        for number, schema in enumerate(behind, 1):
            error = await self._schema(schema, number, len(behind))
            if error is None:
                migrated.append(schema)
            else:
                stragglers[schema] = error
        return MigrationReport(tuple(migrated), untouched, stragglers, time.monotonic() - begin)

    async def _catalog(self) -> bool:
        tree, started = catalog_tree(), time.monotonic()
        async with self.engine.begin() as connection:
            if await revision_of(connection, SCHEMA) == tree.head:
                return False
            await _enter(connection, SCHEMA, catalog_ddl(SCHEMA, self.prefix))
            await connection.run_sync(tree.upgrade, schema=SCHEMA, prefix=self.prefix)
            await _execute(connection, control_ddl("alembic_version", self.prefix))
            mine = {"master_key_id": self.master_key.key_id, "role_prefix": self.prefix}
            await connection.execute(insert(installation).values(mine).on_conflict_do_nothing())
        self.report(Progress(SCHEMA, 1, 1, time.monotonic() - started))
        return True

    async def _schemas(self) -> tuple[Sequence[str], int]:
        """The schemas that are behind, the shared ones first, and how many are not."""
        versions = schema_versions.outerjoin(template_versions)
        statement = select(schema_versions.c.schema_name, template_versions.c.revision).select_from(versions)
        async with self.engine.connect() as connection:
            rows = await connection.execute(statement.order_by(schema_versions.c.schema_name))
            known = {TEMPLATE: None, POOL: None} | dict(iter(rows))
        behind = [schema for schema, revision in known.items() if revision != self.tree.head]
        return behind, len(known) - len(behind)

    async def _schema(self, schema: str, number: int, of: int) -> str | None:
        await self._still_alone()
        started, error = time.monotonic(), None
        try:
            await self._bring_to_head(schema)
        except SQLAlchemyError as failure:
            error = first_line(failure)
            await self._note_error(schema, error)
        self.report(Progress(schema, number, of, time.monotonic() - started, error))
        return error

    async def _still_alone(self) -> None:
        try:
            await self.guard.execute(text("select 1"))
        except DBAPIError as error:
            raise MigrationRefused(
                "The connection that keeps other migrations out was lost. Run `workgraph migrate` again; it goes on."
            ) from error

    async def _bring_to_head(self, schema: str) -> None:
        async with self.engine.begin() as connection:
            await _enter(connection, schema, schema_ddl(schema, self.prefix))
            await connection.run_sync(self.tree.upgrade, schema=schema, prefix=self.prefix)
            await note_version(connection, schema, self.tree.head)

    async def _note_error(self, schema: str, error: str) -> None:
        row = {"schema_name": schema, "error": error, "updated_at": func.now()}
        async with self.engine.begin() as connection:
            await _upsert(connection, row)


async def note_version(connection: AsyncConnection, schema: str, revision: str) -> None:
    """Note in the control plane that a schema is whole and at a revision; from then on migrations include it."""
    await connection.execute(insert(template_versions).values(revision=revision).on_conflict_do_nothing())
    version = select(template_versions.c.version).where(template_versions.c.revision == revision).scalar_subquery()
    await _upsert(connection, {"schema_name": schema, "version": version, "error": None, "updated_at": func.now()})


async def _upsert(connection: AsyncConnection, row: Mapping[str, object]) -> None:
    statement = insert(schema_versions).values(**row)
    changes = {name: statement.excluded[name] for name in row if name != "schema_name"}
    await connection.execute(statement.on_conflict_do_update(index_elements=["schema_name"], set_=changes))


async def _enter(connection: AsyncConnection, schema: str, statements: Sequence[str]) -> None:
    """Prepare a schema and put it first in the search path."""
    await _execute(connection, [WAIT, *statements, f"set local search_path = {quoted(schema)}"])


async def _execute(connection: AsyncConnection, statements: Sequence[str]) -> None:
    for statement in statements:
        await connection.exec_driver_sql(statement)


async def revision_of(connection: AsyncConnection, schema: str) -> str | None:
    """The revision that a schema is at, or none when it has not been migrated at all."""
    table = f"{quoted(schema)}.alembic_version"
    exists = await connection.scalar(select(func.to_regclass(table).is_not(None)))
    return str(await connection.scalar(text(f"select version_num from {table}"))) if exists else None


def first_line(failure: Exception) -> str:
    """What went wrong, without the statement and its values."""
    cause = getattr(failure, "orig", None) or failure
    return str(cause).strip().partition("\n")[0]
