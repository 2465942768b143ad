"""Every schema is brought to the head, whatever interrupts the run, and whichever of them cannot be."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, Table, select, text, update
from uuid_utils.compat import uuid7

from db.catalog import Isolation, TenantSpec
from db.drift import drift
from db.encryption import MasterKey
from db.migrate import LOCK, MigrationRefused, Progress, expect_head, migrate
from db.migrations.trees import tenant_tree
from db.models import ContentBlock, RefreshToken
from db.provisioning import ProvisioningRefused
from db.revisions import NothingToWrite, new_revision
from db.roles import DatabaseRole
from db.standing import NEVER, Heads
from db.structure import diff_schemas
from db.tenancy import POOL, TEMPLATE, set_tenant
from tests.proofs.migrate import killed_after, write_revision
from tests.tenancy.conftest import MASTER_KEY, PREFIX, Installation, NewInstallation
from tests.tenancy.rows import store

OWN = ("t_ada", "t_bob", "t_cai")
CUT = """
import asyncio, sys, asyncpg
async def cut():
    connection = await asyncpg.connect(sys.argv[1])
    await connection.execute(sys.argv[2])
asyncio.run(cut())
"""


@pytest.fixture(scope="module")
async def original(new_installation: NewInstallation) -> Installation:
    """A migrated database with three tenants in schemas of their own, to be copied."""
    made = await new_installation()
    await made.migrate()
    for schema in OWN:
        await made.provisioning.provision(TenantSpec(schema.removeprefix("t_"), schema, isolation=Isolation.SCHEMA))
    await made.close()
    return made


@pytest.fixture
async def populated(original: Installation, new_installation: NewInstallation) -> Installation:
    """A copy of it, for one test."""
    return await new_installation(original.name)


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    """A folder with one more revision."""
    write_revision(tmp_path)
    return tmp_path


async def run(installation: Installation, script: str) -> None:
    async with installation.engine().begin() as owner:
        for statement in script.split(";"):
            await owner.exec_driver_sql(statement)


async def differing(installation: Installation) -> list[str]:
    async with installation.engine().connect() as owner:
        return [schema for schema in (POOL, *OWN) if await diff_schemas(owner, TEMPLATE, schema)]


async def test_an_empty_database_is_brought_to_the_head(empty: Installation) -> None:
    told: list[Progress] = []
    report = await migrate(empty.owner_url, prefix=PREFIX, master_key=MASTER_KEY, report=told.append)
    assert (report.migrated, report.untouched, report.stragglers) == (("catalog", TEMPLATE, POOL), 0, {})
    assert [(each.schema, each.number, each.of, each.error) for each in told] == [
        ("catalog", 1, 1, None),
        (TEMPLATE, 1, 2, None),
        (POOL, 2, 2, None),
    ]
    again = await empty.migrate()
    assert (again.migrated, again.untouched) == ((), 2)


async def test_every_schema_is_migrated_once(populated: Installation, versions: Path) -> None:
    report = await populated.migrate(versions)
    assert (report.migrated, report.untouched, report.stragglers) == ((TEMPLATE, POOL, *OWN), 0, {})
    assert await differing(populated) == []
    assert (await populated.migrate(versions)).migrated == ()


async def test_a_schema_that_cannot_be_migrated_does_not_hold_up_the_others(
    populated: Installation, versions: Path
) -> None:
    await run(populated, "create table t_bob.mottoes (id int)")
    report = await populated.migrate(versions)
    assert report.migrated == (TEMPLATE, POOL, "t_ada", "t_cai")
    assert report.stragglers == {"t_bob": 'relation "mottoes" already exists'}
    assert not report.complete
    async with populated.engine(DatabaseRole.CONTROL).connect() as control:
        standing = await Heads(versions).standing(control)
    assert standing.is_at_head
    assert standing.stragglers == report.stragglers
    await run(populated, "drop table t_bob.mottoes")
    report = await populated.migrate(versions)
    assert (report.migrated, report.untouched, report.complete) == (("t_bob",), 4, True)
    assert await differing(populated) == []


async def test_what_fails_leaves_nothing_behind(populated: Installation, versions: Path) -> None:
    await run(populated, "alter table t_bob.companies add column motto text")
    report = await populated.migrate(versions)
    assert list(report.stragglers) == ["t_bob"]
    async with populated.engine().connect() as owner:
        assert await owner.scalar(text("select to_regclass('t_bob.mottoes')")) is None
        assert await owner.scalar(text("select version_num from t_bob.alembic_version")) == Heads().tenant


@pytest.mark.parametrize("schemas", [1, 3])
async def test_a_killed_run_is_continued(schemas: int, populated: Installation, versions: Path) -> None:
    done = await killed_after(populated.owner_url, versions, schemas)
    assert len(done) == schemas
    report = await populated.migrate(versions)
    assert report.complete
    assert set(done).isdisjoint(report.migrated)
    assert len(report.migrated) + report.untouched == 2 + len(OWN)
    assert await differing(populated) == []


async def test_one_run_at_a_time(populated: Installation, versions: Path) -> None:
    reports = await asyncio.gather(*(populated.migrate(versions) for _ in range(3)))
    assert sorted(len(report.migrated) for report in reports) == [0, 0, 2 + len(OWN)]


async def test_a_schema_is_not_copied_while_the_template_is_migrated(populated: Installation) -> None:
    async with populated.engine().connect() as holder:
        await holder.execute(text(f"select pg_advisory_lock({LOCK})"))
        spec = TenantSpec("late", "Late", isolation=Isolation.SCHEMA)
        waiting = asyncio.create_task(populated.provisioning.provision(spec))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        with pytest.raises(ProvisioningRefused):
            await populated.provisioning.resume(spec.id)
        await holder.execute(text(f"select pg_advisory_unlock({LOCK})"))
        await waiting
    assert await differing(populated) == []


async def test_the_standing_names_what_is_behind(empty: Installation, versions: Path) -> None:
    async with empty.engine().connect() as owner:
        assert (await Heads().standing(owner)).behind == {"catalog": NEVER, TEMPLATE: NEVER, POOL: NEVER}
    await empty.migrate()
    async with empty.engine(DatabaseRole.CONTROL).connect() as control:
        assert (await Heads().standing(control)).is_at_head
        behind = await Heads(versions).standing(control)
    assert set(behind.behind) == {TEMPLATE, POOL}
    assert not behind.is_at_head


async def test_another_role_prefix_is_refused_where_roles_have_no_grants(populated: Installation) -> None:
    with pytest.raises(Exception, match="WORKGRAPH_ROLE_PREFIX"):
        await migrate(populated.owner_url, prefix="renamed", master_key=MASTER_KEY)


async def test_another_master_key_is_refused_and_the_roles_keep_their_passwords(populated: Installation) -> None:
    other = MasterKey(b"another master key of 32 bytes!!")
    with pytest.raises(MigrationRefused, match="WORKGRAPH_MASTER_KEY"):
        await migrate(populated.owner_url, prefix=PREFIX, master_key=other)
    with pytest.raises(MigrationRefused, match="WORKGRAPH_MASTER_KEY"):
        await expect_head(populated.owner_url, prefix=PREFIX, master_key=other)
    async with populated.engine(DatabaseRole.CONTROL).connect() as control:
        assert await control.scalar(text("select 1")) == 1


async def test_another_role_prefix_makes_no_roles(populated: Installation) -> None:
    with pytest.raises(MigrationRefused):
        await migrate(populated.owner_url, prefix="renamed", master_key=MASTER_KEY)
    async with populated.engine().connect() as owner:
        assert await owner.scalar(text("select count(*) from pg_roles where rolname like 'renamed%'")) == 0


async def test_what_is_not_migrated_is_refused_and_left_as_it_is(empty: Installation) -> None:
    with pytest.raises(MigrationRefused, match="Run `workgraph migrate` first"):
        await expect_head(empty.owner_url, prefix=PREFIX, master_key=MASTER_KEY)
    async with empty.engine().connect() as owner:
        assert await owner.scalar(text("select to_regnamespace('catalog')")) is None
    await empty.migrate()
    await expect_head(empty.owner_url, prefix=PREFIX, master_key=MASTER_KEY)


async def test_who_waits_for_another_migration_says_so(populated: Installation) -> None:
    told = asyncio.Event()
    async with populated.engine().connect() as holder:
        await holder.execute(text(f"select pg_advisory_lock({LOCK})"))
        running = asyncio.create_task(
            migrate(populated.owner_url, prefix=PREFIX, master_key=MASTER_KEY, waits=told.set)
        )
        async with asyncio.timeout(5):
            await told.wait()
        assert not running.done()
        await holder.execute(text(f"select pg_advisory_unlock({LOCK})"))
        assert (await running).complete
    await migrate(populated.owner_url, prefix=PREFIX, master_key=MASTER_KEY, waits=pytest.fail)


async def test_a_lost_lock_ends_the_run_in_one_line(populated: Installation, versions: Path) -> None:
    holders = f"select pid from pg_locks where locktype = 'advisory' and objid = {LOCK % 2**32}"
    mine = "and database = (select oid from pg_database where datname = current_database())"

    def cut(progress: Progress) -> None:
        if progress.schema == TEMPLATE:
            subprocess.run(
                [
                    sys.executable,
                    "-c",
                    CUT,
                    populated.owner_url,
                    f"select pg_terminate_backend(pid) from ({holders} {mine})",
                ],
                check=True,
            )

    with pytest.raises(MigrationRefused, match="Run `workgraph migrate` again"):
        await migrate(populated.owner_url, prefix=PREFIX, master_key=MASTER_KEY, report=cut, more_versions=(versions,))
    assert (await populated.migrate(versions)).complete


async def test_a_new_revision_is_written_with_its_wall(populated: Installation, tmp_path: Path) -> None:
    for schema in (TEMPLATE, POOL, *OWN):
        await run(populated, f"drop table {schema}.content_blocks; alter table {schema}.stages drop column type")
    await run(populated, f"alter table {TEMPLATE}.user_roles drop constraint fk_user_roles_role_id")
    for schema in (POOL, *OWN):
        await run(populated, f"alter table {schema}.user_roles drop constraint fk_user_roles_role_id")
    written = await new_revision(
        populated.owner_url, "Content again", tree=tenant_tree(tmp_path), prefix=PREFIX, into=tmp_path
    )
    source = written.read_text("utf-8")
    assert written.name.endswith("_content_again.py")
    assert 'raise_wall("content_blocks")' in source
    assert 'lift_wall("roles", "user_roles")' in source
    assert "import sqlalchemy" not in source
    assert (await populated.migrate(tmp_path)).complete
    assert await differing(populated) == []
    assert await drift(populated.owner_url, prefix=PREFIX) == []


async def test_without_a_difference_there_is_nothing_to_write(populated: Installation, tmp_path: Path) -> None:
    for tree in (tenant_tree(tmp_path),):
        with pytest.raises(NothingToWrite):
            await new_revision(populated.owner_url, "Nothing", tree=tree, prefix=PREFIX, into=tmp_path)
    assert list(tmp_path.iterdir()) == []


def revised_again(connection: Connection, revision: str) -> None:
    """Run one revision by itself, whatever came after it."""
    with Operations.context(MigrationContext.configure(connection, opts={"role_prefix": PREFIX})):
        import_module(f"db.migrations.tenant.versions.{revision}").upgrade()


async def test_no_json_becomes_the_null_that_a_filter_finds(populated: Installation) -> None:
    """What is there stays; a null of JSON, as it was stored before, is none of SQL's."""
    condition, json_null = ContentBlock.__table__.c.condition, text("'null'::jsonb")
    assert isinstance(condition.table, Table)
    given = {"id": uuid7(), "condition": {"answered": True}}, {"id": uuid7()}
    async with populated.engine().begin() as owner:
        await owner.execute(set_tenant(tenant := uuid7()))
        pool = await owner.execution_options(schema_translate_map={None: POOL})
        for values in given:
            await store(pool, condition.table, tenant, **values)
        await pool.execute(update(ContentBlock).where(ContentBlock.id == given[1]["id"]).values(condition=json_null))
        await owner.exec_driver_sql(f"set local search_path = {POOL}")
        await owner.run_sync(revised_again, "t0009_no_json_is_null")
    async with populated.engine().connect() as owner:
        await owner.execute(set_tenant(tenant))
        pool = await owner.execution_options(schema_translate_map={None: POOL})
        found = (await pool.execute(select(ContentBlock.id, condition, condition.is_(None)))).all()
        walled = await owner.scalar(
            text(f"select relforcerowsecurity from pg_class where oid = '{POOL}.stages'::regclass")
        )
    assert {(row, str(value), is_none) for row, value, is_none in found} == {
        (given[0]["id"], "{'answered': True}", False),
        (given[1]["id"], "None", True),
    }
    assert walled


BEFORE_SESSIONS = (
    f"drop table {POOL}.user_sessions, {POOL}.second_factors, {POOL}.recovery_codes",
    f"alter table {POOL}.users drop column mfa_enabled",
    f"set local search_path = {POOL}",
)


async def test_the_sessions_that_are_there_become_rows(populated: Installation) -> None:
    """Each family of refresh tokens is one, from its first token to its last; one that was revoked has ended."""
    goes_on, ended, tokens = uuid7(), uuid7(), RefreshToken.__table__
    assert isinstance(tokens, Table)
    moments = [datetime(2026, 6, day, tzinfo=UTC) for day in range(1, 4)]
    async with populated.engine().begin() as owner:
        await owner.execute(set_tenant(tenant := uuid7()))
        pool = await owner.execution_options(schema_translate_map={None: POOL})
        first = await store(pool, tokens, tenant, family=goes_on, created_at=moments[0], expires_at=moments[1])
        again = {"user_id": first["user_id"], "created_at": moments[1], "expires_at": moments[2]}
        await store(pool, tokens, tenant, family=goes_on, **again)
        await store(pool, tokens, tenant, family=ended, revoked_at=moments[2], **again)
        for statement in BEFORE_SESSIONS:
            await owner.exec_driver_sql(statement)
        await owner.run_sync(revised_again, "t0015_second_factors_and_sessions_as_rows")
    async with populated.engine().connect() as owner:
        await owner.execute(set_tenant(tenant))
        columns = "id, user_id, created_at, last_used_at, expires_at, ended_at"
        found = (await owner.execute(text(f"select {columns} from {POOL}.user_sessions order by created_at"))).all()
        assert await owner.scalar(text(f"select mfa_enabled from {POOL}.users")) is False
    assert [tuple(row) for row in found] == [
        (goes_on, first["user_id"], moments[0], moments[1], moments[2], None),
        (ended, first["user_id"], moments[1], moments[1], moments[2], moments[2]),
    ]
