"""Finds the tenant of a request in the catalog, and its keys; what was found is kept for a few seconds.

The catalog is read as the control role, which can read nothing else. What a process remembers of a tenant may be
`FRESH_FOR` old: so long does a suspension take to reach everyone. Unknown names are not remembered, and everything is
forgotten when this process itself writes into the catalog.
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeGuard
from uuid import UUID
from weakref import WeakValueDictionary

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.catalog import (
    PRIMARY,
    Isolation,
    Tenant,
    TenantNotFound,
    TenantStatus,
    all_wrapped_keys,
    find_tenant,
    wrapped_keys,
)
from db.encryption import DataKey, Keyring, MasterKey
from db.session import when_written
from db.tenancy import POOL, Placement

FRESH_FOR: Final = 2.0
"""For how many seconds a process goes by what it has read of a tenant, or of a user, before it looks again."""

KEYS_EVERY: Final = 10.0
"""Seconds after which a process reads the keys anew that somebody in it holds: a connection may stay for days."""

OPEN_STATUSES: Final = frozenset({TenantStatus.ACTIVE, TenantStatus.SUSPENDED, TenantStatus.MIGRATING})
MOST_KEPT: Final = 10_000
NOBODY: Final = UUID(int=0)
Key = tuple[tuple[str, object], ...]
NOWHERE: Final = Tenant(
    id=NOBODY,
    slug="",
    name="",
    plan="",
    status=TenantStatus.CLOSED,
    isolation=Isolation.LOGICAL,
    placement=Placement(NOBODY, POOL, PRIMARY),
    modules=frozenset(),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A tenant, its keys, and until when they may be used without looking again."""

    tenant: Tenant
    keyring: Keyring
    until: float


def is_open(found: Found | None) -> TypeGuard[Found]:
    """Tell whether a tenant is there, and lets people in."""
    return found is not None and found.tenant.status in OPEN_STATUSES


class Tenants:
    """The tenants of the catalog, as requests ask for them. `nowhere` stands for none: it has no module and no row.

    `has_closed` says that one is kept that runs registered documents only.
    """

    def __init__(
        self, catalog: AsyncEngine, master_key: MasterKey, *, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._master_key, self._ticks = master_key, ticks
        self._found: OrderedDict[Key, Found] = OrderedDict()
        self._keyrings = WeakValueDictionary[UUID, Keyring]()
        self.has_closed = False
        self.catalog = catalog
        when_written(catalog, self.forget)
        nobodys_key = DataKey.generate().wrap(master_key, NOWHERE.id)
        self.nowhere = Found(NOWHERE, Keyring(master_key, NOWHERE.id, [nobodys_key]), math.inf)

    async def find(self, **named: Any) -> Found | None:
        """Return the tenant of an `id`, a `slug` or a `hostname`: the first that names one, or None."""
        key = tuple(named.items())
        kept = self._found.get(key)
        if kept and kept.until > self._ticks():
            self._found.move_to_end(key)
            return kept
        remembered = self._found
        found = await self._look(named, self._ticks() + FRESH_FOR)
        if found is None:
            self._found.pop(key, None)
        elif self._found is remembered:
            self._keep(key, found)
        return found

    def forget(self) -> None:
        """Forget every tenant, and what is being looked up of them."""
        self._found, self.has_closed = OrderedDict(), False

    def _keep(self, key: Key, found: Found) -> None:
        self.has_closed = self.has_closed or found.tenant.registered_only
        self._found[key] = found
        self._found.move_to_end(key)
        while len(self._found) > MOST_KEPT:
            self._found.popitem(last=False)

    async def _look(self, named: dict[str, Any], until: float) -> Found | None:
        async with self.catalog.connect() as connection:
            tenant = await _first(connection, named)
            if tenant is None:
                return None
            keys = await wrapped_keys(connection, tenant.id)
        if not keys:
            return None
        return Found(tenant, self._keyring(tenant.id, keys), until)

    def _keyring(self, tenant_id: UUID, wrapped: Sequence[bytes]) -> Keyring:
        """Return the one keyring of a tenant in this process: whoever holds it knows the keys that were read last."""
        if (keyring := self._keyrings.get(tenant_id)) is not None:
            keyring.learn(self._master_key, wrapped)
            return keyring
        return self._keyrings.setdefault(tenant_id, Keyring(self._master_key, tenant_id, wrapped))

    async def run(self) -> None:
        """Read the keys that are held anew, every few seconds until cancelled."""
        while True:
            await asyncio.sleep(KEYS_EVERY)
            with suppress(SQLAlchemyError, OSError):
                await self.read_keys()

    async def read_keys(self) -> None:
        """Read the keys that are held anew, in one statement."""
        if held := list(self._keyrings):
            async with self.catalog.connect() as connection:
                found = await all_wrapped_keys(connection, held)
            for tenant_id, wrapped in found.items():
                self._keyring(tenant_id, wrapped)


async def _first(connection: AsyncConnection, named: dict[str, Any]) -> Tenant | None:
    for name, value in named.items():
        with suppress(TenantNotFound):
            return await find_tenant(connection, **{name: value})
    return None
