"""The demo's support: a company that runs the installation, and an agent of it who looks after the demo company.

The agent has a second factor, whose secret follows from the installation's master key: `workgraph support code` makes
its codes, so that somebody who looks around needs no authenticator.
"""

import base64
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from uuid_utils.compat import uuid7

from auth.principal import Principal
from db.catalog import (
    NotThePlatform,
    PlatformRole,
    Tenant,
    TenantSpec,
    assign_account_manager,
    find_tenant,
    wrapped_keys,
)
from db.encryption import Keyring, MasterKey
from db.models.identity import User
from db.models.sign_in import SecondFactor
from db.session import Database
from demo.company import ID as COMPANY
from resolvers.context import Asking, Context
from resolvers.registration import NewCompany, Registration, SlugTaken
from resolvers.support.granting import grant

SLUG: Final = "demo-support"
EMAIL: Final = "agent@support.example"
ID: Final = UUID("00000000-0000-7000-8000-00000000de5a")
SECRET_BYTES: Final = 20


def secret_of(master_key: MasterKey) -> str:
    """Return the secret of the agent's authenticator: the same at every start, and another in every installation."""
    return base64.b32encode(master_key.derive("demo second factor")[:SECRET_BYTES]).decode("ascii")


async def make_demo_support(
    registration: Registration,
    database: Database,
    catalog: AsyncEngine,
    master_key: MasterKey,
    *,
    password: str,
    now: datetime,
) -> bool:
    """Make it, or leave it; says no where the installation is run by a company of its own."""
    agent = NewCompany("Demo Support", SLUG, EMAIL, password, "Sasha", "Support")
    try:
        tenant = await registration.ensure(agent, TenantSpec(slug=SLUG, name=agent.name, id=ID))
        async with catalog.connect() as connection:
            keyring = Keyring(master_key, tenant.id, await wrapped_keys(connection, tenant.id))
        await _guard(database, tenant, keyring, secret_of(master_key), now)
        person, _ = await grant(database, catalog, tenant, EMAIL, PlatformRole.SUPPORT_AGENT, "+49 30 5550100")
    except (SlugTaken, NotThePlatform):
        return False
    async with catalog.begin() as connection:
        if (await find_tenant(connection, id=COMPANY)).manager is None:
            await assign_account_manager(connection, COMPANY, person.user_id)
    return True


async def _guard(database: Database, tenant: Tenant, keyring: Keyring, secret: str, now: datetime) -> None:
    """Give the agent their second factor, unless they have one."""
    system = Asking(Principal("system", tenant_id=tenant.id), tenant, keyring, now, "demo")
    async with database.transacting(tenant.placement) as session:
        context = Context(system, session, "seed_demo_data")
        [user_id] = await context.all(select(User.id).where(User.email == EMAIL))
        user = await context.one(User, user_id)
        if user.mfa_enabled:
            return
        factor = SecondFactor(id=uuid7(), user_id=user.id)
        factor.secret = context.seal(factor, "secret", secret)
        user.mfa_enabled = True
        context.add(factor)
        await context.flush()
