"""What an API key may: its scopes, as far as its maker may the same now, and never what gives anybody more."""

from dataclasses import replace

import pytest

from auth.permissions import CATALOGUE, FOR_KEYS
from auth.roles import BUILT_IN_ROLES
from db.models.clients import ApiClient
from resolvers.context import Context
from resolvers.keys.making import ScopeAboveYours, create_api_key
from schema.derive import ids
from tests.documents.builders import a_client, published
from tests.keys.builders import COMPANY, CREATE, FLOWS, a_key, demote, made
from tests.world import CompanyWorld, Person

NOT_FOR_KEYS = {
    *("users.manage", "sso.manage", "privacy.erase", "privacy.export", "clients.manage", "webhooks.manage"),
    "imports.run",
    *("keys.read", "keys.manage", "keys.revoke_own", "onboarding.tasks", "onboarding.portal", "api.introspect"),
    *("approvals.manage", "approvals.decide"),
    *("people.read_bank", "people.read_pay", "people.edit_pay"),
    "leave.decide",
    *("support.manage", "platform.support", "platform.manage"),
}


def test_no_key_can_have_what_gives_anybody_more() -> None:
    assert set(CATALOGUE) - FOR_KEYS == NOT_FOR_KEYS


def test_only_who_runs_the_workspace_makes_keys() -> None:
    makers = {name for name, role in BUILT_IN_ROLES.items() if "keys.manage" in role.permissions}
    assert makers == {"OWNER", "ADMIN"}
    assert all("keys.revoke_own" in role.permissions for role in BUILT_IN_ROLES.values())


async def test_what_the_key_lacks_is_named(owner: Person) -> None:
    key = await a_key(owner, "onboarding.read")
    [error] = (await key.run(COMPANY)).json()["errors"]
    assert error["extensions"] == {"code": "INSUFFICIENT_SCOPE", "scope": "company.read"}
    [error] = (await key.run(CREATE, {"name": "x"})).json()["errors"]
    assert error["extensions"]["scope"] == "onboarding.edit"
    assert "data" in (await key.run(FLOWS)).json()


async def test_a_field_beyond_its_scopes_is_hidden(owner: Person) -> None:
    client = await a_client(owner, "acme")
    await published(owner, client, {"tax": "query T { company { name taxId } }"})
    key = await a_key(owner, "company.read", client=client)
    answer = (await key.send({"documentId": "tax"})).json()
    assert answer["data"]["company"]["taxId"] is None
    assert answer["extensions"]["hidden"] == [{"path": "company.taxId", "permission": "company.read_tax_id"}]


async def test_a_key_shrinks_with_its_maker_and_grows_with_them_again(company: CompanyWorld, owner: Person) -> None:
    admin = await company.person("ADMIN")
    key = await a_key(admin, "company.read", "onboarding.read")
    assert "data" in (await key.run(FLOWS)).json()
    await demote(owner, admin)
    [error] = (await key.run(FLOWS)).json()["errors"]
    assert error["extensions"] == {"code": "INSUFFICIENT_SCOPE", "scope": "onboarding.read"}
    assert "data" in (await key.run(COMPANY)).json(), "a member may this too"


@pytest.mark.parametrize("scope", sorted(NOT_FOR_KEYS))
async def test_it_cannot_be_given_what_no_key_has(owner: Person, scope: str) -> None:
    client = await a_client(owner, "acme")
    payload = await made(owner, client, ["company.read", scope])
    [refusal] = payload["refusals"]
    assert (refusal["code"], refusal["path"], payload["revealed"]) == ("INVALID_INPUT", ["input", "scopes", "1"], None)


async def test_what_was_stored_past_that_counts_for_nothing(company: CompanyWorld, owner: Person) -> None:
    client = await a_client(owner, "acme")
    await published(
        owner,
        client,
        {"make": 'mutation M { createApiClient(input: { name: "n", kind: PARTNER }) { apiClient { id } } }'},
    )
    key = await a_key(owner, client=client)
    await company.rows(
        "update pool.api_keys set scopes = array['clients.manage'] where tenant_id = :tenant returning 1"
    )
    [error] = (await key.send({"documentId": "make"})).json()["errors"]
    assert error["extensions"] == {"code": "INSUFFICIENT_SCOPE", "scope": "clients.manage"}


async def test_nobody_gives_what_they_lack(company: CompanyWorld, owner: Person) -> None:
    client = await a_client(owner, "acme")
    asking = owner.asking.by(replace(owner.asking.principal, permissions=frozenset({"keys.manage", "company.read"})))
    async with company.world.parts.database.writing(company.tenant.placement) as session:
        context = Context(asking, session, "test")
        row = ids.row_of(client, "ApiClient")
        assert row is not None
        of = await context.one(ApiClient, row)
        assert await create_api_key(context, name="x", client=of, scopes=["company.read"])
        with pytest.raises(ScopeAboveYours):
            await create_api_key(context, name="x", client=of, scopes=["company.read", "onboarding.read"])


async def test_only_who_may_makes_one(company: CompanyWorld, owner: Person) -> None:
    client = await a_client(owner, "acme")
    for role in ("HR", "IT", "MEMBER"):
        person = await company.person(role)
        query = "mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { refusals { code } } }"
        given = {"name": "x", "clientId": client, "scopes": ["company.read"]}
        assert (await person.ask(query, {"input": given})).codes == ["FORBIDDEN"]


async def test_the_private_things_of_its_maker_are_not_its_own(owner: Person) -> None:
    client = await a_client(owner, "acme")
    made = await owner.do("createStageTemplate", {"name": "Mine", "isPublic": False}, "stageTemplate { id }")
    template = made["stageTemplate"]["id"]
    text = "mutation D($id: ID!) { deleteStageTemplate(input: { id: $id }) { refusals { code } } }"
    await published(owner, client, {"delete": text})
    key = await a_key(owner, "onboarding.edit", client=client)
    answer = (await key.send({"documentId": "delete", "variables": {"id": template}})).json()
    assert answer["data"]["deleteStageTemplate"]["refusals"] == [{"code": "NOT_FOUND"}]
    assert (await owner.do("deleteStageTemplate", {"id": template}))["refusals"] == []
