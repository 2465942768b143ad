"""The wall, tried with SQL as the application's role, on every table that there is."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import NullPool, TextClause, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from uuid_utils.compat import uuid7

from db.roles import DatabaseRole
from db.session import async_url
from db.tenancy import ORDINARY, POOL, REACHES, set_tenant
from tests.tenancy.conftest import PREFIX, Installation
from tests.tenancy.rows import ALONG, REFERENCES, TABLES, parent_of, store

REFUSED = "42501"  # insufficient_privilege, which a policy raises too
NO_SUCH_REFERENCE = "23503"
NO_SETTING = "42704"
NO_UUID = "22P02"

EVERY_TABLE = pytest.mark.parametrize("name", sorted(TABLES))
REACHED = {name: REACHES.get(name, ORDINARY).app for name in TABLES}
READABLE = pytest.mark.parametrize("name", sorted(name for name in TABLES if "select, insert" in REACHED[name]))
STORABLE = pytest.mark.parametrize("name", sorted(name for name in TABLES if "insert" in REACHED[name]))
CHANGEABLE = pytest.mark.parametrize("name", sorted(TABLES.keys() - REACHES.keys()))
EVERY_REFERENCE = pytest.mark.parametrize("name", sorted(REFERENCES))

As = Callable[[UUID], AbstractAsyncContextManager[AsyncConnection]]


@pytest.fixture
def as_tenant(installation: Installation) -> As:
    """Open a transaction of the application's role for a tenant; it is undone at the end, unless committed."""

    @asynccontextmanager
    async def open_transaction(tenant: UUID) -> AsyncGenerator[AsyncConnection]:
        async with app(installation) as connection, connection.begin():
            await connection.execute(set_tenant(tenant))
            yield connection

    return open_transaction


@pytest.fixture
def ada() -> UUID:
    return uuid7()


@pytest.fixture
def bob() -> UUID:
    return uuid7()


@asynccontextmanager
async def app(installation: Installation, role: DatabaseRole = DatabaseRole.APP) -> AsyncGenerator[AsyncConnection]:
    async with installation.engine(role).connect() as connection:
        yield await connection.execution_options(schema_translate_map={None: POOL})


@asynccontextmanager
async def fresh_app(installation: Installation) -> AsyncGenerator[AsyncConnection]:
    """A connection that nobody has used before, nor will after."""
    engine = create_async_engine(async_url(installation.url(DatabaseRole.APP)), poolclass=NullPool)
    async with engine.connect() as connection:
        yield await connection.execution_options(schema_translate_map={None: POOL})
    await engine.dispose()


async def refusal(connection: AsyncConnection, statement: Any, values: Any = None) -> str:
    """The SQL state with which a statement is refused."""
    with pytest.raises(DBAPIError) as refused:
        await connection.execute(text(statement) if isinstance(statement, str) else statement, values)
    return str(getattr(refused.value.orig, "sqlstate", None))


@READABLE
async def test_another_tenants_rows_are_not_seen(name: str, as_tenant: As, ada: UUID, bob: UUID) -> None:
    count = select(func.count()).select_from(TABLES[name])
    async with as_tenant(ada) as connection:
        await store(connection, TABLES[name], ada)
        assert await connection.scalar(count) == 1
        await connection.execute(set_tenant(bob))
        assert await connection.scalar(count) == 0


@STORABLE
async def test_a_row_cannot_be_stored_for_another_tenant(name: str, as_tenant: As, ada: UUID, bob: UUID) -> None:
    async with as_tenant(ada) as connection:
        row = await store(connection, TABLES[name], ada)
        await connection.execute(set_tenant(bob))
        assert await refusal(connection, TABLES[name].insert().values(row | {"id": uuid7()})) == REFUSED


@CHANGEABLE
async def test_another_tenants_rows_are_not_changed(name: str, as_tenant: As, ada: UUID, bob: UUID) -> None:
    table = TABLES[name]
    async with as_tenant(ada) as connection:
        row = await store(connection, table, ada)
        await connection.execute(set_tenant(bob))
        assert (await connection.execute(table.update().values(tenant_id=bob))).rowcount == 0
        assert (await connection.execute(table.delete())).rowcount == 0
        await connection.execute(set_tenant(ada))
        assert await connection.scalar(select(table.c.id)) == row["id"]


@CHANGEABLE
async def test_a_row_cannot_be_given_away(name: str, as_tenant: As, ada: UUID, bob: UUID) -> None:
    async with as_tenant(ada) as connection:
        await store(connection, TABLES[name], ada)
        assert await refusal(connection, TABLES[name].update().values(tenant_id=bob)) == REFUSED


@EVERY_REFERENCE
async def test_a_reference_to_another_tenants_row_cannot_be_stored(
    name: str, as_tenant: As, ada: UUID, bob: UUID
) -> None:
    rule = REFERENCES[name]
    column, parent = parent_of(rule)
    async with as_tenant(ada) as connection:
        theirs = await store(connection, parent, ada)
        await connection.execute(set_tenant(bob))
        with pytest.raises(DBAPIError) as refused:
            await store(connection, rule.table, bob, **{column.name: theirs["id"], **ALONG.get(name, {})})
        assert getattr(refused.value.orig, "sqlstate", None) == NO_SUCH_REFERENCE
        assert name in str(refused.value.orig)


@READABLE
async def test_without_a_tenant_there_is_an_error_and_not_an_empty_answer(
    name: str, installation: Installation, as_tenant: As, ada: UUID
) -> None:
    count = select(func.count()).select_from(TABLES[name])
    async with fresh_app(installation) as connection:
        async with connection.begin():
            assert await refusal(connection, count) == NO_SETTING
        async with connection.begin():
            await connection.execute(set_tenant(ada))
        async with connection.begin():
            assert await connection.scalar(text("select current_setting('app.tenant_id')")) == ""
            assert await refusal(connection, count) == NO_UUID


@READABLE
async def test_what_a_connection_was_left_with_does_no_harm(
    name: str, installation: Installation, ada: UUID, bob: UUID
) -> None:
    async with fresh_app(installation) as connection:
        async with connection.begin():
            await connection.execute(set_tenant(ada))
            await store(connection, TABLES[name], ada)
        await poison(connection, ada)
        async with connection.begin():
            await connection.execute(set_tenant(bob))
            assert await connection.scalar(select(func.count()).select_from(TABLES[name])) == 0


async def poison(connection: AsyncConnection, tenant: UUID) -> None:
    """Leave a tenant set on the connection, beyond the transaction."""
    async with connection.begin():
        await connection.execute(text("select set_config('app.tenant_id', :tenant, false)"), {"tenant": str(tenant)})


@EVERY_TABLE
async def test_no_table_can_be_emptied(name: str, as_tenant: As, ada: UUID) -> None:
    async with as_tenant(ada) as connection:
        assert await refusal(connection, f"truncate {POOL}.{name} cascade") == REFUSED


@EVERY_TABLE
async def test_the_wall_cannot_be_taken_down(name: str, as_tenant: As, ada: UUID) -> None:
    table = f"{POOL}.{name}"
    for statement in (
        f"alter table {table} disable row level security",
        f"alter table {table} no force row level security",
        f"drop policy tenant on {table}",
        f"alter policy tenant on {table} using (true)",
        f"create policy mine on {table} using (true)",
        f"create index on {table} (tenant_id)",
        f"create trigger mine before insert on {table} execute function {POOL}.refuse_change()",
    ):
        async with as_tenant(ada) as connection:
            assert await refusal(connection, statement) == REFUSED


@pytest.mark.parametrize(
    "statement",
    [
        f"set role {PREFIX}_owner",
        f"set role {PREFIX}_control",
        f"set role {PREFIX}_relay",
        f"set role {PREFIX}_sequencer",
        f"set role {PREFIX}_worker",
        f"set session authorization {PREFIX}_owner",
        "select * from catalog.tenants",
        "select * from catalog.tenant_keys",
        "select * from pg_authid",
        f"select * from {POOL}.alembic_version",
        f"insert into {POOL}.alembic_version values ('x')",
        f"create table {POOL}.mine (id int)",
        "create table public.mine (id int)",
        "create temporary table mine (id int)",
        "create schema mine",
        f"create extension pg_trgm schema {POOL}",
        f"copy {POOL}.companies to program 'true'",
    ],
)
async def test_the_application_reaches_nothing_else(statement: str, as_tenant: As, ada: UUID) -> None:
    async with as_tenant(ada) as connection:
        assert await refusal(connection, statement) == REFUSED


async def test_switching_row_security_off_gives_an_error(as_tenant: As, ada: UUID) -> None:
    async with as_tenant(ada) as connection:
        await connection.exec_driver_sql("set local row_security = off")
        assert await refusal(connection, f"select * from {POOL}.stages") == REFUSED


@pytest.mark.parametrize("change", ["update {} set operation = ''", "delete from {}", "truncate {}"])
async def test_the_audit_trail_is_never_changed(
    change: str, installation: Installation, as_tenant: As, ada: UUID
) -> None:
    statement = change.format(f"{POOL}.audit_logs")
    async with as_tenant(ada) as connection:
        assert await refusal(connection, statement) == REFUSED
    async with installation.engine().connect() as owner:
        await owner.execute(set_tenant(ada))
        with pytest.raises(DBAPIError, match="audit_logs is append-only"):
            await owner.exec_driver_sql(statement)


async def test_events_are_written_and_not_changed(as_tenant: As, ada: UUID) -> None:
    async with as_tenant(ada) as connection:
        await store(connection, TABLES["event_outbox"], ada)
        assert await refusal(connection, f"update {POOL}.event_outbox set position = 1") == REFUSED


@pytest.mark.parametrize(
    ("role", "sees", "sees_not"),
    [
        (DatabaseRole.RELAY, "event_outbox", ["audit_logs", "companies", "users"]),
        (DatabaseRole.SEQUENCER, "audit_logs", ["event_outbox", "companies", "users"]),
    ],
)
async def test_those_who_serve_every_tenant_see_one_table(
    role: DatabaseRole, sees: str, sees_not: list[str], installation: Installation
) -> None:
    tenants = [uuid7(), uuid7()]
    async with app(installation) as connection:
        for tenant in tenants:
            async with connection.begin():
                await connection.execute(set_tenant(tenant))
                await store(connection, TABLES[sees], tenant)
    async with app(installation, role) as connection:
        seen = await connection.scalars(select(TABLES[sees].c.tenant_id))
        assert set(tenants) <= set(seen)
    for name in [*sees_not, "alembic_version"]:
        async with app(installation, role) as connection:
            assert await refusal(connection, f"select * from {POOL}.{name}") == REFUSED


async def test_the_relay_numbers_events_and_clears_them_away_and_changes_nothing_else(
    installation: Installation, ada: UUID
) -> None:
    table = TABLES["event_outbox"]
    async with app(installation) as connection, connection.begin():
        await connection.execute(set_tenant(ada))
        await store(connection, table, ada)
    async with app(installation, DatabaseRole.RELAY) as connection:
        async with connection.begin():
            mine = table.update().where(table.c.tenant_id == ada)
            assert (await connection.execute(mine.values(position=1))).rowcount == 1
        for statement in (mine.values(data={}), mine.values(tenant_id=uuid7())):
            async with connection.begin():
                assert await refusal(connection, statement) == REFUSED
        async with connection.begin():
            assert (await connection.execute(table.delete().where(table.c.tenant_id == ada))).rowcount == 1


@pytest.mark.parametrize("role", [DatabaseRole.CONTROL, DatabaseRole.WORKER])
@EVERY_TABLE
async def test_other_roles_see_no_tenants_table(name: str, role: DatabaseRole, installation: Installation) -> None:
    async with app(installation, role) as connection:
        assert await refusal(connection, f"select * from {POOL}.{name}") == REFUSED


@pytest.mark.parametrize("role", sorted(set(DatabaseRole) - {DatabaseRole.CONTROL}))
async def test_only_control_sees_the_catalog(role: DatabaseRole, installation: Installation) -> None:
    for statement in ("select * from catalog.tenants", "select * from catalog.plans"):
        async with app(installation, role) as connection:
            assert await refusal(connection, statement) == REFUSED


def test_the_tenant_is_a_parameter(ada: UUID) -> None:
    statement: TextClause = set_tenant(ada)
    assert statement.compile().params == {"tenant": str(ada)}
