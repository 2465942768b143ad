"""A dispatcher at work, companies with endpoints, and a look at what became of their deliveries."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from app import now
from db.dispatching import Dispatching
from db.models import Team
from db.models.webhooks import WebhookEndpoint, WebhookSecret
from db.roles import DatabaseRole, url_as
from gateways.webhooks import Sender, new_secret
from resolvers.context import Context
from resolvers.tenants import Tenants
from resolvers.webhooks.dispatcher import Dispatcher
from tests.world import CompanyWorld, World


@asynccontextmanager
async def dispatching_of(world: World, patience: float = 60.0) -> AsyncGenerator[Dispatching]:
    """The deliveries as a dispatcher of another process has them."""
    wiring = world.wiring
    role = DatabaseRole.DISPATCHER
    url = url_as(wiring.database_url, role, prefix=wiring.role_prefix, master_key=wiring.master_key)
    dispatching = Dispatching(url, patience=patience)
    try:
        yield dispatching
    finally:
        await dispatching.close()


@asynccontextmanager
async def at_work(world: World) -> AsyncGenerator[None]:
    """Let a dispatcher work, which may send to this machine."""
    stop, sender = asyncio.Event(), Sender(True)  # noqa: FBT003
    tenants = Tenants(world.parts.catalog, world.wiring.master_key)
    async with dispatching_of(world) as dispatching:
        dispatcher = Dispatcher(dispatching, world.parts.database, tenants, sender, world.parts.selecting, clock=now)
        running = asyncio.create_task(dispatcher.run(stop))
        try:
            yield
        finally:
            stop.set()
            await running
            await sender.close()


async def an_endpoint(company: CompanyWorld, url: str, *events: str, **given: Any) -> tuple[UUID, str]:
    """Make an endpoint with a secret; return its id and the secret."""
    owner, secret = await company.person("OWNER"), new_secret()
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        context = Context(owner.asking, session, "test")
        endpoint = WebhookEndpoint(id=uuid7(), url=url, events=list(events), **given)
        context.add(endpoint)
        await context.flush()
        held = WebhookSecret(id=uuid7(), endpoint_id=endpoint.id)
        held.secret = context.seal(held, "secret", secret)
        context.add(held)
        await context.flush()
    return endpoint.id, secret


async def a_team(company: CompanyWorld, name: str, *, fails: bool = False) -> None:
    """Make a team, which is an event `team.created`; or undo it at the last moment."""
    owner = await company.person("OWNER")
    async with company.world.parts.database.writing(company.tenant.placement) as session:
        context = Context(owner.asking, session, "test")
        context.add(Team(id=uuid7(), name=name))
        await context.flush()
        await (session.rollback() if fails else session.commit())


DELIVERIES = """
select d.*, d.next_attempt_at - now() as waits, (
  select json_agg(json_build_object('number', a.number, 'status', a.http_status, 'error', a.error) order by a.id)
  from pool.webhook_attempts a where a.delivery_id = d.id
) as attempts
from pool.webhook_deliveries d order by d.id
"""


async def deliveries(company: CompanyWorld, *statuses: str, within: float = 8.0) -> Sequence[Any]:
    """Wait until the deliveries of a company have these statuses, in order, and return them."""
    found: Sequence[Any] = []
    try:
        async with asyncio.timeout(within):
            while True:
                found = await company.rows(DELIVERIES)
                if tuple(row.status for row in found) == statuses:
                    return found
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError([tuple(row) for row in found]) from None


async def hurry(company: CompanyWorld) -> None:
    """Make everything that waits for its next attempt due."""
    await company.rows(
        "update pool.webhook_deliveries set next_attempt_at = now() where status = 'pending' returning 1"
    )
