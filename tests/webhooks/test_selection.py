"""What is selected of an event, as whoever entered the selection: what they may read then, once, and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import text
from standardwebhooks import Webhook

import schema.selecting
from db.dispatching import Written
from resolvers import ids
from resolvers.webhooks import writing
from resolvers.webhooks.disabling import UNREAD
from resolvers.webhooks.selecting import Answer, ReaderGone, Selection
from tests.onboarding.hires.builders import a_block, a_flow, a_stage
from tests.schema.statements import listening
from tests.webhooks.dispatching import a_team, an_endpoint, at_work, deliveries, dispatching_of, hurry
from tests.webhooks.receivers import Receiver, answer, receiving
from tests.world import CompanyWorld, Person, World

pytestmark = pytest.mark.usefixtures("relaying")
TAKEN = answer("204 No Content")
OF_TEAM = "{ type subject { node { ... on Team { name } } } }"
OF_HIRE = "{ type occurredAt subject { version node { ... on NewHire { firstName flow { name } } } } }"
MAILS = "select recipient_email from pool.email_messages where template = 'webhook_disabled' and tenant_id = :tenant"
ENDPOINT = "select status, disabled_reason from pool.webhook_endpoints where tenant_id = :tenant"
PLACES = """select position from pool.event_outbox where tenant_id = :tenant and type = 'team.created'
and position is not null order by 1"""
TAKE_ROLES = """update pool.user_roles h set role_id = r.id from pool.roles r
where h.user_id = :user and r.tenant_id = h.tenant_id and r.name = :role returning 1"""
OF_MEMBERS = "{ subject { node { ... on Team { members(first: 1) { totalCount } } } } }"
LOCK = "lock table pool.team_members in access exclusive mode"
BODIES = "select body from pool.webhook_deliveries where tenant_id = :tenant order by endpoint_id"
GIVE_BACK = """update pool.webhook_deliveries set claimed_until = null, next_attempt_at = now()
where tenant_id = :tenant and status = 'pending' returning 1"""
DEACTIVATE = "update pool.users set is_active = false where id = :user returning 1"


@pytest.fixture
async def working(world: World) -> AsyncIterator[None]:
    """A dispatcher at work."""
    async with at_work(world):
        yield


@pytest.fixture
async def owner(company: CompanyWorld) -> Person:
    return await company.person("OWNER")


async def selecting(owner: Person, company: CompanyWorld, url: str, selection: str, *events: str) -> str:
    """Make an endpoint whose selection is read as a person; return the secret."""
    reader = owner.asking.principal.id
    return (await an_endpoint(company, url, *events, selection=selection, reader_id=reader))[1]


def bodies(receiver: Receiver) -> list[dict[str, Any]]:
    """What a receiver was sent."""
    return [orjson.loads(body) for _, body in receiver.requests]


async def positions(company: CompanyWorld, count: int) -> Sequence[int]:
    """Wait until so many teams were told of, and return where."""
    async with asyncio.timeout(8):
        while len(found := await company.rows(PLACES)) < count:
            await asyncio.sleep(0.05)
    return [row.position for row in found]


async def answers(company: CompanyWorld, person: Person, selection: str, places: Sequence[int]) -> dict[int, Answer]:
    """Answer a selection as a person, as a dispatcher has it answered."""
    asked = Selection(company.tenant.id, person.asking.principal.id, selection)
    return dict(await company.world.parts.selecting.answer(asked, places))


@pytest.mark.usefixtures("working")
async def test_what_is_selected_is_sent_signed(company: CompanyWorld, owner: Person) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    async with receiving(TAKEN) as receiver:
        secret = await selecting(owner, company, receiver.url, OF_HIRE, "onboarding.new_hire.created")
        await flow.hire(firstName="Ada")
        [delivery] = await deliveries(company, "succeeded")
    [(headers, body)] = receiver.requests
    told = Webhook(secret).verify(body, headers)
    assert list(told) == ["type", "timestamp", "data"]
    assert told["data"] == {
        "type": "onboarding.new_hire.created",
        "occurredAt": told["timestamp"],
        "subject": {"version": 1, "node": {"firstName": "Ada", "flow": {"name": "Engineers"}}},
    }
    assert (told["type"], delivery.body, delivery.selected) == ("onboarding.new_hire.created", body.decode(), True)


@pytest.mark.usefixtures("working")
async def test_a_filter_looks_at_the_events_own_data(company: CompanyWorld, owner: Person) -> None:
    async with receiving(TAKEN) as receiver:
        reader = owner.asking.principal.id
        given = {"selection": "{ id }", "reader_id": reader, "filter": {"changed": {"name": "Sales"}}}
        await an_endpoint(company, receiver.url, "team.created", **given)
        await a_team(company, "Ops")
        await a_team(company, "Sales")
        await deliveries(company, "skipped", "succeeded")
    assert [list(each["data"]) for each in bodies(receiver)] == [["id"]]


@pytest.mark.usefixtures("working")
async def test_what_the_reader_may_not_read_any_more_is_null(company: CompanyWorld, owner: Person) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    selection = "{ subject { node { ... on Flow { name newHires(first: 1) { totalCount } } } } }"
    async with receiving(TAKEN) as receiver:
        await selecting(owner, company, receiver.url, selection, "onboarding.flow.created")
        await selecting(owner, company, receiver.url, OF_HIRE, "onboarding.new_hire.created")
        await company.rows(TAKE_ROLES, user=owner.asking.principal.id, role="IT")
        await flow.hr.do("createFlow", {"name": "Everybody", "durationDays": 30})
        hire = await flow.hire()
        await deliveries(company, "succeeded", "succeeded")
    of_flow, of_hire = sorted(bodies(receiver), key=lambda each: each["type"])
    assert of_flow["data"] == {"subject": {"node": {"name": "Everybody", "newHires": None}}}
    hidden = [{"path": "subject.node.newHires", "permission": "onboarding.read_hires"}]
    assert of_flow["extensions"] == {"hidden": hidden}
    assert "errors" not in of_flow
    assert (of_hire["data"], of_hire["subject"]) == (None, hire)
    assert [each["extensions"]["code"] for each in of_hire["errors"]] == ["FORBIDDEN"]


@pytest.mark.usefixtures("working")
async def test_a_reader_without_events_is_sent_none(company: CompanyWorld, owner: Person) -> None:
    async with receiving(TAKEN) as receiver:
        await selecting(owner, company, receiver.url, OF_TEAM, "team.created")
        await company.rows(TAKE_ROLES, user=owner.asking.principal.id, role="SALES")
        await a_team(company, "Ops")
        await deliveries(company, "succeeded")
    [told] = bodies(receiver)
    assert told["data"] is None
    assert told["errors"] == [
        {
            "message": "This needs the permission events.read.",
            "extensions": {"code": "FORBIDDEN", "permission": "events.read"},
        }
    ]


@pytest.mark.usefixtures("working")
async def test_without_a_reader_it_is_given_up_and_nothing_is_lost(company: CompanyWorld, owner: Person) -> None:
    leaver = await company.person("ADMIN")
    async with receiving(TAKEN) as receiver:
        await selecting(leaver, company, receiver.url, OF_TEAM, "team.created")
        await company.rows(DEACTIVATE, user=leaver.asking.principal.id)
        await a_team(company, "Ops")
        [dead] = await deliveries(company, "dead")
        assert [tuple(row) for row in await company.rows(ENDPOINT)] == [("disabled", UNREAD)]
        assert (dead.body, dead.attempts, receiver.requests) == (None, None, [])
        mailed = [row.recipient_email for row in await company.rows(MAILS)]
        assert leaver.asking.principal.name not in mailed
        assert owner.asking.principal.name in mailed
        await taken_over(owner, company)
        await replayed(owner, company)
        await deliveries(company, "succeeded")
    assert bodies(receiver)[0]["data"]["subject"] == {"node": {"name": "Ops"}}


async def taken_over(owner: Person, company: CompanyWorld) -> None:
    """Change an endpoint, so that it is read as this person, and resume it."""
    identity: Any = company.world.parts.identity
    identity._allows_loopback = True
    try:
        endpoint = await endpoint_of(owner)
        assert (await owner.do("updateWebhookEndpoint", {"id": endpoint, "description": "Mine"}))["refusals"] == []
        assert (await owner.do("resumeWebhookEndpoint", {"id": endpoint}))["refusals"] == []
    finally:
        identity._allows_loopback = False


async def endpoint_of(owner: Person) -> str:
    found = await owner.ask("{ webhookEndpoints(first: 1) { nodes { id } } }")
    return found.data["webhookEndpoints"]["nodes"][0]["id"]


async def replayed(owner: Person, company: CompanyWorld) -> None:
    """Send everything again."""
    [delivery] = await deliveries(company, "dead")
    given = {"id": await endpoint_of(owner), "messageIds": [delivery.message_id]}
    assert (await owner.do("replayWebhook", given))["refusals"] == []


@pytest.mark.usefixtures("working")
async def test_what_was_written_once_is_sent_again_unchanged(company: CompanyWorld, owner: Person) -> None:
    statuses = iter(["500 Oops", "200 OK", "200 OK"])

    async def one_then_another(writer: asyncio.StreamWriter) -> None:
        writer.write(answer(next(statuses)))

    async with receiving(one_then_another) as receiver:
        await selecting(owner, company, receiver.url, OF_TEAM, "team.created")
        await a_team(company, "Ops")
        async with asyncio.timeout(8):
            while not (await deliveries(company, "pending"))[0].attempt_count:
                await asyncio.sleep(0.05)
        await company.rows("update pool.teams set name = 'Renamed' where tenant_id = :tenant returning 1")
        await hurry(company)
        [delivery] = await deliveries(company, "succeeded")
        given = {"id": await endpoint_of(owner), "messageIds": [delivery.message_id]}
        assert (await owner.do("replayWebhook", given))["refusals"] == []
        await arrived(receiver, 3)
        await deliveries(company, "succeeded")
    assert [body for _, body in receiver.requests] == [delivery.body.encode()] * 3
    assert b'"Ops"' in receiver.requests[2][1]


@pytest.mark.usefixtures("working")
async def test_what_is_too_big_says_so(company: CompanyWorld, owner: Person) -> None:
    big = "{ " + " ".join(f"d{number}: data" for number in range(50)) + " }"
    async with receiving(TAKEN) as receiver:
        await selecting(owner, company, receiver.url, big, "team.created")
        await a_team(company, "😀" * 120)
        await deliveries(company, "succeeded")
    [told] = bodies(receiver)
    [(subject,)] = await company.rows("select id from pool.teams where tenant_id = :tenant")
    assert (told["data"], told["subject"]) == (None, ids.encode("Team", subject))
    assert [each["extensions"]["code"] for each in told["errors"]] == ["COST_EXCEEDED"]
    assert len(receiver.requests[0][1]) < 1000


@pytest.mark.usefixtures("working")
async def test_too_many_objects_are_an_error_where_they_stand(
    company: CompanyWorld, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema.selecting, "MOST_OBJECTS", 0)
    selection = "{ type subject { node { ... on User { roles(first: 5) { nodes { id } } } } } }"
    async with receiving(TAKEN) as receiver:
        await selecting(owner, company, receiver.url, selection, "user.created")
        await company.person("HR")
        await deliveries(company, "succeeded")
    [told] = bodies(receiver)
    assert told["data"] == {"type": "user.created", "subject": {"node": None}}
    assert [(each["path"], each["extensions"]["code"]) for each in told["errors"]] == [
        (["subject", "node", "roles", "nodes"], "COST_EXCEEDED")
    ]


@pytest.mark.usefixtures("working")
async def test_a_fault_stops_nobody_else(company: CompanyWorld, owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_given: Any) -> Any:
        raise RuntimeError("the inside")

    monkeypatch.setattr(schema.selecting, "events_at", broken)
    async with receiving(TAKEN) as receiver, receiving(TAKEN) as other:
        await selecting(owner, company, receiver.url, OF_TEAM, "team.created")
        await an_endpoint(company, other.url, "team.created")
        await a_team(company, "Ops")
        await deliveries(company, "succeeded", "succeeded")
    [told] = bodies(receiver)
    [error] = told["errors"]
    assert (told["data"], error["extensions"]["code"]) == (None, "INTERNAL")
    assert "inside" not in error["message"]
    assert bodies(other)[0]["data"]["changed"]["name"] == "Ops"


@pytest.mark.usefixtures("working")
async def test_what_cannot_be_read_for_the_moment_waits_and_holds_up_nobody(
    company: CompanyWorld, owner: Person, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema.selecting, "STATEMENT_MS", 300)
    async with receiving(TAKEN) as receiver, receiving(TAKEN) as other:
        await selecting(owner, company, receiver.url, OF_MEMBERS, "team.created")
        await selecting(owner, company, other.url, OF_TEAM, "team.created")
        await an_endpoint(company, other.url, "team.created")
        async with world.owner.begin() as locking:
            await locking.execute(text(LOCK))
            await a_team(company, "Ops")
            await arrived(other, 2)
            await asyncio.sleep(1)
            waiting, *sent = await company.rows(BODIES)
            assert (waiting.body, len(sent), receiver.requests) == (None, 2, [])
        await company.rows(GIVE_BACK)
        await deliveries(company, "succeeded", "succeeded", "succeeded")
    assert bodies(receiver)[0]["data"] == {"subject": {"node": {"members": {"totalCount": 0}}}}


@pytest.mark.usefixtures("working")
async def test_what_stays_too_slow_is_told(
    company: CompanyWorld, owner: Person, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema.selecting, "STATEMENT_MS", 300)
    monkeypatch.setattr(writing, "PATIENT_FOR", timedelta(0))
    async with receiving(TAKEN) as receiver, world.owner.begin() as locking:
        await selecting(owner, company, receiver.url, OF_MEMBERS, "team.created")
        await locking.execute(text(LOCK))
        await a_team(company, "Ops")
        await arrived(receiver, 1)
        await deliveries(company, "succeeded")
    [told] = bodies(receiver)
    assert told["data"] == {"subject": {"node": None}}
    assert [each["extensions"]["code"] for each in told["errors"]] == ["TIMEOUT"]


async def arrived(receiver: Receiver, count: int) -> None:
    """Wait until a receiver was sent so many."""
    async with asyncio.timeout(8):
        while len(receiver.requests) < count:
            await asyncio.sleep(0.05)


async def test_who_writes_second_sends_what_was_written_first(company: CompanyWorld, world: World) -> None:
    await an_endpoint(company, "https://receiver.invalid/", "team.created")
    await a_team(company, "Ops")
    [pending] = await deliveries(company, "pending")
    async with dispatching_of(world) as dispatching:
        first, second = [
            await dispatching.write("pool", [Written(company.tenant.id, pending.id, body)]) for body in ("one", "two")
        ]
    await company.rows("delete from pool.webhook_deliveries where tenant_id = :tenant returning 1")
    assert first == second == {pending.id: "one"}


async def test_one_execution_for_all_who_select_alike(company: CompanyWorld, owner: Person, world: World) -> None:
    async with receiving(TAKEN) as one, receiving(TAKEN) as other:
        for url in (one.url, other.url, one.url):
            await selecting(owner, company, url, OF_TEAM, "team.created")
        await a_team(company, "Ops")
        await deliveries(company, "pending", "pending", "pending")
        with listening(world, company) as seen:
            async with at_work(world):
                await deliveries(company, "succeeded", "succeeded", "succeeded")
    assert len([statement for statement, _ in seen if "event_outbox" in statement]) == 1
    assert len({body for receiver in (one, other) for _, body in receiver.requests}) == 1


async def test_the_number_of_statements_does_not_follow_the_number_of_events(
    company: CompanyWorld, owner: Person, world: World
) -> None:
    for number in range(12):
        await a_team(company, f"Team {number}")
    places = await positions(company, 12)
    selection = (
        "{ subject { node { ... on Team { name manager { id } members(first: 2) { nodes { user { id } } } } } } }"
    )
    counts = []
    for some in (places[:1], places):
        with listening(world, company) as seen:
            found = await answers(company, owner, selection, some)
        assert {answer.data["subject"]["node"]["name"] for answer in found.values()} <= {f"Team {n}" for n in range(12)}
        assert (len(found), [answer.errors for answer in found.values()]) == (len(some), [[]] * len(some))
        counts.append(len(seen))
    assert counts[0] == counts[1]


@pytest.mark.usefixtures("working")
async def test_each_company_is_told_its_own(company: CompanyWorld, other_company: CompanyWorld, owner: Person) -> None:
    stranger = await other_company.person("OWNER")
    async with receiving(TAKEN) as mine, receiving(TAKEN) as theirs:
        await selecting(owner, company, mine.url, OF_TEAM, "team.created")
        await selecting(stranger, other_company, theirs.url, OF_TEAM, "team.created")
        await a_team(company, "Ours")
        await a_team(other_company, "Theirs")
        await deliveries(company, "succeeded")
        await deliveries(other_company, "succeeded")
    assert [each["data"]["subject"]["node"]["name"] for each in bodies(mine)] == ["Ours"]
    assert [each["data"]["subject"]["node"]["name"] for each in bodies(theirs)] == ["Theirs"]


async def test_another_companys_events_and_people_are_out_of_reach(
    company: CompanyWorld, other_company: CompanyWorld, owner: Person
) -> None:
    for number in range(3):
        await a_team(other_company, f"Theirs {number}")
    *_, beyond = await positions(other_company, 3)
    stranger = await other_company.person("OWNER")
    assert beyond in await answers(other_company, stranger, OF_TEAM, [beyond])
    found = await answers(company, owner, OF_TEAM, [beyond])
    assert "Theirs" not in str(found)
    as_stranger = Selection(company.tenant.id, stranger.asking.principal.id, OF_TEAM)
    with pytest.raises(ReaderGone):
        await company.world.parts.selecting.answer(as_stranger, [beyond])


@pytest.mark.usefixtures("working")
async def test_what_is_stored_encrypted_is_opened_for_nobody(company: CompanyWorld, owner: Person) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    selection = "{ subject { node { ... on NewHire { personalPhone email } } } }"
    async with receiving(TAKEN) as receiver:
        await selecting(owner, company, receiver.url, selection, "onboarding.new_hire.created")
        await flow.hire(personalPhone="+49 30 1234567", email="ada@example.com")
        await deliveries(company, "succeeded")
    [told] = bodies(receiver)
    assert told["data"] == {"subject": {"node": {"personalPhone": None, "email": "ada@example.com"}}}
    assert told["extensions"]["hidden"] == [
        {"path": "subject.node.personalPhone", "permission": "onboarding.read_answers"}
    ]
