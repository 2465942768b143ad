"""From an event to a signed request: once the change is committed, to whoever asked, again until it is taken."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence

import orjson
import pytest
from standardwebhooks import Webhook

from db.dispatching import Dispatching, Due, Written
from resolvers import ids
from resolvers.webhooks.dispatcher import PER_ENDPOINT, written_of
from tests.webhooks.dispatching import a_team, an_endpoint, at_work, deliveries, dispatching_of, hurry
from tests.webhooks.receivers import answer, receiving
from tests.world import CompanyWorld, World

pytestmark = pytest.mark.usefixtures("relaying")
TAKEN = answer("204 No Content")
SUBJECTS = "select subject_id from pool.event_outbox where type = 'team.created'"
FORGET = "delete from pool.webhook_deliveries returning 1"
MAILS = "select recipient_email from pool.email_messages where template = 'webhook_disabled' order by 1"
MANAGING = """
select distinct u.email from pool.users u join pool.user_roles h on h.user_id = u.id
join pool.roles r on r.id = h.role_id
where u.tenant_id = :tenant and r.name in ('OWNER', 'ADMIN') and u.is_active order by 1"""
ENDPOINT = "select status, disabled_reason, failing_since from pool.webhook_endpoints"


@pytest.fixture
async def working(world: World) -> AsyncIterator[None]:
    """A dispatcher at work."""
    async with at_work(world):
        yield


@pytest.mark.usefixtures("working")
async def test_an_event_arrives_signed(company: CompanyWorld) -> None:
    async with receiving(TAKEN) as receiver:
        _, secret = await an_endpoint(company, receiver.url, "team.*")
        await a_team(company, "Ops")
        [delivery] = await deliveries(company, "succeeded")
    [(headers, body)] = receiver.requests
    told = Webhook(secret).verify(body, headers)
    [(subject,)] = await company.rows(SUBJECTS)
    assert told["type"] == "team.created"
    assert told["data"]["id"] == ids.encode("Team", subject)
    assert told["data"]["changed"]["name"] == "Ops"
    assert told["timestamp"].endswith("Z")
    assert (delivery.body, delivery.message_id) == (body.decode(), headers["webhook-id"])
    assert delivery.attempts == [{"number": 1, "status": 204, "error": None}]
    assert (delivery.attempt_count, delivery.finished_at is not None, delivery.claimed_until) == (1, True, None)


@pytest.mark.usefixtures("working")
async def test_what_failed_is_sent_again_unchanged(company: CompanyWorld) -> None:
    statuses = iter(["500 Oops", "200 OK"])

    async def one_then_another(writer: asyncio.StreamWriter) -> None:
        writer.write(answer(next(statuses)))

    async with receiving(one_then_another) as receiver:
        await an_endpoint(company, receiver.url, "team.created")
        await a_team(company, "Ops")
        async with asyncio.timeout(8):
            while not (await deliveries(company, "pending"))[0].attempt_count:
                await asyncio.sleep(0.05)
        [failed] = await deliveries(company, "pending")
        [(_, _, since)] = await company.rows(ENDPOINT)
        assert 3 < failed.waits.total_seconds() <= 5.5
        assert since is not None
        await hurry(company)
        [delivery] = await deliveries(company, "succeeded")
    (first, body), (second, same) = receiver.requests
    assert first["webhook-id"] == second["webhook-id"]
    assert body == same
    assert [(each["number"], each["status"]) for each in delivery.attempts] == [(1, 500), (2, 200)]
    assert [row.failing_since for row in await company.rows(ENDPOINT)] == [None]


@pytest.mark.parametrize(
    ("patterns", "arrives"),
    [(["*"], True), (["team.created"], True), (["tea.*"], False), (["team.updated", "user.login"], False)],
)
async def test_only_what_was_asked_for_is_on_its_way(
    company: CompanyWorld, patterns: list[str], *, arrives: bool
) -> None:
    await an_endpoint(company, "https://receiver.invalid/", *patterns)
    await a_team(company, "Ops")
    async with asyncio.timeout(8):
        while (
            await company.rows("select 1 from pool.event_outbox where type = 'team.created' and position > 0")
        ) == []:
            await asyncio.sleep(0.05)
    found = await company.rows("select 1 from pool.webhook_deliveries where event_type = 'team.created'")
    assert len(found) == arrives
    await company.rows(FORGET)


@pytest.mark.usefixtures("working")
async def test_a_filter_leaves_out(company: CompanyWorld) -> None:
    async with receiving(TAKEN) as receiver:
        await an_endpoint(company, receiver.url, "team.*", filter={"changed": {"name": "Sales"}})
        await a_team(company, "Ops")
        await a_team(company, "Sales")
        skipped, _ = await deliveries(company, "skipped", "succeeded")
    assert (skipped.attempts, skipped.body, len(receiver.requests)) == (None, None, 1)


@pytest.mark.usefixtures("working")
async def test_what_was_rolled_back_is_not_sent(company: CompanyWorld) -> None:
    async with receiving(TAKEN) as receiver:
        await an_endpoint(company, receiver.url, "team.*")
        await a_team(company, "Never", fails=True)
        await a_team(company, "Ops")
        await deliveries(company, "succeeded")
    assert [orjson.loads(body)["data"]["changed"]["name"] for _, body in receiver.requests] == ["Ops"]


@pytest.mark.usefixtures("working")
async def test_each_company_gets_its_own(company: CompanyWorld, other_company: CompanyWorld) -> None:
    async with receiving(TAKEN) as mine, receiving(TAKEN) as theirs:
        _, secret = await an_endpoint(company, mine.url, "team.*")
        _, other_secret = await an_endpoint(other_company, theirs.url, "team.*")
        await a_team(company, "Ours")
        await a_team(other_company, "Theirs")
        await deliveries(company, "succeeded")
        await deliveries(other_company, "succeeded")
    for receiver, key, name in ((mine, secret, "Ours"), (theirs, other_secret, "Theirs")):
        [(headers, body)] = receiver.requests
        assert Webhook(key).verify(body, headers)["data"]["changed"]["name"] == name


@pytest.mark.usefixtures("working")
async def test_a_slow_endpoint_delays_no_other(company: CompanyWorld) -> None:
    over = asyncio.Event()

    async def when_it_is_over(writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.write(TAKEN)

    async with receiving(when_it_is_over) as slow, receiving(TAKEN) as fast:
        await an_endpoint(company, slow.url, "team.*")
        for number in range(PER_ENDPOINT + 2):
            await a_team(company, f"Slow {number}")
        async with asyncio.timeout(8):
            while len(slow.requests) < PER_ENDPOINT:
                await asyncio.sleep(0.05)
        await an_endpoint(company, fast.url, "team.*")
        began = time.monotonic()
        await a_team(company, "Fast")
        while not fast.requests:
            await asyncio.sleep(0.01)
        assert time.monotonic() - began < 3
        assert len(slow.requests) == PER_ENDPOINT, "more are under way than may be"
        over.set()
        await deliveries(company, *["succeeded"] * (PER_ENDPOINT + 4))
    assert len(slow.requests) == PER_ENDPOINT + 3


@pytest.mark.usefixtures("working")
async def test_one_that_is_gone_is_disabled(company: CompanyWorld) -> None:
    async with receiving(answer("410 Gone")) as receiver:
        await an_endpoint(company, receiver.url, "team.*")
        await a_team(company, "Ops")
        await deliveries(company, "dead")
        await disabled(company, "410")
        assert [row.recipient_email for row in await company.rows(MAILS)] == await managing(company)
        await a_team(company, "Later")
        await asyncio.sleep(1)
    await deliveries(company, "dead")
    assert len(receiver.requests) == 1


@pytest.mark.usefixtures("working")
async def test_one_that_fails_for_five_days_is_disabled(company: CompanyWorld) -> None:
    async with receiving(answer("500 Oops")) as receiver:
        await an_endpoint(company, receiver.url, "team.*")
        await company.rows("update pool.webhook_endpoints set failing_since = now() - interval '4 days' returning 1")
        await a_team(company, "Ops")
        async with asyncio.timeout(8):
            while not (await deliveries(company, "pending"))[0].attempt_count:
                await asyncio.sleep(0.05)
        assert [row.status for row in await company.rows(ENDPOINT)] == ["active"]
        await company.rows("update pool.webhook_endpoints set failing_since = now() - interval '5 days' returning 1")
        await hurry(company)
        await disabled(company, "5 days")
        await hurry(company)
        await deliveries(company, "dead")
    assert len(receiver.requests) == 2


async def test_what_a_killed_dispatcher_had_is_sent_by_another(company: CompanyWorld, world: World) -> None:
    async with receiving(TAKEN) as receiver, dispatching_of(world, patience=1.0) as killed:
        await an_endpoint(company, receiver.url, "team.*")
        await a_team(company, "Ops")
        await deliveries(company, "pending")
        claimed = await killed.claim("pool", 100, 10, written_of)
        assert company.tenant.id in {each.tenant_id for each, _ in claimed}
        async with at_work(world):
            await asyncio.sleep(0.3)
            assert receiver.requests == []
            [delivery] = await deliveries(company, "succeeded")
    assert len(receiver.requests) == 1
    assert delivery.attempt_count == 1


async def test_one_that_stops_gives_back_what_it_cannot_finish(company: CompanyWorld, world: World) -> None:
    async def never(_writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    async with receiving(never) as receiver:
        await an_endpoint(company, receiver.url, "team.*")
        await a_team(company, "Ops")
        async with at_work(world):
            async with asyncio.timeout(8):
                while not receiver.requests:
                    await asyncio.sleep(0.05)
        [delivery] = await deliveries(company, "pending")
    assert (delivery.claimed_until, delivery.attempt_count) == (None, 0)
    assert delivery.waits.total_seconds() <= 0
    await company.rows(FORGET)


async def test_two_dispatchers_never_claim_the_same(company: CompanyWorld, world: World) -> None:
    endpoint_id, _ = await an_endpoint(company, "https://receiver.invalid/", "team.*")
    await company.rows(
        "insert into pool.webhook_deliveries (tenant_id, id, endpoint_id, message_id, event_type, status,"
        " attempt_count, next_attempt_at, created_at) select :tenant, uuidv7(), :endpoint, 'm' || n, 'team.created',"
        " 'pending', 0, now(), now() from generate_series(1, 60) n returning 1",
        endpoint=endpoint_id,
    )
    async with dispatching_of(world) as one, dispatching_of(world) as other:

        async def claimed(dispatching: Dispatching, most: int) -> list[str]:
            taken = await dispatching.claim("pool", most, 40, as_they_are)
            return [each.message_id for each, _ in taken if each.endpoint_id == endpoint_id]

        found = await asyncio.gather(*(claimed(each, 7) for each in (one, other) * 4))
    taken = [each for part in found for each in part]
    await company.rows(FORGET)
    assert len(taken) == len(set(taken)) == 40


def as_they_are(claimed: Sequence[Due]) -> Sequence[Written]:
    """Write nothing new."""
    return [Written(each.tenant_id, each.id, each.body) for each in claimed]


async def disabled(company: CompanyWorld, reason: str) -> None:
    """Wait until the company's endpoint is disabled for a reason."""
    async with asyncio.timeout(8):
        while (found := (await company.rows(ENDPOINT))[0]).status != "disabled":
            await asyncio.sleep(0.05)
    assert reason in found.disabled_reason


async def managing(company: CompanyWorld) -> list[str]:
    """Who manages webhooks in a company."""
    found = [row.email for row in await company.rows(MANAGING)]
    assert found
    return found
