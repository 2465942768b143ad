"""Deliveries as they are read, and sent again: under the same ids, and with what was missed meanwhile."""

from datetime import timedelta
from typing import Any

import pytest

from app import now
from db.outbox import Outbox
from db.roles import DatabaseRole, url_as
from resolvers import ids
from schema.webhooks import PRIVATE
from tests.webhooks.dispatching import a_team, deliveries
from tests.webhooks.test_endpoints import made
from tests.world import CompanyWorld, Person

PAGE = """
query($where: WebhookDeliveryFilter, $first: Int, $after: String) {
  webhookDeliveries(where: $where, orderBy: [{ id: DESC }], first: $first, after: $after) {
    pageInfo { endCursor hasNextPage }
    nodes {
      messageId eventType endpointId status attemptCount nextAttemptAt
      attempts { number durationMs httpStatus error responseExcerpt }
    }
  }
}
"""
ATTEMPT = """
insert into pool.webhook_attempts (tenant_id, id, delivery_id, number, started_at, duration_ms, http_status)
select tenant_id, uuidv7(), id, :number, now(), 5, :status from pool.webhook_deliveries where tenant_id = :tenant
returning 1
"""
FINISHED = """
update pool.webhook_deliveries set status = :status, attempt_count = 3, finished_at = now(), body = '{}'
where tenant_id = :tenant returning message_id
"""


@pytest.fixture
async def owner(company: CompanyWorld) -> Person:
    return await company.person("OWNER")


async def placed(company: CompanyWorld) -> None:
    """Give every event of the test's database its place, which also makes deliveries."""
    wiring = company.world.wiring
    url = url_as(wiring.database_url, DatabaseRole.RELAY, prefix=wiring.role_prefix, master_key=wiring.master_key)
    outbox = Outbox(url, private=PRIVATE)
    try:
        async with outbox.held() as held:
            assert held is not None
            while await held.place("pool", 1000):
                pass
    finally:
        await outbox.close()


async def endpoint_of(owner: Person, *events: str) -> str:
    return (await made(owner, events=list(events or ["team.created"])))["webhookEndpoint"]["id"]


async def page(person: Person, endpoint: str, *, after: str | None = None, **where: str) -> dict[str, Any]:
    wanted = {"endpointId": {"eq": endpoint}, **{name: {"eq": value} for name, value in where.items()}}
    return (await person.ask(PAGE, {"where": wanted, "first": 2, "after": after})).data["webhookDeliveries"]


async def test_deliveries_are_read_newest_first_with_their_attempts(company: CompanyWorld, owner: Person) -> None:
    endpoint = await endpoint_of(owner)
    for name in "abc":
        await a_team(company, name)
    await placed(company)
    for number in (1, 2):
        await company.rows(ATTEMPT, number=number, status=500)
    stored = [row.message_id for row in await deliveries(company, "pending", "pending", "pending")]
    first = await page(owner, endpoint)
    rest = await page(owner, endpoint, after=first["pageInfo"]["endCursor"])
    read = [*first["nodes"], *rest["nodes"]]
    assert [each["messageId"] for each in read] == stored[::-1]
    assert rest["pageInfo"]["hasNextPage"] is False
    assert all([(a["number"], a["httpStatus"]) for a in each["attempts"]] == [(1, 500), (2, 500)] for each in read)
    assert (await page(owner, endpoint, status="DEAD"))["nodes"] == []


async def test_one_delivery_is_found_by_its_message(company: CompanyWorld, owner: Person) -> None:
    endpoint = await endpoint_of(owner)
    await a_team(company, "a")
    await placed(company)
    [delivery] = await deliveries(company, "pending")
    [found] = (await page(owner, endpoint, messageId=delivery.message_id))["nodes"]
    assert (found["eventType"], found["endpointId"]) == ("team.created", endpoint)
    assert (await page(owner, endpoint, messageId="msg_none"))["nodes"] == []


@pytest.mark.parametrize("status", ["succeeded", "dead", "skipped"])
async def test_what_is_finished_is_sent_again_under_its_id(company: CompanyWorld, owner: Person, status: str) -> None:
    endpoint = await endpoint_of(owner)
    await a_team(company, "a")
    await placed(company)
    [row] = await company.rows(FINISHED, status=status)
    done = await owner.do("replayWebhook", {"id": endpoint, "messageIds": [row.message_id]})
    assert done["refusals"] == []
    [again] = await deliveries(company, "pending")
    assert (again.message_id, again.attempt_count, again.finished_at, again.body) == (row.message_id, 0, None, "{}")


async def test_what_was_missed_while_paused_is_queued(company: CompanyWorld, owner: Person) -> None:
    endpoint, begun = await endpoint_of(owner), now() - timedelta(seconds=1)
    await owner.do("pauseWebhookEndpoint", {"id": endpoint})
    await a_team(company, "a")
    await placed(company)
    await deliveries(company)
    paused = await owner.do("replayWebhook", {"id": endpoint, "since": begun.isoformat()})
    assert [each["code"] for each in paused["refusals"]] == ["ENDPOINT_NOT_ACTIVE"]
    await owner.do("resumeWebhookEndpoint", {"id": endpoint})
    for _ in range(2):  # the second time there is nothing new
        assert (await owner.do("replayWebhook", {"id": endpoint, "since": begun.isoformat()}))["refusals"] == []
    [missed] = await deliveries(company, "pending")
    [event] = await company.rows(
        "select message_id, position from pool.event_outbox where tenant_id = :tenant and type = 'team.created'"
    )
    assert (missed.message_id, missed.position) == (event.message_id, event.position)
    named = ids.decode(endpoint)
    assert named is not None
    assert missed.endpoint_id == named.row_id


async def test_only_what_came_since_is_sent_again(company: CompanyWorld, owner: Person) -> None:
    endpoint = await endpoint_of(owner)
    await a_team(company, "a")
    await placed(company)
    await company.rows(FINISHED, status="succeeded")
    later = (now() + timedelta(minutes=1)).isoformat()
    assert (await owner.do("replayWebhook", {"id": endpoint, "since": later}))["refusals"] == []
    await deliveries(company, "succeeded")


async def test_what_is_being_sent_is_left_in_hand(company: CompanyWorld, owner: Person) -> None:
    endpoint = await endpoint_of(owner)
    await a_team(company, "a")
    await placed(company)
    [row] = await company.rows(
        "update pool.webhook_deliveries set claimed_until = now() + interval '1 minute', attempt_count = 4"
        " where tenant_id = :tenant returning message_id"
    )
    assert (await owner.do("replayWebhook", {"id": endpoint, "messageIds": [row.message_id]}))["refusals"] == []
    [held] = await deliveries(company, "pending")
    assert held.claimed_until is not None
    assert held.attempt_count == 4


async def test_types_that_were_not_asked_for_are_not_sent(company: CompanyWorld, owner: Person) -> None:
    await a_team(company, "a")
    await placed(company)
    endpoint = await endpoint_of(owner, "onboarding.*")
    [event] = await company.rows(
        "select message_id from pool.event_outbox where tenant_id = :tenant and type = 'team.created'"
    )
    refused = await owner.do("replayWebhook", {"id": endpoint, "messageIds": [event.message_id]})
    assert [(each["code"], each["path"]) for each in refused["refusals"]] == [
        ("NOT_FOUND", ["input", "messageIds", "0"])
    ]


async def test_what_is_not_public_is_never_sent(company: CompanyWorld, owner: Person) -> None:
    endpoint, begun = await endpoint_of(owner, "*"), now() - timedelta(days=1)
    await owner.do("pauseWebhookEndpoint", {"id": endpoint})
    await owner.do("rotateWebhookSecret", {"id": endpoint})
    await placed(company)
    await company.rows("delete from pool.webhook_deliveries where tenant_id = :tenant returning 1")
    await owner.do("resumeWebhookEndpoint", {"id": endpoint})
    await placed(company)
    await company.rows("delete from pool.webhook_deliveries where tenant_id = :tenant returning 1")
    assert (await owner.do("replayWebhook", {"id": endpoint, "since": begun.isoformat()}))["refusals"] == []
    types = {row.event_type for row in await company.rows("select * from pool.webhook_deliveries")}
    assert "webhook.endpoint.secret_rotated" in types
    assert not any(each.startswith("webhook.secret.") for each in types)


@pytest.mark.parametrize(
    "given", [{}, {"messageIds": ["msg_a"], "since": "2026-01-01T00:00:00Z"}, {"messageIds": ["msg_a"] * 1001}]
)
async def test_a_replay_says_what_it_is_of(owner: Person, given: dict[str, Any]) -> None:
    refused = await owner.do("replayWebhook", {"id": await endpoint_of(owner), **given})
    assert [each["code"] for each in refused["refusals"]] == ["INVALID_INPUT"]


async def test_another_company_reads_nothing(company: CompanyWorld, owner: Person, other_company: CompanyWorld) -> None:
    endpoint = await endpoint_of(owner)
    await a_team(company, "a")
    await placed(company)
    stranger = await other_company.person("OWNER")
    assert (await page(stranger, endpoint))["nodes"] == []
    assert len((await page(owner, endpoint))["nodes"]) == 1


async def test_reading_deliveries_needs_a_permission(owner: Person, hr: Person) -> None:
    assert (await hr.ask(PAGE, {"id": await endpoint_of(owner)})).codes == ["FORBIDDEN"]
