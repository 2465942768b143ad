"""What signing in works with: the pools, the keys, the clock, and what makes all refusals take as long."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from uuid import UUID

from auth.passwords import Passwords
from auth.tokens import AccessTokens
from db.catalog import TenantStatus
from db.session import Database
from resolvers.barred import TenantMigrating, TenantNotFound
from resolvers.context import Asking
from resolvers.doors import Doors
from resolvers.tenants import NOWHERE, Tenants, is_open


@dataclass(frozen=True, slots=True)
class Means:
    """What signing in works with. `slow` is how many seconds a refusal takes at least, whatever was done before it."""

    database: Database
    tenants: Tenants
    tokens: AccessTokens
    passwords: Passwords
    doors: Doors
    slow: float
    default_slug: str | None

    async def within(self, asking: Asking, tenant_id: UUID) -> Asking | None:
        """Return the same request within the tenant that a token names; None where that is another than the address.

        A company that answers only because no other was named is no address.
        """
        found = await self.tenants.find(id=tenant_id)
        named = asking.tenant is not NOWHERE and asking.tenant.slug != self.default_slug
        if not is_open(found) or (named and asking.tenant.id != tenant_id):
            return None
        return replace(asking, tenant=found.tenant, keyring=found.keyring)


def expect_company(asking: Asking) -> None:
    """Turn away from no company, and from one that is being moved: what is written there would be lost."""
    if asking.tenant is NOWHERE:
        raise TenantNotFound("Name your company, by the address or by X-Workgraph-Tenant.")
    expect_still(asking)


def expect_still(asking: Asking) -> None:
    """Turn away from a company that is being moved."""
    if asking.tenant.status is TenantStatus.MIGRATING:
        raise TenantMigrating("The company is being moved; try again in a moment.")


@asynccontextmanager
async def at_least(seconds: float, *, only_after: type[Exception] | None = None) -> AsyncGenerator[None]:
    """Leave the block no sooner than after so long, so that the time tells nothing of what was done in it.

    With `only_after`, only where it ends with that.
    """
    begun = time.monotonic()
    ended_so = only_after is None
    try:
        yield
    except Exception as error:
        ended_so = ended_so or (only_after is not None and isinstance(error, only_after))
        raise
    finally:
        if ended_so:
            await asyncio.sleep(max(0.0, begun + seconds - time.monotonic()))
