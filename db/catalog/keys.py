"""The tenants' data keys, as they are stored: wrapped under the master key, never in the clear."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Interval, Uuid, cast, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.catalog.tables import tenant_keys
from db.encryption import KEPT, DataKey, FingerprintKey, MasterKey

AT_ONCE: Final = timedelta(0)
NOT_SEALING: Final = "fingerprints-"
"""How the id of a key begins that seals nothing."""


async def add_key(
    connection: AsyncConnection, tenant_id: UUID, key: DataKey, master_key: MasterKey, *, after: timedelta = AT_ONCE
) -> None:
    """Store a new data key: it opens from now on, and seals everything from then on, when every process knows it."""
    seals_from = func.now() + cast(literal(after), Interval)
    stored = {"key_id": key.key_id, "wrapped_key": key.wrap(master_key, tenant_id), "seals_from": seals_from}
    await connection.execute(insert(tenant_keys).values(tenant_id=tenant_id, **stored))


async def wrapped_keys(connection: AsyncConnection, tenant_id: UUID) -> Sequence[bytes]:
    """The data keys of a tenant, as `Keyring` takes them: first the one that seals now, the oldest last."""
    return (await all_wrapped_keys(connection, [tenant_id])).get(tenant_id, [])


async def all_wrapped_keys(connection: AsyncConnection, tenants: Collection[UUID]) -> Mapping[UUID, Sequence[bytes]]:
    """The same of several tenants, in one statement."""
    seals = tenant_keys.c.seals_from <= func.now()
    statement = (
        select(tenant_keys.c.tenant_id, tenant_keys.c.wrapped_key, seals.label("seals"))
        .where(tenant_keys.c.tenant_id == func.any(cast(literal(list(tenants)), ARRAY(Uuid))))
        .order_by(tenant_keys.c.seals_from.desc(), tenant_keys.c.key_id)
    )
    found = defaultdict[UUID, list[bytes]](list)
    sealing = set[UUID]()
    for tenant_id, wrapped, is_sealing in await connection.execute(statement):
        is_first = is_sealing and tenant_id not in sealing
        sealing |= {tenant_id} if is_first else set()
        found[tenant_id].insert(0 if is_first else len(found[tenant_id]), wrapped)
    return found


async def unknown_wrappings(connection: AsyncConnection, master_key: MasterKey) -> Collection[str]:
    """Name the master keys under which something is wrapped, and which are not accepted."""
    ids = func.encode(func.substring(tenant_keys.c.wrapped_key, 2, 4), "hex")
    found = set[str]((await connection.scalars(select(ids).distinct())).all())
    return found - {each.key_id for each in master_key.accepted}


async def rewrap_keys(connection: AsyncConnection, master_key: MasterKey) -> int:
    """Wrap the keys of one tenant that has some under another master key; return how many, 0 when there are no more.

    The key of its fingerprints is stored with them, where it was derived from the other.
    """
    mine = bytes.fromhex(master_key.key_id)
    others = func.substring(tenant_keys.c.wrapped_key, 2, 4) != mine
    tenant_id = await connection.scalar(select(tenant_keys.c.tenant_id).where(others).limit(1))
    if tenant_id is None:
        return 0
    of_tenant = tenant_keys.c.tenant_id == tenant_id
    await connection.execute(select(tenant_keys.c.key_id).where(of_tenant).with_for_update())
    wrapped = await wrapped_keys(connection, tenant_id)
    if not any(each.startswith(KEPT) for each in wrapped):
        kept = FingerprintKey.of(master_key, tenant_id, wrapped)
        stored = {"key_id": f"{NOT_SEALING}{kept.key_id}", "wrapped_key": kept.wrap(master_key, tenant_id)}
        never = cast(literal("infinity"), DateTime(timezone=True))
        await connection.execute(insert(tenant_keys).values(tenant_id=tenant_id, **stored, seals_from=never))
    for each in wrapped:
        kind = FingerprintKey if each.startswith(KEPT) else DataKey
        anew = kind.unwrap(each, master_key, tenant_id).wrap(master_key, tenant_id)
        same = of_tenant & (tenant_keys.c.wrapped_key == each)
        await connection.execute(update(tenant_keys).where(same).values(wrapped_key=anew))
    return len(wrapped)
