"""Holds every statement that the application emits against the plans that PostgreSQL makes of it.

A statement must be one of a transaction that named its tenant first, or name it by itself before it reads any table,
and must find its tables without a search path.
In its plan, made for its values and made for any, every scan of a table must be bound by the policy of that table: the
comparison of `tenant_id` with the setting, which is evaluated once before the scan.
"""

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import orjson
from sqlalchemy import Engine, event

from db.reads import LISTENERS, Sent
from db.roles import DatabaseRole, role_name, url_as
from tests.tenancy.order import scans_in_order
from tests.wall.tally import Tally
from tests.world import World

NAMES_TENANT = "select set_config('app.tenant_id', $1"
PLANNED = re.compile(r"\s*(select|insert|update|delete|with)\b", re.IGNORECASE)
SAVEPOINT = re.compile(r"((release|rollback to) )?savepoint \w+$", re.IGNORECASE)
BOUND = re.compile(r"(\w+\.)?tenant_id = \((InitPlan \d+)\)\.col1")
COMPARED = re.compile(r"(\w+\.)?tenant_id = ('[^']*'::uuid|\$\d+)")
GATE = re.compile(r"\((InitPlan \d+)\)\.col1 = ('[^']*'::uuid|\$\d+)")
SETTING = "current_setting('app.tenant_id'::text)"
CONDITIONS = ("Filter", "Index Cond", "Recheck Cond", "TID Cond")
FORCED = """
select relrowsecurity and relforcerowsecurity from pg_class where oid = to_regclass(format('%I.%I', $1::text, $2::text))
"""


@dataclass(frozen=True)
class Said:
    """A statement as it was sent, with its values, and the tenant that its transaction had named by then."""

    statement: str
    values: Sequence[Any]
    tenant: str | None
    folded: bool = False


class Recording:
    """Notes what the application's role sends on any pool: each statement once, and again where no tenant was named."""

    def __init__(self, world: World) -> None:
        self._role = role_name(world.wiring.role_prefix, DatabaseRole.APP)
        self._named: dict[Any, str] = {}
        self.said: dict[tuple[str, bool], Said] = {}

    def note(self, connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: object) -> None:
        """Note one statement, or the tenant that it names."""
        key, first = connection.connection.dbapi_connection, values[0] if isinstance(values, list) else values
        if connection.engine.url.username != self._role or SAVEPOINT.match(statement):
            return
        if statement.startswith(NAMES_TENANT):
            self._named[key] = first[0]
        else:
            tenant = self._named.get(key)
            self.said.setdefault((statement, tenant is None), Said(statement, tuple(first), tenant))

    def note_plain(self, sent: Sent) -> None:
        """Note a statement that went past SQLAlchemy: it names its tenant by itself, or its transaction has."""
        said = Said(sent.text, tuple(sent.values), str(sent.tenant_id), sent.folded)
        self.said.setdefault((sent.text, False), said)

    def forget(self, connection: Any) -> None:
        """Forget the tenant where a transaction begins or ends, as PostgreSQL does; a lost connection says no more."""
        if not connection.invalidated:
            self._named.pop(connection.connection.dbapi_connection, None)


@contextmanager
def recording(world: World) -> Generator[Recording]:
    """Note what is sent meanwhile."""
    recorder = Recording(world)
    forgets = [(name, recorder.forget) for name in ("begin", "commit", "rollback")]
    listeners = [("before_cursor_execute", recorder.note), *forgets]
    for name, listener in listeners:
        event.listen(Engine, name, listener)
    LISTENERS.append(recorder.note_plain)
    try:
        yield recorder
    finally:
        LISTENERS.remove(recorder.note_plain)
        for name, listener in listeners:
            event.remove(Engine, name, listener)


async def judged(world: World, recorder: Recording) -> Tally:
    """Judge each statement that was noted, as the application's role without a search path."""
    tally = Tally()
    wiring = world.wiring
    url = url_as(wiring.database_url, DatabaseRole.APP, prefix=wiring.role_prefix, master_key=wiring.master_key)
    schemas = {str(each): company.tenant.placement.schema for each, company in world.companies.items()}
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("set search_path = ''")
        judge = Judge(connection, tally)
        for each in recorder.said.values():
            await judge.judge(each, schemas.get(each.tenant or ""))
    finally:
        await connection.close()
    return tally


@dataclass(frozen=True)
class Judge:
    """Judges statements on one connection."""

    connection: Any
    tally: Tally
    walls: dict[tuple[str, str], bool] = field(default_factory=dict[tuple[str, str], bool])

    async def judge(self, said: Said, schema: str | None) -> None:
        """Judge one statement, which may touch one schema."""
        self.tally.check(schema is not None, f"no tenant is named before: {said.statement}")
        self.tally.check(bool(PLANNED.match(said.statement)), f"it cannot be explained: {said.statement}")
        await self.connection.execute(f"set app.tenant_id = '{said.tenant}'")
        for plans in ("custom", "generic"):
            try:
                plan = await (self.custom(said) if plans == "custom" else self.generic(said))
            except asyncpg.PostgresError as error:
                self.tally.check(holds=False, otherwise=f"{error}: {said.statement}")
                continue
            if said.folded and relations(plan):
                self.tally.same(scans_in_order(plan)[0], "tenant", f"read first, {plans} plan: {said.statement}")
            found = list(faults(plan))
            self.tally.check(not found, f"{plans} plan: {', '.join(found)}: {said.statement}")
            self.tally.same({each for each, _ in relations(plan)} - {schema}, set(), f"schemas of {said.statement}")
            for relation in relations(plan):
                self.tally.check(await self.has_wall(relation), f"{relation} has no wall")

    async def has_wall(self, relation: tuple[str, str]) -> bool:
        """Whether the policies of a table are for everybody; that is looked up once."""
        if relation not in self.walls:
            self.walls[relation] = bool(await self.connection.fetchval(FORCED, *relation))
        return self.walls[relation]

    async def custom(self, said: Said) -> Mapping[str, Any]:
        """The plan for the values that were sent."""
        return _plan(await self.connection.fetchval(f"explain (format json, verbose) {said.statement}", *said.values))

    async def generic(self, said: Said) -> Mapping[str, Any]:
        """The plan for any values."""
        await self.connection.execute("set plan_cache_mode = force_generic_plan")
        await self.connection.execute(f"prepare judged as {said.statement}")
        values = f"({', '.join(['null'] * len(said.values))})" if said.values else ""
        try:
            return _plan(await self.connection.fetchval(f"explain (format json, verbose) execute judged{values}"))
        finally:
            await self.connection.execute("deallocate judged; reset plan_cache_mode")


def _plan(explained: str) -> Mapping[str, Any]:
    return orjson.loads(explained)[0]["Plan"]


def nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every node of a plan."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def relations(plan: Mapping[str, Any]) -> set[tuple[str, str]]:
    """The tables that a plan reads or writes, with their schemas."""
    return {(node["Schema"], node["Relation Name"]) for node in nodes(plan) if "Relation Name" in node}


def faults(plan: Mapping[str, Any]) -> Iterator[str]:
    """Each scan of a plan that no policy binds."""
    settings = {
        node["Subplan Name"]
        for node in nodes(plan)
        if node.get("Subplan Name", "").startswith("InitPlan")
        and any(SETTING in each for each in node.get("Output", ()))
    }
    yield from _unbound(plan, settings, frozenset())


def _unbound(node: Mapping[str, Any], settings: set[str], gates: frozenset[str]) -> Iterator[str]:
    """Go through a plan; `gates` are the values with which the setting was compared above.

    Where a statement itself compares `tenant_id` with a value, the planner compares the setting with that value, once,
    as a gate before everything beneath.
    """
    gates |= {value for setting, value in matches(GATE, node, ["One-Time Filter"]) if setting in settings}
    own = {setting for _, setting in matches(BOUND, node, CONDITIONS)} & settings
    bound = own or {value for _, value in matches(COMPARED, node, CONDITIONS)} & gates
    if "Relation Name" in node and node["Node Type"] != "ModifyTable" and not bound:
        yield f"{node['Node Type']} of {node['Relation Name']} without its policy"
    for child in node.get("Plans", ()):
        yield from _unbound(child, settings, gates)


def matches(form: re.Pattern[str], node: Mapping[str, Any], names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The groups of every condition of a node that has a form and that every row must meet."""
    for name in names:
        for condition in conjuncts(node.get(name, "")):
            found = form.fullmatch(condition)
            if found:
                yield found[1], found[2]


def conjuncts(condition: str) -> list[str]:
    """Split a condition into those that must all hold; one that is part of an OR is none of them."""
    depth, start, parts, bare = 0, 0, list[str](), blanked(condition)
    for place, char in enumerate(bare):
        depth += (char == "(") - (char == ")")
        if depth == 0 and bare.startswith(" AND ", place):
            parts.append(condition[start:place])
            start = place + len(" AND ")
    if parts:
        return [inner for part in (*parts, condition[start:]) for inner in conjuncts(part)]
    enclosed = condition.startswith("(") and closes(condition) == len(condition) - 1
    return conjuncts(condition[1:-1]) if enclosed else [condition]


def closes(condition: str) -> int:
    """Where the parenthesis closes that a condition begins with."""
    depth = 0
    for place, char in enumerate(blanked(condition)):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return place
    return -1


def blanked(condition: str) -> str:
    """A condition with nothing in its quotes."""
    return re.sub(r"'[^']*'|\"[^\"]*\"", lambda quoted: "_" * len(quoted[0]), condition)
