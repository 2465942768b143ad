"""Goes past the application: SQL as the application's role, with one company's setting, at another's rows.

Nothing of them can be read, counted, changed, referred to or copied; and whether a value is among them cannot be told
from how a statement fails: it fails as it does with values that never existed.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Date, Table, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from uuid_utils.compat import uuid7

from db.identifiers import quoted
from db.roles import DatabaseRole, url_as
from db.tenancy import ORDINARY, REACHES
from tests.wall.parties import MODELS, TABLES, Party
from tests.wall.tally import Tally
from tests.world import World

REFUSED = "42501"
NO_SUCH_REFERENCE = "23503"
UNIQUE = "23505"
LONG_AGO = date(1900, 1, 1)
PAIR = 2
"""Columns of what is unique for each company by one value: the company, and that."""
Row = Mapping[str, Any]


async def by_hand(world: World, mine: Party, theirs: Party) -> Tally:
    """Try SQL with the one company's setting at the other's rows, in every table."""
    wiring = world.wiring
    url = url_as(wiring.database_url, DatabaseRole.APP, prefix=wiring.role_prefix, master_key=wiring.master_key)
    tally, counts = Tally(), {table: count for table, (count, _) in (await mine.state()).items()}
    async with connection_to(url) as app, connection_to(wiring.database_url) as owner:
        for model in MODELS.values():
            intruder = Intruder(app, tally, mine, theirs, model.__table__)
            rows = await rows_of(owner, theirs, model.__table__)
            await intruder.look(counts)
            await intruder.change()
            await intruder.copy(rows)
            await intruder.refer(rows)
    return tally


@asynccontextmanager
async def connection_to(url: str) -> AsyncGenerator[Any]:
    """Connect without anything of the application in between."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def rows_of(owner: Any, party: Party, table: Table) -> Sequence[Row]:
    """Return the rows of a company, as the owner of the tables sees them."""
    async with owner.transaction():
        await owner.execute("select set_config('app.tenant_id', $1, true)", str(party.tenant))
        statement = f"select * from {quoted(party.schema)}.{table.name} where tenant_id = $1 order by id"
        return await owner.fetch(statement, party.tenant)


@dataclass(frozen=True)
class Intruder:
    """One company at one table of another."""

    app: Any
    tally: Tally
    mine: Party
    theirs: Party
    table: Table

    @property
    def there(self) -> str:
        """The table in which the other's rows are."""
        return f"{quoted(self.theirs.schema)}.{self.table.name}"

    @property
    def here(self) -> str:
        """The table in which one's own rows are."""
        return f"{quoted(self.mine.schema)}.{self.table.name}"

    async def outcome(self, statement: str, *values: Any) -> str:
        """Run a statement with one's own setting, undo it, and say all that PostgreSQL says of it."""
        transaction = self.app.transaction()
        await transaction.start()
        try:
            await self.app.execute("select set_config('app.tenant_id', $1, true)", str(self.mine.tenant))
            return str(await self.app.execute(statement, *values))
        except asyncpg.PostgresError as error:
            told = [getattr(error, name, None) for name in ("sqlstate", "message", "detail", "hint", "constraint_name")]
            return " ".join(str(each) for each in told)
        finally:
            await transaction.rollback()

    async def look(self, counts: Mapping[str, int]) -> None:
        """Read and count."""
        if "select" not in REACHES.get(self.table.name, ORDINARY).app:
            said = await self.outcome(f"select from {self.there}")
            self.tally.check(said.startswith(REFUSED), f"{self.there} is read")
            return
        seen = counts[self.table.name] if self.mine.schema == self.theirs.schema else 0
        tenant, ids = self.theirs.tenant, list(self.theirs.samples[self._model])
        for condition, values, expected in (
            ("true", (), seen),
            ("tenant_id = $1", (tenant,), 0),
            ("id = any($1)", (ids,), 0),
            ("1 / (case when tenant_id = $1 then 0 else 1 end) = 1", (tenant,), seen),
            ("exists (select from {there} t where t.tenant_id <> current_setting('app.tenant_id')::uuid)", (), 0),
        ):
            said = await self.outcome(f"select from {self.there} where {condition.format(there=self.there)}", *values)
            self.tally.same(said, f"SELECT {expected}", f"{self.there} where {condition}")

    @property
    def _model(self) -> str:
        return next(name for name, model in MODELS.items() if model.__table__ is self.table)

    async def change(self) -> None:
        """Change and delete, all that is there and by id, and empty the table."""
        ids = list(self.theirs.samples[self._model])
        for statement in ("update {0} set id = id where id = any($1)", "delete from {0} where id = any($1)"):
            said = await self.outcome(statement.format(self.there), ids)
            self.tally.check(said in {"UPDATE 0", "DELETE 0"} or said.startswith(REFUSED), f"{statement}: {said}")
        said = await self.outcome(f"truncate {self.there} cascade")
        self.tally.check(said.startswith(REFUSED), f"truncate: {said}")

    async def copy(self, rows: Sequence[Row]) -> None:
        """Store the other's row as the other's; then as one's own, which goes as well as with values of nobody."""
        self.tally.check(bool(rows), f"no sample for {self.table.name}: make one in tests/wall/parties.py")
        for row in rows[-1:]:
            said = await self._insert(self.there, row)
            self.tally.check(said.startswith(REFUSED), f"a row of theirs in {self.there}: {said}")
            upsert = "on conflict (tenant_id, id) do update set id = excluded.id"
            said = await self._insert(self.there, row, upsert)
            self.tally.check(said.startswith(REFUSED), f"a row of theirs again in {self.there}: {said}")
            own = {**row, "tenant_id": self.mine.tenant}
            self.tally.same(
                await self._insert(self.here, own),
                await self._insert(self.here, {**own, **self.unlike(row)}),
                f"a copy into {self.here}",
            )

    def unlike(self, row: Row) -> Row:
        """Values of nobody in place of a row's id, of what must be unique, and of what refers to another row."""
        telling = {column.name for rule in self.table.constraints for column in getattr(rule, "columns", ())}
        texts = {name for name in telling if isinstance(row.get(name), str) and not self._listed(name)}
        ids = {name for name in telling if isinstance(self.table.c[name].type, Uuid) and row[name] is not None}
        return {name: uuid7() for name in ids - {"tenant_id"}} | {name: uuid7().hex for name in texts}

    def _listed(self, name: str) -> bool:
        """Whether a text is one of a closed list."""
        column: Column[Any] = self.table.c[name]
        return hasattr(column.type, "enum_class")

    async def _insert(self, table: str, row: Row, more: str = "") -> str:
        columns = [column.name for column in self.table.columns if column.computed is None]
        marks = ", ".join(f"${place + 1}" for place in range(len(columns)))
        statement = f"insert into {table} ({', '.join(columns)}) overriding system value values ({marks}) {more}"
        return await self.outcome(statement, *(row[name] for name in columns))

    async def refer(self, rows: Sequence[Row]) -> None:
        """Refer from a row of one's own to a row of the other: refused as a reference to nothing is."""
        for rule in self.table.foreign_key_constraints:
            [column] = [each.name for each in rule.columns if each.name != "tenant_id"]
            assert rows, f"no sample for {self.table.name}: make one in tests/wall/parties.py"
            sample = next((each for each in rows if each[column]), rows[0])
            row = {**sample, "tenant_id": self.mine.tenant, **self.unlike(sample), **self._apart(sample)}
            own = {name: to for name, to in self._own_references().items() if sample[name] is not None}
            others = {name: None if name in self._taken else to for name, to in own.items() if name != column}
            said = [await self._insert(self.here, {**row, **others, column: to}) for to in (sample[column], uuid7())]
            refused = (NO_SUCH_REFERENCE, UNIQUE) if self._one_row_each else NO_SUCH_REFERENCE
            self.tally.check(said[0].startswith(refused), f"{rule.name}: {said[0]}")
            self.tally.same(said[0], said[1], f"{rule.name} to a row of theirs and to none")
            done = await self._insert(self.here, {**row, **own})
            self.tally.check(done.startswith(("INSERT", UNIQUE)), f"{rule.name} to one's own row: {done}")

    def _apart(self, row: Row) -> Row:
        """Days that no row holds, of a table whose rows hold on days of their own, and of nothing that has begun."""
        kinds = (ExcludeConstraint, UniqueConstraint)
        rules = [rule for rule in self.table.constraints if isinstance(rule, kinds)]
        of_days = [rule for rule in rules if isinstance(rule, ExcludeConstraint) or self._days & {*rule.columns.keys()}]
        if not of_days:
            return {}
        days = [name for name in self._days if row[name] is not None or name == "effective_to"]
        return dict.fromkeys(days, LONG_AGO) | ({"employment": 99} if "employment" in self.table.c else {})

    @property
    def _days(self) -> set[str]:
        return {column.name for column in self.table.columns if isinstance(column.type, Date)}

    @property
    def _taken(self) -> set[str]:
        """References that only one row may have, and that a row can do without: one's own are taken already."""
        unique = [list(index.columns) for index in self.table.indexes if index.unique]
        return {column.name for columns in unique for column in columns[1:] if len(columns) == PAIR and column.nullable}

    @property
    def _one_row_each(self) -> bool:
        """Whether a company has one row in the table: a second one is refused before its references are looked at."""
        unique = [rule for rule in self.table.constraints if isinstance(rule, UniqueConstraint)]
        return any([column.name for column in rule.columns] == ["tenant_id"] for rule in unique)

    def _own_references(self) -> dict[str, UUID]:
        """One's own rows for each reference of the table."""
        names = {model.__table__.name: name for name, model in MODELS.items()}
        return {
            column.name: self.mine.samples[names[rule.referred_table.name]][0]
            for rule in self.table.foreign_key_constraints
            for column in rule.columns
            if column.name != "tenant_id"
        }


async def statistics(world: World, parties: Sequence[Party]) -> Tally:
    """What PostgreSQL has gathered of the values in the tables is kept from the application too."""
    tally, wiring = Tally(), world.wiring
    schemas = sorted({party.schema for party in parties})
    async with connection_to(wiring.database_url) as owner:
        for schema in schemas:
            for table in TABLES:
                await owner.execute(f"analyze {quoted(schema)}.{table}")
    url = url_as(wiring.database_url, DatabaseRole.APP, prefix=wiring.role_prefix, master_key=wiring.master_key)
    async with connection_to(url) as app:
        for view in ("pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"):
            seen = await app.fetchval(f"select count(*) from {view} where schemaname = any($1)", schemas)
            tally.same(seen, 0, f"what {view} tells")
        readable = await app.fetchval("select has_table_privilege('pg_statistic', 'select')")
        tally.check(not readable, "pg_statistic is readable")
    return tally
