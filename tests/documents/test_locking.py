"""A client that is locked, and a company that is, run registered documents only."""

import pytest

from db.catalog import set_registered_only
from tests.documents.builders import COMPANY, a_client, codes, headers_of, named, persisted, published, send
from tests.world import CompanyWorld, Person

REQUIRED = {
    "errors": [
        {
            "message": "Only registered documents are run for this client: send the `documentId` of one.",
            "extensions": {"code": "DOCUMENT_REQUIRED"},
        }
    ]
}
BROUGHT = [
    COMPANY,
    "{ __schema { types { name } } }",
    "{ __typename }",
    "query Q { compny { name } }",
    "query Q {",
    "{" * 50_000,
    "mutation { logout { clientMutationId } }",
    "subscription { events { cursor } }",
]


async def lock(company: CompanyWorld, *, only: bool = True) -> None:
    async with company.world.parts.catalog.begin() as connection:
        await set_registered_only(connection, company.tenant.id, only=only)


@pytest.mark.parametrize("query", BROUGHT, ids=range(len(BROUGHT)))
async def test_a_client_that_is_locked_brings_nothing_of_its_own(owner: Person, query: str) -> None:
    await published(owner, await a_client(owner, locked=True), [COMPANY])
    for body in ({"query": query}, {"query": query, "operationName": 3}, {}):
        response = await send(owner, body, "web")
        assert (response.status_code, response.json()) == (403, REQUIRED)
    get = await owner.http.get("/graphql", params={"query": query[:1000]}, headers=headers_of(owner, "web"))
    assert (get.status_code, get.json()) == (403, REQUIRED)
    assert "data" in (await send(owner, {"documentId": named(COMPANY)}, "web")).json()
    assert "data" in (await send(owner, {"query": COMPANY}, "another")).json()
    assert "data" in (await send(owner, {"query": COMPANY})).json()


async def test_it_counts_at_once_here(owner: Person) -> None:
    client = await a_client(owner)
    assert "data" in (await send(owner, {"query": COMPANY}, "web")).json()
    await owner.do("updateApiClient", {"id": client, "locked": True})
    assert codes(await send(owner, {"query": COMPANY}, "web")) == ["DOCUMENT_REQUIRED"]
    await owner.do("updateApiClient", {"id": client, "locked": False})
    assert "data" in (await send(owner, {"query": COMPANY}, "web")).json()


async def test_another_companys_client_is_locked_there_alone(owner: Person, other_company: CompanyWorld) -> None:
    await a_client(owner, locked=True)
    stranger = await other_company.person("OWNER")
    assert "data" in (await send(stranger, {"query": COMPANY}, "web")).json()


async def test_a_company_may_run_registered_documents_only(
    company: CompanyWorld, owner: Person, other_company: CompanyWorld
) -> None:
    await published(owner, await a_client(owner, registersAutomatically=True), [COMPANY])
    await lock(company)
    for client in (None, "web", "another"):
        for query in BROUGHT:
            response = await send(owner, {"query": query}, client)
            assert (response.status_code, response.json()) == (403, REQUIRED), query
        assert "data" in (await send(owner, {"documentId": named(COMPANY)}, client)).json()
        unknown = persisted("query Q { modules { name } }", brings=True)
        assert codes(await send(owner, unknown, client)) == ["PERSISTED_QUERY_NOT_SUPPORTED"]
    assert codes(await send(company.stranger(), {"query": COMPANY})) == ["DOCUMENT_REQUIRED"]
    other = await other_company.person("OWNER")
    assert "data" in (await send(other, {"query": COMPANY})).json()
    assert codes(await send(other, {"query": "query Q {"})) == ["BAD_USER_INPUT"]
    await lock(company, only=False)
    assert "data" in (await send(owner, {"query": COMPANY})).json()
