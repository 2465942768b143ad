"""API keys made through the API, and requests that are sent with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from resolvers.keys.clock import KeyClock
from resolvers.turns import Turns
from tests.documents.builders import a_client, named, published
from tests.identity.test_people import me, role
from tests.world import CompanyWorld, Person

MADE = "revealed { key apiKey { id prefix status scopes } }"
SHOWN = (
    "name prefix status scopes allowedIps rateLimitPerMin expiresAt rotatedAt revokedAt client { name } maker { id } "
    "rotatedFrom { id }"
)
COMPANY = "query Company { company { name } }"
FLOWS = "query Flows { flows { nodes { name } } }"
CREATE = "mutation Create($name: String!) { createFlow(input: { name: $name, durationDays: 7 }) { flow { id } } }"
DOCUMENTS = (COMPANY, FLOWS, CREATE)


@dataclass(frozen=True)
class Held:
    """A key as its holder has it, and who made it."""

    http: httpx.AsyncClient
    text: str
    id: str
    maker: Person

    async def send(self, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Post a request as it is."""
        known = {"authorization": f"Bearer {self.text}", **(headers or {})}
        return await self.http.post("/graphql", json=dict(body), headers=known)

    async def run(
        self, document: str, variables: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Run a registered document."""
        return await self.send({"documentId": named(document), "variables": dict(variables or {})}, headers)


async def made(maker: Person, client: str, scopes: Sequence[str], **given: Any) -> Any:
    """Ask for a key, and return the payload."""
    return await maker.do(
        "createApiKey", {"name": "Nightly", "clientId": client, "scopes": list(scopes), **given}, MADE
    )


async def a_key(maker: Person, *scopes: str, client: str | None = None, **given: Any) -> Held:
    """Make a key of a client that has some documents, and return what is shown of it once."""
    if client is None:
        client = await a_client(maker, "acme", kind="PARTNER")
        await published(maker, client, list(DOCUMENTS))
    payload = await made(maker, client, scopes or ["company.read"], **given)
    assert payload["refusals"] == [], payload
    revealed = payload["revealed"]
    return Held(maker.http, revealed["key"], revealed["apiKey"]["id"], maker)


async def revoke(person: Person, key: str) -> Any:
    """Revoke a key, and return the payload."""
    return await person.do("revokeApiKey", {"id": key}, "apiKey { status revokedAt }")


async def demote(owner: Person, admin: Person) -> None:
    """Make a member of an admin."""
    for verb, name in (("giveRole", "MEMBER"), ("takeRole", "ADMIN")):
        assert (await owner.do(verb, {"id": me(admin), "roleId": await role(owner, name)}))["refusals"] == []


def code(response: httpx.Response) -> tuple[int, str]:
    """The status and the one code of an answer that is only an error."""
    [error] = response.json()["errors"]
    return response.status_code, error["extensions"]["code"]


async def rotate(person: Person, key: str, **given: Any) -> Any:
    """Rotate a key, and return the payload."""
    return await person.do("rotateApiKey", {"id": key, **given}, MADE)


async def rotated(person: Person, old: Held, **given: Any) -> Held:
    """Have another key take the place of one."""
    payload = await rotate(person, old.id, **given)
    assert payload["refusals"] == [], payload
    return Held(old.http, payload["revealed"]["key"], payload["revealed"]["apiKey"]["id"], person)


async def update(person: Person, key: str, **given: Any) -> Any:
    """Change a key, and return the payload."""
    return await person.do("updateApiKey", {"id": key, **given}, f"apiKey {{ {SHOWN} }}")


async def shown(person: Person, key: str, fields: str = "") -> Any:
    """What is shown of a key."""
    asked = f"query($id: ID!) {{ apiKey(id: $id) {{ {fields or SHOWN} }} }}"
    return (await person.ask(asked, {"id": key})).data["apiKey"]


def codes(payload: Any) -> list[str]:
    """The codes of the refusals of a payload."""
    return [each["code"] for each in payload["refusals"]]


async def announced(company: CompanyWorld, at: datetime) -> int:
    """Have the notices given that are due at a moment."""
    parts = company.world.parts
    turns = Turns(parts.database, parts.catalog, company.world.wiring.master_key, clock=lambda: at)
    return await KeyClock(turns).announce_ends([company.tenant])


async def told(company: CompanyWorld, kind: str) -> list[Any]:
    """The data of the events of a type, the first one first."""
    asked = "select data from pool.event_outbox where tenant_id = :tenant and type = :type order by sequence"
    return [row[0] for row in await company.rows(asked, type=kind)]
