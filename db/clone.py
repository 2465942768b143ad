"""Copies the structure of one schema into another: every table, rule and grant, and none of the rows.

The copy is made in batches of tables, each in one transaction, because PostgreSQL locks every table, index and
constraint that a transaction makes. A table is there whole or not at all, so a copy that was cut short goes on where it
stopped. The new schema carries a comment that says whose it is and of which revision; a schema with another comment, or
without one, is somebody else's and is refused. At the end the two are compared: a copy that differs is not one.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.identifiers import literal, quoted
from db.migrate import migration_lock, revision_of
from db.structure import HERE, Part, diff_schemas, parts_of
from db.tenancy import TEMPLATE

BATCH: Final = 40
COMMENT: Final = text("select oid, obj_description(oid, 'pg_namespace') from pg_namespace where nspname = :name")
VERSION: Final = "alembic_version"
FIRST: Final = ("function", "function grant", "sequence", "sequence grant")
WITH_TABLE: Final = (
    "option",
    "default",
    "key",
    "index",
    "security",
    "policy",
    "trigger",
    "trigger state",
    "grant",
    "grant to public",
)
# To add a reference PostgreSQL reads both tables under their policies, which need a tenant; here they have no rows.
NOBODY: Final = "set local app.tenant_id = '00000000-0000-0000-0000-000000000000'"
REFERENCES: Final = ("reference", "sequence owner")


class SchemaTaken(Exception):
    """The schema is there already and belongs to somebody else."""


class CopyDiffers(Exception):
    """The copy is not equal to the original."""


async def clone_schema(engine: AsyncEngine, *, target: str, mark: str, source: str = TEMPLATE) -> str:
    """Make `target` equal to `source`, as the owner, and return the revision it is at.

    `mark` says whose the schema is. What a copy of the same mark has left half done is completed, or begun anew if the
    source has been migrated since. Migrations wait meanwhile.
    """
    async with migration_lock(engine, shared=True):
        revision = await claim_schema(engine, target=target, mark=mark, source=source)
        async with engine.connect() as connection:
            parts = await parts_of(connection, source)
        await _copy(engine, source, target, parts)
        await _verify(engine, source, target)
        return revision


async def claim_schema(engine: AsyncEngine, *, target: str, mark: str, source: str = TEMPLATE) -> str:
    """Make the schema ours, or refuse it; throw away what was copied from an older revision. Return the revision."""
    async with engine.connect() as connection:
        revision = str(await revision_of(connection, source))
        found = (await connection.execute(COMMENT, {"name": target})).first()
    name, wanted = quoted(target), f"workgraph {mark} from {revision}"
    if found is not None and not str(found[1]).startswith(f"workgraph {mark} "):
        raise SchemaTaken(f"The schema {target} is there already, and is not that of {mark}. Choose another slug.")
    if found is not None and found[1] != wanted:
        await drop_schema(engine, target)
    if found is None or found[1] != wanted:
        await _run(engine, None, [f"create schema {name}", f"comment on schema {name} is {literal(wanted)}"])
    return revision


async def drop_schema(engine: AsyncEngine, schema: str) -> None:
    """Remove a schema with all that is in it, as the owner, a batch of tables at a time."""
    async with engine.connect() as connection:
        tables = _tables(await parts_of(connection, schema))
    for batch in _batches(tables):
        listed = ", ".join(f"{quoted(schema)}.{quoted(table)}" for table in batch)
        await _run(engine, None, [f"drop table if exists {listed} cascade"])
    await _run(engine, None, [f"drop schema if exists {quoted(schema)} cascade"])


async def _copy(engine: AsyncEngine, source: str, target: str, parts: Sequence[Part]) -> None:
    await _run(engine, target, ["set local check_function_bodies = off", *_of_kinds(parts, FIRST)])
    async with engine.connect() as connection:
        there = {(part.kind, part.table, part.name) for part in await parts_of(connection, target)}
    made = {table for kind, table, _ in there if kind == "relation"}
    scripts = _table_scripts(source, parts)
    for batch in _batches([table for table in _tables(parts) if table not in made]):
        await _run(engine, target, [statement for table in batch for statement in scripts[table]])
    missing = [part for part in parts if (part.kind, part.table, part.name) not in there]
    for batch in _batches(_of_kinds(missing, REFERENCES)):
        await _run(engine, target, [NOBODY, *batch])
    await _run(engine, target, [*_schema_grants(parts, target), _copy_version(source)])


def _table_scripts(source: str, parts: Sequence[Part]) -> Mapping[str, list[str]]:
    """Make each table; its indexes and keys separately, since LIKE would give them names of its own."""
    scripts = {
        table: [f"create table {quoted(table)} (like {quoted(source)}.{quoted(table)} including all excluding indexes)"]
        for table in _tables(parts)
    }
    for kind in WITH_TABLE:
        for part in parts:
            if part.kind == kind and part.table in scripts:
                scripts[part.table].append(part.statement)
    return scripts


def _schema_grants(parts: Sequence[Part], target: str) -> list[str]:
    pairs = [part.statement.split(" ", 1) for part in parts if part.kind == "schema grant"]
    return [f"grant {privilege} on schema {quoted(target)} to {member}" for privilege, member in pairs]


def _copy_version(source: str) -> str:
    return f"insert into {VERSION} select * from {quoted(source)}.{VERSION} where not exists (select from {VERSION})"


def _tables(parts: Iterable[Part]) -> list[str]:
    return [part.table for part in parts if part.kind == "relation" and part.statement.startswith("r")]


def _of_kinds(parts: Iterable[Part], kinds: Sequence[str]) -> list[str]:
    """The statements of these kinds, one kind after the other."""
    return [part.statement for kind in kinds for part in parts if part.kind == kind]


def _batches(things: Sequence[str]) -> Iterable[Sequence[str]]:
    return (things[start : start + BATCH] for start in range(0, len(things), BATCH))


async def _run(engine: AsyncEngine, schema: str | None, statements: Sequence[str]) -> None:
    """Run statements in one transaction and one round trip, in a schema."""
    here = [f"set local search_path = {quoted(schema)}"] if schema else []
    script = ";\n".join([*here, *statements])
    async with engine.begin() as connection:
        await _run_script(connection, script.replace(HERE, literal(schema or "")))


async def _run_script(connection: AsyncConnection, script: str) -> None:
    """Only the driver takes several statements at once; it shares the transaction, which the first statement opens."""
    await connection.exec_driver_sql("select 1")
    raw = await connection.get_raw_connection()
    await raw.driver_connection.execute(script)  # pyright: ignore[reportOptionalMemberAccess] - an open connection has one


async def _verify(engine: AsyncEngine, source: str, target: str) -> None:
    async with engine.connect() as connection:
        differences = await diff_schemas(connection, source, target)
    if differences:
        raise CopyDiffers(f"{target} is not equal to {source}:\n" + "\n".join(differences))
