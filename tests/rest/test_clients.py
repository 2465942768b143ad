"""Documents that a company's client has registered with a method and a path, called under its name."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate

from db.catalog import set_registered_only
from tests.documents.builders import a_client
from tests.rest.calling import call, problem
from tests.rest.test_calling import a_flow
from tests.world import CompanyWorld, Person

REFUSALS = "refusals { code message path }"
FLOW = "query OneFlow($id: ID!) { flow(id: $id) { id name } }"
FLOWS = (
    "query Some($names: [String!], $most: Int = 2) "
    "{ flows(first: $most, where: { name: { in: $names } }, orderBy: [{ name: ASC }]) { nodes { name } } }"
)
RENAME = f"mutation Rename($id: ID!, $name: String!) {{ updateFlow(input: {{ id: $id, name: $name }}) {{ flow {{ id name }} {REFUSALS} }} }}"  # noqa: E501
MAKE = f"mutation Make($input: CreateFlowInput!) {{ createFlow(input: $input) {{ flow {{ id name }} {REFUSALS} }} }}"
Given = tuple[str, str, str]


async def publish(person: Person, client: str, given: Sequence[Given], version: str = "1.0", **more: Any) -> Any:
    """Publish documents with their methods and paths, and let them be run."""
    documents = [
        {"documentId": f"d{place}", "text": text, "method": method, "path": path}
        for place, (method, path, text) in enumerate(given)
    ]
    told = {"clientId": client, "version": version, "documents": documents, "activate": True, **more}
    return await person.do(
        "publishDocuments",
        told,
        "clientVersion { id documents { nodes { documentId restMethod restPath } } }",
    )


async def test_a_clients_documents_are_called_under_its_name(owner: Person) -> None:
    flow = await a_flow(owner)
    done = await publish(
        owner,
        await a_client(owner),
        [("GET", "/f/{id}", FLOW), ("PUT", "/f/{id}/name", RENAME), ("POST", "/f", MAKE), ("GET", "/f", FLOWS)],
    )
    assert done["refusals"] == []
    assert done["clientVersion"]["documents"]["nodes"][0] == {
        "documentId": "d0",
        "restMethod": "GET",
        "restPath": "/f/{id}",
    }
    assert (await call(owner, "GET", f"/~web/f/{flow}")).json() == {"id": flow, "name": "Engineers"}
    renamed = await call(owner, "PUT", f"/~web/f/{flow}/name", {"name": "Pilots"})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Pilots")
    made = await call(owner, "POST", "/~web/f", {"name": "Zoo", "durationDays": 3})
    assert (made.status_code, made.headers["location"]) == (201, f"/rest/~web/f/{made.json()['id']}")
    assert (await owner.http.get(made.headers["location"], headers={"authorization": f"Bearer {owner.token}"})).json()
    query = {"names": ["Zoo", "Pilots"]}
    assert (await call(owner, "GET", "/~web/f", query=query)).json() == [{"name": "Pilots"}, {"name": "Zoo"}]
    assert (await call(owner, "GET", "/~web/f", query=query | {"most": "1"})).json() == [{"name": "Pilots"}]


async def test_only_what_is_active_is_there_and_the_newest_counts(
    owner: Person, company: CompanyWorld, other_company: CompanyWorld
) -> None:
    client = await a_client(owner, "@acme/shop")
    draft = await publish(owner, client, [("GET", "/x", "query A { viewer { email } }")], activate=False)
    at = "/~@acme%2Fshop/x"
    assert problem(await call(owner, "GET", at)) == (404, "NOT_FOUND")
    await owner.do("activateClientVersion", {"id": draft["clientVersion"]["id"]})
    assert (await call(owner, "GET", at)).json().keys() == {"email"}
    newer = await publish(owner, client, [("GET", "/x", "query B { viewer { kind } }")], "2.0")
    assert (await call(owner, "GET", at)).json().keys() == {"kind"}
    await owner.do("retireClientVersion", {"id": newer["clientVersion"]["id"]})
    assert (await call(owner, "GET", at)).json().keys() == {"email"}
    assert problem(await call(owner, "GET", "/~other/x")) == (404, "NOT_FOUND")
    theirs = await other_company.person("OWNER")
    assert problem(await call(theirs, "GET", at)) == (404, "NOT_FOUND")


SUBSCRIPTION = "subscription Follow { events { cursor } }"
UNTOLD = "mutation M($input: CreateFlowInput!) { createFlow(input: $input) { flow { id } } }"
TWICE = f'mutation M {{ a: logout(input: {{ refreshToken: "x" }}) {{ {REFUSALS} }} b: logout(input: {{ refreshToken: "y" }}) {{ {REFUSALS} }} }}'  # noqa: E501


@pytest.mark.parametrize(
    ("method", "path", "text", "said"),
    [
        ("GET", "f", FLOW, "A path begins with `/`"),
        ("GET", "/f/{id", FLOW, "neither"),
        ("GET", "/f/{id}/", FLOW, "neither"),
        ("GET", "/~f/{id}", FLOW, "neither"),
        ("GET", "/../{id}", FLOW, "not `.` or `..`"),
        ("GET", "/{id}/{id}", FLOW, "stands in a path once"),
        ("GET", "/openapi.json", FLOW, "description"),
        ("GET", "/" + "x/" * 30 + "x", FLOW, "at most 20 segments"),
        ("GET", "/" + "x" * 400, FLOW, "at most 300 characters"),
        ("GET", "/f/{other}/{id}", FLOW, "has no variable $other"),
        ("GET", "/f/{id}/{more}", FLOW, "has no variable $more"),
        ("GET", "/f/{session_token}/{id}", FLOW, "has no variable $session_token"),
        ("GET", "/f", MAKE, "called by GET is a query"),
        ("PUT", "/f/{id}", FLOW, "called by PUT is a mutation"),
        ("GET", "/f", SUBSCRIPTION, "no address over REST"),
        ("GET", "/f", "{ viewer { kind } }", "has a name"),
        ("POST", "/f", UNTOLD, "Select `refusals { code message path }`"),
        ("POST", "/f", TWICE, "has one field"),
        (None, "/f", FLOW, "both `method` and `path`"),
        ("GET", None, FLOW, "both `method` and `path`"),
        ("GET", "/s", "query S { __schema { queryType { name } } }", "cannot ask for the schema"),
    ],
)
async def test_what_cannot_be_called_is_not_registered(
    owner: Person, method: str, path: str, text: str, said: str
) -> None:
    done = await publish(owner, await a_client(owner), [(method, path, text)])
    [refusal] = done["refusals"]
    assert (refusal["code"], refusal["path"]) == ("DOCUMENT_REFUSED", ["input", "documents", "0"])
    assert said in refusal["message"], refusal["message"]


async def test_two_documents_do_not_share_an_address(owner: Person) -> None:
    client = await a_client(owner)
    other = "query Other($flow: ID!) { flow(id: $flow) { status } }"
    done = await publish(owner, client, [("GET", "/f/{id}", FLOW), ("GET", "/f/{flow}", other)])
    [refusal] = done["refusals"]
    assert (refusal["code"], refusal["message"]) == ("DOCUMENT_TAKEN", "d1: GET /f/{flow} leads to d0 already.")
    assert (await publish(owner, client, [("GET", "/f/{id}", FLOW)]))["refusals"] == []
    assert (await publish(owner, client, [("GET", "/f/{id}", FLOW)]))["refusals"] == []
    [moved] = (await publish(owner, client, [("GET", "/g/{id}", FLOW)]))["refusals"]
    assert (moved["code"], "another address" in moved["message"]) == ("DOCUMENT_TAKEN", True)
    [later] = (await publish(owner, client, [("GET", "/f/{id}", FLOW), ("GET", "/f/{flow}", other)]))["refusals"]
    assert later["message"] == "d1: GET /f/{flow} leads to d0 already."


async def test_a_locked_client_and_a_locked_company_run_their_own_only(owner: Person, company: CompanyWorld) -> None:
    client = await a_client(owner, "till", locked=True)
    await publish(owner, client, [("GET", "/who", "query Who { viewer { kind } }")])
    named = {"graphql_client_name": "till"}
    assert problem(await call(owner, "GET", "/content-types", **named)) == (403, "DOCUMENT_REQUIRED")
    assert (await call(owner, "GET", "/~till/who", **named)).json() == {"kind": "user"}
    assert (await call(owner, "GET", "/content-types")).status_code == 200
    async with company.world.parts.catalog.begin() as connection:
        await set_registered_only(connection, company.tenant.id, only=True)
    try:
        await _until(lambda: call(owner, "GET", "/content-types"), 403)
        assert (await call(owner, "GET", "/~till/who")).json() == {"kind": "user"}
    finally:
        async with company.world.parts.catalog.begin() as connection:
            await set_registered_only(connection, company.tenant.id, only=False)


async def _until(asked: Callable[[], Awaitable[httpx.Response]], status: int) -> None:
    """Ask until what is kept of the company has been read anew."""
    async with asyncio.timeout(6):
        while (await asked()).status_code != status:
            await asyncio.sleep(0.1)


async def test_who_may_read_a_client_is_told_of_its_documents(owner: Person, hr: Person) -> None:
    await publish(owner, await a_client(owner), [("GET", "/f/{id}", FLOW), ("POST", "/f", MAKE)])
    told = await call(owner, "GET", "/~web/openapi.json")
    assert told.headers["cache-control"] == "private, no-cache"
    validate(told.json())
    assert set(told.json()["paths"]) == {"/f/{id}", "/f"}
    assert told.json()["servers"] == [{"url": "/rest/~web"}]
    again = await call(owner, "GET", "/~web/openapi.json", if_none_match=told.headers["etag"])
    assert again.status_code == 304
    assert problem(await call(hr, "GET", "/~web/openapi.json")) == (403, "FORBIDDEN")
    collection = (await call(owner, "GET", "/~web/postman.json")).json()
    assert collection["info"]["name"] == "Workgraph: web"
