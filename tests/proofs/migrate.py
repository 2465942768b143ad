"""Migrates fifty schemas and five hundred tenants of the pool, killed half-way and started again.

Each tenant has a row before. A revision is added that makes a table, adds a column and fills it from what is there. The
migration runs as a process of its own and is killed by SIGKILL; each schema must then be wholly at the old revision or
wholly at the new one. The next run must bring the rest to the head, touch nothing twice, lose no row, and leave every
schema equal to the template.

    ./workgraph prove migrate
    python -m tests.proofs.migrate --schemas 5 --logical 20
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.catalog import Isolation, TenantSpec
from db.embedded import EmbeddedServers, embedded_servers
from db.encryption import MasterKey
from db.migrate import MigrationReport, Progress, migrate, owner_engine
from db.provisioning import Provisioning
from db.roles import DatabaseRole, url_as
from db.session import make_engine
from db.standing import Heads
from db.structure import diff_schemas
from db.tenancy import POOL, TEMPLATE
from tests.proofs.concluding import conclude

ROOT: Final = Path(__file__).parents[2]
PREFIX: Final = "workgraph"
MASTER_KEY: Final = MasterKey(b"k" * 32)
REVISION: Final = '''"""Mottoes."""

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, Text, Uuid

from db.migrations.operations import lift_wall, raise_wall, restore_wall

revision = "t9999"
down_revision = {head!r}
branch_labels = depends_on = None


def upgrade() -> None:
    op.create_table("mottoes", Column("tenant_id", Uuid), Column("id", Uuid), PrimaryKeyConstraint("tenant_id", "id"))
    raise_wall("mottoes")
    op.add_column("companies", Column("motto", Text))
    lift_wall("companies")
    op.execute("update companies set motto = 'We are ' || name")
    restore_wall("companies")
'''
COMPANY: Final = """
insert into {schema}.companies
  (tenant_id, name, base_currency, timezone, fiscal_year_start_month, week_start, created_at, updated_at)
select id, name, 'EUR', 'UTC', 1, 'monday', now(), now() from catalog.tenants where schema_name = '{schema}'
"""
SIZE: Final = """
select n.nspname, sum(pg_relation_size(f.oid, fork)) as bytes,
  count(*) filter (where (pg_stat_file(pg_relation_filepath(f.oid) || suffix, true)).size is not null) as files
from pg_namespace n join pg_class c on c.relnamespace = n.oid
join pg_class f on f.oid = c.oid or f.oid = c.reltoastrelid
  or f.oid in (select indexrelid from pg_index where indrelid = c.reltoastrelid and indrelid <> 0)
cross join (values ('main', ''), ('fsm', '_fsm'), ('vm', '_vm')) forks(fork, suffix)
where n.nspname = any(:schemas) and f.relkind in ('r', 'i', 't', 'S') group by 1 order by 1
"""


@dataclass
class Trial:
    """One trial: the servers, what was set up, and what was seen to be wrong."""

    servers: EmbeddedServers
    versions: Path
    schemas: list[str] = field(default_factory=list[str])
    wrong: list[str] = field(default_factory=list[str])
    figures: dict[str, str] = field(default_factory=dict[str, str])

    def expect(self, holds: object, otherwise: str) -> None:
        if not holds:
            self.wrong.append(otherwise)

    @property
    def all_schemas(self) -> list[str]:
        return [TEMPLATE, POOL, *self.schemas]


@asynccontextmanager
async def opened(engine: AsyncEngine) -> AsyncGenerator[AsyncEngine]:
    try:
        yield engine
    finally:
        await engine.dispose()


def administrator(trial: Trial) -> AsyncEngine:
    """The superuser in our database, who sees the rows of every tenant and the files."""
    url = trial.servers.superuser_url.rpartition("/")[0] + "/" + trial.servers.database_url.rpartition("/")[2]
    return owner_engine(url)


async def prove(schemas: int, logical: int) -> Trial:
    with tempfile.TemporaryDirectory(prefix="workgraph-proof-") as parent:
        Path(parent).chmod(0o755)
        async with embedded_servers(Path(parent) / "data", role_prefix=PREFIX, valkey=False) as servers:
            trial = Trial(servers, Path(parent))
            await set_up(trial, schemas, logical)
            write_revision(trial.versions)
            await kill_half_way(trial)
            await run_again(trial)
            await verify(trial, schemas + logical)
            await measure(trial)
            return trial


async def set_up(trial: Trial, schemas: int, logical: int) -> None:
    """Migrate an empty database, and set up every tenant."""
    await migrated(trial.servers.database_url)
    control = url_as(trial.servers.database_url, DatabaseRole.CONTROL, prefix=PREFIX, master_key=MASTER_KEY)
    async with opened(make_engine(control, pool_size=2)) as engine:
        provisioning = Provisioning(engine, MASTER_KEY, trial.servers.database_url)
        for isolation, count in ((Isolation.SCHEMA, schemas), (Isolation.LOGICAL, logical)):
            await set_up_tenants(trial, provisioning, isolation, count)
    async with opened(administrator(trial)) as engine, engine.begin() as connection:
        for schema in (POOL, *trial.schemas):
            await connection.exec_driver_sql(COMPANY.format(schema=schema))


async def set_up_tenants(trial: Trial, provisioning: Provisioning, isolation: Isolation, count: int) -> None:
    seconds: list[float] = []
    for number in range(count):
        spec = TenantSpec(f"{isolation}-{number}", f"{isolation} {number}", isolation=isolation)
        started = time.monotonic()
        tenant = await provisioning.provision(spec)
        seconds.append(time.monotonic() - started)
        if isolation is Isolation.SCHEMA:
            trial.schemas.append(tenant.placement.schema)
    say(f"set up {count} tenants, isolation {isolation}")
    trial.figures[f"setting up a tenant, isolation {isolation}"] = spread(seconds)


def write_revision(folder: Path) -> None:
    """Add a revision after the newest one."""
    (folder / "t9999_mottoes.py").write_text(REVISION.format(head=Heads().tenant), "utf-8")


async def migrated(owner_url: str, *versions: Path, told: list[Progress] | None = None) -> MigrationReport:
    report = (told if told is not None else []).append
    return await migrate(owner_url, prefix=PREFIX, master_key=MASTER_KEY, more_versions=versions, report=report)


async def kill_half_way(trial: Trial) -> None:
    """Kill the process while it is at work, after half of the schemas."""
    done = await killed_after(trial.servers.database_url, trial.versions, (len(trial.schemas) + 2) // 2)
    async with opened(administrator(trial)) as engine:
        standing = {schema: await revision_and_column(engine, schema) for schema in trial.all_schemas}
    finished = [schema for schema, found in standing.items() if found == ("t9999", True)]
    begun = [schema for schema, found in standing.items() if found not in {("t9999", True), (Heads().tenant, False)}]
    trial.expect(begun == [], f"half migrated: {begun}")
    trial.expect(set(done) <= set(finished), f"told, but not migrated: {set(done) - set(finished)}")
    trial.expect(len(finished) < len(standing), "the process was killed too late to prove anything")
    trial.figures["schemas at the head when the process was killed"] = f"{len(finished)} of {len(standing)}"


async def killed_after(owner_url: str, versions: Path, schemas: int) -> list[str]:
    """Migrate in a process of its own, kill that when it has told of so many schemas, and return those."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.proofs.migrate", "--only-migrate", owner_url, str(versions)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    told = [(await process.stdout.readline()).decode().strip() for _ in range(schemas)]
    assert all(told), "the process ended before it had told of so many"
    process.kill()
    await process.wait()
    return told


async def revision_and_column(engine: AsyncEngine, schema: str) -> tuple[str, bool]:
    """The revision that a schema says it is at, and whether the table and the filled column are there."""
    column = "select count(*) from information_schema.columns where table_schema = :schema and column_name = 'motto'"
    async with engine.connect() as connection:
        revision = await connection.scalar(text(f"select version_num from {schema}.alembic_version"))
        table = await connection.scalar(text("select to_regclass(:name) is not null"), {"name": f"{schema}.mottoes"})
        columns = await connection.scalar(text(column), {"schema": schema})
    return str(revision), bool(table) and columns == 1


async def run_again(trial: Trial) -> None:
    told: list[Progress] = []
    report = await migrated(trial.servers.database_url, trial.versions, told=told)
    trial.expect(report.complete, f"stragglers: {dict(report.stragglers)}")
    trial.expect(report.untouched + len(report.migrated) == len(trial.all_schemas), "a schema was left out")
    trial.figures["the second run"] = (
        f"{report.seconds:.2f} s: {len(report.migrated)} migrated, {report.untouched} not touched"
    )
    trial.figures["migrating a schema"] = spread([progress.seconds for progress in told])
    trial.figures["stragglers"] = str(len(report.stragglers))
    third = await migrated(trial.servers.database_url, trial.versions)
    trial.expect(third.migrated == (), f"migrated twice: {third.migrated}")
    trial.figures["a run with nothing to do"] = f"{third.seconds:.2f} s"


async def verify(trial: Trial, tenants: int) -> None:
    """Every schema equals the template, every row is there and filled, and the program says that all is at the head."""
    async with opened(administrator(trial)) as engine, engine.connect() as connection:
        filled = "select count(*) from {}.companies where motto = 'We are ' || name"
        rows = [int(await connection.scalar(text(filled.format(schema))) or 0) for schema in (POOL, *trial.schemas)]
        trial.expect(sum(rows) == tenants, f"{sum(rows)} companies are left of {tenants}")
        for schema in (POOL, *trial.schemas):
            found = await diff_schemas(connection, TEMPLATE, schema)
            trial.expect(found == [], f"{schema} differs from the template: {found}")
        standing = await Heads(trial.versions).standing(connection)
        trial.expect(standing.is_at_head and not standing.stragglers, f"not at the head: {standing}")
    trial.figures["tenants with their rows"] = str(sum(rows))


async def measure(trial: Trial) -> None:
    async with opened(administrator(trial)) as engine, engine.connect() as connection:
        sizes = (await connection.execute(text(SIZE), {"schemas": trial.schemas})).all()
        pool = (await connection.execute(text(SIZE), {"schemas": [POOL]})).all()
        tables = await connection.scalar(text("select count(*) from pg_tables where schemaname = 'template_tenant'"))
    trial.figures["tables in a schema"] = str(tables)
    trial.figures["a tenant's own schema"] = per_schema(sizes)
    trial.figures["the pool, with all its tenants"] = per_schema(pool)


def per_schema(sizes: Sequence[Row[tuple[str, int, int]]]) -> str:
    """Disk and files of a schema, in the middle of those given."""
    size = statistics.median([int(row.bytes) for row in sizes])
    return f"{size / 1024:.0f} kB in {statistics.median([row.files for row in sizes]):.0f} files"


def spread(seconds: Sequence[float]) -> str:
    ordered = sorted(seconds)
    return f"{1000 * statistics.median(ordered):.0f} ms in the middle, {1000 * ordered[-1]:.0f} ms at most"


def say(message: str) -> None:
    print(f"  {message}", file=sys.stderr, flush=True)


def only_migrate(owner_url: str, versions: str) -> int:
    """The process that is killed: tells each schema that it has brought to the head."""

    def tell(progress: Progress) -> None:
        print(progress.schema, flush=True)

    running = migrate(owner_url, prefix=PREFIX, master_key=MASTER_KEY, more_versions=[Path(versions)], report=tell)
    return len(asyncio.run(running).stragglers)


def main(arguments: Sequence[str] = ()) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schemas", type=int, default=50, help="tenants with a schema of their own")
    parser.add_argument("--logical", type=int, default=500, help="tenants in the pool")
    parser.add_argument("--only-migrate", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.only_migrate:
        return only_migrate(*given.only_migrate)
    trial = asyncio.run(prove(given.schemas, given.logical))
    return conclude(trial.figures, trial.wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
