"""Makes the queue in a database and keeps it at the version of the installed Procrastinate, as the owner.

Procrastinate's own script makes its tables, types and functions. The names of its migrations are kept beside them, so
that a later version of the library finds which of its migrations are still to be run. What is ours stands around that:
who may do what, and the one function by which a request puts a job in.
"""

from pathlib import Path
from typing import Final

from procrastinate.schema import SchemaManager
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.identifiers import quoted
from db.roles import DatabaseRole, role_name

SCHEMA: Final = "queue"
PLATFORM: Final = "platform"
"""The queue, and the beginning of the names, of jobs that belong to no tenant."""

TENANT: Final = "tenant"
"""The queue, and the beginning of the names, of jobs that a tenant's transaction has put in."""

LEDGER: Final = "installed_migrations"
MAKE: Final = (
    f"create schema if not exists {SCHEMA}",
    f"create table if not exists {SCHEMA}.{LEDGER} (name text primary key)",
    f"set local search_path = {SCHEMA}",
)
SIGNATURE: Final = "defer(text, jsonb, text)"

# A job that waits already under the same lock is enough, if it does not start before this transaction has ended: it has
# to see what this transaction wrote. The share of its row keeps a worker, which skips locked rows, from taking it.
DEFER: Final = f"""
create or replace function {SCHEMA}.defer(task text, arguments jsonb, queueing_lock text default null)
returns bigint language plpgsql security definer set search_path = pg_catalog, {SCHEMA}, pg_temp as $function$
declare
  tenant constant text := current_setting('app.tenant_id')::uuid::text;
  only_one constant text := concat_ws(':', tenant, task, queueing_lock);
  job constant procrastinate_job_to_defer_v1 := row('{TENANT}', '{TENANT}.' || task, 0, null,
    case when queueing_lock is not null then only_one end, arguments || jsonb_build_object('tenant_id', tenant), null);
begin
  if task is null or task !~ '^[a-z][a-z0-9_]{{0,63}}$' or length(queueing_lock) > 100 then
    raise exception 'a task is named in lower case, and its lock has at most 100 characters'
      using errcode = 'invalid_parameter_value';
  end if;
  if arguments is null or jsonb_typeof(arguments) <> 'object' then
    raise exception 'the arguments of a job are one object' using errcode = 'invalid_parameter_value';
  end if;
  if (select count(*) > 20 or bool_or(name = 'tenant_id' or name !~ '^[a-z][a-z0-9_]{{0,63}}$'
      or jsonb_typeof(value) not in ('string', 'number') or length(value #>> '{{}}') > 100)
      from jsonb_each(arguments) as argument(name, value)) then
    raise exception 'the arguments of a job are at most 20 short texts or numbers, and never the tenant'
      using errcode = 'invalid_parameter_value';
  end if;
  for attempt in 1..10 loop
    begin
      return (procrastinate_defer_jobs_v1(array[job]))[1];
    exception when unique_violation then
      perform from procrastinate_jobs as waiting
        where waiting.queueing_lock = only_one and waiting.status = 'todo' for key share;
      if found then
        return null;
      end if;
    end;
  end loop;
  raise exception 'the job could not be put in beside others of the same lock' using errcode = 'serialization_failure';
end
$function$"""


def queue_ddl(prefix: str) -> list[str]:
    """The function by which a request defers a job, and who may do what; to be run again changes nothing."""
    app, worker = (quoted(role_name(prefix, role)) for role in (DatabaseRole.APP, DatabaseRole.WORKER))
    return [
        DEFER,
        f"grant usage on schema {SCHEMA} to {app}, {worker}",
        f"revoke all on all functions in schema {SCHEMA} from public",
        f"grant execute on all functions in schema {SCHEMA} to {worker}",
        f"revoke execute on function {SCHEMA}.{SIGNATURE} from {worker}",
        f"grant execute on function {SCHEMA}.{SIGNATURE} to {app}",
        f"grant select, insert, update, delete on all tables in schema {SCHEMA} to {worker}",
        f"revoke all on {SCHEMA}.{LEDGER} from {worker}",
        f"grant usage, select on all sequences in schema {SCHEMA} to {worker}",
    ]


async def install_queue(connection: AsyncConnection, prefix: str) -> None:
    """Make the queue, or bring it to the library's version, in the caller's transaction. The roles must be there."""
    before = str(await connection.scalar(text("show search_path")))
    for statement in MAKE:
        await connection.exec_driver_sql(statement)
    await _bring_to_version(connection)
    for statement in queue_ddl(prefix):
        await connection.exec_driver_sql(statement)
    await connection.execute(text("select set_config('search_path', :before, true)"), {"before": before})


async def _bring_to_version(connection: AsyncConnection) -> None:
    """A new database takes the whole script, which already contains what the migrations do."""
    known = _migrations()
    done = set((await connection.scalars(text(f"select name from {LEDGER}"))).all())
    missing = [name for name in known if name not in done]
    for script in [known[name] for name in missing] if done else [SchemaManager.get_schema()]:
        await _run_script(connection, script)
    noted = text(f"insert into {LEDGER} select unnest(cast(:names as text[]))")
    await connection.execute(noted, {"names": missing})


def _migrations() -> dict[str, str]:
    """What the library brings, by name, in the order in which it is run."""
    files = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    return {file.name: file.read_text("utf-8") for file in files}


async def _run_script(connection: AsyncConnection, script: str) -> None:
    """Only the driver takes several statements at once; it shares the transaction, which is open already."""
    raw = await connection.get_raw_connection()
    await raw.driver_connection.execute(script)  # pyright: ignore[reportOptionalMemberAccess] - an open connection has one
