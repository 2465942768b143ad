"""How an address is called: what it takes, what it answers, and what is wrong with a request."""

import pytest

from tests.rest.calling import call, problem
from tests.world import CompanyWorld, Person

FLOW = {"name": "Engineers", "durationDays": 30}


async def a_flow(person: Person, **more: object) -> str:
    made = await call(person, "POST", f"/companies/{person.tenant_slug}/flows", FLOW | more)
    assert made.status_code == 201, made.text
    return made.json()["id"]


async def test_a_thing_is_made_and_read_where_it_says(hr: Person) -> None:
    made = await call(hr, "POST", f"/companies/{hr.tenant_slug}/flows", FLOW)
    assert made.status_code == 201, made.text
    flow = made.json()
    assert (flow["name"], flow["status"], flow["version"]) == ("Engineers", "DRAFT", 1)
    assert made.headers["location"] == f"/rest/flows/{flow['id']}"
    read = await call(hr, "GET", f"/flows/{flow['id']}")
    assert (read.status_code, read.json()) == (200, flow)
    assert read.headers["content-type"] == "application/json"


async def test_a_list_is_a_page_with_filter_order_and_cursor(hr: Person) -> None:
    for name in ("A", "B", "C"):
        await a_flow(hr, name=name)
    path = f"/companies/{hr.tenant_slug}/flows"
    query = {"first": "2", "orderBy": '[{"name": "DESC"}]', "totalCount": "true"}
    first = (await call(hr, "GET", path, query=query)).json()
    assert [each["name"] for each in first["nodes"]] == ["C", "B"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (3, True)
    rest = (await call(hr, "GET", path, query=query | {"after": first["pageInfo"]["endCursor"]})).json()
    assert [each["name"] for each in rest["nodes"]] == ["A"]
    found = (await call(hr, "GET", path, query={"where": '{"name": {"in": ["A", "B"]}}'})).json()
    assert {each["name"] for each in found["nodes"]} == {"A", "B"}
    assert "totalCount" not in found


async def test_a_tag_is_the_version_to_change(hr: Person) -> None:
    flow = await a_flow(hr)
    read = await call(hr, "GET", f"/flows/{flow}")
    tag = read.headers["etag"]
    assert tag.startswith('"1.')
    again = await call(hr, "GET", f"/flows/{flow}", if_none_match=tag)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    changed = await call(hr, "PATCH", f"/flows/{flow}", {"name": "Pilots"}, if_match=tag)
    assert (changed.status_code, changed.json()["name"], changed.json()["version"]) == (200, "Pilots", 2)
    late = await call(hr, "PATCH", f"/flows/{flow}", {"name": "Late"}, if_match=tag)
    assert problem(late) == (412, "VERSION_CONFLICT")
    assert late.json()["errors"][0]["header"] == "If-Match"
    assert (await call(hr, "GET", f"/flows/{flow}", if_none_match=tag)).status_code == 200
    assert problem(await call(hr, "PATCH", f"/flows/{flow}", {}, if_match='"x"')) == (400, "BAD_USER_INPUT")


async def test_a_key_is_done_once(hr: Person) -> None:
    path = f"/companies/{hr.tenant_slug}/flows"
    first = await call(hr, "POST", path, FLOW, idempotency_key="one")
    again = await call(hr, "POST", path, FLOW, idempotency_key="one")
    assert first.json()["id"] == again.json()["id"]
    other = await call(hr, "POST", path, FLOW | {"name": "Other"}, idempotency_key="one")
    assert problem(other) == (422, "IDEMPOTENCY_CONFLICT")
    assert problem(await call(hr, "GET", path, idempotency_key="one")) == (400, "BAD_USER_INPUT")


async def test_a_dry_run_makes_nothing(hr: Person) -> None:
    path = f"/companies/{hr.tenant_slug}/flows"
    tried = await call(hr, "POST", path, FLOW | {"dryRun": True})
    assert (tried.status_code, tried.json()["name"]) == (200, "Engineers")
    assert (await call(hr, "GET", path)).json()["nodes"] == []


async def test_what_is_removed_is_gone(hr: Person) -> None:
    flow = await a_flow(hr)
    tried = await call(hr, "DELETE", f"/flows/{flow}", query={"dryRun": "true"})
    assert tried.status_code == 204
    gone = await call(hr, "DELETE", f"/flows/{flow}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert "content-type" not in gone.headers
    assert problem(await call(hr, "GET", f"/flows/{flow}")) == (404, "NOT_FOUND")
    assert problem(await call(hr, "DELETE", f"/flows/{flow}")) == (404, "NOT_FOUND")


async def test_what_a_path_names_belongs_together(hr: Person, other_company: CompanyWorld) -> None:
    flow, other = await a_flow(hr), await a_flow(hr, name="Other")
    stage = (await call(hr, "POST", f"/flows/{flow}/stages", {"name": "Welcome"})).json()["id"]
    block = {"type": "text_input", "content": "Your name"}
    made = await call(hr, "POST", f"/flows/{flow}/stages/{stage}/content-blocks", block)
    assert made.status_code == 201, made.text
    at = f"/stages/{stage}/content-blocks/{made.json()['id']}"
    for method, path in (
        ("GET", f"/stages/{stage}"),
        ("PATCH", f"/stages/{stage}"),
        ("DELETE", f"/stages/{stage}"),
        ("GET", f"/stages/{stage}/content-blocks"),
        ("POST", f"/stages/{stage}/content-blocks"),
        ("PATCH", at),
        ("DELETE", at),
    ):
        body = None if method in {"GET", "DELETE"} else block if method == "POST" else {}
        assert problem(await call(hr, method, f"/flows/{other}{path}", body)) == (404, "NOT_FOUND"), (method, path)
        if method in {"GET", "PATCH"}:
            assert (await call(hr, method, f"/flows/{flow}{path}", body)).status_code == 200
    wrong = (await call(hr, "POST", f"/flows/{flow}/stages", {"name": "Tools"})).json()["id"]
    path = f"/flows/{flow}/stages/{wrong}/content-blocks/{made.json()['id']}"
    assert problem(await call(hr, "PATCH", path, {})) == (404, "NOT_FOUND")
    theirs = await other_company.person("HR")
    assert problem(await call(theirs, "GET", f"/companies/{hr.tenant_slug}/flows")) == (404, "NOT_FOUND")
    assert problem(await call(theirs, "GET", f"/flows/{flow}")) == (404, "NOT_FOUND")


async def test_an_order_is_put_over_its_own_address(hr: Person) -> None:
    flow = await a_flow(hr)
    stage = (await call(hr, "POST", f"/flows/{flow}/stages", {"name": "Welcome"})).json()["id"]
    path = f"/flows/{flow}/stages/{stage}/content-blocks"
    made = [(await call(hr, "POST", path, {"type": "text_input", "content": str(n)})).json()["id"] for n in range(3)]
    ordered = await call(hr, "PATCH", f"{path}/reorder", {"ids": made[::-1]})
    assert [each["id"] for each in ordered.json()["contentBlocks"]["nodes"]] == made[::-1]
    wrong = await call(hr, "PATCH", f"{path}/reorder", {"ids": made[:2]})
    assert problem(wrong) == (422, "INVALID_ORDER")
    assert wrong.json()["errors"][0]["pointer"] == "/ids"


@pytest.mark.parametrize(
    ("method", "path", "body", "query", "status", "where"),
    [
        ("GET", "/content-types", None, {"sort": "x"}, 400, {"parameter": "sort"}),
        ("GET", "/content-types", None, {"active": "yes"}, 400, {"parameter": "active"}),
        ("GET", "/stage-templates", None, {"first": "many"}, 400, {"parameter": "first"}),
        ("GET", "/stage-templates", None, {"first": "99999999999"}, 400, {"parameter": "first"}),
        ("GET", "/stage-templates", None, {"first": ["1", "2"]}, 400, {"parameter": "first"}),
        ("GET", "/stage-templates", None, {"where": "{"}, 400, {"parameter": "where"}),
        ("GET", "/stage-templates", None, {"where": '{"x": 1}'}, 400, {"parameter": "where"}),
        ("GET", "/stage-templates", None, {"after": "x"}, 400, {"parameter": "after"}),
        ("POST", "/stage-templates", {"name": "A", "colour": 1}, None, 422, {"pointer": "/colour"}),
        ("POST", "/stage-templates", {"name": "A", "a/b~": 1}, None, 422, {"pointer": "/a~1b~0"}),
        ("POST", "/stage-templates", {"name": 1}, None, 422, {"pointer": "/name"}),
        ("POST", "/stage-templates", {"name": ""}, None, 422, {"pointer": "/name"}),
        ("POST", "/stage-templates", {"name": "A"}, {"dryRun": "true"}, 400, {"parameter": "dryRun"}),
        ("POST", "/stage-templates", {"name": "A", "type": "none"}, None, 422, {"pointer": "/type"}),
    ],
)
async def test_what_is_wrong_is_named(
    hr: Person, method: str, path: str, body: object, query: object, status: int, where: dict[str, str]
) -> None:
    response = await call(hr, method, path, body, query=query)
    assert problem(response)[0] == status, response.text
    [error] = response.json()["errors"]
    assert where.items() <= error.items(), error


async def test_methods_are_told(hr: Person) -> None:
    refused = await call(hr, "PUT", "/stage-templates", {})
    assert problem(refused) == (405, "METHOD_NOT_ALLOWED")
    assert refused.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert (await call(hr, "OPTIONS", "/stage-templates")).headers["allow"] == "GET, HEAD, OPTIONS, POST"
    whole, head = await call(hr, "GET", "/stage-templates"), await call(hr, "HEAD", "/stage-templates")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == whole.headers["etag"]
    for path in (
        "/nothing",
        "/flows",
        "/flows/",
        "/stage-templates/",
        "/stage-templates/a/b",
        "/%zz",
        "//",
        "/a%0Ab",
        "/%00",
        "/%ff",
        "/~",
    ):
        assert problem(await call(hr, "GET", path))[0] == 404, path


async def test_who_may_not_is_told_why(company: CompanyWorld, hr: Person) -> None:
    stranger, viewer = company.stranger(), await company.person("VIEWER")
    refused = await call(stranger, "GET", "/stage-templates")
    assert problem(refused) == (401, "UNAUTHENTICATED")
    assert refused.headers["www-authenticate"] == "Bearer"
    refused = await call(viewer, "POST", "/stage-templates", {"name": "A"})
    assert problem(refused) == (403, "FORBIDDEN")
    assert refused.json()["errors"][0]["permission"] == "onboarding.edit"
    bad = await call(hr, "GET", "/stage-templates", authorization="Bearer nonsense")
    assert problem(bad) == (401, "UNAUTHENTICATED")
    read = await call(viewer, "GET", f"/companies/{company.tenant.slug}")
    assert read.json()["taxId"] is None
    assert read.headers["workgraph-hidden"] == '"company.taxId";permission="company.read_tax_id"'


async def test_bodies_are_json(hr: Person) -> None:
    path, headers = "/rest/stage-templates", {"authorization": f"Bearer {hr.token}"}
    for content, kind, status in (
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"\xff{}", "application/json", 400),
        (b"name=A", "application/x-www-form-urlencoded", 415),
        (b'"x"', "application/json", 400),
        (b'{"name": "' + b"x" * 1_048_576 + b'"}', "application/json", 413),
    ):
        response = await hr.http.post(path, content=content, headers=headers | {"content-type": kind})
        assert problem(response)[0] == status, content[:20]
    assert problem(await hr.http.post(path, headers=headers)) == (422, "BAD_USER_INPUT")


async def test_what_a_call_costs_is_told_to_who_asks(hr: Person) -> None:
    path = f"/companies/{hr.tenant_slug}/flows"
    silent = await call(hr, "GET", path)
    assert "graphql-cost" not in silent.headers
    told = await call(hr, "GET", path, graphql_cost="report")
    assert told.json() == silent.json()
    cost = dict(each.split("=") for each in told.headers["graphql-cost"].split(", "))
    assert set(cost) == {"limit", "remaining", "restore-rate", "requested", "actual"}
    assert 0 < int(cost["actual"]) <= int(cost["requested"])
    assert problem(await call(hr, "GET", path, graphql_cost="more")) == (400, "BAD_USER_INPUT")


async def test_a_call_is_priced_and_not_run(hr: Person) -> None:
    path = f"/companies/{hr.tenant_slug}/flows"
    priced = await call(hr, "POST", path, FLOW, graphql_cost="validate")
    assert priced.status_code == 200, priced.text
    assert priced.json()["requested"] > 0
    assert "actual" not in priced.json()
    assert (await call(hr, "GET", path, query={"totalCount": "true"})).json()["totalCount"] == 0
    assert problem(await call(hr, "POST", path, {}, graphql_cost="validate"))[0] in {400, 422}
