"""Signing on: to the provider and back, into a session; and everything that comes to nothing."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from uuid_utils.compat import uuid7

import app
from tests.identity.builders import Clock, caller, everything, owner
from tests.identity.second_factors import guarded
from tests.sso.builders import DOMAIN, VIEWER, Installation, a_person, code_in, installed, said, state_in
from tests.sso.provider import CLIENT_SECRET, Provider
from tests.world import PASSWORD, CompanyWorld, World

EMAIL = f"ada@{DOMAIN}"
DEAD = [
    {
        "code": "INVALID_SSO_CODE",
        "message": "This sign-in is not valid any more; sign in again.",
        "path": ["input", "code"],
    }
]


async def test_who_is_not_known_becomes_a_user_and_is_signed_in(here: Installation, company: CompanyWorld) -> None:
    connection, browser = await here.connection(company), here.browser(company)
    landed = await browser.land(connection)
    assert urlsplit(landed)[:4] == ("", "", "/live", "")
    payload = await browser.complete(code_in(landed))
    assert payload["refusals"] == []
    assert payload["challenge"] is None
    session = payload["session"]
    assert (await browser.ask(session["accessToken"]))["viewer"] == {
        "email": EMAIL,
        "firstName": "Ada",
        "lastName": "Lovelace",
        "roles": ["MEMBER"],
    }
    sessions = (await browser.ask(session["accessToken"], "{ mySessions { current } }"))["mySessions"]
    assert sessions == [{"current": True}]
    assert (await caller(company, browser.http).refresh(session["refreshToken"]))["refusals"] == []
    [user] = await company.rows(
        "select email_verified_at, last_login_at, password_hash from pool.users where email = :email and"
        " tenant_id = :tenant",
        email=EMAIL,
    )
    assert user.email_verified_at is not None
    assert user.last_login_at is not None
    assert user.password_hash is None


async def test_the_second_time_it_is_the_same_user_whatever_the_address_is(
    here: Installation, company: CompanyWorld
) -> None:
    connection = await here.connection(company)
    await here.browser(company).sign_in(connection)
    here.provider.person = a_person(email="grace@elsewhere.example", email_verified=False, given_name="Grace")
    browser = here.browser(company)
    viewer = (await browser.ask(await browser.sign_in(connection)))["viewer"]
    assert (viewer["email"], viewer["firstName"]) == (EMAIL, "Ada")


async def test_what_is_sent_along_tells_nothing_and_is_bound_to_the_browser(
    here: Installation, company: CompanyWorld
) -> None:
    connection, browser = await here.connection(company), here.browser(company)
    away = await browser.start(connection, to="/live")
    cookie = away.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "max-age=600" in cookie
    assert "path=/" in cookie
    assert away.headers["cache-control"] == "no-store"
    asked = dict(parse_qsl(urlsplit(away.headers["location"]).query))
    assert asked["redirect_uri"] == f"http://{company.tenant.slug}.testserver/sso/callback"
    assert len(asked["code_challenge"]) == 43
    assert set(asked) == {
        *("tenant", "response_type", "client_id", "redirect_uri", "scope", "state", "nonce"),
        *("code_challenge", "code_challenge_method"),
    }
    for secret in (connection, asked["nonce"], CLIENT_SECRET, str(company.tenant.id)):
        assert secret not in asked["state"]


async def test_over_https_the_cookie_belongs_to_this_very_host(company: CompanyWorld, provider: Provider) -> None:
    async with installed(company.world, provider, public_url="https://testserver") as there:
        away = await there.browser(company).start(await there.connection(company))
        cookie = away.headers["set-cookie"]
        assert cookie.startswith("__Host-workgraph-sign-on=")
        assert "; Secure" in cookie
        assert "domain" not in cookie.lower()


async def test_over_https_a_cookie_that_another_host_has_set_marks_nobody(
    company: CompanyWorld, provider: Provider
) -> None:
    async with installed(company.world, provider, public_url="https://testserver") as there:
        connection, browser = await there.connection(company), there.browser(company)
        back = await browser.leave(connection)
        [value] = [each.value for each in browser.http.cookies.jar]
        tossed = await there.browser(company).http.get(back, headers={"cookie": f"workgraph-sign-on={value}"})
        assert (tossed.status_code, "another browser" in said(tossed)) == (403, True)
        own = {"cookie": f"workgraph-sign-on=x; __Host-workgraph-sign-on={value}"}
        assert (await there.browser(company).http.get(back, headers=own)).status_code == 303


async def test_a_known_user_is_linked_by_a_verified_address(here: Installation, company: CompanyWorld) -> None:
    connection = await here.connection(company, justInTime=False)
    here.provider.person = a_person(email=owner(company).upper())
    [domain] = {owner(company).partition("@")[2]}
    person = here.through(await company.person())
    await person.do("updateSsoProvider", {"id": connection, "domains": [f" {domain.upper()} "]})
    browser = here.browser(company)
    viewer = (await browser.ask(await browser.sign_in(connection)))["viewer"]
    assert (viewer["email"], viewer["firstName"], viewer["roles"]) == (owner(company), "Olive", ["OWNER"])


@pytest.mark.parametrize(
    "person",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": 1},
        {"email_verified": "yes"},
        {"email": None},
        {"email": f"ada@{DOMAIN}.evil.example"},
        {"email": f"ada@sub.{DOMAIN}"},
        {"email": f"ada@evil.example@{DOMAIN}"},
        {"email": "ada"},
        {"email": [f"ada@{DOMAIN}"]},
    ],
)
async def test_without_a_verified_address_of_a_domain_nobody_new_gets_in(
    here: Installation, company: CompanyWorld, person: dict[str, Any]
) -> None:
    connection = await here.connection(company)
    here.provider.person = a_person(**person)
    assert "not known here" in await here.browser(company).refused(connection)
    assert await company.rows("select id from pool.users where email like '%ada%' and tenant_id = :tenant") == []


async def test_who_is_not_known_stays_so_where_nobody_is_made_just_in_time(
    here: Installation, company: CompanyWorld
) -> None:
    connection = await here.connection(company, justInTime=False)
    assert "not known here" in await here.browser(company).refused(connection)


async def test_one_who_is_shut_out_does_not_get_in(here: Installation, company: CompanyWorld) -> None:
    connection = await here.connection(company)
    browser = here.browser(company)
    landed = await browser.land(connection)
    await company.rows(
        "update pool.users set is_active = false where email = :email and tenant_id = :tenant returning id", email=EMAIL
    )
    assert (await browser.complete(code_in(landed)))["refusals"] == DEAD
    assert "switched off" in await here.browser(company).refused(connection)
    await company.rows("delete from pool.sso_identities where tenant_id = :tenant returning id")
    assert "switched off" in await here.browser(company).refused(connection)


async def test_another_account_of_the_provider_does_not_take_a_user_over(
    here: Installation, company: CompanyWorld
) -> None:
    connection = await here.connection(company)
    await here.browser(company).sign_in(connection)
    here.provider.person = a_person(sub="another")
    assert "belongs to another account" in await here.browser(company).refused(connection)


async def test_a_state_is_worth_nothing_in_another_browser(here: Installation, company: CompanyWorld) -> None:
    connection, mine, theirs = await here.connection(company), here.browser(company), here.browser(company)
    back = await mine.leave(connection)
    refused = await theirs.http.get(back)
    assert (refused.status_code, "another browser" in said(refused)) == (403, True)
    await theirs.leave(connection)
    assert "another browser" in said(await theirs.http.get(back))
    assert here.provider.codes, "the code was not even looked at"
    assert (await mine.http.get(back)).status_code == 303


async def test_a_state_counts_once(here: Installation, company: CompanyWorld) -> None:
    connection, browser = await here.connection(company), here.browser(company)
    back = await browser.leave(connection)
    assert (await browser.http.get(back)).status_code == 303
    again = await browser.http.get(back)
    assert (again.status_code, "has been completed" in said(again)) == (403, True)


@pytest.mark.parametrize("place", [0, 20, -1])
async def test_a_state_that_was_changed_is_none(here: Installation, company: CompanyWorld, place: int) -> None:
    connection, browser = await here.connection(company), here.browser(company)
    state = state_in(await browser.leave(connection))
    letters = list(state)
    letters[place] = "A" if letters[place] != "A" else "B"
    for wrong in ("".join(letters), "", "x" * 5000, "\0"):
        refused = await browser.http.get("/sso/callback", params={"state": wrong, "code": "any"})
        assert (refused.status_code, "not begun here" in said(refused)) == (403, True)


async def test_a_code_counts_once_in_its_own_browser(here: Installation, company: CompanyWorld) -> None:
    connection, browser = await here.connection(company), here.browser(company)
    code = code_in(await browser.land(connection))
    other = here.browser(company)
    await other.leave(connection)
    assert (await other.complete(code))["refusals"] == DEAD
    assert (await here.browser(company).complete(code))["refusals"] == DEAD
    assert (await browser.complete(code[:-1] + ("A" if code[-1] != "A" else "B")))["refusals"] == DEAD
    assert (await browser.complete(code))["refusals"] == []
    assert (await browser.complete(code))["refusals"] == DEAD


async def test_nothing_secret_is_stored(here: Installation, company: CompanyWorld) -> None:
    connection, browser = await here.connection(company), here.browser(company)
    landed = await browser.land(connection)
    mark = browser.http.cookies["workgraph-sign-on"]
    await browser.complete(code_in(landed))
    stored = await everything(company)
    for secret in (code_in(landed), mark, CLIENT_SECRET):
        assert secret not in stored


async def test_time_runs_out(
    company: CompanyWorld, world: World, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(app, "now", clock)
    async with installed(world, provider) as there:
        connection, browser = await there.connection(company), there.browser(company)
        back = await browser.leave(connection)
        clock.move(timedelta(minutes=10))
        assert "too long ago" in said(await browser.http.get(back))
        clock.move(timedelta(minutes=-10))
        code = code_in((await browser.http.get(back)).headers["location"])
        clock.move(timedelta(seconds=60))
        assert (await browser.complete(code))["refusals"] == DEAD
        clock.move(timedelta(microseconds=-1))
        assert (await browser.complete(code))["refusals"] == []


@pytest.mark.parametrize(
    "to",
    [
        *("https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "evil.example"),
        *("/live#sso=x", "/a\nb", "/" + "a" * 300, "javascript:alert(1)", "/%0d%0a\r\nSet-Cookie: a=b", "/\t/evil"),
    ],
)
async def test_a_sign_in_leads_to_a_page_of_our_own_only(here: Installation, company: CompanyWorld, to: str) -> None:
    connection, browser = await here.connection(company), here.browser(company)
    refused = await browser.start(connection, to=to)
    assert (refused.status_code, "location" in refused.headers) == (403, False)


async def test_it_leads_to_the_page_that_was_asked_for(here: Installation, company: CompanyWorld) -> None:
    connection, browser = await here.connection(company), here.browser(company)
    assert (await browser.land(connection, to="/live?panel=board")).startswith("/live?panel=board#sso=wgs_")


async def test_a_connection_of_another_company_is_none(
    here: Installation, company: CompanyWorld, other_company: CompanyWorld
) -> None:
    connection, browser = await here.connection(company), here.browser(company)
    refused = await here.browser(other_company).start(connection)
    assert (refused.status_code, "not there any more" in said(refused)) == (403, True)
    back = urlsplit(await browser.leave(connection))
    stranger = here.browser(other_company)
    stranger.http.cookies.set("workgraph-sign-on", browser.http.cookies["workgraph-sign-on"])
    refused = await stranger.http.get(f"{back.path}?{back.query}")
    assert (refused.status_code, "another company's address" in said(refused)) == (403, True)
    code = code_in((await browser.http.get(back.geturl())).headers["location"])
    stranger.http.cookies.clear()
    stranger.http.cookies.set("workgraph-sign-on", browser.http.cookies["workgraph-sign-on"])
    assert (await stranger.complete(code))["refusals"] == DEAD


@pytest.mark.parametrize("named", ["", "x", "U3NvQ29ubmVjdGlvbjo=", "\0"])
async def test_a_connection_that_is_none(here: Installation, company: CompanyWorld, named: str) -> None:
    refused = await here.browser(company).start(named)
    assert (refused.status_code, "You are not signed in" in refused.text) == (403, True)


async def test_where_no_hostname_names_the_company_one_is_sent_to_its_address(
    here: Installation, company: CompanyWorld
) -> None:
    connection = await here.connection(company)
    browser = here.at("testserver")
    sent = await browser.start(connection, company=company.tenant.slug, to="/live")
    there = urlsplit(sent.headers["location"])
    assert (there.netloc, there.path) == (f"{company.tenant.slug}.testserver", "/sso/start")
    assert dict(parse_qsl(there.query)) == {
        "provider": connection,
        "company": company.tenant.slug,
        "to": "/live",
        "again": "1",
    }
    circling = await browser.http.get(f"/sso/start?{there.query}")
    assert (circling.status_code, "WORKGRAPH_PUBLIC_URL" in said(circling)) == (403, True)
    unknown = await browser.start(connection, company=f"nobody-{uuid7().hex[-8:]}")
    assert unknown.status_code == 404


async def test_what_a_provider_says_is_not_shown(here: Installation, company: CompanyWorld) -> None:
    connection, browser = await here.connection(company), here.browser(company)
    state = state_in(await browser.leave(connection))
    for error, words in (("access_denied", "did not let you in"), ("<script>alert(1)</script>", "refused the sign-in")):
        asked = {"state": state, "error": error, "error_description": "<b>raw text of the provider</b>"}
        refused = await browser.http.get("/sso/callback", params=asked)
        assert refused.status_code == 403
        assert words in said(refused)
        assert "raw text" not in refused.text
        assert "script>" not in refused.text
        assert "default-src 'none'" in refused.headers["content-security-policy"]
        assert refused.headers["cache-control"] == "no-store"


async def test_a_code_that_the_provider_does_not_know_leads_nowhere(here: Installation, company: CompanyWorld) -> None:
    connection, browser = await here.connection(company), here.browser(company)
    state = state_in(await browser.leave(connection))
    away = await browser.http.get("/sso/callback", params={"state": state, "code": "never given"})
    assert (away.status_code, "did not take the code" in said(away)) == (502, True)


async def test_who_answers_in_the_name_of_another_provider_is_refused(
    here: Installation, company: CompanyWorld
) -> None:
    connection, browser = await here.connection(company), here.browser(company)
    back = await browser.leave(connection)
    assert "another provider" in said(await browser.http.get(f"{back}&iss=https://evil.example"))


async def test_who_has_a_second_factor_here_is_asked_for_it(here: Installation, company: CompanyWorld) -> None:
    person = await guarded(caller(company), Clock(), owner(company))
    domain = owner(company).partition("@")[2]
    connection = await here.connection(company, domains=[domain])
    here.provider.person = a_person(email=owner(company))
    browser = here.browser(company)
    payload = await browser.complete(code_in(await browser.land(connection)))
    assert [each["code"] for each in payload["refusals"]] == ["SECOND_FACTOR_REQUIRED"]
    assert payload["session"] is None
    given = {"challenge": payload["challenge"]["token"], "code": person.app.recovery[0]}
    door = caller(company, browser.http)
    completed = await door.do("completeLogin", given, "session { accessToken } refusals { code }")
    assert completed["refusals"] == []
    assert (await browser.ask(completed["session"]["accessToken"], VIEWER))["viewer"]["email"] == owner(company)


async def test_a_suspended_company_lets_in_whom_it_knows_and_nobody_new(
    company: CompanyWorld, world: World, provider: Provider
) -> None:
    async with installed(world, provider) as there:
        connection = await there.connection(company)
        await there.browser(company).sign_in(connection)
    await company.rows("update catalog.tenants set status = 'suspended' where id = :tenant returning id")
    async with installed(world, provider) as there:
        browser = there.browser(company)
        payload = await browser.complete(code_in(await browser.land(connection)))
        assert payload["refusals"] == []
        assert payload["session"]["refreshToken"] is None
        provider.person = a_person(sub="new", email=f"new@{DOMAIN}")
        assert "suspended" in await there.browser(company).refused(connection)


async def test_a_sign_in_is_completed_over_rest_in_the_same_browser_alone(
    here: Installation, company: CompanyWorld
) -> None:
    connection, browser = await here.connection(company), here.browser(company)
    given = {"code": code_in(await browser.land(connection))}
    other = await here.browser(company).http.post("/rest/login/sso", json=given)
    assert (other.status_code, other.json()["code"]) == (401, "INVALID_SSO_CODE")
    mine = await browser.http.post("/rest/login/sso", json=given)
    assert (mine.status_code, set(mine.json())) == (
        200,
        {"accessToken", "expiresAt", "refreshToken", "refreshExpiresAt"},
    )
    again = await browser.http.post("/rest/login/sso", json=given)
    assert (again.status_code, again.json()["code"]) == (401, "INVALID_SSO_CODE")


async def test_who_knocks_too_often_waits(company: CompanyWorld, world: World, provider: Provider) -> None:
    async with installed(world, provider, limit_factor=0.05) as there:
        transport = httpx.ASGITransport(app=there.app, client=("198.51.100.77", 1))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{company.tenant.slug}.testserver") as http:
            answers = [await http.get("/sso/callback", params={"state": "x"}) for _ in range(4)]
    assert [each.status_code for each in answers] == [403, 403, 403, 429]
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_enforced_it_leaves_passwords_to_owners(here: Installation, company: CompanyWorld) -> None:
    member = await company.person("MEMBER")
    email = member.asking.principal.name
    connection = await here.connection(company, enforced=True)
    door = caller(company, here.at("testserver").http)
    assert [each["code"] for each in (await door.sign_in(email))["refusals"]] == ["SSO_REQUIRED"]
    wrong = await door.sign_in(email, f"not {PASSWORD}")
    assert [each["code"] for each in wrong["refusals"]] == ["INVALID_CREDENTIALS"]
    assert (await door.sign_in(owner(company)))["refusals"] == []
    await here.pause(company, connection)
    assert (await door.sign_in(email))["refusals"] == []
    refused = await here.browser(company).start(connection)
    assert (refused.status_code, "not there any more" in said(refused)) == (403, True)
