"""Unlinking from a provider: by oneself as long as one gets in otherwise, and by who manages users."""

import asyncio
from typing import Any

import pytest

from db.models.identity import GrantScope
from schema.derive import ids
from tests.identity.builders import caller, owner
from tests.scopes.grants import a_user, grant, signed_in
from tests.sso.builders import Browser, Installation, a_person, code_in
from tests.world import CompanyWorld, Person

MINE = "{ mySsoIdentities { id providerName linkedAt lastUsedAt } }"
THEIRS = "{ ssoIdentities { nodes { id userId providerName provider { name } } } }"
UNLINK = "mutation($id: ID!) { unlinkSsoIdentity(input: {id: $id}) { deletedId refusals { code path } } }"
KNOWN = "select id, user_id from pool.sso_identities where tenant_id = :tenant order by id"


async def unlink(browser: Browser, token: str, identity: str) -> dict[str, Any]:
    """Unlink as who is signed in, and return the payload."""
    headers = {"authorization": f"Bearer {token}"}
    asked = {"query": UNLINK, "variables": {"id": identity}}
    answer = (await browser.http.post("/graphql", json=asked, headers=headers)).json()
    assert "errors" not in answer, answer
    return answer["data"]["unlinkSsoIdentity"]


def refused(*codes: str) -> dict[str, Any]:
    return {"deletedId": None, "refusals": [{"code": code, "path": ["input", "id"]} for code in codes]}


async def mine(browser: Browser, token: str) -> list[dict[str, Any]]:
    return (await browser.ask(token, MINE))["mySsoIdentities"]


async def the_owner_comes(here: Installation, company: CompanyWorld, connection: str) -> tuple[Browser, str]:
    """Let the owner, who has a password, come from the provider, and be linked."""
    here.provider.person = a_person(email=owner(company), sub="the-owner")
    domains = [owner(company).partition("@")[2]]
    person = here.through(await company.person())
    assert (await person.do("updateSsoProvider", {"id": connection, "domains": domains}))["refusals"] == []
    browser = here.browser(company)
    return browser, await browser.sign_in(connection)


async def test_who_has_a_password_unlinks_themselves_and_stays_signed_in(
    here: Installation, company: CompanyWorld
) -> None:
    connection = await here.connection(company)
    browser, token = await the_owner_comes(here, company, connection)
    [link] = await mine(browser, token)
    [row] = await company.rows(KNOWN)
    assert (link["providerName"], link["linkedAt"] is not None, link["lastUsedAt"] is not None) == ("Ours", True, True)
    assert await unlink(browser, token, link["id"]) == {"deletedId": link["id"], "refusals": []}
    assert await mine(browser, token) == []
    assert await company.rows(KNOWN) == []
    assert (await caller(company, browser.http).sign_in(owner(company)))["refusals"] == []
    [(actor, sealed)] = await company.rows(
        "select actor_id, old_values::text from pool.audit_logs"
        " where tenant_id = :tenant and operation = 'unlink_sso_identity' and entity_type = 'SsoIdentity'"
    )
    assert actor == row.user_id
    assert "the-owner" not in sealed
    told = (
        "select type from pool.event_outbox where tenant_id = :tenant and type like 'user.sso_identity.%' order by id"
    )
    assert [row[0] for row in await company.rows(told)] == ["user.sso_identity.created", "user.sso_identity.deleted"]
    again = await browser.sign_in(connection)
    assert [each["providerName"] for each in await mine(browser, again)] == ["Ours"]


async def test_nobody_locks_themselves_out(here: Installation, company: CompanyWorld) -> None:
    browser = here.browser(company)
    token = await browser.sign_in(await here.connection(company))
    [link] = await mine(browser, token)
    assert await unlink(browser, token, link["id"]) == refused("LAST_WAY_IN")
    other = await here.connection(company, name="Other")
    here.provider.person = a_person(sub="elsewhere")
    token = await browser.sign_in(other)
    first, second = await mine(browser, token)
    assert [first["providerName"], second["providerName"]] == ["Other", "Ours"]
    await here.pause(company, other)
    assert await unlink(browser, token, second["id"]) == refused("LAST_WAY_IN"), "nobody comes from one that is paused"
    assert (await unlink(browser, token, first["id"]))["refusals"] == []
    assert await mine(browser, token) == [second]


async def test_who_unlinks_both_at_once_keeps_one(here: Installation, company: CompanyWorld) -> None:
    browser = here.browser(company)
    await browser.sign_in(await here.connection(company))
    here.provider.person = a_person(sub="elsewhere")
    token = await browser.sign_in(await here.connection(company, name="Other"))
    both = [each["id"] for each in await mine(browser, token)]
    answers = await asyncio.gather(*(unlink(browser, token, each) for each in both))
    codes = sorted([each["code"] for each in answer["refusals"]] for answer in answers)
    assert codes == [[], ["LAST_WAY_IN"]]
    assert len(await company.rows(KNOWN)) == 1


@pytest.mark.parametrize("enforced_by", ["Ours", "Other"])
async def test_where_it_is_enforced_nobody_unlinks_themselves(
    here: Installation, company: CompanyWorld, enforced_by: str
) -> None:
    connections = {name: await here.connection(company, name=name) for name in ("Ours", "Other")}
    browser, token = await the_owner_comes(here, company, connections["Ours"])
    [link] = await mine(browser, token)
    person = here.through(await company.person())
    enforced = {"id": connections[enforced_by], "enforced": True}
    assert (await person.do("updateSsoProvider", enforced))["refusals"] == []
    assert await unlink(browser, token, link["id"]) == refused("SSO_ENFORCED")
    await here.pause(company, connections[enforced_by])
    assert (await unlink(browser, token, link["id"]))["refusals"] == []


async def test_who_manages_users_unlinks_others_whose_sessions_and_codes_end(
    here: Installation, company: CompanyWorld
) -> None:
    connection, browser = await here.connection(company), here.browser(company)
    token = await browser.sign_in(connection)
    code = code_in(await browser.land(connection))
    admin = here.through(await company.person("ADMIN"))
    [seen] = (await admin.ask(THEIRS)).data["ssoIdentities"]["nodes"]
    [row] = await company.rows(KNOWN)
    assert seen == {
        "id": ids.encode("SsoIdentity", row.id),
        "userId": ids.encode("User", row.user_id),
        "providerName": "Ours",
        "provider": {"name": "Ours"},
    }
    assert (await admin.do("unlinkSsoIdentity", {"id": seen["id"]}, "deletedId"))["deletedId"] == seen["id"]
    headers = {"authorization": f"Bearer {token}"}
    out = (await browser.http.post("/graphql", json={"query": MINE}, headers=headers)).json()
    assert [each["extensions"]["code"] for each in out["errors"]] == ["UNAUTHENTICATED"]
    assert [each["code"] for each in (await browser.complete(code))["refusals"]] == ["INVALID_SSO_CODE"]
    here.provider.person = a_person(sub="another account of the same person")
    [again] = await mine(browser, await browser.sign_in(connection))
    assert again["id"] != seen["id"], "they are linked anew, by their verified address"


async def test_nobody_unlinks_who_may_more_than_they(here: Installation, company: CompanyWorld) -> None:
    await the_owner_comes(here, company, await here.connection(company))
    lesser = await a_user(company)
    await grant(company, lesser, ("company.read", "users.read", "users.manage"), GrantScope.TENANT)
    admin = here.through(signed_in(company, lesser))
    [seen] = (await admin.ask("{ ssoIdentities { nodes { id } } }")).data["ssoIdentities"]["nodes"]
    payload = await admin.do("unlinkSsoIdentity", {"id": seen["id"]})
    assert [each["code"] for each in payload["refusals"]] == ["ROLE_ABOVE_YOURS"]
    assert len(await company.rows(KNOWN)) == 1


async def test_links_of_others_are_as_if_they_were_not(
    here: Installation, company: CompanyWorld, other_company: CompanyWorld, hr: Person
) -> None:
    await here.browser(company).sign_in(await here.connection(company))
    [row] = await company.rows(KNOWN)
    given = {"id": ids.encode("SsoIdentity", row.id)}
    for person in (here.through(hr), here.through(await other_company.person("OWNER"))):
        payload = await person.do("unlinkSsoIdentity", given)
        assert [each["code"] for each in payload["refusals"]] == ["NOT_FOUND"]
        assert (await person.ask(MINE)).data == {"mySsoIdentities": []}
    assert (await here.through(hr).ask(THEIRS)).codes == ["FORBIDDEN"]
    assert len(await company.rows(KNOWN)) == 1
