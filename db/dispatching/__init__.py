"""Deliveries to webhooks in one database, as a dispatcher sees them: what is due, what it has in hand, what came of it.

Several dispatchers share the work. Whoever claims a delivery has it for a minute; one that dies in that time gives it
back by itself. Of one endpoint only so many are in hand at a time, whoever has them, and what waits for an endpoint is
never looked through to find what is due at another. The number of statements does not depend on how much is due.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    DateTime,
    Float,
    Integer,
    Row,
    Text,
    TextClause,
    Uuid,
    bindparam,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from db.dispatching.items import Attempt, Backlog, Due, Written
from db.dispatching.statements import (
    ATTEMPTED,
    BURY,
    CLAIM,
    DUE,
    DUE_NOW,
    FINISH,
    RELEASE,
    STREAKS,
    WAITING,
    WRITE,
)
from db.identifiers import literal, quoted
from db.pools import Use, use_of
from db.session import make_engine
from db.tenancy import schemas_with

__all__ = ["Attempt", "Backlog", "Dispatching", "Due", "Written"]

LOCK: Final = 0x776F726B67646973
"""The advisory lock of whoever is claiming, for the moment that it takes: `workgdis` as a number."""

BY_INDEX: Final = {"enable_seqscan": "off", "enable_bitmapscan": "off", "jit": "off"}
"""Statements are planned once for each connection, maybe while a table is small: they must not walk through it when it
is big. And only a walk along an index leaves a mark at what is dead there, so that the next one passes over it.
"""

GIVEN: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("tenant_id", "id", "attempt_id", "endpoint_id"), Uuid()),
    **dict.fromkeys(("body", "status", "error", "excerpt"), Text()),
    **dict.fromkeys(("started_at", "claimed_until"), DateTime(timezone=True)),
    **dict.fromkeys(("number", "duration_ms", "http_status"), Integer()),
    "delay": Float(),
    "works": Boolean(),
}


class Dispatching:
    """The deliveries of one database, reached as the dispatcher's role."""

    def __init__(self, url: str, *, patience: float = 60.0) -> None:
        """Whoever claims has a delivery for `patience` seconds."""
        self._engine, self.patience = make_engine(url, pool_size=4, **BY_INDEX), patience

    async def schemas(self) -> Sequence[str]:
        """Name the schemas that have deliveries."""
        async with self._engine.begin() as connection:
            return [str(row[0]) for row in await connection.execute(schemas_with("webhook_deliveries"))]

    async def due(self, schemas: Sequence[str]) -> Sequence[str]:
        """Name those of some schemas in which a delivery is due."""
        if not schemas:
            return []
        asked = " union all ".join(DUE.format(name=literal(each), schema=quoted(each)) for each in schemas)
        async with self._engine.begin() as connection:
            return [str(row[0]) for row in await connection.execute(text(asked))]

    async def backlog(self) -> Backlog:
        """Count what waits, in one statement; of a schema no more than would matter."""
        schemas = await self.schemas()
        if not schemas:
            return Backlog(0, 0)
        asked = " union all ".join(WAITING.format(schema=quoted(each)) for each in schemas)
        async with self._engine.begin() as connection:
            rows = (await connection.execute(text(asked))).all()
        return Backlog(sum(row[0] for row in rows), sum(row[1] for row in rows))

    @property
    def use(self) -> Use:
        """How much of its pool is in use."""
        return use_of(self._engine)

    async def claim(
        self, schema: str, most: int, per_endpoint: int, writing: Callable[[Sequence[Due]], Sequence[Written]]
    ) -> Sequence[tuple[Due, Written]]:
        """Take deliveries that are due, the oldest first; of each endpoint no more than fit beside those in hand.

        `writing` says what each of them sends, which is written down with the claim, before it is sent for the first
        time; or the status of one that is not sent at all.
        """
        asked = _said(DUE_NOW, schema).columns(data=JSONB, filter=JSONB, secrets=JSONB)
        values = {"most": most, "per_endpoint": per_endpoint, "patience": self.patience}
        async with self._engine.begin() as connection:
            # One claims at a time, or two would not count what the other takes.
            await connection.execute(text(f"select pg_advisory_xact_lock({LOCK})"))
            await connection.execute(_said(BURY, schema))
            due = [_due(row) for row in await connection.execute(asked, values)]
            written = writing(due)
            if due:
                await _give(connection, CLAIM, schema, written, "tenant_id id body status", patience=self.patience)
            return list(zip(due, written, strict=True))

    async def write(self, schema: str, written: Sequence[Written]) -> Mapping[UUID, str]:
        """Write down what claimed deliveries will send that was not known yet; return what they send, by id.

        What was written before stays: whoever comes second sends that.
        """
        async with self._engine.begin() as connection:
            rows = await _give(connection, WRITE, schema, written, "tenant_id id body")
            return {row.id: row.body for row in rows if row.body is not None}

    async def finish(self, schema: str, attempts: Sequence[Attempt], *, days: int) -> Sequence[tuple[UUID, UUID]]:
        """Write down what came of some attempts; return tenant and id of endpoints that have failed for so many days.

        Doing so again changes nothing.
        """
        async with self._engine.begin() as connection:
            await _give(connection, FINISH, schema, attempts, "tenant_id id status delay claimed_until")
            await _give(
                connection,
                ATTEMPTED,
                schema,
                attempts,
                "tenant_id attempt_id id number started_at duration_ms http_status error excerpt",
            )
            names = "tenant_id endpoint_id works started_at"
            rows = await _give(connection, STREAKS, schema, attempts, names, days=days)
            return [(row.tenant_id, row.id) for row in rows]

    async def release(self, schema: str, claimed: Sequence[Due]) -> None:
        """Give deliveries back that were not attempted."""
        async with self._engine.begin() as connection:
            await _give(connection, RELEASE, schema, claimed, "tenant_id id claimed_until")

    async def close(self) -> None:
        """Close the connections."""
        await self._engine.dispose()


async def _give(
    connection: AsyncConnection, statement: str, schema: str, items: Sequence[object], names: str, **values: Any
) -> Sequence[Row[Any]]:
    """Run a statement with one array for each of some attributes."""
    given = names.split()
    typed = _said(statement, schema).bindparams(*(bindparam(name, type_=ARRAY(GIVEN[name])) for name in given))
    arrays = {name: [getattr(item, name) for item in items] for name in given}
    done = await connection.execute(typed, {**arrays, **values})
    return done.all() if done.returns_rows else []


def _said(statement: str, schema: str) -> TextClause:
    return text(statement.format(schema=quoted(schema)))


def _due(row: Row[Any]) -> Due:
    return Due(**row._mapping)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - SQLAlchemy's public name for it
