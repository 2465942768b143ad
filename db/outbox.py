"""The outbox of one database, as its relay sees it: what waits there, and which position each event has in its log.

Events are placed in the order in which they were written (`sequence`). Whoever changes an entity has locked it, so for
one entity that is the order of the commits; between entities there is none to keep. One statement places a batch, and
is a transaction by itself: positions of a tenant have no gap, whatever happens to whoever places them. It takes work
in proportion to what waits, and nothing when nothing does: what waits is an index of its own. The same statement makes
the deliveries to the webhooks that have asked for an event: it is on its way exactly if it has its place.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Interval, Row, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from db.identifiers import literal, quoted
from db.pools import Use, use_of
from db.session import make_engine
from db.tenancy import schemas_with
from db.webhook_matching import matches

LOCK: Final = 0x776F726B67726170
"""The advisory lock of whoever relays in a database: `workgrap` as a number."""

# A server notices within a few seconds that a relay's machine is gone, and lets the lock go.
CONNECTED_AS: Final = """
select set_config('tcp_keepalives_idle', '3', false), set_config('tcp_keepalives_interval', '1', false),
  set_config('tcp_keepalives_count', '3', false)
"""
SHOWN: Final = (
    "tenant_id, position, message_id, type, occurred_at, actor_type, actor_id, subject_type, subject_id, "
    "subject_version, data, correlation_id, causation_id, schema_version, impersonation_id"
)
PLACE: Final = f"""
with waiting as (
  select tenant_id, id, sequence from {{outbox}} where position is null order by sequence limit :most
), last as (
  select tenant_id, (select coalesce(max(position), 0) from {{outbox}} o where o.tenant_id = t.tenant_id) as position
  from (select distinct tenant_id from waiting) t
), placed as (
  select id, tenant_id, last.position + row_number() over (partition by tenant_id order by sequence) as position
  from waiting join last using (tenant_id)
), done as (
  update {{outbox}} o set position = placed.position from placed
  where o.tenant_id = placed.tenant_id and o.id = placed.id
  returning {", ".join(f"o.{name}" for name in SHOWN.split(", "))}
), sent as (
  insert into {{deliveries}} (
    tenant_id, id, endpoint_id, message_id, event_type, position, status, attempt_count, next_attempt_at, created_at
  )
  select e.tenant_id, uuidv7(), e.id, d.message_id, d.type, d.position, 'pending', 0, now(), now()
  from done d join {{endpoints}} e on e.tenant_id = d.tenant_id and e.status = 'active'
  where {matches("e.events", "d.type")} and d.subject_type <> all(cast(:private as text[]))
  on conflict do nothing
)
select * from done order by tenant_id, position
"""
TENANTS: Final = """
with recursive tenants as (
  (select tenant_id from {outbox} where position is not null order by tenant_id limit 1)
  union all
  select (select o.tenant_id from {outbox} o where o.tenant_id > tenants.tenant_id and o.position is not null
    order by o.tenant_id limit 1)
  from tenants where tenants.tenant_id is not null
)
"""
LAST: Final = f"""{TENANTS}
select tenant_id, (select max(position) from {{outbox}} o where o.tenant_id = tenants.tenant_id) from tenants
where tenant_id is not null
"""
AFTER: Final = f"""
select {SHOWN} from unnest(cast(:tenants as uuid[]), cast(:positions as bigint[])) as given (of_tenant, known)
join {{outbox}} on tenant_id = of_tenant and position > known order by tenant_id, position
"""
# Only from the beginning, so that no gap comes into being between what is kept; and never the newest, which says where
# the positions of its tenant go on.
TRIM: Final = f"""{TENANTS}, old as (
  select tenant_id from tenants cross join lateral (
    select o.occurred_at from {{outbox}} o where o.tenant_id = tenants.tenant_id and o.position is not null
    order by o.position limit 1
  ) oldest
  where oldest.occurred_at < now() - cast(:kept as interval)
), page as (
  select oldest.* from old cross join lateral (
    select o.tenant_id, o.position, o.occurred_at from {{outbox}} o
    where o.tenant_id = old.tenant_id and o.position is not null order by o.position limit :most
  ) oldest
), cut as (
  select tenant_id, least(
    coalesce(min(position) filter (where occurred_at >= now() - cast(:kept as interval)), max(position) + 1),
    (select max(o.position) from {{outbox}} o where o.tenant_id = page.tenant_id)
  ) as beginning
  from page group by tenant_id
)
delete from {{outbox}} o using cut where o.tenant_id = cut.tenant_id and o.position < cut.beginning
"""
TRIM_DELIVERIES: Final = """
with old as (
  select tenant_id, id from {deliveries} where finished_at < now() - cast(:kept as interval)
  order by finished_at limit :most
), attempts as (
  delete from {attempts} a using old where a.tenant_id = old.tenant_id and a.delivery_id = old.id
)
delete from {deliveries} d using old where d.tenant_id = old.tenant_id and d.id = old.id
"""


@dataclass(frozen=True, slots=True)
class Event:
    """An event in its place in the tenant's log: positions begin at 1 and have no gap."""

    tenant_id: UUID
    position: int
    message_id: str
    type: str
    occurred_at: datetime
    actor_type: str
    actor_id: UUID | None
    subject_type: str
    subject_id: UUID
    subject_version: int
    data: dict[str, Any]
    correlation_id: str
    causation_id: str | None
    schema_version: int
    impersonation_id: UUID | None = None


class Outbox:
    """The outboxes of one database, reached as the relay's role.

    `private`: types of subjects whose events are sent to no webhook, whatever it has asked for.
    """

    def __init__(self, url: str, *, private: Sequence[str]) -> None:
        self._engine, self._private = make_engine(url, pool_size=1), private

    @asynccontextmanager
    async def held(self) -> AsyncGenerator["HeldOutbox | None"]:
        """Hold the lock of the database's relay for as long as the block lasts; None while another holds it.

        The lock belongs to the connection that does the work: whoever loses one has lost the other.
        """
        async with self._engine.connect() as plain:
            connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
            if not await connection.scalar(text(f"select pg_try_advisory_lock({LOCK})")):
                yield None
                return
            try:
                await connection.execute(text(CONNECTED_AS))
                yield HeldOutbox(connection, self._private)
            finally:
                await connection.invalidate()

    @property
    def use(self) -> Use:
        """Whether its connection is in use."""
        return use_of(self._engine)

    async def close(self) -> None:
        """Close the connection."""
        await self._engine.dispose()


class HeldOutbox:
    """The outboxes of one database, in the hands of the one that relays."""

    def __init__(self, connection: AsyncConnection, private: Sequence[str]) -> None:
        self._connection, self._private = connection, private

    async def schemas(self) -> Sequence[str]:
        """Name the schemas that have an outbox, and webhooks beside it: one that is not migrated yet waits for that."""
        return [str(row[0]) for row in await self._connection.execute(schemas_with("webhook_deliveries"))]

    async def waiting(self, schemas: Sequence[str]) -> Sequence[str]:
        """Name those of some schemas in which an event waits for its place."""
        if not schemas:
            return []
        asked = " union all ".join(
            f"select {literal(schema)} where exists (select from {_outbox(schema)} where position is null)"
            for schema in schemas
        )
        return [str(row[0]) for row in await self._connection.execute(text(asked))]

    async def place(self, schema: str, most: int) -> Sequence[Event]:
        """Give the oldest events that wait their positions, and return them: tenant by tenant, in order."""
        return await self._events(PLACE, schema, most=most, private=list(self._private))

    async def last(self, schema: str) -> Mapping[UUID, int]:
        """Return the last position of each tenant that has one."""
        rows = await self._connection.execute(text(LAST.format(outbox=_outbox(schema))))
        return {row[0]: row[1] for row in rows}

    async def after(self, schema: str, known: Mapping[UUID, int]) -> Sequence[Event]:
        """Return the events of some tenants after a position of each: tenant by tenant, in order."""
        return await self._events(AFTER, schema, tenants=list(known), positions=list(known.values()))

    async def trim(self, schema: str, kept: timedelta, most: int) -> int:
        """Remove events, and deliveries that are finished, that are older than what is kept; return how many went.

        At most so many of each tenant's events go at once, and so many deliveries: ask again until none do.
        """
        values = {"kept": kept, "most": most}
        asked = [text(statement.format(**_tables(schema))) for statement in (TRIM, TRIM_DELIVERIES)]
        typed = [each.bindparams(bindparam("kept", type_=Interval)) for each in asked]
        return sum([(await self._connection.execute(each, values)).rowcount for each in typed])

    async def _events(self, statement: str, schema: str, **values: Any) -> Sequence[Event]:
        asked = text(statement.format(**_tables(schema))).columns(data=JSONB)
        rows = await self._connection.execute(asked, values)
        return [_event(row) for row in rows]


def _outbox(schema: str) -> str:
    return f"{quoted(schema)}.event_outbox"


def _tables(schema: str) -> Mapping[str, str]:
    inside = quoted(schema)
    return {
        "outbox": _outbox(schema),
        "deliveries": f"{inside}.webhook_deliveries",
        "endpoints": f"{inside}.webhook_endpoints",
        "attempts": f"{inside}.webhook_attempts",
    }


def _event(row: Row[Any]) -> Event:
    return Event(**row._mapping)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - SQLAlchemy's public name for it
