"""Apollo's words: a hash that is known or not, and documents that a client registers by itself."""

import asyncio
from urllib.parse import quote

import orjson
import pytest

from db.catalog import TenantStatus, set_status
from resolvers.clients import automatic
from resolvers.documents import hash_of
from schema.documents import asking
from tests.documents.builders import (
    COMPANY,
    CREATE,
    FLOWS,
    a_client,
    codes,
    headers_of,
    named,
    persisted,
    published,
    registered,
    send,
)
from tests.world import CompanyWorld, Person

NOT_FOUND = {"errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]}
NOT_SUPPORTED = {
    "errors": [{"message": "PersistedQueryNotSupported", "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED"}}]
}


@pytest.fixture
async def web(owner: Person) -> str:
    return await a_client(owner, registersAutomatically=True)


async def test_a_document_is_registered_when_it_comes_with_its_hash(
    web: str, company: CompanyWorld, owner: Person
) -> None:
    first = await send(owner, persisted(COMPANY), "web")
    assert (first.status_code, first.json()) == (200, NOT_FOUND)
    brought = await send(owner, persisted(COMPANY, brings=True), "web")
    assert brought.json()["data"]["company"]["name"]
    assert (await send(owner, persisted(COMPANY), "web")).json() == brought.json()
    assert (await send(owner, persisted(COMPANY))).json() == brought.json()
    assert (await send(owner, {"documentId": named(COMPANY)})).json() == brought.json()
    [document] = await registered(company)
    assert (document.version, document.document_id) == ("automatic", hash_of(COMPANY))
    entries = await company.rows(
        "select distinct actor_type from pool.audit_logs"
        " where tenant_id = :tenant and operation = 'register_automatically'"
    )
    assert [each.actor_type for each in entries] == ["user"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('mutation M { createTeam(input: { name: "Hidden" }) { team { id } } }', False),
        ('mutation M { createTeam(input: { name: """Hidden""" }) { team { id } } }', False),
        ("mutation M($name: String!) { createTeam(input: { name: $name }) { team { id } } }", True),
        ('query Q { teams(where: { name: { eq: "Shown" } }) { totalCount } }', True),
    ],
)
async def test_a_mutation_with_a_text_in_it_is_answered_and_not_kept(
    web: str, company: CompanyWorld, owner: Person, text: str, *, kept: bool
) -> None:
    """It may be a password, and what is kept can be read."""
    answer = (await send(owner, persisted(text, brings=True, variables={"name": "Given"}), "web")).json()
    assert "errors" not in answer
    assert [each.text for each in await registered(company)] == ([text] if kept else [])
    assert ("errors" in (await send(owner, persisted(text, variables={"name": "Again"}), "web")).json()) is not kept


async def test_so_it_is_by_get(web: str, owner: Person) -> None:
    extension = quote(orjson.dumps(persisted(COMPANY)["extensions"]).decode())
    path, headers = f"/graphql?extensions={extension}", headers_of(owner, "web")
    assert (await owner.http.get(path, headers=headers)).json() == NOT_FOUND
    brought = await owner.http.get(f"{path}&query={quote(COMPANY)}", headers=headers)
    assert brought.json()["data"]["company"]["name"]
    kept = await owner.http.get(path, headers=headers)
    assert (kept.json(), kept.headers["cache-control"]) == (brought.json(), "private, no-cache")


@pytest.mark.parametrize("client", [None, "web", "unknown"])
async def test_who_may_not_register_is_told_to_send_documents(
    company: CompanyWorld, owner: Person, client: str | None
) -> None:
    await published(owner, await a_client(owner), {"flows": FLOWS})
    for brings in (False, True):
        response = await send(owner, persisted(COMPANY, brings=brings), client)
        assert (response.status_code, response.json()) == (200, NOT_SUPPORTED)
    known = await send(owner, persisted(FLOWS, variables={"first": 1}), client)
    assert known.json() == {"data": {"flows": {"nodes": []}}}
    assert [each.document_id for each in await registered(company)] == ["flows"]


async def test_a_client_that_is_locked_registers_nothing(company: CompanyWorld, owner: Person) -> None:
    await a_client(owner, locked=True)
    assert (await send(owner, persisted(COMPANY, brings=True), "web")).json() == NOT_SUPPORTED
    assert await registered(company) == []


@pytest.mark.parametrize(
    "extension",
    [
        None,
        1,
        {},
        {"version": 2, "sha256Hash": "0" * 64},
        {"version": 1},
        {"version": 1, "sha256Hash": 1},
        {"version": 1, "sha256Hash": "A" * 64},
        {"version": 1, "sha256Hash": "0" * 63},
        {"version": 1, "sha256Hash": "0" * 64 + "\n"},
        {"version": 1, "sha256Hash": hash_of(FLOWS)},
    ],
)
async def test_an_extension_that_is_none(web: str, company: CompanyWorld, owner: Person, extension: object) -> None:
    response = await send(owner, {"query": COMPANY, "extensions": {"persistedQuery": extension}}, "web")
    assert (response.status_code, codes(response)) == (400, ["BAD_USER_INPUT"])
    assert await registered(company) == []


@pytest.mark.parametrize(
    "text", ["query Q { nothing }", "query Q {", " ", "query A { modules { name } } query B { a }"]
)
async def test_what_is_wrong_is_said_and_not_registered(
    web: str, company: CompanyWorld, owner: Person, text: str
) -> None:
    assert codes(await send(owner, persisted(text, brings=True), "web")) == ["BAD_USER_INPUT"]
    assert await registered(company) == []
    assert (await send(owner, persisted(text), "web")).json() == NOT_FOUND


async def test_an_empty_text_is_one_that_was_left_out(web: str, owner: Person) -> None:
    """Clients of WebSockets that insist on a text send it beside the hash."""
    assert (await send(owner, {**persisted(COMPANY), "query": ""}, "web")).json() == NOT_FOUND
    await send(owner, persisted(COMPANY, brings=True), "web")
    for named_by in (persisted(COMPANY), {"documentId": named(COMPANY)}):
        assert (await send(owner, {**named_by, "query": ""}, "web")).json()["data"]["company"]["name"]


async def test_two_at_once_register_it_once(web: str, company: CompanyWorld, owner: Person) -> None:
    bodies = [persisted(COMPANY, brings=True), persisted(FLOWS, brings=True, variables={"first": 1})] * 4
    answers = await asyncio.gather(*(send(owner, body, "web") for body in bodies))
    assert all("errors" not in each.json() for each in answers)
    assert {each.document_id for each in await registered(company)} == {hash_of(COMPANY), hash_of(FLOWS)}
    assert len(await registered(company)) == 2


async def test_a_mutation_is_registered_and_done_once(web: str, company: CompanyWorld, owner: Person) -> None:
    body = persisted(CREATE, brings=True, variables={"name": "Once"})
    assert (await send(owner, body, "web")).json() == {"data": {"createFlow": {"flow": {"name": "Once"}}}}
    assert len(await company.rows("select id from pool.onboarding_flows where tenant_id = :tenant")) == 1


async def test_nobody_registers_without_end(
    web: str, company: CompanyWorld, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(automatic, "MOST_AUTOMATIC", 1)
    for text in (COMPANY, "query Other { modules { name } }"):
        assert "data" in (await send(owner, persisted(text, brings=True), "web")).json()
    assert len(await registered(company)) == 1
    monkeypatch.setattr(asking, "LONGEST", 10)
    monkeypatch.setattr(automatic, "MOST_AUTOMATIC", 10)
    assert "data" in (await send(owner, persisted("query Long { modules { name } }", brings=True), "web")).json()
    assert len(await registered(company)) == 1


async def test_a_version_that_was_retired_takes_nothing_more(web: str, company: CompanyWorld, owner: Person) -> None:
    await send(owner, persisted(COMPANY, brings=True), "web")
    nodes = (await owner.ask("{ clientVersions { nodes { id } } }")).data["clientVersions"]["nodes"]
    await owner.do("retireClientVersion", {"id": nodes[0]["id"]})
    assert (await send(owner, persisted(COMPANY), "web")).json() == NOT_FOUND
    assert "data" in (await send(owner, persisted(FLOWS, brings=True, variables={"first": 1}), "web")).json()
    assert len(await registered(company)) == 1


async def test_a_company_that_may_not_be_written_to_is_answered(web: str, company: CompanyWorld, owner: Person) -> None:
    async with company.world.parts.catalog.begin() as connection:
        await set_status(connection, company.tenant.id, TenantStatus.SUSPENDED)
    assert "data" in (await send(owner, persisted(COMPANY, brings=True), "web")).json()
    assert await registered(company) == []


async def test_who_is_not_signed_in_is_answered_and_leaves_nothing(web: str, company: CompanyWorld) -> None:
    body = persisted("query Plan { modules { name } }", brings=True)
    assert "data" in (await send(company.stranger(), body, "web")).json()
    assert await registered(company) == []


async def test_another_company_knows_nothing_of_it(web: str, owner: Person, other_company: CompanyWorld) -> None:
    await send(owner, persisted(COMPANY, brings=True), "web")
    stranger = await other_company.person("OWNER")
    assert (await send(stranger, persisted(COMPANY), "web")).json() == NOT_SUPPORTED
    await a_client(stranger, registersAutomatically=True)
    assert (await send(stranger, persisted(COMPANY), "web")).json() == NOT_FOUND
