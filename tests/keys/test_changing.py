"""Changing a key, and the lists that a page of settings is made from."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app import now
from db.models.keys import ApiKey
from resolvers.context import Context
from resolvers.keys.changing import update_api_key
from resolvers.keys.making import ScopeAboveYours
from schema.derive import ids
from tests.documents.builders import a_client, published
from tests.identity.test_people import me
from tests.keys.builders import COMPANY, FLOWS, a_key, code, codes, shown, update
from tests.world import CompanyWorld, Person


async def test_what_is_given_changes_and_the_rest_stays(owner: Person) -> None:
    key = await a_key(owner, "company.read", "onboarding.read")
    before, end = await shown(owner, key.id), (now() + timedelta(days=3)).isoformat().replace("+00:00", "Z")
    given: dict[str, Any] = {"name": " Weekly ", "allowedIps": ["127.0.0.1", "127.0.0.1/32"], "rateLimitPerMin": 90}
    payload = await update(owner, key.id, **given)
    changed = before | {"name": "Weekly", "allowedIps": ["127.0.0.1/32"], "rateLimitPerMin": 90}
    assert (payload["refusals"], payload["apiKey"]) == ([], changed)
    assert (await update(owner, key.id, expiresAt=end))["apiKey"] == changed | {"expiresAt": end}
    free = {"allowedIps": [], "rateLimitPerMin": None, "expiresAt": None}
    assert (await update(owner, key.id, **free))["apiKey"] == before | {"name": "Weekly"}


async def test_it_counts_at_the_next_request(owner: Person) -> None:
    key = await a_key(owner, "company.read", "onboarding.read")
    assert (await key.run(FLOWS)).status_code == 200
    await update(owner, key.id, scopes=["company.read"])
    assert code_of(await key.run(FLOWS)) == "INSUFFICIENT_SCOPE"
    await update(owner, key.id, allowedIps=["192.0.2.0/24"])
    assert code(await key.run(COMPANY)) == (403, "ADDRESS_NOT_ALLOWED")


def code_of(answer: Any) -> str:
    [error] = answer.json()["errors"]
    return error["extensions"]["code"]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"name": "  "}, ["input", "name"]),
        ({"name": None}, ["input", "name"]),
        ({"scopes": []}, ["input", "scopes"]),
        ({"scopes": ["company.read", "users.manage"]}, ["input", "scopes", "1"]),
        ({"scopes": None}, ["input", "scopes"]),
        ({"allowedIps": ["192.0.2.7/24"]}, ["input", "allowedIps", "0"]),
        ({"rateLimitPerMin": 0}, ["input", "rateLimitPerMin"]),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, ["input", "expiresAt"]),
    ],
)
async def test_what_makes_no_sense_is_refused(owner: Person, given: dict[str, Any], path: list[str]) -> None:
    key = await a_key(owner)
    before = await shown(owner, key.id)
    payload = await update(owner, key.id, **given)
    assert [(each["code"], each["path"]) for each in payload["refusals"]] == [("INVALID_INPUT", path)]
    assert await shown(owner, key.id) == before


async def test_scopes_are_those_that_it_has_or_that_one_holds(company: CompanyWorld, owner: Person) -> None:
    key = await a_key(owner, "company.read", "events.read")
    row = ids.row_of(key.id, "ApiKey")
    assert row is not None
    few = frozenset({"keys.manage", "onboarding.read"})
    asking = owner.asking.by(replace(owner.asking.principal, permissions=few))
    for scopes, may in ((["events.read"], True), (["events.read", "onboarding.read"], True), (["audit.read"], False)):
        async with company.world.parts.database.writing(company.tenant.placement) as session:
            context = Context(asking, session, "test")
            found = await context.one(ApiKey, row)
            if may:
                assert (await update_api_key(context, found, scopes=scopes)).scopes == scopes
            else:
                with pytest.raises(ScopeAboveYours):
                    await update_api_key(context, found, scopes=scopes)


async def test_the_maker_stays_who_they_are(company: CompanyWorld, owner: Person) -> None:
    key = await a_key(owner)
    admin = await company.person("ADMIN")
    assert (await update(admin, key.id, name="Theirs"))["apiKey"]["maker"] == {"id": me(owner)}


async def test_only_who_manages_keys_changes_them(company: CompanyWorld, owner: Person) -> None:
    key = await a_key(owner)
    query = "mutation($input: UpdateApiKeyInput!) { updateApiKey(input: $input) { refusals { code } } }"
    for role in ("HR", "IT", "MEMBER"):
        person = await company.person(role)
        assert (await person.ask(query, {"input": {"id": key.id, "name": "x"}})).codes == ["FORBIDDEN"]


async def test_of_two_who_saw_the_same_the_second_is_told(owner: Person) -> None:
    key = await a_key(owner)
    payloads = [await update(owner, key.id, name=name, expectedVersion=1) for name in ("One", "Two")]
    assert [codes(each) for each in payloads] == [[], ["VERSION_CONFLICT"]]


LISTS = """
query($client: String!, $after: String) {
  apiKeys(first: 1, after: $after, where: { client: { name: { eq: $client } }, revokedAt: { isNull: true } },
    orderBy: [{ name: DESC }]) { totalCount nodes { name } pageInfo { hasNextPage endCursor } }
  apiClients(first: 1, where: { kind: { eq: PARTNER } }, orderBy: [{ name: ASC }]) { totalCount nodes { name } }
  registeredDocuments(first: 1, where: { operationKind: { eq: QUERY } }, orderBy: [{ documentId: ASC }]) {
    totalCount nodes { documentId }
  }
  webhookEndpoints(first: 1, where: { status: { eq: ACTIVE } }, orderBy: [{ createdAt: ASC }]) {
    totalCount nodes { url }
  }
  webhookDeliveries(first: 1, where: { status: { eq: PENDING } }, orderBy: [{ createdAt: DESC }]) { totalCount }
}
"""


async def test_a_page_of_settings_lists_all_of_it_by_filters_and_pages(owner: Person) -> None:
    acme, other = await a_client(owner, "acme", kind="PARTNER"), await a_client(owner, "other", kind="PARTNER")
    await published(
        owner,
        acme,
        {"company": COMPANY, "flows": FLOWS, "make": "mutation M { logout(input: {}) { refusals { code } } }"},
    )
    for client, name in ((acme, "A"), (acme, "B"), (other, "C")):
        await a_key(owner, client=client, name=name)
    for name in ("a", "b"):
        await owner.do("createWebhookEndpoint", {"url": f"https://{name}.example/hook", "events": ["*"]})
    first = (await owner.ask(LISTS, {"client": "acme"})).data
    assert (first["apiKeys"]["totalCount"], first["apiKeys"]["nodes"]) == (2, [{"name": "B"}])
    second = (await owner.ask(LISTS, {"client": "acme", "after": first["apiKeys"]["pageInfo"]["endCursor"]})).data
    assert (second["apiKeys"]["nodes"], second["apiKeys"]["pageInfo"]["hasNextPage"]) == ([{"name": "A"}], False)
    assert first["apiClients"] == {"totalCount": 2, "nodes": [{"name": "acme"}]}
    assert first["registeredDocuments"] == {"totalCount": 2, "nodes": [{"documentId": "company"}]}
    assert first["webhookEndpoints"] == {"totalCount": 2, "nodes": [{"url": "https://a.example/hook"}]}
    assert first["webhookDeliveries"] == {"totalCount": 0}
