"""A stream of events for each operation: what it says, how it ends, and that nothing of it is left."""

import asyncio
import socket
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest

from app import now
from auth.tokens import AccessTokens
from db.catalog import TenantStatus, set_status
from tests.identity.builders import set_otherwise
from tests.live.client import BOARD, PROGRESS
from tests.live.conftest import listening
from tests.live.sse import EVENTS, Stream, client, streaming
from tests.live.test_events import EVENTS as FOLLOW
from tests.live.test_events import a_draft, rename
from tests.live.test_many import rooms_of
from tests.live.test_sessions import id_of
from tests.onboarding.hires.builders import Published, codes, complete
from tests.world import CompanyWorld, Person, World

VIEWER = "{ viewer { permissions } }"


async def nothing_left(world: World, before: set[asyncio.Task[Any]], within: float = 5.0) -> bool:
    """Tell whether all rooms are closed, and no task is there that was not before."""
    async with asyncio.timeout(within):
        while len(rooms_of(world)) or any("schema/live" in repr(task) for task in asyncio.all_tasks() - before):
            await asyncio.sleep(0.05)
    return True


async def test_the_state_and_each_change_come_as_events(address: str, flow: Published) -> None:
    hire, person = await flow.begun()
    async with client(address, flow.hr) as http, streaming(http, PROGRESS, id=hire) as stream:
        headers = stream.response.headers
        assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")
        first = await stream.event()
        assert first.name == "next"
        assert first.id == first.data["data"]["onboardingProgress"]["cursor"]
        assert await complete(person, flow.block(0, 0), "Yes") == []
        assert (await stream.next())["state"]["blocksPct"] == 33


async def test_queries_and_mutations_are_answered_once(address: str, company: CompanyWorld) -> None:
    hr = await company.person("HR")
    made = 'mutation { createFlow(input: { name: "By event", durationDays: 7 }) { flow { name } } }'
    async with client(address, hr) as http:
        async with streaming(http, VIEWER) as stream:
            assert "onboarding.read" in (await stream.next())["permissions"]
            assert await stream.is_complete()
        async with streaming(http, made) as stream:
            assert await stream.next() == {"flow": {"name": "By event"}}
            assert await stream.is_complete()
        async with http.stream("GET", "/graphql", params={"query": VIEWER}, headers=EVENTS) as response:
            assert (await Stream(response).next())["permissions"]
        refused = await http.get("/graphql", params={"query": made}, headers=EVENTS)
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST")


async def test_who_takes_json_too_gets_it_unless_it_subscribes(address: str, flow: Published) -> None:
    accept = {"accept": "application/graphql-response+json, application/json, text/event-stream, multipart/mixed"}
    async with client(address, flow.hr) as http:
        plain = await http.post("/graphql", json={"query": VIEWER}, headers=accept)
        assert plain.json()["data"]["viewer"]["permissions"]
        async with streaming(http, BOARD, accept, id=flow.id) as stream:
            assert (await stream.next())["state"]["notStarted"] == 0
        head = await http.request("HEAD", "/graphql", params={"query": VIEWER}, headers=EVENTS)
        assert head.headers["content-type"].startswith("application/json")


async def test_what_is_wrong_with_a_document_is_said_in_the_stream(address: str, company: CompanyWorld) -> None:
    sales = await company.person("SALES")
    async with client(address, sales) as http:
        for query in ("{", "{ nothing }"):
            async with streaming(http, query) as stream:
                assert await stream.codes() == ["BAD_USER_INPUT"]
                assert await stream.is_complete()
        async with streaming(http, FOLLOW) as stream:
            assert await stream.codes() == ["FORBIDDEN"]
            assert await stream.is_complete()


async def test_what_is_no_request_has_a_status(address: str, company: CompanyWorld, flow: Published) -> None:
    async with client(address, flow.hr) as http:
        answers = {
            415: await http.post("/graphql", content="x", headers=EVENTS),
            400: await http.post("/graphql", json={"query": 1}, headers=EVENTS),
            401: await http.post("/graphql", json={"query": VIEWER}, headers={**EVENTS, "authorization": "Bearer x"}),
        }
        for status, answer in answers.items():
            assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json; charset=utf-8")
            assert answer.json()["errors"]
        wrong = {**EVENTS, "last-event-id": "nonsense"}
        answer = await http.post("/graphql", json={"query": BOARD, "variables": {"id": flow.id}}, headers=wrong)
        assert answer.status_code == 400


async def test_who_comes_again_with_the_last_id_misses_nothing_and_hears_nothing_twice(
    address: str, company: CompanyWorld
) -> None:
    hr = await company.person("HR")
    flow = await a_draft(hr)
    names: list[str] = []
    async with client(address, hr) as http:
        async with streaming(http, FOLLOW, types=["onboarding.flow.*"]) as stream:
            assert (await stream.next())["event"] is None
            for number in range(3):
                await rename(hr, flow, f"Name {number}")
            events = [await stream.event() for _ in range(2)]
        names += [event.data["data"]["events"]["event"]["data"]["changed"]["name"] for event in events]
        assert events[-1].id
        await rename(hr, flow, "Name 3")
        again = {"last-event-id": events[-1].id}
        async with streaming(http, FOLLOW, again, types=["onboarding.flow.*"]) as stream:
            names += [(await stream.next())["event"]["data"]["changed"]["name"] for _ in range(2)]
            assert await stream.is_quiet()
    assert names == [f"Name {number}" for number in range(4)]


async def test_a_state_that_was_seen_is_not_told_again(address: str, flow: Published) -> None:
    async with client(address, flow.hr) as http:
        async with streaming(http, BOARD, id=flow.id) as stream:
            first = await stream.event()
        assert first.id
        async with streaming(http, BOARD, {"last-event-id": first.id}, id=flow.id, after=first.id) as stream:
            await flow.hire()
            assert (await stream.next())["state"]["notStarted"] == 1


async def test_a_comment_comes_while_nothing_happens(
    address: str, flow: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schema.live.stream.response.PING_EVERY", 0.1)
    async with client(address, flow.hr) as http, streaming(http, BOARD, id=flow.id) as stream:
        await stream.next()
        before = stream.comments
        assert await stream.is_quiet()
        assert stream.comments >= before + 2


async def test_a_token_that_runs_out_ends_the_stream(world: World, address: str, flow: Published) -> None:
    short = AccessTokens(world.wiring.master_key, clock=now, lifetime=timedelta(seconds=2))
    who = flow.hr.asking
    assert who.principal.id
    issued = short.issue(user_id=who.principal.id, tenant_id=who.tenant.id, token_version=1)
    async with client(address) as http:
        token = {"authorization": f"Bearer {issued.text}"}
        async with streaming(http, BOARD, token, id=flow.id) as stream:
            await stream.next()
            assert await stream.codes(within=4) == ["TOKEN_EXPIRED"]
            assert await stream.is_complete()
        late = await http.post("/graphql", json={"query": VIEWER}, headers={**EVENTS, **token})
        assert (late.status_code, late.json()["errors"][0]["extensions"]["code"]) == (401, "TOKEN_EXPIRED")


async def test_who_is_deactivated_is_out(address: str, company: CompanyWorld, flow: Published, hr: Person) -> None:
    owner = await company.person("OWNER")
    async with client(address, hr) as http, streaming(http, BOARD, id=flow.id) as stream:
        await stream.next()
        assert await codes(owner, "deactivateUser", id=id_of(hr)) == []
        assert await stream.codes() == ["UNAUTHENTICATED"]
        assert await stream.is_complete()


async def test_a_company_that_is_closed_is_left(
    world: World, address: str, company: CompanyWorld, flow: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schema.live.guarding.LOOK_EVERY", (0.3, 0.5))
    async with client(address, flow.hr) as http, streaming(http, BOARD, id=flow.id) as stream:
        await stream.next()
        async with world.parts.catalog.begin() as connection:
            await set_status(connection, company.tenant.id, TenantStatus.CLOSING)
            await set_status(connection, company.tenant.id, TenantStatus.CLOSED)
        assert await stream.codes() == ["TENANT_NOT_FOUND"]
        assert await stream.is_complete()


async def test_hundreds_come_and_go_and_leave_nothing(world: World, address: str, flow: Published) -> None:
    before = asyncio.all_tasks()
    async with client(address, flow.hr) as http:
        for _ in range(20):
            await asyncio.gather(*(come_and_go(http, flow.id) for _ in range(25)))
    assert await nothing_left(world, before)


async def come_and_go(http: httpx.AsyncClient, flow: str) -> None:
    async with streaming(http, BOARD, id=flow) as stream:
        await stream.next(within=30)


async def test_who_does_not_read_is_dropped(
    world: World, address: str, flow: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schema.live.stream.response.READ_WITHIN", 0.5)
    monkeypatch.setattr("schema.live.stream.response.PING_EVERY", 0.001)
    monkeypatch.setattr("schema.live.stream.text.COMMENT", f":{' ' * 200_000}\n\n")
    before = asyncio.all_tasks()
    with socket.socket() as silent:
        silent.settimeout(0)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(silent, ("127.0.0.1", int(address.rpartition(":")[2])))
        body = orjson.dumps({"query": BOARD, "variables": {"id": flow.id}})
        head = (
            "POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/event-stream\r\n"
            "content-type: application/json\r\n"
            f"authorization: Bearer {flow.hr.token}\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        await loop.sock_sendall(silent, head.encode() + body)
        async with asyncio.timeout(5):
            while not len(rooms_of(world)):
                await asyncio.sleep(0.01)
        assert await nothing_left(world, before, within=10)


async def test_a_server_that_stops_ends_its_streams(world: World, relaying: None, flow: Published) -> None:
    async with AsyncExitStack() as stack:
        async with listening(world.app) as address:
            http = await stack.enter_async_context(client(address, flow.hr))
            stream = await stack.enter_async_context(streaming(http, BOARD, id=flow.id))
            await stream.next()
            began = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - began < 0.9
        assert await stream.event_or_end() is None


async def test_a_page_of_a_named_origin_may_stream(world: World) -> None:
    origin = "https://app.example.com"
    names = "authorization,last-event-id,x-graphql-event-stream-token"
    async with set_otherwise(world, origins=(origin,)) as http:
        for path, method in [("/graphql", "POST"), ("/graphql/stream", "DELETE"), ("/graphql/stream/token", "POST")]:
            asked = {"access-control-request-method": method, "access-control-request-headers": names}
            assert (await http.options(path, headers={"origin": origin, **asked})).status_code == 200
        answer = await http.post("/graphql", json={"query": "{"}, headers={**EVENTS, "origin": origin})
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.text.endswith("event: complete\ndata:\n\n")
