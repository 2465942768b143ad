"""Connections to providers: what may be entered, who sees what of them, and trying one."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from uuid_utils.compat import uuid7

from db.models import Role, SsoProvider
from db.models.sso import SsoGroupRole
from resolvers.context import Context
from resolvers.people import RoleAboveYours
from resolvers.sso.providers import check_mapping
from schema.derive import ids
from tests.identity.builders import everything
from tests.sso.builders import Installation
from tests.sso.provider import CLIENT_SECRET, a_provider
from tests.world import CompanyWorld

ALL = "{ ssoProviders { nodes { id name issuer scopes domains status callbackUrl } } }"


async def test_a_secret_is_stored_sealed_and_shown_nowhere(here: Installation, company: CompanyWorld) -> None:
    connection = await here.connection(company)
    person = here.through(await company.person())
    other = "another secret of the client"
    payload = await person.do("replaceSsoClientSecret", {"id": connection, "clientSecret": other})
    assert payload["refusals"] == []
    stored = await everything(company)
    assert CLIENT_SECRET not in stored
    assert other not in stored
    fields = (await person.ask('{ __type(name: "SsoProvider") { fields { name } } }')).data["__type"]["fields"]
    assert [each["name"] for each in fields if "secret" in each["name"].lower()] == []


async def test_what_is_left_out_has_a_value(here: Installation, company: CompanyWorld) -> None:
    connection = await here.connection(company, scopes=["openid", "openid", "groups"], domains=[" Example.COM "])
    person = here.through(await company.person())
    [found] = (await person.ask(ALL)).data["ssoProviders"]["nodes"]
    assert found == {
        "id": connection,
        "name": "Ours",
        "issuer": here.provider.issuer,
        "scopes": ["openid", "groups"],
        "domains": ["example.com"],
        "status": "ACTIVE",
        "callbackUrl": f"http://{company.tenant.slug}.testserver/sso/callback",
    }
    given = {"name": "Plain", "issuer": here.provider.issuer, "clientIdentifier": "c", "clientSecret": "s"}
    made = await person.do("createSsoProvider", given, "ssoProvider { scopes domains justInTime enforced }")
    assert made["ssoProvider"] == {
        "scopes": ["openid", "email", "profile"],
        "domains": [],
        "justInTime": False,
        "enforced": False,
    }


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"issuer": "https://10.0.0.1"}, ["issuer"]),
        ({"issuer": "http://accounts.example"}, ["issuer"]),
        ({"issuer": "https://accounts.example/?a=b"}, ["issuer"]),
        ({"issuer": "https://user:pass@accounts.example"}, ["issuer"]),
        ({"issuer": "https://metadata.internal"}, ["issuer"]),
        ({"scopes": ["email"]}, ["scopes"]),
        ({"scopes": ["openid", "a b"]}, ["scopes", "1"]),
        ({"domains": ["example.com", "@example.com"]}, ["domains", "1"]),
        ({"domains": ["com"]}, ["domains", "0"]),
        ({"domains": ["*.example.com"]}, ["domains", "0"]),
        ({"clientSecret": ""}, ["clientSecret"]),
        ({"clientSecret": "x" * 501}, ["clientSecret"]),
        ({"clientIdentifier": " "}, ["clientIdentifier"]),
        ({"name": " "}, ["name"]),
    ],
)
async def test_what_cannot_be_a_connection_is_refused(
    here: Installation, company: CompanyWorld, wrong: dict[str, Any], path: list[str]
) -> None:
    payload = await here.connecting(company, **wrong)
    assert [(each["code"], each["path"]) for each in payload["refusals"]] == [("INVALID_INPUT", ["input", *path])]


async def test_the_issuer_of_a_connection_stays(here: Installation, company: CompanyWorld) -> None:
    """The same subject of another issuer would be somebody else."""
    person = here.through(await company.person())
    fields = (await person.ask('{ __type(name: "UpdateSsoProviderInput") { inputFields { name } } }')).data
    assert "issuer" not in {each["name"] for each in fields["__type"]["inputFields"]}


async def test_everybody_sees_names_and_nothing_else(here: Installation, company: CompanyWorld) -> None:
    connection = await here.connection(company)
    await here.pause(company, await here.connection(company, name="Another"))
    stranger = here.through(company.stranger())
    shown = await stranger.ask("{ signInProviders { id name } }")
    assert shown.data == {"signInProviders": [{"id": connection, "name": "Ours"}]}
    assert (await stranger.ask(ALL)).codes == ["UNAUTHENTICATED"]
    assert (await here.through(await company.person("HR")).ask(ALL)).codes == ["FORBIDDEN"]
    nowhere = await here.at("testserver").http.post("/graphql", json={"query": "{ signInProviders { name } }"})
    assert nowhere.json() == {"data": {"signInProviders": []}}


async def test_nobody_maps_a_role_with_more_than_they_have(here: Installation, company: CompanyWorld) -> None:
    connection = ids.row_of(await here.connection(company), "SsoProvider")
    owner = await company.person()
    asking = owner.asking.by(replace(owner.asking.principal, permissions=frozenset({"sso.manage", "company.read"})))
    async with company.world.parts.database.writing(company.tenant.placement) as session:
        context = Context(asking, session, "test")
        [row] = await context.all(select(SsoProvider).where(SsoProvider.id == connection))
        for name in ("OWNER", "HR"):
            [role] = await context.all(select(Role).where(Role.name == name))
            with pytest.raises(RoleAboveYours):
                await check_mapping(context, SsoGroupRole(provider_id=row.id, group_name="all", role_id=role.id))


async def test_trying_a_connection_says_what_is_wrong(here: Installation, company: CompanyWorld) -> None:
    connection = await here.connection(company)
    person = here.through(await company.person())

    async def tried() -> tuple[bool, int, str | None]:
        payload = await person.do("testSsoProvider", {"id": connection}, "check { works keys problem }")
        assert payload["refusals"] == []
        return payload["check"]["works"], payload["check"]["keys"], payload["check"]["problem"]

    assert await tried() == (True, 1, None)
    here.provider.published = []
    assert await tried() == (False, 0, "The provider publishes no key that can be used here.")
    here.provider.published = None
    here.provider.document = {"issuer": "https://another.example"}
    works, _, problem = await tried()
    assert (works, problem) == (False, "Its discovery document names another issuer than was entered.")
    here.provider.document = {"token_endpoint": "https://169.254.169.254/latest"}
    works, _, problem = await tried()
    assert not works
    assert problem is not None
    assert problem.startswith("Its discovery document leads astray")
    here.provider.document = {"jwks_uri": None}
    assert await tried() == (False, 0, "Its discovery document lacks jwks_uri.")


async def test_a_provider_that_is_away_is_said_to_be(here: Installation, company: CompanyWorld) -> None:
    async with a_provider() as gone:
        issuer = gone.issuer
    connection = await here.connection(company, issuer=issuer)
    person = here.through(await company.person())
    payload = await person.do("testSsoProvider", {"id": connection}, "check { works problem }")
    assert payload["check"] == {
        "works": False,
        "problem": "The provider's discovery document cannot be read. It refused the connection.",
    }
    away = await here.browser(company).start(connection)
    assert (away.status_code, "cannot be read" in away.text) == (502, True)


async def test_a_connection_of_another_company_is_none(
    here: Installation, company: CompanyWorld, other_company: CompanyWorld
) -> None:
    theirs = await here.connection(other_company)
    person = here.through(await company.person())
    for named in (theirs, "x", ids.encode("User", uuid7())):
        payload = await person.do("testSsoProvider", {"id": named}, "check { works }")
        assert ([each["code"] for each in payload["refusals"]], payload["check"]) == (["NOT_FOUND"], None)


async def test_what_is_deleted_takes_its_links_along(here: Installation, company: CompanyWorld) -> None:
    connection = await here.connection(company)
    await here.browser(company).sign_in(connection)
    person = here.through(await company.person())
    assert (await person.do("deleteSsoProvider", {"id": connection}))["refusals"] == []
    assert await company.rows("select id from pool.sso_identities where tenant_id = :tenant") == []
    assert (await here.browser(company).start(connection)).status_code == 403
