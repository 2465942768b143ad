"""Events, one by one: each comes once and in order, also to who was away; and what is not kept any more is said."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from graphql import GraphQLError

from db.models.onboarding import Flow
from schema.answering import Answered, Answering
from schema.live import streams
from tests.live.client import Client, client_of
from tests.onboarding.hires.builders import Published, acting, codes, complete, portal, row_of
from tests.schema.statements import listening
from tests.world import CompanyWorld, Person, World

EVENTS = """
subscription($types: [String!], $subject: ID, $after: String) {
  events(types: $types, subject: $subject, after: $after) {
    cursor gap { missed reason }
    event { id type data actor { kind id } subject { type id version node { ... on Flow { name } } } }
  }
}
"""
CHANGED = """
subscription($type: String!, $id: ID, $after: String) {
  changed(type: $type, id: $id, after: $after) { cursor event { type subject { id version } data } }
}
"""


async def a_draft(person: Person, name: str = "A flow") -> str:
    """Return the id of a new flow."""
    made = await person.do("createFlow", {"name": name, "durationDays": 30}, "flow { id }")
    return str(made["flow"]["id"])


async def rename(person: Person, flow: str, name: str) -> None:
    assert (await person.do("updateFlow", {"id": flow, "name": name}))["refusals"] == []


async def beginning(client: Client, query: str = EVENTS, name: str = "1", **variables: Any) -> Mapping[str, Any]:
    """Subscribe, and return the first message, which says from where on."""
    await client.subscribe(query, name, **variables)
    first = await client.next(name)
    assert first["event"] is None
    return first


async def types_until(client: Client, last: str) -> list[str]:
    """Return the types of what is told, up to one."""
    types: list[str] = []
    while not types or types[-1] != last:
        types.append((await client.next())["event"]["type"])
    return types


async def test_each_event_is_told_once_in_order_and_with_what_it_is_about(address: str, company: CompanyWorld) -> None:
    hr = await company.person("HR")
    async with client_of(address, hr) as client:
        await beginning(client, types=["onboarding.flow.*"])
        flow = await a_draft(hr, "First")
        for name in ("Second", "Third"):
            await rename(hr, flow, name)
        told = [(await client.next())["event"] for _ in range(3)]
        assert [each["type"] for each in told] == ["onboarding.flow.created", *["onboarding.flow.updated"] * 2]
        assert [each["subject"]["version"] for each in told] == [1, 2, 3]
        assert [each["data"]["changed"].get("name") for each in told] == ["First", "Second", "Third"]
        assert {(each["subject"]["type"], each["subject"]["id"]) for each in told} == {("Flow", flow)}
        assert told[-1]["subject"]["node"] == {"name": "Third"}
        assert told[0]["actor"]["kind"] == "user"
        assert len({each["id"] for each in told}) == 3


async def test_patterns_and_subjects_narrow(address: str, flow: Published) -> None:
    hire, person = await flow.begun()
    other, other_person = await flow.begun()
    async with client_of(address, flow.hr) as client:
        await beginning(client, types=["onboarding.block.completed"], subject=hire)
        await complete(other_person, flow.block(0, 0), "Yes")
        await complete(person, flow.block(0, 0), "Yes")
        event = (await client.next())["event"]
        assert (event["type"], event["subject"]["id"]) == ("onboarding.block.completed", hire)
        assert event["actor"] == {"kind": "new_hire", "id": hire}
        assert other != hire
        assert await client.is_quiet()


async def test_who_was_away_misses_nothing_and_hears_nothing_twice(address: str, company: CompanyWorld) -> None:
    hr = await company.person("HR")
    flow = await a_draft(hr)
    told: list[str] = []
    async with client_of(address, hr) as client:
        cursor = (await beginning(client, types=["onboarding.flow.*"]))["cursor"]
        for number in range(3):
            await rename(hr, flow, f"Name {number}")
        for _ in range(2):
            message = await client.next()
            cursor = message["cursor"]
            told.append(message["event"]["data"]["changed"]["name"])
    for number in range(3, 8):
        await rename(hr, flow, f"Name {number}")
    async with client_of(address, hr) as client:
        await client.subscribe(EVENTS, types=["onboarding.flow.*"], after=cursor)
        writing = asyncio.create_task(_rename_all(hr, flow, range(8, 20)))
        told += [(await client.next())["event"]["data"]["changed"]["name"] for _ in range(18)]
        await writing
        assert await client.is_quiet()
    assert told == [f"Name {number}" for number in range(20)]


async def _rename_all(person: Person, flow: str, numbers: range) -> None:
    for number in numbers:
        await rename(person, flow, f"Name {number}")


async def test_who_does_not_read_for_a_while_gets_everything_in_order_then(address: str, company: CompanyWorld) -> None:
    hr = await company.person("HR")
    flow = await a_draft(hr)
    async with client_of(address, hr) as slow, client_of(address, hr) as quick:
        for client in (slow, quick):
            await beginning(client, types=["onboarding.flow.*"])
        slow.connection.transport.pause_reading()  # type: ignore[attr-defined]
        flooding = asyncio.create_task(_ping_much(slow))
        await asyncio.sleep(1)
        await _rename_all(hr, flow, range(6))
        assert [await _name(quick) for _ in range(6)] == [f"Name {number}" for number in range(6)]
        slow.connection.transport.resume_reading()  # type: ignore[attr-defined]
        assert [await _name(slow) for _ in range(6)] == [f"Name {number}" for number in range(6)]
        await flooding
        await _rename_all(hr, flow, range(6, 8))
        assert [await _name(slow) for _ in range(2)] == ["Name 6", "Name 7"]


async def _ping_much(client: Client) -> None:
    """Ask for more than fits on the way back."""
    for _ in range(30):
        await client.send(type="ping", payload={"x": "x" * 1_000_000})


async def _name(client: Client) -> str:
    """Return the name that the next event tells of, whatever comes before it."""
    while (message := await client.receive())["type"] == "pong":
        pass
    return str(message["payload"]["data"]["events"]["event"]["data"]["changed"]["name"])


async def test_many_pages_of_the_past_come_in_order(
    address: str, company: CompanyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.history.PAGE", 3)
    hr = await company.person("HR")
    flow = await a_draft(hr)
    async with client_of(address, hr) as client:
        cursor = (await beginning(client))["cursor"]
    await _rename_all(hr, flow, range(10))
    async with client_of(address, hr) as client:
        await client.subscribe(EVENTS, types=["onboarding.flow.updated"], after=cursor)
        names = [(await client.next())["event"]["data"]["changed"]["name"] for _ in range(10)]
    assert names == [f"Name {number}" for number in range(10)]


async def test_what_is_not_kept_any_more_is_said(address: str, company: CompanyWorld) -> None:
    hr = await company.person("HR")
    flow = await a_draft(hr)
    async with client_of(address, hr) as client:
        cursor = (await beginning(client))["cursor"]
        await _rename_all(hr, flow, range(5))
        last = [await client.next() for _ in range(5)][-1]
    forgotten = await company.rows(
        "delete from pool.event_outbox o using pool.event_outbox newest where o.tenant_id = :tenant "
        "and newest.tenant_id = :tenant and newest.message_id = :newest and o.position < newest.position "
        "returning o.position",
        newest=last["event"]["id"],
    )
    assert len(forgotten) > 4
    async with client_of(address, hr) as client:
        await client.subscribe(EVENTS, after=cursor)
        gap = await client.next()
        assert (gap["event"], gap["gap"]["missed"]) == (None, 4)
        assert (await client.next())["event"]["id"] == last["event"]["id"]


async def test_only_what_one_may_read_is_told(address: str, flow: Published, company: CompanyWorld) -> None:
    it = await company.person("IT")
    async with client_of(address, it) as client:
        await beginning(client)
        hire = await flow.hire()
        await codes(flow.hr, "sendInvitation", id=hire)
        draft = await a_draft(flow.hr, "Seen by IT")
        message = await client.next()
        assert message["event"]["subject"]["id"] == draft


async def test_without_the_permission_there_are_no_events(address: str, company: CompanyWorld) -> None:
    async with client_of(address, await company.person("SALES")) as client:
        await client.subscribe(EVENTS)
        refused = (await client.receive())["payload"][0]["extensions"]
        assert (refused["code"], refused["permission"]) == ("FORBIDDEN", "events.read")
        await client.subscribe(CHANGED, "2", type="Flow")
        refused = (await client.receive())["payload"][0]["extensions"]
        assert (refused["code"], refused["permission"]) == ("FORBIDDEN", "onboarding.read")


@pytest.mark.parametrize("types", [[], ["Onboarding.*"], ["on*"], ["a.b.c.d"], [""], ["*"] * 51])
async def test_what_is_no_type_is_refused(address: str, company: CompanyWorld, types: list[str]) -> None:
    async with client_of(address, await company.person("HR")) as client:
        await client.subscribe(EVENTS, types=types)
        message = await client.receive()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "BAD_USER_INPUT")


async def test_the_changes_of_one_object(address: str, company: CompanyWorld) -> None:
    hr = await company.person("HR")
    one, other = await a_draft(hr), await a_draft(hr)
    async with client_of(address, hr) as client:
        await beginning(client, CHANGED, type="Flow", id=one)
        await rename(hr, other, "Not followed")
        await rename(hr, one, "Followed")
        event = (await client.next())["event"]
        assert (event["subject"], event["data"]["changed"]) == ({"id": one, "version": 2}, {"name": "Followed"})
        for kind in ("Nothing", "AuditLog"):
            await client.subscribe(CHANGED, kind, type=kind)
            assert (await client.receive())["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_another_companys_events_are_not_told(
    address: str, company: CompanyWorld, other_company: CompanyWorld
) -> None:
    hr, stranger = await company.person("HR"), await other_company.person("HR")
    flow = await a_draft(hr)
    async with client_of(address, stranger) as client:
        for number, variables in enumerate([{}, {"subject": flow}, {"subject": "nonsense"}]):
            await beginning(client, name=str(number), **variables)
        await beginning(client, CHANGED, "3", type="Flow", id=flow)
        await rename(hr, flow, "Unheard")
        own = await a_draft(stranger)
        message = await client.receive()
        assert (message["id"], message["payload"]["data"]["events"]["event"]["subject"]["id"]) == ("0", own)


async def test_one_selection_is_executed_once_for_all(
    address: str, company: CompanyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    hr, answered = await company.person("HR"), list[Any]()
    answer = streams.Stream._answer

    async def counted(stream: streams.Stream, telling: Any, position: int) -> Any:
        answered.append(telling.event)
        return await answer(stream, telling, position)

    monkeypatch.setattr(streams.Stream, "_answer", counted)
    async with client_of(address, hr) as one, client_of(address, hr) as two:
        for client in (one, two):
            for name in ("1", "2"):
                await beginning(client, name=name, types=["onboarding.flow.created"])
        await a_draft(hr)
        for client in (one, two):
            assert {(await client.receive())["id"] for _ in range(2)} == {"1", "2"}
    assert len([event for event in answered if event]) == 1


async def test_events_that_come_together_are_answered_together(
    world: World, address: str, company: CompanyWorld
) -> None:
    hr = await company.person("HR")
    flow = await a_draft(hr)
    async with client_of(address, hr) as client:
        await beginning(client, types=["onboarding.flow.*"])
        with listening(world, company) as seen:
            async with acting(company) as context:
                row = await context.one(Flow, row_of(flow))
                for number in range(15):
                    row.name = f"Name {number}"
                    await context.flush()
            events = [(await client.next())["event"] for _ in range(15)]
    assert [each["data"]["changed"]["name"] for each in events] == [f"Name {number}" for number in range(15)]
    assert {each["subject"]["node"]["name"] for each in events} == {"Name 14"}
    loads = [
        sql for sql, _ in seen if "FROM pool.onboarding_flows" in sql and "any(CAST" in sql and "UPDATE" not in sql
    ]
    assert len(loads) == 1, loads


async def test_an_answer_that_fails_beside_others_is_asked_for_alone(
    address: str, company: CompanyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    hr, original = await company.person("HR"), Answering.answer_each
    flow = await a_draft(hr)

    async def failing(answering: Answering, *given: Any) -> Any:
        answers = list(await original(answering, *given))
        return [Answered(None, [GraphQLError("lost with the others")], {}), *answers[1:]]

    monkeypatch.setattr(Answering, "answer_each", failing)
    async with client_of(address, hr) as client:
        await beginning(client, types=["onboarding.flow.*"])
        async with acting(company) as context:
            row = await context.one(Flow, row_of(flow))
            for number in range(3):
                row.name = f"Name {number}"
                await context.flush()
        events = [(await client.next())["event"] for _ in range(3)]
    assert [each["data"]["changed"]["name"] for each in events] == ["Name 0", "Name 1", "Name 2"]


async def test_who_does_not_take_what_is_told_is_ended_and_can_go_on(
    address: str, company: CompanyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_WAITING", 2)
    hr, seats = await company.person("HR"), list[streams.StreamSeat]()
    original = streams.Stream.sit

    async def noted(stream: streams.Stream, *arguments: Any) -> streams.StreamSeat:
        seats.append(await original(stream, *arguments))
        return seats[-1]

    monkeypatch.setattr(streams.Stream, "sit", noted)
    flow = await a_draft(hr)
    async with client_of(address, hr) as client:
        cursor = (await beginning(client, types=["onboarding.flow.*"]))["cursor"]
        [seat] = seats
        seat.taker = None  # as if each message had to wait
        for number in range(4):
            seat.give([(10**9 + number, streams.Told(f'{{"data": {{"events": {number}}}}}'))])
        assert await client.code() == 1013
    await rename(hr, flow, "Later")
    async with client_of(address, hr) as client:
        await client.subscribe(EVENTS, types=["onboarding.flow.*"], after=cursor)
        assert (await client.next())["event"]["data"]["changed"]["name"] == "Later"


async def test_a_progress_of_a_hire_is_told_as_events(address: str, flow: Published) -> None:
    hire = await flow.hire()
    async with client_of(address, flow.hr) as client:
        await beginning(client, subject=hire)
        await codes(flow.hr, "sendInvitation", id=hire)
        person = await portal(flow.company, hire)
        await codes(person, "startOnboarding")
        types = await types_until(client, "onboarding.started")
        assert "onboarding.invitation.sent" in types or "onboarding.new_hire.moved" in types
