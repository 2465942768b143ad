"""Each list reads its page from an index of the tenant's rows, and each declared index can be used behind the wall."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
import pytest
from sqlalchemy import Index, PrimaryKeyConstraint, Table, UniqueConstraint, text
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from db.base import Base
from db.tenancy import ORDINARY, REACHES, set_tenant
from tests.schema.statements import asked as statements_of
from tests.schema.statements import listening
from tests.world import CompanyWorld, World

TENANTS = 40
ROWS = 500
STAMPS = "now(), now(), 1"
FLOWS = f"""
insert into pool.onboarding_flows (tenant_id, name, duration_days, status, revision, audience, language,
  reminder_after_days, created_at, updated_at, version)
select :tenant, md5(n::text), 30, 'draft', 1, 'employee', 'en', '{{}}', {STAMPS} from generate_series(1, :rows) n
"""
ALL_STAGES = f"""
insert into pool.stages (tenant_id, flow_id, name, type, position, available_offset_days, lock, created_at, updated_at,
  version)
select :tenant, (array_agg(id) over ())[1 + n % 100], md5(n::text), 'text', n / 100, 0, 'free', {STAMPS}
from (select id, row_number() over (order by id) n from pool.onboarding_flows where tenant_id = :tenant) f limit :rows
"""
BLOCKS = f"""
insert into pool.content_blocks (tenant_id, stage_id, type, position, config, required, assignee, created_at,
  updated_at, version)
select :tenant, id, 'text_input', 0, '{{}}', true, 'hr', {STAMPS} from pool.stages where tenant_id = :tenant limit :rows
"""


@pytest.fixture(scope="module")
async def crowd(world: World) -> CompanyWorld:
    """A company among many in the same tables, 20,000 rows in each."""
    company = await world.company()
    tenants = [company.tenant.id, *(uuid7() for _ in range(TENANTS - 1))]
    for tenant in tenants:
        async with world.owner.begin() as connection:
            await connection.execute(set_tenant(tenant))
            for statement in (FLOWS, ALL_STAGES, BLOCKS):
                await connection.execute(text(statement), {"tenant": tenant, "rows": ROWS})
    async with world.owner.begin() as connection:
        for table in ("onboarding_flows", "stages", "content_blocks"):
            await connection.execute(text(f"analyze pool.{table}"))
    return company


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes_of(inner)


async def explained(connection: AsyncConnection, statement: str, parameters: Any) -> Sequence[dict[str, Any]]:
    """Return every node of a statement's plan."""
    rows = (await connection.exec_driver_sql(f"explain (format json) {statement}", parameters)).all()
    found = rows[0][0]
    return list(nodes_of((orjson.loads(found) if isinstance(found, str) else found)[0]["Plan"]))


BY_NAME = "orderBy: [{name: ASC}]"
QUERIES = {
    "flows by age": "{ flows { nodes { id } } }",
    "the oldest flows last": "{ flows(last: 50) { nodes { id } } }",
    "flows by name": f"{{ flows({BY_NAME}) {{ nodes {{ id }} }} }}",
    "flows by name, downwards": "{ flows(orderBy: [{name: DESC}]) { nodes { id } } }",
    "the last flows by name": f"{{ flows(last: 50, {BY_NAME}) {{ nodes {{ id }} }} }}",
    "all flows counted": "{ flows { totalCount } }",
    "stages by age": "{ stages { nodes { id } } }",
    "stages by name": f"{{ stages({BY_NAME}) {{ nodes {{ id }} }} }}",
    "blocks by age": "{ contentBlocks { nodes { id } } }",
    "the stages of flows": "{ flows(first: 20) { nodes { stages { nodes { id } } } } }",
    "the stages of flows by name": f"{{ flows(first: 5) {{ nodes {{ stages({BY_NAME}) {{ nodes {{ id }} }} }} }} }}",
    "the stages of flows counted": "{ flows(first: 20) { nodes { stages { totalCount } } } }",
    "the blocks of stages": "{ stages(first: 20) { nodes { contentBlocks { nodes { id } } } } }",
    "the flows of stages": "{ stages(first: 20) { nodes { flow { id } } } }",
    "the stages of blocks": "{ contentBlocks(first: 20) { nodes { stage { id } } } }",
    "minutes of flows": "{ flows(first: 20) { nodes { estimatedMinutes } } }",
    "flows without a stage": "{ flows(where: {stages: {none: {}}}) { nodes { id } } }",
    "stages of flows of a name": '{ stages(where: {flow: {name: {eq: "x"}}}) { nodes { id } } }',
    "the company": "{ company { id } }",
}
SMALL = frozenset({"the company"})
"""What asks a table of a few pages, in which PostgreSQL may rather read all, with an index or without."""


@pytest.mark.parametrize("asked", QUERIES)
async def test_a_list_reads_from_an_index_of_the_tenant(crowd: CompanyWorld, asked: str) -> None:
    hr = await crowd.person("HR")
    with listening(crowd.world, crowd) as seen:
        assert (await hr.ask(QUERIES[asked])).errors == []
    async with crowd.world.parts.database.engine(crowd.tenant.placement).connect() as connection:
        await connection.execute(set_tenant(crowd.tenant.id))
        if asked in SMALL:
            await connection.exec_driver_sql("set local enable_seqscan = off")
        for statement, parameters in statements_of(seen):
            nodes = await explained(connection, statement, parameters)
            assert [node for node in nodes if node["Node Type"] == "Seq Scan"] == [], statement
            conditions = [node["Index Cond"] for node in nodes if node.get("Index Name") and "Index Cond" in node]
            assert conditions
            assert all("tenant_id" in condition for condition in conditions)


@pytest.mark.parametrize(
    ("order", "index", "begins"),
    [
        ("orderBy: [{name: ASC}], first: 20, after: $place", "ix_onboarding_flows_name_sort", "(name_sort >= "),
        ("orderBy: [{name: DESC}], first: 20, after: $place", "ix_onboarding_flows_name_sort", "(name_sort <= "),
        ("orderBy: [{name: ASC}], last: 20, before: $place", "ix_onboarding_flows_name_sort", "(name_sort <= "),
        ("first: 20, after: $place", "pk_onboarding_flows", "(id > "),
        ("last: 20, before: $place", "pk_onboarding_flows", "(id < "),
    ],
)
async def test_a_page_begins_at_its_place_of_the_index(
    crowd: CompanyWorld, order: str, index: str, begins: str
) -> None:
    hr = await crowd.person("HR")
    first = order.rpartition(", ")[0]
    page = await hr.ask(f"{{ flows({first}) {{ pageInfo {{ startCursor }} }} }}")
    with listening(crowd.world, crowd) as seen:
        query = f"query($place: String) {{ flows({order}) {{ nodes {{ id }} }} }}"
        await hr.ask(query, {"place": page.data["flows"]["pageInfo"]["startCursor"]})
    async with crowd.world.parts.database.engine(crowd.tenant.placement).connect() as connection:
        await connection.execute(set_tenant(crowd.tenant.id))
        nodes = await explained(connection, *seen[-1])
    [scan] = [node for node in nodes if "Index Name" in node]
    assert scan["Index Name"] == index
    assert begins in scan["Index Cond"]
    assert not any(node["Node Type"] in {"Sort", "Incremental Sort"} for node in nodes)


def keys() -> Iterator[tuple[str, str, list[str]]]:
    """Every index that the application could use: its table, its name, and its columns after the tenant's."""
    for table in Base.metadata.sorted_tables:
        if "select" not in REACHES.get(table.name, ORDINARY).app:
            continue
        unique = [each for each in table.constraints if isinstance(each, UniqueConstraint | PrimaryKeyConstraint)]
        one_row_each = any(len(each.columns) == 1 for each in unique)
        for key in unique if one_row_each else [*table.indexes, *unique]:
            assert isinstance(key, Index | UniqueConstraint | PrimaryKeyConstraint)
            columns = [column.name for column in key.columns]
            if columns[0] != "tenant_id" and REACHES.get(table.name, ORDINARY).across:
                continue  # it is there for a role that serves every tenant
            assert columns[0] == "tenant_id", key.name
            yield table.name, str(key.name), columns[1:]


@pytest.mark.parametrize(("table", "name", "columns"), sorted(keys()))
async def test_a_declared_index_can_be_used_behind_the_wall(
    crowd: CompanyWorld, table: str, name: str, columns: list[str]
) -> None:
    """Row-level security lets only leakproof operators into an index; each key's own columns must get there."""
    sought = columns if name.startswith("pk_") else [column for column in columns if column != "id"]
    kinds = {column.name: column.type for column in Base.metadata.tables[table].columns}
    values = [f"null::{kinds[column].compile(crowd.world.owner.dialect)}" for column in sought]
    matches = " and ".join(f"{column} = (select {value})" for column, value in zip(sought, values, strict=True))
    matches += only_where(table, name)
    async with crowd.world.owner.connect() as connection:  # row-level security is forced upon the owner too
        await drop_the_others(connection, table, name)
        await connection.execute(set_tenant(crowd.tenant.id))
        await connection.execute(text("set local enable_seqscan = off"))
        nodes = await explained(connection, f"select 1 from pool.{table}{f' where {matches}' if matches else ''}", ())
        await connection.rollback()
    used = {node["Index Name"]: node["Index Cond"] for node in nodes if "Index Cond" in node}
    assert any(all(column in condition for column in ["tenant_id", *sought]) for condition in used.values()), used


def only_where(table: str, name: str) -> str:
    """Return the condition under which rows are in an index, where it does not hold all of them."""
    found = next(index for index in [*Base.metadata.tables[table].indexes, None] if index is None or index.name == name)
    condition = found.dialect_options["postgresql"]["where"] if found is not None else None
    return "" if condition is None else f" and ({condition})"


async def drop_the_others(connection: AsyncConnection, table: str, kept: str) -> None:
    """Leave one index to the planner, until the transaction is rolled back: on few rows, all cost about the same."""
    found = await connection.execute(
        text(
            "select i.relname, c.conname from pg_index x join pg_class i on i.oid = x.indexrelid"
            " left join pg_constraint c on c.conindid = x.indexrelid and c.conrelid = x.indrelid"
            " where x.indrelid = cast(:table as regclass) and i.relname <> :kept"
        ),
        {"table": f"pool.{table}", "kept": kept},
    )
    for index, constraint in found.all():
        drop = (
            f"alter table pool.{table} drop constraint {constraint} cascade"
            if constraint
            else f"drop index pool.{index}"
        )
        await connection.execute(text(drop))


def test_every_reference_has_an_index_to_go_back_by() -> None:
    for table in Base.metadata.sorted_tables:
        for reference in table.foreign_key_constraints:
            wanted = [column.name for column in reference.columns]
            assert wanted[0] == "tenant_id"
            assert any(begins_with(table, wanted)), f"{table.name}.{wanted}"


def begins_with(table: Table, wanted: list[str]) -> Iterator[bool]:
    for key in [*table.indexes, *table.constraints]:
        if isinstance(key, Index | UniqueConstraint | PrimaryKeyConstraint):
            yield [column.name for column in key.columns][: len(wanted)] == wanted
