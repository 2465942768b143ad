"""Which deliveries come with the places of events: in the same statement, to whoever is to be told, and never twice."""

from collections.abc import AsyncIterator

import pytest

from db.models.webhooks import WebhookEndpointStatus
from db.outbox import HeldOutbox, Outbox
from db.roles import DatabaseRole, url_as
from tests.webhooks.dispatching import a_team, an_endpoint
from tests.world import CompanyWorld, World

FOUND = "select event_type, position, status, attempt_count from pool.webhook_deliveries order by position"
PLACED = "select count(*) from pool.event_outbox where position is not null"
ADDRESS = "https://receiver.invalid/"


@pytest.fixture
async def outbox(world: World, company: CompanyWorld) -> AsyncIterator[HeldOutbox]:
    """The outbox in the hands of a relay that keeps what happens to teams to itself."""
    wiring = world.wiring
    role = DatabaseRole.RELAY
    url = url_as(wiring.database_url, role, prefix=wiring.role_prefix, master_key=wiring.master_key)
    made = Outbox(url, private=["Team"])
    async with made.held() as held:
        assert held is not None
        yield held
    await made.close()
    await company.rows("delete from pool.webhook_deliveries returning 1")


async def test_private_events_stay_inside(company: CompanyWorld, outbox: HeldOutbox) -> None:
    await an_endpoint(company, ADDRESS, "*")
    while await outbox.place("pool", 500):
        pass
    before = [row.event_type for row in await company.rows(FOUND)]
    await a_team(company, "Ops")
    placed = [event.type for event in await outbox.place("pool", 500)]
    found = [row.event_type for row in await company.rows(FOUND)][len(before) :]
    assert "team.created" in placed
    assert found == [each for each in placed if each != "team.created"] != []


async def test_each_event_is_on_its_way_once(company: CompanyWorld, outbox: HeldOutbox) -> None:
    await an_endpoint(company, ADDRESS, "*", "user.*", "user.created")
    await company.person("HR")
    while await outbox.place("pool", 3):
        pass
    rows = await company.rows(FOUND)
    [(placed,)] = await company.rows(PLACED)
    assert [row.position for row in rows] == list(range(1, placed + 1))
    assert {(row.status, row.attempt_count) for row in rows} == {("pending", 0)}


@pytest.mark.parametrize("status", [WebhookEndpointStatus.PAUSED, WebhookEndpointStatus.DISABLED])
async def test_nothing_is_on_its_way_to_one_that_is_not_active(
    company: CompanyWorld, outbox: HeldOutbox, status: WebhookEndpointStatus
) -> None:
    await an_endpoint(company, ADDRESS, "*", status=status)
    while await outbox.place("pool", 500):
        pass
    assert await company.rows(FOUND) == []
