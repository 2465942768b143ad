"""Clients, versions and documents, made through the API, and requests that name them."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from resolvers.documents import hash_of
from tests.world import CompanyWorld, Person

COMPANY = "query Company { company { name } }"
FLOWS = "query Flows($first: Int!) { flows(first: $first) { nodes { name } } }"
CREATE = "mutation Create($name: String!) { createFlow(input: { name: $name, durationDays: 7 }) { flow { name } } }"
PUBLISHED = "clientVersion { id name status documents { nodes { documentId hash operationName operationKind price } } }"
Documents = Mapping[str, str] | Sequence[str]


def named(text: str) -> str:
    """The id of a document that every client knows."""
    return f"sha256:{hash_of(text)}"


def listed(documents: Documents) -> list[dict[str, str]]:
    """Documents as the mutation takes them; without ids of their own they go by their hash."""
    given = documents if isinstance(documents, Mapping) else {named(text): text for text in documents}
    return [{"documentId": name, "text": text} for name, text in given.items()]


async def a_client(person: Person, name: str = "web", **given: Any) -> str:
    """Make a client, and return its id."""
    done = await person.do("createApiClient", {"name": name, "kind": "FRONTEND", **given}, "apiClient { id }")
    assert done["refusals"] == [], done
    return done["apiClient"]["id"]


async def publish(person: Person, client: str, documents: Documents, version: str = "1.0", **given: Any) -> Any:
    """Publish documents, and return the payload."""
    told = {"clientId": client, "version": version, "documents": listed(documents), **given}
    return await person.do("publishDocuments", told, PUBLISHED)


async def published(person: Person, client: str, documents: Documents, version: str = "1.0") -> str:
    """Publish documents that may be run at once; return the version's id."""
    done = await publish(person, client, documents, version, activate=True)
    assert done["refusals"] == [], done
    return done["clientVersion"]["id"]


def headers_of(person: Person, client: str | None = None, **more: str) -> dict[str, str]:
    known = {"authorization": f"Bearer {person.token}"} if person.token else {"x-workgraph-tenant": person.tenant_slug}
    return known | ({"graphql-client-name": client} if client else {}) | more


async def send(person: Person, body: Mapping[str, Any], client: str | None = None) -> httpx.Response:
    """Post a request as it is."""
    return await person.http.post("/graphql", json=dict(body), headers=headers_of(person, client))


def codes(response: httpx.Response) -> list[str]:
    """The codes of an answer that is only errors."""
    body = response.json()
    assert body.keys() == {"errors"}, body
    return [error["extensions"]["code"] for error in body["errors"]]


def persisted(text: str, *, brings: bool = False, **more: Any) -> dict[str, Any]:
    """A request as Apollo's clients write it."""
    extension = {"persistedQuery": {"version": 1, "sha256Hash": hash_of(text)}}
    return {"extensions": extension, **({"query": text} if brings else {}), **more}


async def registered(company: CompanyWorld) -> list[Any]:
    """Every document of a company, by its version and id."""
    asked = (
        "select v.name as version, d.document_id, d.text, d.operation_name, d.operation_kind "
        "from pool.registered_documents d join pool.client_versions v on v.id = d.client_version_id "
        "where d.tenant_id = :tenant order by v.name, d.document_id"
    )
    return list(await company.rows(asked))
