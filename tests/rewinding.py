"""A company's rows put back as they were, in one round trip: cheaper than making another company for each test.

Beside the tables stands one more of each, in a schema of its own, which holds the rows that are to come back. Only what
differs is written. Triggers and foreign keys keep quiet meanwhile; the trigger that lets nothing be taken back from an
append-only table never does, so it is switched off where there is something to take back.
"""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from db.base import Base
from db.session import async_url
from db.tenancy import POOL
from subscriptions.bus import Bus
from tests.world import CompanyWorld

SCHEMA: Final = "rewinding"


class Rewinding:
    """The rows of some companies as they were when they were kept. The URL of the database is a superuser's.

    All is done on one connection, which is set up for it from the beginning: PostgreSQL plans every statement anew when
    the role of a session changes.
    """

    def __init__(self, database_url: str, bus: Callable[[], Bus], metadata: MetaData = Base.metadata) -> None:
        settings = {"connect_args": {"server_settings": SETTINGS}, "pool_size": 1, "max_overflow": 0}
        self._engine, self._tables = create_async_engine(async_url(database_url), **settings), list(metadata.tables)
        self._bus = bus
        self._kept = set[UUID]()

    async def close(self) -> None:
        """Close the connection."""
        await self._engine.dispose()

    async def prepare(self) -> None:
        """Make the tables beside the tables, and what puts the rows back."""
        async with self._engine.begin() as connection:
            columns, guarded = await _columns(connection), await _guarded(connection)
            await connection.exec_driver_sql(f"create schema {SCHEMA}")
            for name in self._tables:
                await connection.exec_driver_sql(f"create table {_kept(name)} (like {POOL}.{name})")
                await connection.exec_driver_sql(f"create index on {_kept(name)} (tenant_id, id)")
            steps = [_step(name, columns[name], guarded=name in guarded) for name in self._tables]
            await connection.exec_driver_sql(FUNCTION.format(schema=SCHEMA, steps="\n".join(steps)))

    async def keep(self, company: CompanyWorld) -> None:
        """Keep all rows of a company as they are now."""
        async with self._engine.begin() as connection:
            for name in self._tables:
                copied = f"insert into {_kept(name)} select * from {POOL}.{name} where tenant_id = :tenant"
                await connection.execute(text(copied), {"tenant": company.tenant.id})
        self._kept.add(company.tenant.id)

    async def rewind(self, company: CompanyWorld) -> None:
        """Put back all rows of a company, and let the application and the bus forget what they know of it."""
        if company.tenant.id not in self._kept:
            raise LookupError(company.tenant.slug)
        async with self._engine.begin() as connection:
            await connection.execute(text(f"select {SCHEMA}.rewind(:tenant)"), {"tenant": company.tenant.id})
        async with company.world.parts.database.transacting(company.tenant.placement):
            pass  # a commit of nothing, of which all are told who keep something
        bus = self._bus()  # with a connection of its own: some tests cut those that there are
        try:
            await bus.forget([company.tenant.id])
        finally:
            await bus.close()


SETTINGS: Final = {
    "session_replication_role": "replica",
    "synchronous_commit": "off",
    "plan_cache_mode": "force_generic_plan",
}
FUNCTION: Final = """
create function {schema}.rewind(tenant uuid) returns void language plpgsql
as $$
begin
{steps}
end $$
"""
STEP: Final = """
  {before}
  delete from {now} x where x.tenant_id = tenant
    and not exists (select from {kept} k where k.tenant_id = tenant and k.id = x.id and k *= x);
  {after}
  insert into {now} ({columns}) overriding system value
    select {columns} from {kept} k where k.tenant_id = tenant
    and not exists (select from {now} x where x.tenant_id = tenant and x.id = k.id);
"""
GUARDED: Final = """
  if exists (select from {now} x where x.tenant_id = tenant
    and not exists (select from {kept} k where k.tenant_id = tenant and k.id = x.id and k *= x)) then
  alter table {now} disable trigger append_only;
"""
GUARDED_AGAIN: Final = "alter table {now} enable always trigger append_only; end if;"


def _step(name: str, columns: str, *, guarded: bool) -> str:
    """Put one table right."""
    places = {"now": f"{POOL}.{name}", "kept": _kept(name)}
    before, after = (GUARDED.format(**places), GUARDED_AGAIN.format(**places)) if guarded else ("", "")
    return STEP.format(**places, columns=columns, before=before, after=after)


def _kept(name: str) -> str:
    """Where the rows of a table are kept; under another name, so that nobody takes it for that table of a company."""
    return f"{SCHEMA}.kept_{name}"


async def _columns(connection: AsyncConnection) -> dict[str, str]:
    """List the columns of each table that hold what was put in them."""
    found = await connection.execute(
        text(
            "select table_name, string_agg(column_name, ', ' order by ordinal_position) from information_schema.columns"
            " where table_schema = :schema and is_generated = 'NEVER' group by 1"
        ),
        {"schema": POOL},
    )
    return {row[0]: row[1] for row in found}


async def _guarded(connection: AsyncConnection) -> set[str]:
    """Name the tables that are append-only."""
    found = await connection.scalars(
        text(
            "select c.relname from pg_trigger t join pg_class c on c.oid = t.tgrelid"
            " where t.tgname = 'append_only' and c.relnamespace = cast(:schema as text)::regnamespace"
        ),
        {"schema": POOL},
    )
    return set(found)
