"""Registered documents over a WebSocket, and as server-sent events in both modes."""

from typing import Any

import pytest

from tests.documents.builders import COMPANY, a_client, headers_of, named, persisted, published
from tests.live.client import Client, client_of, connected
from tests.live.conftest import address, relaying
from tests.live.sse import EVENTS, Stream, client
from tests.live.test_sse_shared import PLACE, TOKEN, opened, reserve, told
from tests.world import CompanyWorld, Person

__all__ = ["address", "relaying"]

FOLLOW = 'subscription Follow { events(types: ["client.*"]) { event { type } } }'


@pytest.fixture
async def web(owner: Person) -> str:
    client = await a_client(owner, registersAutomatically=True)
    await published(owner, client, {"follow": FOLLOW, "company": COMPANY})
    return client


async def ask(client: Client, name: str, **payload: Any) -> dict[str, Any]:
    """Send an operation, and return the first answer."""
    await client.send(type="subscribe", id=name, payload=payload)
    return await client.receive()


async def test_a_websocket_takes_ids(web: str, address: str, owner: Person) -> None:
    async with client_of(address, owner) as client:
        first = await ask(client, "1", documentId="follow")
        assert first == {"type": "next", "id": "1", "payload": {"data": {"events": {"event": None}}}}
        await published(owner, await a_client(owner, "app"), [COMPANY])
        # what made the fixture's own client may be told of first: it was relayed a moment ago, or is about to be
        while (told := (await client.next())["event"]) != {"type": "client.created"}:
            assert told.keys() == {"type"}
    async with client_of(address, owner) as client:
        company = await ask(client, "2", documentId=named(COMPANY))
        assert company["payload"]["data"]["company"]["name"]
        assert (await client.receive())["type"] == "complete"
        unknown = await ask(client, "3", documentId="unknown")
        assert [each["extensions"]["code"] for each in unknown["payload"]] == ["DOCUMENT_NOT_FOUND"]
        both = await ask(client, "4", documentId="follow", query=FOLLOW)
        assert [each["extensions"]["code"] for each in both["payload"]] == ["BAD_USER_INPUT"]


async def test_its_client_is_named_at_the_beginning(web: str, address: str, owner: Person) -> None:
    beginning = {"authorization": f"Bearer {owner.token}", "GraphQL-Client-Name": "web"}
    async with connected(address) as client:
        await client.begin(**beginning)
        missing = await ask(client, "1", **persisted("{ modules { name } }"))
        assert missing["payload"][0]["message"] == "PersistedQueryNotFound"
        assert "data" in (await ask(client, "2", **persisted("{ modules { name } }", brings=True)))["payload"]
    await owner.do("updateApiClient", {"id": web, "locked": True, "registersAutomatically": False})
    async with connected(address, additional_headers=headers_of(owner, "web")) as client:
        await client.begin()
        refused = await ask(client, "1", query="{ nonsense")
        assert [each["extensions"]["code"] for each in refused["payload"]] == ["DOCUMENT_REQUIRED"]
        assert "data" in (await ask(client, "2", documentId="follow"))["payload"]


async def test_another_companys_is_not_found(web: str, address: str, other_company: CompanyWorld) -> None:
    async with client_of(address, await other_company.person("OWNER")) as client:
        for number, name in enumerate(("follow", named(FOLLOW))):
            answer = await ask(client, str(number), documentId=name)
            assert [each["extensions"]["code"] for each in answer["payload"]] == ["DOCUMENT_NOT_FOUND"]


async def test_a_stream_takes_ids_by_post_and_by_get(web: str, address: str, owner: Person) -> None:
    async with client(address, owner) as http:
        async with http.stream("POST", "/graphql", json={"documentId": "follow"}, headers=EVENTS) as response:
            assert await Stream(response).next() == {"event": None}
        for path in ("/graphql?documentId=follow", "/graphql/d/follow"):
            async with http.stream("GET", path, headers=EVENTS) as response:
                assert await Stream(response).next() == {"event": None}
        unknown = await http.get("/graphql/d/unknown", headers=EVENTS)
        assert unknown.json()["errors"][0]["extensions"]["code"] == "DOCUMENT_NOT_FOUND"


async def test_a_stream_token_in_the_address_says_whose_document_it_is(web: str, address: str, owner: Person) -> None:
    async with client(address, owner) as http:
        token = (await http.post("/graphql/stream/token")).json()["token"]
    async with client(address) as http:
        parameters = {"documentId": "follow", "streamToken": token}
        async with http.stream("GET", "/graphql", params=parameters, headers=EVENTS) as response:
            assert await Stream(response).next() == {"event": None}


async def test_a_shared_stream_takes_ids(web: str, address: str, owner: Person) -> None:
    async with client(address, owner) as http:
        token = await reserve(http)
        async with opened(http, token) as stream:
            for name, body in {"1": {"documentId": "company"}, "2": {"query": COMPANY}}.items():
                given = {**body, "extensions": {"operationId": name}}
                assert (await http.post(PLACE, json=given, headers={TOKEN: token})).status_code == 202
                assert (await told(stream, name))["data"]["company"]["name"]
                assert (await stream.event()).name == "complete"
        missing = {"documentId": "unknown", "extensions": {"operationId": "3"}}
        token = await reserve(http)
        refused = await http.post(PLACE, json=missing, headers={TOKEN: token})
        assert refused.json()["errors"][0]["extensions"]["code"] == "DOCUMENT_NOT_FOUND"
