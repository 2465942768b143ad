"""The tenants' data keys, as they are stored: wrapped under the master key, never in the clear."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, Interval, Uuid, cast, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.catalog.tables import tenant_keys
from db.encryption import DataKey, MasterKey

AT_ONCE: Final = timedelta(0)


async def add_key(
    connection: AsyncConnection, tenant_id: UUID, key: DataKey, master_key: MasterKey, *, after: timedelta = AT_ONCE
) -> None:
    """Store a new data key: it opens from now on, and seals everything from then on, when every process knows it."""
    seals_from = func.now() + cast(literal(after), Interval)
    stored = {"key_id": key.key_id, "wrapped_key": key.wrap(master_key, tenant_id), "seals_from": seals_from}
    await connection.execute(insert(tenant_keys).values(tenant_id=tenant_id, **stored))


async def wrapped_keys(connection: AsyncConnection, tenant_id: UUID) -> Sequence[bytes]:
    """The data keys of a tenant, as `db.encryption.Keyring` takes them: first the one that seals now."""
    return (await all_wrapped_keys(connection, [tenant_id])).get(tenant_id, [])


async def all_wrapped_keys(connection: AsyncConnection, tenants: Collection[UUID]) -> Mapping[UUID, Sequence[bytes]]:
    """The same of several tenants, in one statement."""
    seals = tenant_keys.c.seals_from <= func.now()
    statement = (
        select(tenant_keys.c.tenant_id, tenant_keys.c.wrapped_key)
        .where(tenant_keys.c.tenant_id == func.any(cast(literal(list(tenants)), ARRAY(Uuid))))
        .order_by(seals.desc(), tenant_keys.c.seals_from.desc(), tenant_keys.c.key_id)
    )
    found = defaultdict[UUID, list[bytes]](list)
    for tenant_id, wrapped in await connection.execute(statement):
        found[tenant_id].append(wrapped)
    return found
