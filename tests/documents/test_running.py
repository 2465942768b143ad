"""Requests that name a registered document: by every id, over every address, and what is not found."""

from urllib.parse import quote

import httpx
import orjson
import pytest

from schema.http.caching import VARY
from tests.documents.builders import (
    COMPANY,
    CREATE,
    FLOWS,
    a_client,
    codes,
    headers_of,
    named,
    publish,
    published,
    send,
)
from tests.world import CompanyWorld, Person, World

NEWER = "application/graphql-response+json"
FIRST = quote('{"first": 1}')
NAMED = quote('{"name": "x"}')


@pytest.fixture
async def version(owner: Person) -> str:
    return await published(owner, await a_client(owner), {"company": COMPANY, "App/Flows": FLOWS, "create": CREATE})


async def get(person: Person, path: str, *, client: str | None = None, **headers: str) -> httpx.Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return await person.http.get(path, headers=headers_of(person, client, **given))


@pytest.mark.parametrize("client", [None, "web", "nobody"])
async def test_a_hash_finds_it_whatever_the_client(version: str, owner: Person, client: str | None) -> None:
    response = await send(owner, {"documentId": named(FLOWS), "variables": {"first": 1}}, client)
    assert response.json() == {"data": {"flows": {"nodes": []}}}
    assert response.headers["cache-control"] == "no-store"


async def test_its_own_id_finds_it_in_its_client_or_where_there_is_one(version: str, owner: Person) -> None:
    for client in (None, "web"):
        answer = (await send(owner, {"documentId": "company"}, client)).json()
        assert answer["data"]["company"]["name"]
    assert codes(await send(owner, {"documentId": "company"}, "another")) == ["DOCUMENT_NOT_FOUND"]
    other = await a_client(owner, "app")
    await published(owner, other, {"company": COMPANY})
    assert "data" in (await send(owner, {"documentId": "company"})).json()
    await published(owner, other, {"company": "query Other { modules { name } }"}, "2.0")
    assert codes(await send(owner, {"documentId": "company"})) == ["DOCUMENT_NOT_FOUND"]
    assert (await send(owner, {"documentId": "company"}, "app")).json()["data"].keys() == {"modules"}
    assert (await send(owner, {"documentId": "company"}, "web")).json()["data"].keys() == {"company"}


async def test_a_mutation_runs_by_post_alone(version: str, owner: Person) -> None:
    body = {"documentId": "create", "variables": {"name": "By its id"}, "operationName": "Create"}
    assert (await send(owner, body)).json() == {"data": {"createFlow": {"flow": {"name": "By its id"}}}}
    for path in (f"/graphql?documentId=create&variables={NAMED}", "/graphql/d/create"):
        response = await get(owner, path)
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
    flows = (await send(owner, {"documentId": "App/Flows", "variables": {"first": 9}})).json()
    assert [each["name"] for each in flows["data"]["flows"]["nodes"]] == ["By its id"]


@pytest.mark.parametrize("name", ["App/Flows", named(FLOWS), quote(named(FLOWS)), "App%2FFlows"])
async def test_the_address_may_name_it(version: str, owner: Person, name: str) -> None:
    posted = await owner.http.post(f"/graphql/d/{name}", json={"variables": {"first": 1}}, headers=headers_of(owner))
    assert posted.json() == {"data": {"flows": {"nodes": []}}}
    read = await get(owner, f"/graphql/d/{name}?variables={FIRST}")
    assert read.json() == posted.json()


async def test_an_answer_to_get_may_be_kept_and_asked_about(version: str, owner: Person) -> None:
    first = await get(owner, "/graphql/d/company")
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["vary"] == VARY
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = await get(owner, "/graphql?documentId=company", if_none_match=known)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert "content-length" not in again.headers
    assert (await get(owner, "/graphql/d/company", if_none_match='"other"')).status_code == 200
    head = await owner.http.head("/graphql/d/company", headers=headers_of(owner))
    assert (head.headers["etag"], head.content) == (tag, b"")
    newer = await get(owner, "/graphql/d/company", accept=NEWER, if_none_match=tag)
    assert (newer.status_code, newer.headers["etag"] != tag) == (200, True)
    plain = await get(owner, f"/graphql?query={quote(COMPANY)}")
    assert (plain.headers["cache-control"], "etag" in plain.headers) == ("no-store", False)


async def test_an_answer_with_errors_is_not_kept(version: str, company: CompanyWorld) -> None:
    response = await get(company.stranger(), "/graphql/d/company")
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert (response.headers["cache-control"], "etag" in response.headers) == ("no-store", False)


async def test_what_may_not_be_run_is_not_found_whatever_it_is(
    version: str, owner: Person, other_company: CompanyWorld
) -> None:
    stranger = await other_company.person("OWNER")
    await publish(owner, await a_client(owner, "draft"), {"draft": "query Draft { modules { name } }"})
    other = await a_client(owner, "old")
    retired = await published(owner, other, {"retired": "query Retired { modules { name } }"})
    await owner.do("retireClientVersion", {"id": retired})
    answers = [
        await send(owner, {"documentId": "unknown"}),
        await send(owner, {"documentId": named("query Unknown { modules { name } }")}),
        await send(owner, {"documentId": "draft"}),
        await send(owner, {"documentId": named("query Draft { modules { name } }")}),
        await send(owner, {"documentId": "retired"}),
        await send(owner, {"documentId": named("query Retired { modules { name } }")}),
        await send(stranger, {"documentId": "company"}),
        await send(stranger, {"documentId": named(COMPANY)}),
        await send(stranger, {"documentId": "company"}, "web"),
        await send(owner, {"documentId": "sha256:" + "A" * 64}),
        await send(owner, {"documentId": "x" * 5000}),
        await get(owner, "/graphql/d/unknown"),
        await get(stranger, f"/graphql/d/{named(COMPANY)}"),
        await owner.http.post("/graphql", json={"documentId": "company"}),
    ]
    bodies = {response.content for response in answers}
    assert [orjson.loads(body) for body in bodies] == [
        {
            "errors": [
                {
                    "message": "No document of this id may be run here.",
                    "extensions": {"code": "DOCUMENT_NOT_FOUND"},
                }
            ]
        }
    ]
    assert {response.status_code for response in answers} == {400}


@pytest.mark.parametrize(
    "body",
    [
        {"documentId": 3},
        {"documentId": ""},
        {"documentId": None},
        {"documentId": "a\0"},
        {"documentId": "\ud800"},
        {"documentId": "company", "query": COMPANY},
        {"documentId": "company", "variables": []},
        {"documentId": "company", "extensions": 1},
        {"documentId": "company", "operationName": 1},
    ],
)
async def test_a_request_that_is_none(version: str, owner: Person, body: dict[str, object]) -> None:
    response = await owner.http.post(
        "/graphql",
        content=orjson.dumps(body) if body["documentId"] != "\ud800" else b'{"documentId": "\\ud800"}',
        headers=headers_of(owner, None, **{"content-type": "application/json"}),
    )
    assert response.status_code == 400
    assert codes(response) == ["BAD_USER_INPUT"]


async def test_the_address_and_the_body_do_not_both_name_one(version: str, owner: Person) -> None:
    response = await owner.http.post("/graphql/d/company", json={"documentId": "company"}, headers=headers_of(owner))
    assert (response.status_code, codes(response)) == (400, ["BAD_USER_INPUT"])


async def test_another_operation_is_not_in_it_and_variables_are_checked(version: str, owner: Person) -> None:
    for body in (
        {"documentId": "company", "operationName": "Other"},
        {"documentId": "App/Flows", "variables": {"first": "x"}},
        {"documentId": "App/Flows"},
    ):
        assert codes(await send(owner, body)) == ["BAD_USER_INPUT"]


async def test_who_asks_may_see_what_they_may(version: str, company: CompanyWorld) -> None:
    sales = await company.person("SALES")
    answer = (await send(sales, {"documentId": "App/Flows", "variables": {"first": 1}})).json()
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    bad = await sales.http.post(
        "/graphql", json={"documentId": "company"}, headers={"authorization": "Bearer nonsense"}
    )
    assert (bad.status_code, codes(bad)) == (401, ["UNAUTHENTICATED"])


async def test_the_newest_version_of_a_client_counts(version: str, owner: Person) -> None:
    clients = (await owner.ask("{ apiClients { nodes { id name } } }")).data["apiClients"]["nodes"]
    [client] = [each["id"] for each in clients if each["name"] == "web"]
    newer = await published(owner, client, {"company": "query Newer { company { id } }"}, "2.0")
    assert (await send(owner, {"documentId": "company"}, "web")).json()["data"]["company"].keys() == {"id"}
    await owner.do("retireClientVersion", {"id": newer})
    assert (await send(owner, {"documentId": "company"}, "web")).json()["data"]["company"].keys() == {"name"}


async def test_so_it_is_in_a_schema_of_its_own(world: World, owner: Person) -> None:
    company = await world.company(own_schema=True)
    person = await company.person("OWNER")
    await published(person, await a_client(person), {"mine": COMPANY})
    assert (await send(person, {"documentId": "mine"}, "web")).json()["data"]["company"]["name"]
    assert codes(await send(owner, {"documentId": "mine"})) == ["DOCUMENT_NOT_FOUND"]
