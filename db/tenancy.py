"""The wall between tenants: where a tenant's rows are, what keeps others out, and how a statement names its tenant.

Each table of a tenant refuses, by forced row-level security, every row whose `tenant_id` is not that of the setting
`app.tenant_id`; a connection on which it is not set gets an error and never an empty answer. The application's role
owns nothing and bypasses nothing. The definitions here name no schema: they apply to the first one of the search path.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, TextClause, bindparam, func, literal_column, select, text, true
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

from db.identifiers import literal as literal_text
from db.identifiers import quoted
from db.roles import DatabaseRole, role_name

DIALECT: Final = PGDialect_asyncpg()
PARAMETER: Final = re.compile(r"\$(\d+)")
POOL: Final = "pool"
TEMPLATE: Final = "template_tenant"
FOLD: Final = "with tenant as materialized (select set_config('app.tenant_id', $1, true) as named) "
"""How a read in plain SQL begins that names its tenant, `$1`, by itself; see `folded` for what must follow."""

WITH: Final = "WITH "
POLICY: Final = "tenant_id = (select current_setting('app.tenant_id')::uuid)"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a tenant's rows are: in which schema of which database."""

    tenant_id: UUID
    schema: str
    database: str


@dataclass(frozen=True, slots=True)
class Reach:
    """What the application may do with its tenant's rows, and which roles see the rows of every tenant.

    `queue` names the table in which a trigger notes each new row, for whoever works on them later. `gapless` says which
    rows count of those that hold from one day to another: of one employment, each begins the day after the one before.
    Of a table that is append-only, columns that are `erasable` may be set to null, and nothing else.
    """

    app: str = "select, insert, update, delete"
    across: Mapping[DatabaseRole, str] = field(default_factory=dict[DatabaseRole, str])
    append_only: bool = False
    erasable: Sequence[str] = ()
    queue: str | None = None
    gapless: str | None = None


ORDINARY: Final = Reach()
REACHES: Final[Mapping[str, Reach]] = {
    "audit_logs": Reach("select, insert", {DatabaseRole.SEQUENCER: "select"}, append_only=True, queue="audit_waiting"),
    "audit_waiting": Reach("insert", {DatabaseRole.SEQUENCER: "select, delete"}),
    "audit_chain": Reach("select", {DatabaseRole.SEQUENCER: "select, insert"}, append_only=True),
    "data_subject_keys": Reach("select, insert, update (sealed, erased_at)"),
    "event_outbox": Reach(
        "select, insert", {DatabaseRole.RELAY: "select, update (position), delete", DatabaseRole.DISPATCHER: "select"}
    ),
    "webhook_endpoints": Reach(
        across={DatabaseRole.RELAY: "select", DatabaseRole.DISPATCHER: "select, update (failing_since)"}
    ),
    "webhook_secrets": Reach(across={DatabaseRole.DISPATCHER: "select"}),
    "webhook_deliveries": Reach(
        "select, insert, update",
        {DatabaseRole.RELAY: "select, insert, delete", DatabaseRole.DISPATCHER: "select, update"},
    ),
    "webhook_attempts": Reach(
        "select, update (response_excerpt)",
        {DatabaseRole.RELAY: "select, delete", DatabaseRole.DISPATCHER: "select, insert"},
    ),
    "leave_ledger_entries": Reach(
        "select, insert, update (note, version, updated_at, updated_by)", append_only=True, erasable=("note",)
    ),
    "key_result_check_ins": Reach("select, insert", append_only=True),
    "key_result_target_changes": Reach("select, insert", append_only=True),
    "employment_contracts": Reach(gapless="true"),
    "compensation_records": Reach(gapless="superseded_at is null"),
}

REFUSE_CHANGE: Final = """
create or replace function refuse_change() returns trigger language plpgsql set search_path = '' as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end
$$"""

REFUSE_ALL_BUT_ERASING: Final = """
create or replace function refuse_all_but_erasing() returns trigger language plpgsql set search_path = '' as $$
declare
  written text[] := tg_argv || array['version', 'updated_at', 'updated_by'];
begin
  if to_jsonb(new) - written <> to_jsonb(old) - written
    or exists (select from unnest(tg_argv) as name where to_jsonb(new) ->> name is not null)
  then
    raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
  end if;
  return new;
end
$$"""

NOTE_WAITING: Final = """
create or replace function note_waiting() returns trigger language plpgsql set search_path = '' as $$
begin
  execute format('insert into %I.%I (tenant_id, id) values ($1, $2)', tg_table_schema, tg_argv[0])
    using new.tenant_id, new.id;
  return null;
end
$$"""

REFUSE_GAP: Final = """
create or replace function refuse_gap() returns trigger language plpgsql set search_path = '' as $$
declare
  gap date;
begin
  execute format(
    'select effective_from from (select effective_from, lag(effective_to) over (order by effective_from) as before
       from %I.%I where tenant_id = $1 and employee_id = $2 and employment = $3 and ' || tg_argv[0] || ') as days
     where before + 1 <> effective_from limit 1', tg_table_schema, tg_table_name)
    into gap using new.tenant_id, new.employee_id, new.employment;
  if gap is not null then
    raise exception '% has days that nothing covers before %', tg_table_name, gap
      using errcode = 'check_violation', table = tg_table_name, constraint = 'gap_' || tg_table_name;
  end if;
  return null;
end
$$"""


def schema_ddl(schema: str, prefix: str) -> list[str]:
    """Make a schema for tenants' tables, and let in the roles that have something to do there."""
    roles = (DatabaseRole.APP, DatabaseRole.RELAY, DatabaseRole.SEQUENCER, DatabaseRole.DISPATCHER)
    members = ", ".join(quoted(role_name(prefix, role)) for role in roles)
    return [
        f"create schema if not exists {quoted(schema)}",
        f"grant usage on schema {quoted(schema)} to {members}",
    ]


def wall_ddl(table: str, prefix: str) -> list[str]:
    """Put the wall around a table: forced row-level security, the tenant's policy, and what each role may do."""
    reach, name = REACHES.get(table, ORDINARY), quoted(table)
    return [
        f"alter table {name} enable row level security",
        f"alter table {name} force row level security",
        f"create policy tenant on {name} using ({POLICY}) with check ({POLICY})",
        f"grant {reach.app} on {name} to {quoted(role_name(prefix, DatabaseRole.APP))}",
        *_across(name, reach, prefix),
        *(_append_only(name, reach.erasable) if reach.append_only else ()),
        *(_queued(name, reach.queue) if reach.queue else ()),
        *(_gapless(name, reach.gapless) if reach.gapless else ()),
    ]


def reach_ddl(table: str, prefix: str) -> list[str]:
    """Widen what may be done with a table that has its wall already; doing so again changes nothing."""
    reach, name = REACHES.get(table, ORDINARY), quoted(table)
    return [
        f"grant {reach.app} on {name} to {quoted(role_name(prefix, DatabaseRole.APP))}",
        *(f"drop policy if exists {role} on {name}" for role in reach.across),
        *_across(name, reach, prefix),
        *(_append_only(name, reach.erasable) if reach.erasable else ()),
        *(_queued(name, reach.queue) if reach.queue else ()),
    ]


def _across(name: str, reach: Reach, prefix: str) -> list[str]:
    """Policies that name a role stand in for BYPASSRLS, which a managed PostgreSQL does not give away."""
    statements: list[str] = []
    for role, privileges in reach.across.items():
        member = quoted(role_name(prefix, role))
        statements.append(f"create policy {role} on {name} to {member} using (true) with check (true)")
        statements.append(f"grant {privileges} on {name} to {member}")
    return statements


def _append_only(name: str, erasable: Sequence[str]) -> list[str]:
    """Refuse changes from everybody, the owner too, even while triggers are off for replication.

    Of a table with columns that are erasable each row that is written is looked at: these may become null.
    """
    changes = "delete or truncate" if erasable else "update or delete or truncate"
    return [
        REFUSE_CHANGE,
        f"drop trigger if exists append_only on {name}",
        f"create trigger append_only before {changes} on {name} for each statement execute function refuse_change()",
        f"alter table {name} enable always trigger append_only",
        *(_erasable(name, erasable) if erasable else ()),
    ]


def _erasable(name: str, columns: Sequence[str]) -> list[str]:
    named = ", ".join(literal_text(each) for each in columns)
    on_change = f"before update on {name} for each row"
    return [
        REFUSE_ALL_BUT_ERASING,
        f"drop trigger if exists erasable on {name}",
        f"create trigger erasable {on_change} execute function refuse_all_but_erasing({named})",
        f"alter table {name} enable always trigger erasable",
    ]


def _queued(name: str, queue: str) -> list[str]:
    """Note each new row in a queue, whoever adds it, even while triggers are off for replication."""
    noting = f"after insert on {name} for each row"
    return [
        NOTE_WAITING,
        f"drop trigger if exists noted on {name}",
        f"create trigger noted {noting} execute function note_waiting({literal_text(queue)})",
        f"alter table {name} enable always trigger noted",
    ]


def _gapless(name: str, counts: str) -> list[str]:
    """Refuse at the end of a transaction that anything was left uncovered, whoever writes."""
    written = f"after insert or update on {name} deferrable initially deferred for each row"
    return [
        REFUSE_GAP,
        f"create constraint trigger gapless {written} execute function refuse_gap({literal_text(counts)})",
        f"alter table {name} enable always trigger gapless",
    ]


def schemas_with(table: str) -> TextClause:
    """Ask for the schemas in which whoever asks may read a table of tenants.

    A schema that is still being made lets in nobody yet, whatever is granted on its tables.
    """
    return text(
        "select n.nspname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
        f"where c.relname = {literal_text(table)} and c.relkind = 'r' and n.nspname <> {literal_text(TEMPLATE)} "
        "and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') order by 1"
    )


def set_tenant(tenant_id: UUID) -> TextClause:
    """Name the tenant for the rest of the transaction."""
    return text("select set_config('app.tenant_id', :tenant, true)").bindparams(tenant=str(tenant_id))


def folded(statement: Select[Any], tenant_id: UUID) -> Select[Any]:
    """Name the tenant within a read, so that the read needs neither a transaction nor a second round trip.

    The setting is made by a materialized CTE that yields one row. That row has to exist before any table is scanned,
    or the scan would use what the connection was set to before: another tenant. Two forms guarantee it, and no join
    does, because the planner reorders joins:

    - `select (select ...) from tenant`, where the inner select yields one value: it is evaluated for the outer row;
    - `from tenant cross join lateral (select ... where tenant.named is not null offset 0)`: the condition gates the
      scan, and `offset 0` keeps the planner from pulling the inner select up. This is the form that is used here, as it
      takes any number of rows and columns.
    """
    setting = func.set_config(literal_column("'app.tenant_id'"), bindparam("tenant", str(tenant_id)), true())
    tenant = select(setting.label("named")).cte("tenant").prefix_with("materialized")
    fenced = statement.where(tenant.c.named.is_not(None))
    inner = (fenced if fenced._offset_clause is not None else fenced.offset(literal_column("0"))).lateral("answer")  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - there is no public way to ask
    return select(*inner.c).select_from(tenant.join(inner, text("true")))


def folded_values(text: str) -> str:
    """Name the tenant, `$1`, in a read of values in plain SQL, `select (select ...), ...`; its own parameters shift."""
    fold, further, rest = (FOLD.rstrip(), ", ", text.removeprefix(WITH)) if text.startswith(WITH) else (FOLD, "", text)
    return f"{fold}{further}{PARAMETER.sub(_next, rest)} from tenant"


def folded_rows(text: str) -> str:
    """Name the tenant, `$1`, in a read of rows in plain SQL; its own parameters shift by one."""
    inner = PARAMETER.sub(_next, text)
    gated = f"select * from ({inner}) as inside where tenant.named is not null offset 0"
    return f"{FOLD}select answer.* from tenant cross join lateral ({gated}) as answer"


def _next(parameter: re.Match[str]) -> str:
    return f"${int(parameter[1]) + 1}"


def folded_text(statement: Select[Any], schema: str) -> str:
    """Write a read that names its tenant, `$1`, as plain SQL; its bound values follow from `$2` on, in their order."""
    compiled = folded(statement, UUID(int=0)).compile(
        dialect=DIALECT, schema_translate_map={None: schema}, render_schema_translate=True
    )
    return str(compiled)
