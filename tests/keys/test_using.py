"""What an API key runs: registered documents of its client, within its scopes, over every transport."""

from typing import Any

import pytest

from tests.documents.builders import a_client, named, persisted, published
from tests.keys.builders import COMPANY, CREATE, FLOWS, Held, a_key, code, revoke
from tests.live.client import Client, connected
from tests.live.conftest import address, relaying
from tests.live.sse import EVENTS, Stream, client
from tests.world import CompanyWorld, Person

__all__ = ["address", "relaying"]

FOLLOW = 'subscription Follow { events(types: ["onboarding.flow.*"]) { event { type actor { kind id } } } }'
SCHEMA = "query Schema { __schema { types { name } } }"
PART = 'query Part { company { __typename } ...More } fragment More on Query { alias: __type(name: "User") { name } }'
SIGN_IN_AGAIN = 4403
REQUIRED = (403, "DOCUMENT_REQUIRED")
BROUGHT = [
    COMPANY,
    "{ __schema { types { name } } }",
    "{ __typename }",
    "query Q { compny { name } }",
    "query Q {",
    "mutation { login(input: { email: 1 }) { session { accessToken } } }",
    "subscription { events { cursor } }",
]


async def test_a_key_alone_runs_a_document_of_its_client(owner: Person) -> None:
    key = await a_key(owner, "company.read", "onboarding.edit", "onboarding.read")
    answer = await key.run(COMPANY)
    assert (answer.status_code, answer.json()["data"]["company"]["name"]) == (200, owner.asking.tenant.name)
    done = (await key.run(CREATE, {"name": "Nightly"})).json()
    assert done["data"]["createFlow"]["flow"]["id"], done
    assert (await key.run(FLOWS)).json()["data"]["flows"]["nodes"] == [{"name": "Nightly"}]


async def test_a_document_is_named_in_each_way(owner: Person) -> None:
    key = await a_key(owner)
    known = {"authorization": f"Bearer {key.text}"}
    expected = (await key.run(COMPANY)).json()
    got = await key.http.get(f"/graphql/d/{named(COMPANY)}", headers=known)
    assert (got.json(), got.headers["cache-control"]) == (expected, "private, no-cache")
    assert "authorization" in got.headers["vary"]
    by_parameter = await key.http.get("/graphql", params={"documentId": named(COMPANY)}, headers=known)
    assert by_parameter.json() == expected
    for brings in (False, True):
        assert (await key.send(persisted(COMPANY, brings=brings))).json() == expected
    written = await key.http.get(f"/graphql/d/{named(CREATE)}?variables=%7B%22name%22%3A%22x%22%7D", headers=known)
    assert written.status_code == 405


@pytest.mark.parametrize("query", BROUGHT, ids=range(len(BROUGHT)))
async def test_what_it_brings_is_one_error_whatever_it_is(owner: Person, query: str) -> None:
    key = await a_key(owner)
    first = await key.send({})
    assert code(first) == REQUIRED
    for body in ({"query": query}, {"query": query, "operationName": 3}, {"query": 7}):
        answer = await key.send(body)
        assert (answer.status_code, answer.json()) == (403, first.json())
    by_get = await key.http.get("/graphql", params={"query": query}, headers={"authorization": f"Bearer {key.text}"})
    assert (by_get.status_code, by_get.json()) == (403, first.json())


async def test_no_page_is_shown_and_no_plan(owner: Person) -> None:
    key = await a_key(owner)
    known = {"authorization": f"bearer  {key.text} ", "accept": "text/html,*/*"}
    page = await key.http.get("/graphql", headers=known)
    assert code(page) == REQUIRED
    explained = await key.run(COMPANY, headers={"x-workgraph-explain": "1"})
    assert "extensions" not in explained.json()


async def test_nothing_is_registered_by_itself(owner: Person) -> None:
    client = await a_client(owner, "acme", registersAutomatically=True)
    key = await a_key(owner, client=client)
    for brings in (False, True):
        answer = await key.send(persisted(COMPANY, brings=brings))
        assert code(answer) == (200, "PERSISTED_QUERY_NOT_SUPPORTED")


@pytest.mark.parametrize("text", [SCHEMA, PART], ids=["whole", "within"])
async def test_a_registered_document_that_asks_about_the_schema_is_refused(owner: Person, text: str) -> None:
    client = await a_client(owner, "acme")
    await published(owner, client, {"schema": text, named(text): text, "plain": "query P { company { __typename } }"})
    key = await a_key(owner, client=client)
    for name in ("schema", named(text)):
        assert code(await key.send({"documentId": name})) == (403, "INSUFFICIENT_SCOPE")
        assert "data" in (await owner.http.post("/graphql", json={"documentId": name}, headers=bearer(owner))).json()
    assert (await key.send({"documentId": "plain"})).json() == {"data": {"company": {"__typename": "Company"}}}


def bearer(person: Person) -> dict[str, str]:
    return {"authorization": f"Bearer {person.token}"}


async def test_documents_of_other_clients_are_not_found(owner: Person, other_company: CompanyWorld) -> None:
    key = await a_key(owner)
    other = await a_client(owner, "other")
    theirs = "query Theirs { modules { name } }"
    await published(owner, other, {"theirs": theirs, named(theirs): theirs})
    elsewhere = await a_key(await other_company.person("OWNER"))
    for name in ("theirs", named(theirs), "unknown", "x" * 300):
        assert code(await key.send({"documentId": name})) == (400, "DOCUMENT_NOT_FOUND")
        assert code(await elsewhere.send({"documentId": name})) == (400, "DOCUMENT_NOT_FOUND")
    assert (await elsewhere.run(COMPANY)).json() != (await key.run(COMPANY)).json()


async def test_values_get_no_suggestions(owner: Person) -> None:
    client = await a_client(owner, "acme")
    text = "mutation M($input: CreateFlowInput!) { createFlow(input: $input) { flow { id } } }"
    await published(owner, client, {"create": text})
    key = await a_key(owner, "onboarding.edit", client=client)
    answer = await key.send({"documentId": "create", "variables": {"input": {"nam": "x", "durationDays": 3}}})
    assert "BAD_USER_INPUT" in answer.text
    assert "did you mean" not in answer.text.lower()


async def test_a_header_may_name_its_client_and_no_other(owner: Person) -> None:
    key = await a_key(owner)
    assert (await key.run(COMPANY, headers={"graphql-client-name": "acme"})).status_code == 200
    answer = await key.run(COMPANY, headers={"graphql-client-name": "web"})
    assert code(answer) == (403, "CLIENT_MISMATCH")
    assert "acme" not in answer.text


async def test_a_websocket_takes_a_key(owner: Person, address: str) -> None:
    client_id = await a_client(owner, "acme")
    await published(owner, client_id, {"follow": FOLLOW, "company": COMPANY, "create": CREATE})
    scopes = ("company.read", "onboarding.read", "onboarding.edit", "events.read")
    key = await a_key(owner, *scopes, client=client_id)
    async with connected(address) as socket:
        await socket.begin(authorization=f"Bearer {key.text}")
        first = await ask(socket, "1", documentId="follow")
        assert first == {"type": "next", "id": "1", "payload": {"data": {"events": {"event": None}}}}
        created = await key.send({"documentId": "create", "variables": {"name": "By a key"}})
        assert created.json()["data"]["createFlow"]["flow"]
        told = await socket.next()
        assert told["event"]["actor"] == {"kind": "api_key", "id": key.id}
        refused = await ask(socket, "2", query=COMPANY)
        assert [each["extensions"]["code"] for each in refused["payload"]] == ["DOCUMENT_REQUIRED"]
        await revoke(owner, key.id)
        assert await socket.code() == SIGN_IN_AGAIN


async def ask(socket: Client, name: str, **payload: Any) -> dict[str, Any]:
    await socket.send(type="subscribe", id=name, payload=payload)
    return await socket.receive()


async def test_a_stream_takes_a_key(owner: Person, address: str) -> None:
    client_id = await a_client(owner, "acme")
    await published(owner, client_id, {"follow": FOLLOW})
    key = await a_key(owner, "events.read", "onboarding.read", client=client_id)
    as_key = Person(key.http, key.text, owner.asking, owner.tenant_slug)
    async with client(address, as_key) as http:
        async with http.stream("POST", "/graphql", json={"documentId": "follow"}, headers=EVENTS) as response:
            assert await Stream(response).next() == {"event": None}
        brought = await http.post("/graphql", json={"query": FOLLOW}, headers=EVENTS)
        assert "DOCUMENT_REQUIRED" in brought.text


async def test_a_key_is_nobody_and_changes_nobody(owner: Person) -> None:
    client_id = await a_client(owner, "acme")
    documents = {
        "viewer": "query V { viewer { kind } }",
        "password": 'mutation P { changePassword(input: { current: "a", new: "correct horse" }) '
        "{ session { accessToken } } }",
        "profile": 'mutation U { updateViewer(input: { firstName: "K" }) { user { id } refusals { code } } }',
        "logo": 'mutation L { createUpload(input: { purpose: COMPANY_LOGO, filename: "a.png", mime: "image/png", '
        "size: 10 }) { refusals { code } } }",
    }
    await published(owner, client_id, documents)
    key = await a_key(owner, "company.read", "company.edit", client=client_id)
    assert (await key.send({"documentId": "viewer"})).json() == {"data": {"viewer": None}}
    for name in ("password", "logo"):
        [error] = (await key.send({"documentId": name})).json()["errors"]
        assert error["extensions"]["code"] == "FORBIDDEN"
    profile = (await key.send({"documentId": "profile"})).json()
    assert profile["data"]["updateViewer"]["refusals"] == [{"code": "NOT_FOUND"}]


async def test_both_kinds_of_headers_lead_to_one_key(owner: Person) -> None:
    key = await a_key(owner)
    assert (await key.run(COMPANY, headers={"x-workgraph-tenant": owner.tenant_slug})).status_code == 200
    assert isinstance(key, Held)
