"""GraphQL over HTTP: methods, media types, status codes, and requests that are none."""

import gzip
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import httpx
import orjson
import pytest

from tests.world import CompanyWorld, Person, World

JSON = "application/json"
NEWER = "application/graphql-response+json"
GOOD = "{ modules { name } }"
MUTATION = 'mutation { login(input: {email: "a@b.example", password: "x"}) { session { accessToken } } }'


async def post(world: World, body: Any, accept: str | None = None, **headers: str) -> httpx.Response:
    """Post a body as it is, or as JSON."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    given = {"content-type": JSON, **({"accept": accept} if accept else {})}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return await world.http.post("/graphql", content=content, headers=given)


async def get(world: World, accept: str = JSON, **parameters: str) -> httpx.Response:
    return await world.http.get(f"/graphql?{urlencode(parameters)}", headers={"accept": accept})


def told(response: httpx.Response) -> str:
    """Return the code of a request that was refused; nothing else is in the answer."""
    body = response.json()
    assert body.keys() == {"errors"}
    assert [error["extensions"]["code"] for error in body["errors"]] == ["BAD_USER_INPUT"]
    return body["errors"][0]["message"]


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("text/html, */*;q=0.1", JSON),
        (JSON, JSON),
        ("Application/JSON; Charset=UTF-8", JSON),
        (NEWER, NEWER),
        (f"{NEWER}; charset=utf-8, {JSON};q=0.9", NEWER),
        (f"{JSON}, {NEWER}", NEWER),
        (f"{NEWER};q=0.5, {JSON}", JSON),
        (f"{NEWER};q=0.5, {JSON};q=0.25", NEWER),
        (f"{NEWER};q=0, */*", JSON),
        (f"{JSON};q=0, */*", NEWER),
        (f"{JSON};q=0, application/*;q=0.1", NEWER),
        (f"*/*, {NEWER}", NEWER),
        (f"*/*, {JSON}", JSON),
        (f"{JSON};q=x", JSON),
        ("," * 1000 + NEWER, NEWER),
    ],
)
async def test_the_media_type_is_the_one_asked_for(world: World, accept: str | None, media: str) -> None:
    response = await post(world, {"query": GOOD}, accept)
    assert (response.status_code, response.json()) == (200, {"data": {"modules": []}})
    assert response.headers["content-type"] == f"{media}; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "accept",
    ["text/html", "image/*", f"{JSON};q=0", f"{JSON};q=0, {NEWER};q=0", "*/*;q=0", f"{JSON}; charset=utf-16", ","],
)
async def test_what_no_answer_fits_is_refused(world: World, accept: str) -> None:
    for response in (await post(world, {"query": MUTATION}, accept), await get(world, accept, query=GOOD)):
        assert (response.status_code, response.headers["content-type"]) == (406, f"{JSON}; charset=utf-8")
        assert "application/graphql-response+json" in told(response)


async def test_accept_may_come_in_several_lines(world: World) -> None:
    headers = [("accept", "text/html"), ("accept", NEWER)]
    response = await world.http.post("/graphql", json={"query": GOOD}, headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (200, f"{NEWER}; charset=utf-8")


WRONG = {
    "no GraphQL": {"query": "{"},
    "unknown field": {"query": "{ nothing }"},
    "unknown argument": {"query": "{ modules(x: 1) { name } }"},
    "no selection": {"query": "{ modules }"},
    "missing variable": {"query": "query($id: ID!) { node(id: $id) { id } }"},
    "wrong variable": {"query": "query($id: ID!) { node(id: $id) { id } }", "variables": {"id": {}}},
    "undeclared variable": {"query": "{ node(id: $id) { id } }"},
    "no operation": {"query": "fragment F on Company { name }"},
    "unknown operation": {"query": "query A { modules { name } }", "operationName": "B"},
    "which operation": {"query": "query A { modules { name } } query B { modules { name } }"},
    "subscription": {"query": "subscription { x }"},
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (NEWER, 400)])
async def test_a_document_that_cannot_run_has_no_data(world: World, wrong: str, accept: str, status: int) -> None:
    response = await post(world, WRONG[wrong], accept)
    told(response)
    assert (response.status_code, response.headers["content-type"]) == (status, f"{accept}; charset=utf-8")


async def test_a_wrong_variable_says_where(world: World) -> None:
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    for given, path in (({}, ["ids"]), ({"ids": None}, ["ids"]), ({"ids": ["a", {}]}, ["ids", "1"])):
        response = await post(world, {"query": query, "variables": given})
        assert response.json()["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": path}
        assert response.json()["errors"][0]["locations"] == [{"line": 1, "column": 7}]


async def test_an_error_of_a_field_is_an_answer(world: World) -> None:
    for accept in (JSON, NEWER):
        response = await post(world, {"query": "{ company { name } modules { name } }"}, accept)
        body = response.json()
        assert (response.status_code, body["data"]) == (200, {"company": None, "modules": []})
        assert body["errors"][0]["path"] == ["company"]
        assert body["errors"][0]["locations"] == [{"line": 1, "column": 3}]


@pytest.mark.parametrize("accept", [JSON, NEWER])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"query"',
        b"[" * 100_000,
        b'{"query": "{ modules { name } }"',
        b'{"query": "\xff"}',
        b'{"query": "\\ud800"}',
        {},
        {"query": None},
        {"query": ""},
        {"query": "  "},
        {"query": {}},
        {"query": 1},
        {"query": [GOOD]},
        {"query": GOOD, "variables": "{}"},
        {"query": GOOD, "variables": 0},
        {"query": GOOD, "variables": False},
        {"query": GOOD, "variables": []},
        {"query": GOOD, "extensions": "{}"},
        {"query": GOOD, "extensions": 0},
        {"query": GOOD, "extensions": []},
        {"query": GOOD, "operationName": {}},
        {"query": GOOD, "operationName": 0},
    ],
    ids=lambda body: str(body)[:40],
)
async def test_what_is_no_graphql_request(world: World, body: Any, accept: str) -> None:
    response = await post(world, body, accept)
    assert (response.status_code, response.headers["content-type"]) == (400, f"{accept}; charset=utf-8")
    told(response)


@pytest.mark.parametrize(
    "options", [{"variables": None}, {"variables": {}}, {"extensions": None}, {"extensions": {"x": 1}}]
)
async def test_options_may_be_null_or_objects(world: World, options: dict[str, Any]) -> None:
    response = await post(world, {"query": GOOD, "operationName": None, **options})
    assert response.json() == {"data": {"modules": []}}


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "text/json",
        f"{JSON}; charset=utf-16",
        f"{JSON}; charset=latin1",
        f"{JSON}x",
    ],
)
async def test_another_content_type_is_refused(world: World, kind: str) -> None:
    response = await post(world, {"query": GOOD}, content_type=kind)
    assert (response.status_code, told(response)) == (415, "The content type must be application/json.")


@pytest.mark.parametrize("kind", ["Application/JSON; charset=UTF-8", f'{JSON};charset="utf-8"', f"{JSON};"])
async def test_the_content_type_may_name_its_charset(world: World, kind: str) -> None:
    assert (await post(world, {"query": GOOD}, content_type=kind)).status_code == 200


async def test_a_compressed_body_is_refused(world: World) -> None:
    response = await post(world, gzip.compress(orjson.dumps({"query": GOOD})), content_encoding="gzip")
    assert (response.status_code, told(response)) == (415, "The body must not be compressed.")


async def test_a_body_has_a_largest_size(world: World) -> None:
    body = orjson.dumps({"query": GOOD})
    assert (await post(world, body + b" " * (1_048_576 - len(body)))).status_code == 200
    too_large = body + b" " * (1_048_577 - len(body))
    for response in (await post(world, too_large), await in_chunks(world, too_large)):
        assert (response.status_code, told(response)) == (413, "A request has at most 1048576 bytes.")
    assert (await in_chunks(world, body)).json() == {"data": {"modules": []}}


async def in_chunks(world: World, body: bytes) -> httpx.Response:
    """Post a body without saying how long it is."""

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 50_000):
            yield body[start : start + 50_000]

    return await world.http.post("/graphql", content=chunks(), headers={"content-type": JSON})


async def test_a_query_by_get(company: CompanyWorld) -> None:
    world = company.world
    response = await get(world, query=GOOD)
    assert (response.status_code, response.json()) == (200, {"data": {"modules": []}})
    response = await get(
        world,
        query="query A($id: ID!) { node(id: $id) { id } } query B { modules { name } }",
        variables='{"id": "x"}',
        operationName="A",
    )
    assert response.json() == {"data": {"node": None}}
    response = await get(world, NEWER, query="{ nothing }")
    assert (response.status_code, response.headers["content-type"]) == (400, f"{NEWER}; charset=utf-8")


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"query": ""},
        {"query": GOOD, "variables": "{"},
        {"query": GOOD, "variables": "[]"},
        {"query": GOOD, "variables": "\ufffd"},
        {"query": GOOD, "extensions": "x"},
    ],
)
async def test_a_get_that_is_none(world: World, parameters: dict[str, str]) -> None:
    response = await get(world, **parameters)
    assert response.status_code == 400
    told(response)


async def test_a_get_changes_nothing(world: World) -> None:
    for parameters in (
        {"query": MUTATION},
        {
            "query": f"query A {{ modules {{ name }} }} {MUTATION.replace('mutation', 'mutation B')}",
            "operationName": "B",
        },
    ):
        response = await get(world, **parameters)
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
        assert told(response) == "A mutation must be sent by POST."
    response = await get(world, query=f"query A {{ modules {{ name }} }} {MUTATION.replace('mutation', 'mutation B')}")
    told(response)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
async def test_another_method_is_not_allowed(world: World, method: str) -> None:
    response = await world.http.request(method, "/graphql")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")
    told(response)


async def test_what_may_be_asked_is_told(world: World) -> None:
    response = await world.http.options("/graphql")
    assert (response.status_code, response.headers["allow"], response.content) == (204, "GET, HEAD, OPTIONS, POST", b"")


async def test_the_head_is_that_of_the_answer(world: World) -> None:
    parameters = urlencode({"query": GOOD})
    got, head = [
        await world.http.request(method, f"/graphql?{parameters}", headers={"x-request-id": "head-or-get"})
        for method in ("GET", "HEAD")
    ]
    assert (head.status_code, head.headers, head.content) == (got.status_code, got.headers, b"")
    assert int(head.headers["content-length"]) == len(got.content)
    assert (await world.http.head(f"/graphql?{urlencode({'query': MUTATION})}")).status_code == 405
    page = await world.http.head("/graphql", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")


async def test_a_browser_gets_graphiql(world: World) -> None:
    response = await world.http.get("/graphql", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assets = [word.split('"')[0] for word in response.text.split('="')[1:] if word.startswith("/static/")]
    assert len(assets) > 1
    for asset in assets:
        assert (await world.http.get(asset)).status_code == 200
    assert (await world.http.get("/")).headers["location"] == "/graphql"


async def test_a_browser_that_sends_a_query_gets_its_answer(world: World) -> None:
    response = await get(world, "text/html,application/xhtml+xml,*/*;q=0.8", query=GOOD)
    assert response.json() == {"data": {"modules": []}}


async def test_text_of_every_kind_goes_through(hr: Person) -> None:
    name = 'Ω 名前 👩‍🚀 \u2028 "quoted" \\ end'
    await hr.do("createFlow", {"name": name, "durationDays": 1})
    answer = await hr.ask(
        "query($name: String!) { flows(where: {name: {eq: $name}}) { nodes { name } } }", {"name": name}
    )
    assert answer.data == {"flows": {"nodes": [{"name": name}]}}
