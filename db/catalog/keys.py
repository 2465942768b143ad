"""The tenants' data keys, as they are stored: wrapped under the master key, never in the clear."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.catalog.tables import tenant_keys
from db.encryption import DataKey, MasterKey


async def add_key(connection: AsyncConnection, tenant_id: UUID, key: DataKey, master_key: MasterKey) -> None:
    """Store a new data key; it seals everything from now on."""
    wrapped = key.wrap(master_key, tenant_id)
    await connection.execute(insert(tenant_keys).values(tenant_id=tenant_id, key_id=key.key_id, wrapped_key=wrapped))


async def wrapped_keys(connection: AsyncConnection, tenant_id: UUID) -> Sequence[bytes]:
    """The data keys of a tenant, newest first, as `db.encryption.Keyring` takes them."""
    statement = (
        select(tenant_keys.c.wrapped_key)
        .where(tenant_keys.c.tenant_id == tenant_id)
        .order_by(tenant_keys.c.created_at.desc(), tenant_keys.c.key_id)
    )
    return (await connection.scalars(statement)).all()
