"""What is told beside a test that has waited in vain: where the log stands on its way."""

import asyncio

from tests.conftest import OwnServers
from tests.standing import standing
from tests.world import CompanyWorld


async def test_it_tells_who_follows_what_is_on_the_bus_and_who_works(
    company: CompanyWorld, own_servers: OwnServers, relaying: None
) -> None:
    world, tenant = company.world, company.tenant.id
    loop = asyncio.get_running_loop()
    async with world.parts.hub.following(tenant, lambda _: True):
        await company.person("VIEWER")
        told = await asyncio.to_thread(standing, world, own_servers.superuser_url, loop)
    assert f"{tenant} told up to " in told
    for each in (
        f"event ('{tenant}', ",
        "Hub._next:",
        "Relay._relay:",
        "'workgraph_relay'",
        "wake (",
        "waiting in the outbox: ",
    ):
        assert each in told, told
