"""One stream for many operations: who may open it, what fills it, and that nothing of it is left."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from schema.live.stream.shared import SharedEndpoint
from tests.live.client import BOARD, PROGRESS
from tests.live.sse import EVENTS, Event, Stream, client
from tests.live.test_sessions import id_of
from tests.live.test_sse import VIEWER, nothing_left
from tests.onboarding.hires.builders import Published, codes, complete
from tests.world import CompanyWorld, Person, World

PLACE = "/graphql/stream"
TOKEN = "x-graphql-event-stream-token"


def endpoint_of(world: World) -> SharedEndpoint:
    [route] = [each for each in world.app.routes if getattr(each, "path", "") == PLACE]
    return route.endpoint.__self__  # type: ignore[attr-defined]


async def reserve(http: httpx.AsyncClient) -> str:
    reserved = await http.put(PLACE)
    assert (reserved.status_code, reserved.headers["cache-control"]) == (201, "no-store")
    return reserved.text


@asynccontextmanager
async def opened(http: httpx.AsyncClient, token: str) -> AsyncGenerator[Stream]:
    async with http.stream("GET", PLACE, headers={**EVENTS, TOKEN: token}) as response:
        assert response.status_code == 200, await response.aread()
        yield Stream(response)


async def start(http: httpx.AsyncClient, token: str, name: str, query: str, **variables: Any) -> int:
    body = {"query": query, "variables": variables, "extensions": {"operationId": name}}
    return (await http.post(PLACE, json=body, headers={TOKEN: token})).status_code


async def told(stream: Stream, name: str) -> Any:
    event = await stream.event()
    assert (event.name, event.data["id"]) == ("next", name), event
    return event.data["payload"]


async def test_many_operations_fill_one_stream(world: World, address: str, flow: Published) -> None:
    hire, person = await flow.begun()
    before = asyncio.all_tasks()
    async with client(address, flow.hr) as http:
        token = await reserve(http)
        async with opened(http, token) as stream:
            assert await start(http, token, "one", PROGRESS, id=hire) == 202
            assert (await told(stream, "one"))["data"]["onboardingProgress"]["state"]["blocksPct"] == 0
            assert await start(http, token, "two", VIEWER) == 202
            assert "errors" not in await told(stream, "two")
            assert await stream.event() == Event("complete", {"id": "two"}, None)
            assert await start(http, token, "one", VIEWER) == 409
            assert await complete(person, flow.block(0, 0), "Yes") == []
            assert (await told(stream, "one"))["data"]["onboardingProgress"]["state"]["blocksPct"] == 33
            stopped = await http.delete(PLACE, params={"operationId": "one"}, headers={TOKEN: token})
            assert stopped.status_code == 200
            assert await complete(person, flow.block(0, 1), "Yes") == []
            assert await start(http, token, "three", "{ nothing }") == 202
            assert (await told(stream, "three"))["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        assert await nothing_left(world, before)
        assert await start(http, token, "four", VIEWER) == 404
    assert len(endpoint_of(world)) == 0


async def test_a_stream_is_opened_once_and_by_who_reserved_it(
    address: str, flow: Published, company: CompanyWorld, other_company: CompanyWorld
) -> None:
    others = [await company.person("HR"), await other_company.person("HR")]
    async with client(address, flow.hr) as http:
        token = await reserve(http)
        for other in others:
            async with client(address, other) as theirs:
                assert (await theirs.get(PLACE, params={"token": token})).status_code == 404
                assert await start(theirs, token, "one", VIEWER) == 404
        async with opened(http, token):
            assert (await http.get(PLACE, params={"token": token})).status_code == 409
        assert (await http.get(PLACE, params={"token": "unknown"})).status_code == 404
        assert (await http.delete(PLACE, params={"token": token})).status_code == 404
        assert (await http.request("HEAD", PLACE)).status_code == 405
        nameless = await http.post(PLACE, json={"query": VIEWER}, params={"token": await reserve(http)})
        assert nameless.status_code == 400
    async with client(address) as http:
        assert (await http.put(PLACE)).status_code == 401


async def test_what_nobody_opens_is_forgotten(
    world: World, address: str, flow: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schema.live.stream.shared.OPEN_WITHIN", 0.2)
    before = asyncio.all_tasks()
    async with client(address, flow.hr) as http:
        token = await reserve(http)
        assert await start(http, token, "one", VIEWER) == 202
        await asyncio.sleep(0.4)
        assert (await http.get(PLACE, params={"token": token})).status_code == 404
    assert await nothing_left(world, before)


async def test_who_is_deactivated_is_told_by_each_operation(
    address: str, company: CompanyWorld, flow: Published, hr: Person
) -> None:
    owner = await company.person("OWNER")
    async with client(address, hr) as http:
        token = await reserve(http)
        async with opened(http, token) as stream:
            for name in ("one", "two"):
                assert await start(http, token, name, BOARD, id=flow.id) == 202
                await told(stream, name)
            assert await codes(owner, "deactivateUser", id=id_of(hr)) == []
            for name in ("one", "two"):
                assert (await told(stream, name))["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
                assert await stream.event() == Event("complete", {"id": name}, None)
            assert await stream.event_or_end() is None


async def test_hundreds_come_and_go_and_leave_nothing(world: World, address: str, flow: Published) -> None:
    before, others = asyncio.all_tasks(), len(endpoint_of(world))
    async with client(address, flow.hr) as http:
        for _ in range(5):
            await asyncio.gather(*(come_and_go(http, flow.id) for _ in range(20)))
    assert await nothing_left(world, before)
    assert len(endpoint_of(world)) == others


async def come_and_go(http: httpx.AsyncClient, flow: str) -> None:
    token = await reserve(http)
    async with opened(http, token) as stream:
        assert await start(http, token, "one", BOARD, id=flow) == 202
        await told(stream, "one")
