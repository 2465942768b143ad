"""The audit chains of one database, as their sequencer sees them: which entries wait, and what comes next.

A trigger notes each new entry in a queue, in the transaction that writes it: so only what is committed waits, and
writers never wait for the chain. One transaction takes a batch from the queue and appends it: the chain of a company
has neither a gap nor an entry twice, whatever happens to whoever appends.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Integer,
    LargeBinary,
    Uuid,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    text,
    true,
    tuple_,
)
from sqlalchemy import literal as value_of
from sqlalchemy.ext.asyncio import AsyncConnection

from db.audit_form import BEGIN, FORM, entry_columns, hash_of
from db.identifiers import literal, quoted
from db.models.log import AuditChain, AuditLog, AuditWaiting
from db.outbox import CONNECTED_AS
from db.pools import Use, use_of
from db.session import make_engine
from db.tenancy import schemas_with

LOCK: Final = 0x776F726B67736571
"""The advisory lock of whoever appends to the chains of a database: `workgseq` as a number."""

_QUEUE: Final = AuditWaiting.__table__
_LOGS: Final = AuditLog.__table__
_CHAIN: Final = AuditChain.__table__


def _unnested(**arrays: Any) -> Any:
    """Arrays, one for each column, as a table."""
    given = [bindparam(name, type_=ARRAY(kind)) for name, kind in arrays.items()]
    return func.unnest(*given).table_valued(*arrays, name="given").render_derived()


_TENANTS: Final = _unnested(tenant_id=Uuid)
_PAIRS: Final = _unnested(tenant_id=Uuid, id=Uuid)
_LINKS: Final = _unnested(tenant_id=Uuid, id=Uuid, position=BigInteger, prev_hash=LargeBinary, hash=LargeBinary)
# The limit is written into the statement: a plan made for any limit would read the whole trail.
_OLDEST: Final = (
    select(_QUEUE.c.tenant_id, _QUEUE.c.id, _QUEUE.c.sequence)
    .order_by(_QUEUE.c.sequence)
    .limit(bindparam("most", type_=Integer, literal_execute=True))
    .subquery("oldest")
)
_PLACED: Final = exists().where(_CHAIN.c.tenant_id == _OLDEST.c.tenant_id, _CHAIN.c.id == _OLDEST.c.id)

# Anybody who may write an entry may put an id in the queue: one that names no entry, or one that has its place, is
# dropped.
WAITING: Final = (
    select(
        _OLDEST.c.tenant_id.label("waiting_tenant_id"),
        _OLDEST.c.id.label("waiting_id"),
        and_(_LOGS.c.id.is_not(None), ~_PLACED).label("is_new"),
        *entry_columns(),
    )
    .select_from(_OLDEST.outerjoin(_LOGS, and_(_LOGS.c.tenant_id == _OLDEST.c.tenant_id, _LOGS.c.id == _OLDEST.c.id)))
    .order_by(_OLDEST.c.sequence)
)
_NEWEST: Final = (
    select(_CHAIN.c.position, _CHAIN.c.hash)
    .where(_CHAIN.c.tenant_id == _TENANTS.c.tenant_id)
    .order_by(_CHAIN.c.position.desc())
    .limit(1)
    .lateral("newest")
)
LAST: Final = select(_TENANTS.c.tenant_id, _NEWEST.c.position, _NEWEST.c.hash).select_from(
    _TENANTS.join(_NEWEST, true())
)
APPEND: Final = insert(AuditChain).from_select(
    ["tenant_id", "id", "position", "prev_hash", "hash", "form", "chained_at"],
    select(*_LINKS.c, value_of(FORM), func.now()),
)
TAKE: Final = delete(AuditWaiting).where(tuple_(_QUEUE.c.tenant_id, _QUEUE.c.id).in_(select(*_PAIRS.c)))


@dataclass(frozen=True, slots=True)
class Link:
    """The place of an entry in its company's chain."""

    tenant_id: UUID
    id: UUID
    position: int
    prev_hash: bytes
    hash: bytes


class Auditing:
    """The audit chains of one database, reached as the sequencer's role."""

    def __init__(self, url: str) -> None:
        self._engine = make_engine(url, pool_size=1)

    @asynccontextmanager
    async def held(self) -> AsyncGenerator["HeldAuditing | None"]:
        """Hold the lock of the database's sequencer for as long as the block lasts; None while another holds it.

        The lock belongs to the connection that does the work, and outlasts its transactions: whoever loses one has lost
        the other.
        """
        async with self._engine.connect() as connection:
            async with connection.begin():
                is_mine = await connection.scalar(text(f"select pg_try_advisory_lock({LOCK})"))
            if not is_mine:
                yield None
                return
            try:
                async with connection.begin():
                    await connection.execute(text(CONNECTED_AS))
                yield HeldAuditing(connection)
            finally:
                await connection.invalidate()

    @property
    def use(self) -> Use:
        """Whether its connection is in use."""
        return use_of(self._engine)

    async def close(self) -> None:
        """Close the connection."""
        await self._engine.dispose()


class HeldAuditing:
    """The audit chains of one database, in the hands of the one that appends to them."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def schemas(self) -> Sequence[str]:
        """Name the schemas that have a queue."""
        async with self._connection.begin():
            return [str(row[0]) for row in await self._connection.execute(schemas_with("audit_waiting"))]

    async def waiting(self, schemas: Sequence[str]) -> Sequence[str]:
        """Name those of some schemas in which an entry waits for its place."""
        if not schemas:
            return []
        asked = " union all ".join(
            f"select {literal(schema)} where exists (select from {quoted(schema)}.audit_waiting)" for schema in schemas
        )
        async with self._connection.begin():
            return [str(row[0]) for row in await self._connection.execute(text(asked))]

    async def append(self, schema: str, most: int) -> int:
        """Give the oldest entries that wait their places, all or none; return how many left the queue.

        The number of statements is the same for each number of entries and of companies.
        """
        async with self._connection.begin():
            rows = await self._ask(schema, WAITING, most=most)
            if rows:
                await self._append(schema, [row for row in rows if row.is_new])
                await self._do(
                    schema, TAKE, tenant_id=[row.waiting_tenant_id for row in rows], id=[row.waiting_id for row in rows]
                )
        return len(rows)

    async def _append(self, schema: str, entries: Sequence[Any]) -> None:
        tenants = list({row.tenant_id for row in entries})
        last = {row[0]: (row[1], row[2]) for row in await self._ask(schema, LAST, tenant_id=tenants)}
        # In a thread: requests are answered beside it.
        links = await asyncio.to_thread(_links, entries, last)
        names = Link.__slots__
        await self._do(schema, APPEND, **{name: [getattr(link, name) for link in links] for name in names})

    async def _ask(self, schema: str, statement: Any, **values: Any) -> Sequence[Any]:
        placed = {"schema_translate_map": {None: schema}}
        return (await self._connection.execute(statement, values, execution_options=placed)).all()

    async def _do(self, schema: str, statement: Any, **values: Any) -> None:
        placed = {"schema_translate_map": {None: schema}}
        await self._connection.execute(statement, values, execution_options=placed)


def _links(entries: Sequence[Any], last: Mapping[UUID, tuple[int, bytes]]) -> Sequence[Link]:
    """Put entries behind the last of their companies, in order."""
    ends, links = dict(last), list[Link]()
    for row in entries:
        position, previous = ends.get(row.tenant_id, (0, BEGIN))
        made = hash_of(previous, row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
        links.append(Link(row.tenant_id, row.id, position + 1, previous, made))
        ends[row.tenant_id] = position + 1, made
    return links
