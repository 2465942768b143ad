"""The protocol to the letter: what is answered, what is refused, and with which code a connection is closed."""

from contextlib import AsyncExitStack
from typing import Any

import orjson
import pytest
from websockets.exceptions import InvalidStatus

import schema.live.connection
from tests.live.client import BOARD, Client, client_of, connected
from tests.live.conftest import listening
from tests.onboarding.hires.builders import Published
from tests.world import CompanyWorld, Person, World

VIEWER = "{ viewer { __typename } }"
COMPANY = "{ company { name } }"
TWO_FIELDS = """
subscription {
  a: onboardingProgress(newHireId: "x") { cursor }
  b: onboardingProgress(newHireId: "y") { cursor }
}
"""


async def test_ping_is_answered_before_and_after_the_beginning(address: str, hr: Person) -> None:
    async with connected(address) as client:
        await client.send(type="ping", payload={"n": 1})
        assert await client.receive() == {"type": "pong", "payload": {"n": 1}}
        await client.begin(authorization=f"Bearer {hr.token}")
        await client.send(type="ping")
        assert await client.receive() == {"type": "pong"}
        await client.send(type="pong")
        assert await client.is_quiet()


async def test_queries_and_mutations_are_answered_once(address: str, hr: Person, company: CompanyWorld) -> None:
    async with client_of(address, hr) as client:
        await client.subscribe(COMPANY)
        assert (await client.next())["name"] == company.tenant.name
        assert await client.receive() == {"type": "complete", "id": "1"}
        create = 'mutation { createFlow(input: {name: "By socket", durationDays: 7}) { flow { name } } }'
        await client.subscribe(create)
        assert await client.next() == {"flow": {"name": "By socket"}}
        assert await client.receive() == {"type": "complete", "id": "1"}
    assert len(await company.rows("select id from pool.onboarding_flows where tenant_id = :tenant")) == 1


async def test_a_header_signs_in_too_and_the_payload_names_the_company(address: str, hr: Person) -> None:
    async with connected(address, additional_headers={"authorization": f"Bearer {hr.token}"}) as client:
        await client.begin()
        await client.subscribe(COMPANY)
        assert (await client.next())["name"]
    async with connected(address) as client:
        await client.begin(tenant=hr.tenant_slug)
        await client.subscribe("{ modules { __typename } }")
        assert (await client.receive())["type"] == "next"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ nonsense }", "BAD_USER_INPUT"),
        ("{ company {", "BAD_USER_INPUT"),
        ("subscription { nonsense }", "BAD_USER_INPUT"),
        ("subscription { onboardingProgress { cursor } }", "BAD_USER_INPUT"),
        ("subscription($id: ID!) { onboardingProgress(newHireId: $id) { cursor } }", "BAD_USER_INPUT"),
        ("query A { company { name } } query B { company { name } }", "BAD_USER_INPUT"),
        (TWO_FIELDS, "BAD_USER_INPUT"),
        ("{" + "company {" * 30 + "name" + "}" * 31, "BAD_USER_INPUT"),
        ("   ", "BAD_USER_INPUT"),
    ],
)  # fmt: skip
async def test_what_cannot_begin_is_refused_and_ends_nothing_else(
    address: str, hr: Person, query: str, code: str
) -> None:
    async with client_of(address, hr) as client:
        await client.subscribe(query)
        message = await client.receive()
        assert (message["type"], message["id"]) == ("error", "1")
        assert {error["extensions"]["code"] for error in message["payload"]} == {code}
        await client.subscribe(COMPANY)
        assert (await client.next())["name"]


async def test_nobody_may_ask_for_what_is_not_public(address: str, company: CompanyWorld, flow: Published) -> None:
    async with connected(address) as client:
        await client.begin(tenant=company.tenant.slug)
        await client.subscribe(BOARD, id=flow.id)
        assert (await client.receive())["payload"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        await client.subscribe(COMPANY)
        message = await client.receive()
        assert message["payload"]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_complete_ends_a_subscription_and_frees_its_id(address: str, flow: Published) -> None:
    async with client_of(address, flow.hr) as client:
        for _ in range(3):
            await client.subscribe(BOARD, id=flow.id)
            await client.next()
            await client.send(type="complete", id="1")
        await flow.hire()
        assert await client.is_quiet()
        await client.send(type="complete", id="unknown")
        assert await client.is_quiet()


async def again(client: Client) -> None:
    await client.begin()
    await client.send(type="connection_init")


async def too_soon(client: Client) -> None:
    await client.send(type="subscribe", id="1", payload={"query": VIEWER})


async def twice(client: Client) -> None:
    flow = 'subscription { onboardingBoard(flowId: "x") { cursor } }'
    await client.begin()
    await client.connection.send(orjson.dumps({"type": "subscribe", "id": "1", "payload": {"query": flow}}).decode())
    await client.send(type="subscribe", id="1", payload={"query": flow})


def saying(text: str | bytes, *, first: bool = False) -> Any:
    async def say(client: Client) -> None:
        if not first:
            await client.begin()
        await client.connection.send(text)

    return say


def signing_in(**payload: Any) -> Any:
    async def sign_in(client: Client) -> None:
        await client.send(type="connection_init", payload=payload)

    return sign_in


@pytest.mark.parametrize(
    ("does", "code"),
    [
        (saying("nonsense"), 4400),
        (saying("nonsense", first=True), 4400),
        (saying("[]"), 4400),
        (saying("{}"), 4400),
        (saying('{"type":"unknown"}'), 4400),
        (saying(b"\x00"), 4400),
        (saying('{"type":"subscribe","payload":{"query":"{ __typename }"}}'), 4400),
        (saying('{"type":"subscribe","id":"","payload":{"query":"{ __typename }"}}'), 4400),
        (saying('{"type":"subscribe","id":"1"}'), 4400),
        (saying('{"type":"subscribe","id":"1","payload":{"query":1}}'), 4400),
        (saying('{"type":"ping","payload":1}'), 4400),
        (saying('{"type":"complete"}'), 4400),
        (saying('{"type":"next","id":"1"}'), 4400),
        (saying('{"type":"ping","payload":{"x":"' + "x" * 1_048_576 + '"}}'), 1009),
        (too_soon, 4401),
        (again, 4429),
        (twice, 4409),
        (signing_in(authorization="Bearer nonsense"), 4403),
        (signing_in(authorization="Bearer wgh_nonsense"), 4403),
        (signing_in(tenant="nobody-is-called-so"), 4401),
    ],
)
async def test_the_code_says_why_it_is_closed(address: str, does: Any, code: int) -> None:
    async with connected(address) as client:
        await does(client)
        assert await client.code() == code


async def test_a_token_of_another_company_than_the_address_is_never_right(
    address: str, hr: Person, other_company: CompanyWorld
) -> None:
    async with connected(address) as client:
        await client.send(
            type="connection_init",
            payload={"authorization": f"Bearer {hr.token}", "tenant": other_company.tenant.slug},
        )
        assert await client.code() == 4401


async def test_who_does_not_begin_is_closed(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema.live.connection, "BEGIN_WITHIN", 0.2)
    async with connected(address) as client:
        await client.send(type="ping")
        assert await client.code(within=2) == 4408


async def test_another_protocol_is_refused(address: str) -> None:
    async with connected(address, subprotocols=["graphql-ws"]) as client:
        assert await client.code() == 4406


async def test_too_many_at_once_are_refused_one_by_one(
    address: str, flow: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema.live.connection, "MOST_AT_ONCE", 2)
    async with client_of(address, flow.hr) as client:
        for name in ("1", "2"):
            await client.subscribe(BOARD, name, id=flow.id)
            await client.next(name)
        await client.subscribe(BOARD, "3", id=flow.id)
        assert (await client.receive())["type"] == "error"
        await client.send(type="complete", id="1")
        await client.subscribe(BOARD, "3", id=flow.id)
        await client.next("3")


@pytest.mark.parametrize(
    ("origins", "origin", "is_let_in"),
    [
        ((), "https://elsewhere.example", False),
        ((), "null", False),
        ((), "http://[", False),
        ((), "same", True),
        ((), None, True),
        (("https://app.example",), "https://app.example", True),
        (("https://app.example",), "https://app.example.evil", False),
        (("*",), "https://elsewhere.example", True),
    ],
)
async def test_pages_of_other_origins_connect_only_where_they_may_use_the_api(
    world: World, origins: tuple[str, ...], origin: str | None, *, is_let_in: bool
) -> None:
    [route] = [each for each in world.app.routes if each.__class__.__name__ == "WebSocketRoute"]
    endpoint: Any = route.endpoint.__self__  # type: ignore[attr-defined]
    before, endpoint._origins = endpoint._origins, origins
    try:
        async with listening(world.app) as address:
            page = address.replace("ws://", "http://") if origin == "same" else origin
            headers = {"origin": page} if page else {}
            if is_let_in:
                async with connected(address, additional_headers=headers) as client:
                    await client.begin()
            else:
                with pytest.raises(InvalidStatus) as refused:
                    async with connected(address, additional_headers=headers):
                        pass
                assert refused.value.response.status_code == 403
    finally:
        endpoint._origins = before


async def test_a_subscription_by_http_is_told_where_to_go(company: CompanyWorld, flow: Published) -> None:
    answer = await flow.hr.ask(BOARD, {"id": flow.id})
    assert answer.codes == ["BAD_USER_INPUT"]
    assert "graphql-transport-ws" in answer.errors[0]["message"]


async def test_a_server_that_stops_says_so(world: World, flow: Published) -> None:
    async with AsyncExitStack() as clients:
        async with listening(world.app) as address:
            client = await clients.enter_async_context(client_of(address, flow.hr))
            await client.subscribe(BOARD, id=flow.id)
            await client.next()
        assert await client.code() == 1012
