"""Endpoints through the API: entered, checked, paused, resumed and given up; and their secrets, each shown once."""

import json
from typing import Any

import pytest

from db.models.webhooks import WebhookEndpoint
from resolvers import ids
from resolvers.context import Context
from resolvers.webhooks.disabling import GONE, disable
from tests.webhooks.dispatching import deliveries
from tests.world import CompanyWorld, Person

URL = "https://hooks.example.com/in"
GIVEN: dict[str, Any] = {"url": URL, "events": ["team.*"]}
SHOWN = "revealed { secret webhookEndpoint { id status version } }"
STATUS = "webhookEndpoint { id status failingSince disabledReason }"
LOGGED = """
select jsonb_build_array(old_values, new_values)::text from pool.audit_logs where tenant_id = :tenant
union all select data::text from pool.event_outbox where tenant_id = :tenant
union all select result::text from pool.idempotency_keys where tenant_id = :tenant
"""


@pytest.fixture
async def owner(company: CompanyWorld) -> Person:
    return await company.person("OWNER")


async def made(person: Person, **given: Any) -> dict[str, Any]:
    """Make an endpoint; return its secret, and the endpoint."""
    done = await person.do("createWebhookEndpoint", {**GIVEN, **given}, SHOWN)
    assert done["refusals"] == []
    return done["revealed"]


async def types_of(company: CompanyWorld) -> list[str]:
    """Every event of the company so far that is about webhooks."""
    asked = "select type from pool.event_outbox where tenant_id = :tenant and type like 'webhook.%' order by sequence"
    return [row.type for row in await company.rows(asked)]


async def test_a_new_endpoint_shows_its_secret_once(company: CompanyWorld, owner: Person) -> None:
    given = {**GIVEN, "idempotencyKey": "one"}
    first = await owner.do("createWebhookEndpoint", given, SHOWN)
    again = await owner.do("createWebhookEndpoint", given, SHOWN)
    secret = first["revealed"]["secret"]
    assert secret.startswith("whsec_")
    assert again["revealed"] == {**first["revealed"], "secret": None}
    everything = await owner.ask("{ webhookEndpoints(first: 5) { nodes { id url events status } } }")
    assert len(everything.data["webhookEndpoints"]["nodes"]) == 1
    logged = [row[0] or "" for row in await company.rows(LOGGED)]
    assert logged
    assert not any(secret.removeprefix("whsec_") in text for text in [*logged, everything.response.text])


async def test_a_secret_is_no_field_of_anything_else(owner: Person) -> None:
    names = await owner.ask("{ __schema { types { name fields { name } } } }")
    has = [
        (kind["name"], field["name"])
        for kind in names.data["__schema"]["types"]
        for field in kind["fields"] or []
        if kind["name"].startswith(("Webhook", "Revealed")) and "secret" in field["name"].lower()
    ]
    assert has == [("RevealedSecret", "secret")]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"url": "http://hooks.example.com/in"}, ["input", "url"]),
        ({"url": "https://169.254.169.254/latest"}, ["input", "url"]),
        ({"url": "https://localhost/in"}, ["input", "url"]),
        ({"events": []}, ["input", "events"]),
        ({"events": ["team.*"] * 51}, ["input", "events"]),
        ({"events": ["team.*", "te*"]}, ["input", "events", "1"]),
        ({"events": ["team.member.*"]}, ["input", "events", "0"]),
    ],
)
async def test_what_cannot_be_sent_to_is_refused(owner: Person, given: dict[str, Any], path: list[Any]) -> None:
    created = await owner.do("createWebhookEndpoint", {**GIVEN, **given}, SHOWN)
    assert [(each["code"], each["path"]) for each in created["refusals"]] == [("INVALID_INPUT", path)]
    endpoint = (await made(owner))["webhookEndpoint"]
    changed = await owner.do("updateWebhookEndpoint", {"id": endpoint["id"], **given})
    assert [(each["code"], each["path"]) for each in changed["refusals"]] == [("INVALID_INPUT", path)]


@pytest.mark.parametrize("events", [["*"], ["onboarding.*"], ["onboarding.started"], ["payroll.run.completed"]])
async def test_types_that_can_be_asked_for(owner: Person, events: list[str]) -> None:
    assert (await made(owner, events=events))["secret"]


async def test_a_rotation_overlaps_and_ends_what_is_older(company: CompanyWorld, owner: Person) -> None:
    first = await made(owner)
    endpoint = first["webhookEndpoint"]["id"]
    second = await owner.do("rotateWebhookSecret", {"id": endpoint, "overlapHours": 2}, SHOWN)
    third = await owner.do("rotateWebhookSecret", {"id": endpoint, "overlapHours": None}, SHOWN)
    secrets = {first["secret"], second["revealed"]["secret"], third["revealed"]["secret"]}
    assert len(secrets) == 3
    assert None not in secrets
    left = await company.rows(
        "select round(extract(epoch from expires_at - now()) / 3600) as hours from pool.webhook_secrets"
        " where tenant_id = :tenant order by id"
    )
    assert [row.hours for row in left] == [0, 24, None]
    assert "webhook.endpoint.secret_rotated" in await types_of(company)
    text = json.dumps([row[0] for row in await company.rows(LOGGED)])
    assert not any(secret.removeprefix("whsec_") in text for secret in secrets)


@pytest.mark.parametrize("hours", [-1, 169])
async def test_an_overlap_has_bounds(owner: Person, hours: int) -> None:
    endpoint = (await made(owner))["webhookEndpoint"]["id"]
    refused = await owner.do("rotateWebhookSecret", {"id": endpoint, "overlapHours": hours}, SHOWN)
    assert [each["path"] for each in refused["refusals"]] == [["input", "overlapHours"]]


async def test_an_endpoint_is_paused_and_resumed(company: CompanyWorld, owner: Person) -> None:
    endpoint = (await made(owner))["webhookEndpoint"]["id"]
    paused = await owner.do("pauseWebhookEndpoint", {"id": endpoint}, STATUS)
    twice = await owner.do("pauseWebhookEndpoint", {"id": endpoint}, STATUS)
    resumed = await owner.do("resumeWebhookEndpoint", {"id": endpoint}, STATUS)
    assert paused["webhookEndpoint"]["status"] == "PAUSED"
    assert [each["code"] for each in twice["refusals"]] == ["ILLEGAL_TRANSITION"]
    assert resumed["webhookEndpoint"]["status"] == "ACTIVE"
    told = await types_of(company)
    assert [each for each in told if each.endswith(("paused", "resumed"))] == [
        "webhook.endpoint.paused",
        "webhook.endpoint.resumed",
    ]


async def test_one_that_was_given_up_says_why_and_can_be_resumed(company: CompanyWorld, owner: Person) -> None:
    endpoint = (await made(owner))["webhookEndpoint"]["id"]
    await give_up(company, owner, endpoint)
    assert "webhook.endpoint.disabled" in await types_of(company)
    seen = await owner.ask(
        "query($id: ID!) { webhookEndpoint(id: $id) { status disabledReason allowedTransitions { name } } }",
        {"id": endpoint},
    )
    assert seen.data["webhookEndpoint"]["status"] == "DISABLED"
    assert seen.data["webhookEndpoint"]["disabledReason"] == GONE
    assert [each["name"] for each in seen.data["webhookEndpoint"]["allowedTransitions"]] == ["resumeWebhookEndpoint"]
    await company.rows("update pool.webhook_endpoints set failing_since = now() where tenant_id = :tenant returning 1")
    resumed = await owner.do("resumeWebhookEndpoint", {"id": endpoint}, STATUS)
    assert resumed["webhookEndpoint"] == {
        "id": endpoint,
        "status": "ACTIVE",
        "failingSince": None,
        "disabledReason": None,
    }


async def give_up(company: CompanyWorld, person: Person, endpoint: str) -> None:
    """Give up an endpoint that has answered that it is gone."""
    named = ids.decode(endpoint)
    assert named is not None
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        context = Context(person.asking, session, "test")
        await disable(context, await context.one(WebhookEndpoint, named.row_id), GONE)


async def test_a_test_is_queued_under_an_id_of_its_own(company: CompanyWorld, owner: Person) -> None:
    endpoint = (await made(owner))["webhookEndpoint"]["id"]
    fields = "webhookDelivery { endpointId messageId eventType status attemptCount body attempts { number } }"
    given = {"id": endpoint, "idempotencyKey": "ping"}
    first = (await owner.do("testWebhookEndpoint", given, fields))["webhookDelivery"]
    repeated = (await owner.do("testWebhookEndpoint", given, fields))["webhookDelivery"]
    second = (await owner.do("testWebhookEndpoint", {"id": endpoint}, fields))["webhookDelivery"]
    assert first == repeated
    assert (first["endpointId"], first["eventType"], first["status"]) == (endpoint, "webhook.test", "PENDING")
    body = json.loads(first["body"])
    assert (body["type"], body["data"]) == ("webhook.test", {"id": endpoint})
    assert second["messageId"] != first["messageId"]
    assert len(await deliveries(company, "pending", "pending")) == 2


async def test_what_is_paused_is_not_tested(owner: Person) -> None:
    endpoint = (await made(owner))["webhookEndpoint"]["id"]
    await owner.do("pauseWebhookEndpoint", {"id": endpoint})
    refused = await owner.do("testWebhookEndpoint", {"id": endpoint}, "webhookDelivery { messageId }")
    assert [each["code"] for each in refused["refusals"]] == ["ENDPOINT_NOT_ACTIVE"]


async def test_a_deleted_endpoint_takes_its_secrets_with_it(company: CompanyWorld, owner: Person) -> None:
    endpoint = (await made(owner))["webhookEndpoint"]["id"]
    done = await owner.do("deleteWebhookEndpoint", {"id": endpoint}, "deletedId")
    assert done["deletedId"] == endpoint
    assert await company.rows("select 1 from pool.webhook_secrets where tenant_id = :tenant") == []


OPERATIONS = [
    *("rotateWebhookSecret", "pauseWebhookEndpoint", "resumeWebhookEndpoint", "testWebhookEndpoint"),
    *("replayWebhook", "updateWebhookEndpoint", "deleteWebhookEndpoint"),
]


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_nobody_reaches_into_another_company(operation: str, owner: Person, other_company: CompanyWorld) -> None:
    endpoint = (await made(owner))["webhookEndpoint"]["id"]
    stranger = await other_company.person("OWNER")
    refused = await stranger.do(operation, {"id": endpoint})
    assert [each["code"] for each in refused["refusals"]] == ["NOT_FOUND"]


@pytest.mark.parametrize("operation", [*OPERATIONS, "createWebhookEndpoint"])
async def test_webhooks_need_their_permission(operation: str, hr: Person, owner: Person) -> None:
    endpoint = (await made(owner))["webhookEndpoint"]["id"]
    pascal = operation[0].upper() + operation[1:]
    given = GIVEN if operation.startswith("create") else {"id": endpoint}
    answer = await hr.ask(
        f"mutation($input: {pascal}Input!) {{ {operation}(input: $input) {{ clientMutationId }} }}", {"input": given}
    )
    assert answer.codes == ["FORBIDDEN"]


async def test_an_address_of_this_machine_is_for_developers(company: CompanyWorld, owner: Person) -> None:
    identity: Any = company.world.parts.identity
    identity._allows_loopback = True
    try:
        assert (await made(owner, url="http://127.0.0.1:9999/in"))["secret"]
    finally:
        identity._allows_loopback = False
