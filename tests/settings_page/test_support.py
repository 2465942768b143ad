"""An agent acts for somebody under a banner that stays; the company sees it, ends it, and lets them write."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from app import now
from db.catalog import Plan, PlatformRole
from tests.identity.builders import Clock, caller
from tests.identity.second_factors import guarded
from tests.live_page.looking import Place, credentials
from tests.settings_page.test_access import expect_usable
from tests.support.builders import Colleague, a_colleague, set_plan
from tests.world import CompanyWorld, World


async def signing_in(colleague: Colleague) -> dict[str, Any]:
    """What somebody of the platform signs in with, and a code of theirs."""
    home, email = colleague.home, colleague.named.email
    await home.rows("update pool.users set mfa_enabled = false where email = :email returning id", email=email)
    mine = await guarded(caller(home), Clock(), email)
    return credentials(colleague.person) | {"code": mine.app.recovery[0]}


async def test_an_agent_acts_for_somebody_and_the_owner_ends_it(
    world: World, place: Place, company: CompanyWorld, other_company: CompanyWorld
) -> None:
    agent = await a_colleague(world)
    await agent.looks_after(company)
    await set_plan(company, Plan.ENTERPRISE)
    owner, hr, other = await company.person("OWNER"), await company.person("HR"), await other_company.person("OWNER")
    given = {
        "who": await signing_in(agent),
        "owner": credentials(owner),
        "other": credentials(other),
        "agent": agent.named.name,
        "home": agent.home.tenant.name,
        "company": company.tenant.name,
        "whom": hr.asking.principal.name,
        "until": f"{now() + timedelta(days=3):%Y-%m-%dT%H:%M}",
    }

    saw = await place.looked(Path(__file__).with_name("support.mjs"), agent.person, **given)

    name, tenant = agent.named.name, company.tenant
    assert saw["menu"][0] == "Companies"
    assert saw["companies"] == [f"{tenant.name}\n{tenant.slug} · Enterprise\n{name} looks after it"]
    assert saw["named"] == 0
    assert saw["missing"] == ["Fill this in."] * 2
    assert saw["refused"] == [
        ["10 to 1000 characters."],
        ["There is no such user."],
        ["The company has not given leave to write; it can be read."],
    ]

    for said in (saw["acting"], saw["onLive"]):
        assert said.startswith(f"{name} acts for Hr Tester, {tenant.name}. You can only read. Until ")
        assert said.endswith(" minutes left.")
    assert saw["title"] == tenant.name
    assert "Companies" not in saw["actingMenu"]
    assert saw["stopped"] == [0, agent.home.tenant.name]

    running, ended, unseen = saw["sessions"]
    assert (saw["unseen"], unseen.split("\n")[-1]) == (["endImpersonation", 0], "Ended")
    assert running.startswith(
        f"{name} for Hr Tester\n“The list of hires stays empty”\nSupport agent · Ticket T-1\nBegun"
    )
    assert (running.split("\n")[-2], ended.split("\n")[-1]) == ("Active", "Ended")
    assert saw["manager"].endswith("+49 30 1")
    gone = f"You do not act for Hr Tester of {tenant.name} any more: the session was ended."
    assert (saw["revoked"], saw["closed"]) == (gone, 0)
    assert saw["tooLong"] == ["A moment from now on, at most 30 days ahead."]
    assert "You can read and write." in saw["writes"]
    assert saw["takenBack"] == gone
    for seen in (saw["seen"], saw["ownerSeen"]):
        assert seen["strangers"] == []
        told = ("ERR_FAILED", "401 (Unauthorized)")  # what was cut off here, and what was revoked
        assert [each for each in seen["complaints"] if not any(words in each for words in told)] == []


async def test_an_administrator_on_a_phone_by_keyboard_and_when_the_time_is_over(
    world: World, place: Place, company: CompanyWorld
) -> None:
    administrator, agent = await a_colleague(world, PlatformRole.PLATFORM_ADMIN), await a_colleague(world)
    hr = await company.person("HR")
    given = {
        "who": await signing_in(administrator),
        "agent": agent.named.name,
        "slug": company.tenant.slug,
        "company": company.tenant.name,
        "whom": hr.asking.principal.name,
    }

    saw = await place.looked(Path(__file__).with_name("platform.mjs"), administrator.person, **given)

    assert (len(saw["companies"]), saw["before"], saw["after"]) == (1, "Nobody", agent.named.name)
    expect_usable(saw["views"])
    assert (saw["reached"], saw["focused"]) == ("Stop acting", "heading")
    assert saw["counted"].endswith(" 25 minutes left.")
    assert saw["over"].endswith(" any more: the time is over.")
    assert saw["left"] == ["endImpersonation", "logout"]
    ended = await company.rows("select status from pool.impersonation_sessions where tenant_id = :tenant order by id")
    assert [row.status for row in ended] == ["ended"] * 3
    assert saw["seen"]["strangers"] == []
    assert [each for each in saw["seen"]["complaints"] if "ERR_FAILED" not in each] == []
