import asyncpg
import pytest
from sqlalchemy import text

from db.queue import defer, install_queue
from db.roles import DatabaseRole
from tests.jobs.station import PREFIX, Station

TABLES = (
    "procrastinate_jobs",
    "procrastinate_events",
    "procrastinate_periodic_defers",
    "procrastinate_workers",
    "installed_migrations",
)
OTHERS = [role for role in DatabaseRole if role is not DatabaseRole.WORKER]


async def test_these_are_all_the_tables(station: Station) -> None:
    found = await station.rows(
        "select relname from pg_class where relnamespace = 'queue'::regnamespace and relkind = 'r'"
    )
    assert {name for (name,) in found} == set(TABLES)


@pytest.mark.parametrize("role", OTHERS)
async def test_only_the_worker_reads_or_writes_the_queue(station: Station, role: DatabaseRole) -> None:
    connection = await station.connect(role)
    ways = ("select count(*) from queue.{}", "insert into queue.{} default values", "delete from queue.{}")
    for statement in (way.format(table) for way in (*ways, "truncate queue.{}") for table in TABLES):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    await connection.close()


async def test_the_application_calls_one_function_and_the_worker_every_other(station: Station) -> None:
    statement = """
    select proname from pg_proc where pronamespace = 'queue'::regnamespace
    and has_function_privilege('workgraph_{role}', oid, 'execute')"""
    every = {
        name for (name,) in await station.rows("select proname from pg_proc where pronamespace = 'queue'::regnamespace")
    }
    may = {role: {name for (name,) in await station.rows(statement.format(role=role))} for role in DatabaseRole}
    assert may.pop(DatabaseRole.APP) == {"defer"}
    assert may.pop(DatabaseRole.WORKER) == every - {"defer"}
    assert set().union(*may.values()) == set()
    assert len(every) > 15


async def test_the_one_function_cannot_be_led_astray_by_a_search_path(station: Station) -> None:
    [(definer, settings)] = await station.rows("select prosecdef, proconfig from pg_proc where proname = 'defer'")
    assert (definer, settings) == (True, ["search_path=pg_catalog, queue, pg_temp"])


async def test_the_worker_sees_nothing_of_tenants_or_the_catalog(station: Station) -> None:
    worker = await station.connect(DatabaseRole.WORKER)
    for table in ("pool.companies", "pool.idempotency_keys", "catalog.tenants", "template_tenant.users"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await worker.fetch(f"select from {table}")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await worker.execute("create table queue.mine ()")
    await worker.close()


async def test_the_tenant_of_a_job_is_that_of_the_transaction(station: Station) -> None:
    one, other = await station.tenant(), await station.tenant()
    for tenant in (one, other):
        async with station.database.transacting(tenant.placement) as session:
            await defer(session, "mail")
    found = await station.rows("select args ->> 'tenant_id' from queue.procrastinate_jobs order by id")
    assert found == [(str(one.id),), (str(other.id),)]


async def test_installing_again_changes_nothing(station: Station) -> None:
    shape = """
    select 'table', relname, relacl::text from pg_class where relnamespace = 'queue'::regnamespace
    union all select 'function', oid::regprocedure::text, proacl::text || prosrc from pg_proc
    where pronamespace = 'queue'::regnamespace union all select 'migration', name, '' from queue.installed_migrations
    order by 1, 2"""
    tenant = await station.tenant()
    async with station.database.transacting(tenant.placement) as session:
        await defer(session, "mail")
    before = await station.rows(shape)
    async with station.owner.begin() as connection:
        await connection.exec_driver_sql("set local search_path = pool")
        await install_queue(connection, PREFIX)
        assert await connection.scalar(text("show search_path")) == "pool"
    assert await station.rows(shape) == before
    assert await station.jobs() == [("tenant.mail", "todo")]


async def test_a_queue_of_an_older_version_gets_what_is_missing(station: Station) -> None:
    newest = "03.04.00_01_pre_add_retry_failed_job_procedure.sql"
    function = "procrastinate_retry_job_v2(bigint, timestamptz, integer, varchar, varchar)"
    for statement in (
        f"delete from queue.installed_migrations where name = '{newest}'",
        f"drop function queue.{function}",
        "alter type queue.procrastinate_job_event_type rename value 'retried' to 'unknown then'",
    ):
        await station.rows(statement)
    async with station.owner.begin() as connection:
        await install_queue(connection, PREFIX)
    may = "has_function_privilege('workgraph_{0}', 'queue." + function + "', 'execute')"
    granted = f"select {may.format('worker')}, {may.format('app')}"
    assert await station.rows(granted) == [(True, False)]
    assert await station.rows(f"select count(*) from queue.installed_migrations where name = '{newest}'") == [(1,)]
