"""A stolen dump: every column of every row that has to do with a company, all that Valkey holds, and the log.

A secret is looked for as it is and as it may be written: in base64, wherever in what was encoded it stood, for
addresses too, in hexadecimal digits, and escaped.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

import orjson
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from db.identifiers import quoted
from db.session import async_url
from tests.world import CompanyWorld

OURS: Final = """
select n.nspname, c.relname, array_agg(a.attname::text) from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind in ('r', 'p', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
group by 1, 2 order by 1, 2
"""
"""Every table of the database that is not PostgreSQL's own, with its columns."""

SHORTEST: Final = 8
"""Characters of a form that is looked for; anything shorter stands somewhere by chance."""

Place = tuple[str, bytes]
"""Where something is stored, and what it is."""


async def stored(superuser_url: str, company: CompanyWorld) -> Sequence[Place]:
    """Read every row of every table, but for those that belong to other companies."""
    engine = create_async_engine(async_url(superuser_url))
    try:
        async with engine.connect() as connection:
            tables = (await connection.execute(text(OURS))).all()
            assert {"pool", "catalog", "queue"} <= {schema for schema, *_ in tables}
            return [each for table in tables for each in await _rows(connection, company, *table)]
    finally:
        await engine.dispose()


async def _rows(
    connection: AsyncConnection, company: CompanyWorld, schema: str, table: str, columns: Sequence[str]
) -> Sequence[Place]:
    """Read the rows of a table; where it says whose they are, those of the company."""
    whose = " where tenant_id = :tenant" if "tenant_id" in columns else ""
    if (schema, table) == ("catalog", "tenants"):
        whose = " where id = :tenant"
    statement = f"select row_to_json(each)::text from {quoted(schema)}.{quoted(table)} each{whose}"
    found = await connection.execute(text(statement), {"tenant": company.tenant.id} if whose else {})
    return [(f"{schema}.{table}", row[0].encode()) for row in found]


async def cached(redis_url: str) -> Sequence[Place]:
    """Read every key of Valkey, of whatever type."""
    valkey: Any = Redis.from_url(redis_url)
    try:
        return [each async for key in valkey.scan_iter(count=1000) for each in await _values(valkey, key)]
    finally:
        await valkey.aclose()


async def _values(valkey: Any, key: bytes) -> Sequence[Place]:
    reads = {
        b"string": lambda: valkey.get(key),
        b"hash": lambda: valkey.hgetall(key),
        b"list": lambda: valkey.lrange(key, 0, -1),
        b"set": lambda: valkey.smembers(key),
        b"zset": lambda: valkey.zrange(key, 0, -1, withscores=True),
        b"stream": lambda: valkey.xrange(key),
        b"none": _nothing,
    }
    value = await reads[await valkey.type(key)]()
    return [("valkey", key), *(("valkey", each) for each in _bytes_in(value))]


async def _nothing() -> None:
    """Stand for a key that has run out meanwhile."""


def _bytes_in(value: Any) -> Iterator[bytes]:
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, Mapping):
        for each in value.items():
            yield from _bytes_in(each)
    elif isinstance(value, list | tuple | set):
        for each in value:
            yield from _bytes_in(each)


def forms_of(secret: str | bytes) -> set[bytes]:
    """Return every way in which a secret may stand somewhere."""
    plain = secret.encode() if isinstance(secret, str) else secret
    forms = {plain, plain.hex().encode(), plain.hex().upper().encode(), *_encoded(plain)}
    if isinstance(secret, str):
        forms |= {quote(secret, safe="").encode(), orjson.dumps(secret)[1:-1], secret.upper().encode()}
        forms |= {secret.lower().encode(), secret[::-1].encode(), secret.replace("-", "").encode()}
    return {each for each in forms if len(each) >= SHORTEST}


def _encoded(plain: bytes) -> Iterator[bytes]:
    """Return the part of its base64 that is the same whatever stood before and behind, for each place of its begin."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + plain)
        begin, end = (0, 2, 3)[before], len(plain) + before
        whole = encoded[begin : end // 3 * 4]
        yield from (whole, whole.translate(bytes.maketrans(b"+/", b"-_")))


def found(secrets: Mapping[str, str | bytes], places: Sequence[Place]) -> set[tuple[str, str]]:
    """Name each secret that stands in the open, and where."""
    forms = {name: forms_of(secret) for name, secret in secrets.items()}
    return {
        (name, where) for where, held in places for name, some in forms.items() if any(form in held for form in some)
    }
