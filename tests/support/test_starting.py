"""Acting for a user: who may begin it where, what it takes, and how long it counts."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

import app
from db.catalog import PlatformRole, TenantStatus, revoke_role, set_status
from tests.identity.builders import Clock, set_otherwise
from tests.support.builders import (
    ACTING,
    REASON,
    Colleague,
    a_colleague,
    codes_of,
    sessions_of,
    tenant_id,
    user_id,
)
from tests.world import CompanyWorld, Person, World


async def test_the_worked_test(
    company: CompanyWorld, other_company: CompanyWorld, agent: Colleague, hr: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An agent who is assigned to the first company: the second is not there, and 30 minutes are all there is."""
    clock = Clock(datetime.fromisoformat("2027-03-01T09:00:00+00:00"))
    monkeypatch.setattr(app, "now", clock)
    async with set_otherwise(company.world) as http:
        there = agent.through(http)
        there.person.token = await _token(there, clock)
        session = await there.start(company, hr)
        foreign = await there.try_start(other_company, await other_company.person("HR"))
        assert (codes_of(foreign), foreign["accessToken"]) == (["NOT_FOUND"], None)
        assert session.expires_at == "2027-03-01T09:30:00Z"
        clock.move(timedelta(minutes=29, seconds=59, milliseconds=999))
        assert await session.codes() == []
        clock.move(timedelta(milliseconds=1))
        assert await session.codes() == ["TOKEN_EXPIRED"]


async def _token(colleague: Colleague, clock: Clock) -> str:
    """Sign in anew at the moment of a clock."""
    tokens = app.AccessTokens(colleague.home.world.wiring.master_key, clock=clock, lifetime=timedelta(hours=1))
    home = colleague.home.tenant.id
    return tokens.issue(user_id=colleague.id, tenant_id=home, token_version=1).text


async def test_the_token_is_the_persons_and_says_who_really_asks(
    company: CompanyWorld, agent: Colleague, hr: Person
) -> None:
    session = await agent.start(company, hr)
    viewer = (await session.person.ask(ACTING)).data["viewer"]
    assert viewer["email"] == hr.asking.principal.name
    assert viewer["impersonation"] == {
        "id": session.id,
        "actorName": agent.named.name,
        "actorRole": "SUPPORT_AGENT",
        "mode": "READ_ONLY",
        "endsAt": session.expires_at,
    }
    assert (await hr.ask(ACTING)).data["viewer"]["impersonation"] is None


async def test_the_user_can_be_named_by_address(company: CompanyWorld, agent: Colleague, hr: Person) -> None:
    named = {"userId": None, "email": f"  {hr.asking.principal.name.upper()} "}
    assert codes_of(await agent.try_start(company, hr, **named)) == []
    assert codes_of(await agent.try_start(company, hr, userId=None, email="nobody@nowhere.example")) == ["NOT_FOUND"]
    assert codes_of(await agent.try_start(company, hr, userId=None)) == ["INVALID_INPUT"]
    assert codes_of(await agent.try_start(company, hr, email=hr.asking.principal.name)) == ["INVALID_INPUT"]


@pytest.mark.parametrize("reason", ["", "123456789", "   123456789   ", "x" * 1001, "a reason\0 it is"])
async def test_it_takes_a_reason(company: CompanyWorld, agent: Colleague, hr: Person, reason: str) -> None:
    started = await agent.try_start(company, hr, reason=reason)
    assert [(each["code"], each["path"]) for each in started["refusals"]] == [("INVALID_INPUT", ["input", "reason"])]
    assert await sessions_of(company, "id") == []


@pytest.mark.parametrize("reason", ["1234567890", " 1234567890 ", "x" * 1000])
async def test_ten_characters_are_a_reason(company: CompanyWorld, agent: Colleague, hr: Person, reason: str) -> None:
    await agent.start(company, hr, reason=reason, ticketRef="T-1")
    assert await sessions_of(company, "reason", "ticket_ref", "mode", "status") == [
        (reason.strip(), "T-1", "read_only", "active")
    ]


async def test_who_runs_the_installation_may_act_anywhere(
    company: CompanyWorld, administrator: Colleague, hr: Person
) -> None:
    session = await administrator.start(company, hr)
    assert await session.codes() == []


async def test_nobody_acts_where_the_platform_signs_in(administrator: Colleague, agent: Colleague) -> None:
    started = await administrator.try_start(agent.home, agent.person)
    assert codes_of(started) == ["NOT_FOUND"]


async def test_a_user_of_another_company_is_not_there(
    company: CompanyWorld, other_company: CompanyWorld, agent: Colleague
) -> None:
    stranger = await other_company.person("HR")
    assert codes_of(await agent.try_start(company, stranger)) == ["NOT_FOUND"]
    assert codes_of(await agent.try_start(company, stranger, userId=f"User_{uuid4()}")) == ["NOT_FOUND"]
    assert codes_of(await agent.try_start(company, stranger, userId="nonsense")) == ["NOT_FOUND"]


async def test_nobody_acts_for_who_is_switched_off(company: CompanyWorld, agent: Colleague, hr: Person) -> None:
    session = await agent.start(company, hr)
    off = "update pool.users set is_active = false where id = :user returning id"
    await company.rows(off, user=hr.asking.principal.id)
    assert await session.codes() == ["UNAUTHENTICATED"]
    assert codes_of(await agent.try_start(company, hr)) == ["CANNOT_IMPERSONATE"]


@pytest.mark.parametrize("role", ["OWNER", "ADMIN", "MEMBER"])
async def test_nobody_of_a_company_acts_for_others(company: CompanyWorld, hr: Person, role: str) -> None:
    person = await company.person(role)
    given = {"tenantId": tenant_id(company), "userId": user_id(hr), "reason": REASON}
    asked = "mutation($input: StartImpersonationInput!) { startImpersonation(input: $input) { accessToken } }"
    assert (await person.ask(asked, {"input": given})).codes == ["FORBIDDEN"]


async def test_a_role_of_the_platform_takes_a_second_factor(
    company: CompanyWorld, agent: Colleague, hr: Person
) -> None:
    session = await agent.start(company, hr)
    off = "update pool.users set mfa_enabled = false where id = :user returning id"
    await agent.home.rows(off, user=agent.id)
    assert await session.codes() == ["UNAUTHENTICATED"]
    assert (await agent.person.ask("{ platformTenants { slug } }")).codes == ["FORBIDDEN"]


async def test_a_role_that_was_taken_ends_what_it_began(
    world: World, company: CompanyWorld, agent: Colleague, hr: Person
) -> None:
    session = await agent.start(company, hr)
    async with world.parts.catalog.begin() as connection:
        await revoke_role(connection, agent.id)
    assert await session.codes() == ["UNAUTHENTICATED"]
    assert (await agent.person.ask("{ platformTenants { slug } }")).codes == ["FORBIDDEN"]


@pytest.mark.parametrize("change", ["is_active = false", "token_version = 2"])
async def test_it_ends_with_the_sign_in_of_who_acts(
    company: CompanyWorld, agent: Colleague, hr: Person, change: str
) -> None:
    session = await agent.start(company, hr)
    await agent.home.rows(f"update pool.users set {change} where id = :user returning id", user=agent.id)
    assert await session.codes() == ["UNAUTHENTICATED"]


async def test_it_ends_when_the_person_ends_all_sessions(company: CompanyWorld, agent: Colleague, hr: Person) -> None:
    session = await agent.start(company, hr)
    change = "update pool.users set token_version = 2 where id = :user returning id"
    await company.rows(change, user=hr.asking.principal.id)
    assert await session.codes() == ["UNAUTHENTICATED"]


async def test_nothing_is_begun_on_top(company: CompanyWorld, agent: Colleague, owner: Person, hr: Person) -> None:
    session = await agent.start(company, owner)
    asked = "mutation($input: StartImpersonationInput!) { startImpersonation(input: $input) { accessToken } }"
    given = {"tenantId": tenant_id(company), "userId": user_id(hr), "reason": REASON}
    assert (await session.person.ask(asked, {"input": given})).codes == ["IMPERSONATION_READ_ONLY"]
    assert len(await sessions_of(company, "id")) == 1


async def test_of_two_that_are_begun_at_once_one_counts(company: CompanyWorld, agent: Colleague, hr: Person) -> None:
    begun = await asyncio.gather(*(agent.start(company, hr) for _ in range(4)))
    assert sorted([await session.codes() for session in begun]) == [[], *[["UNAUTHENTICATED"]] * 3]
    assert sorted(await sessions_of(company, "status")) == [("active",), *[("ended",)] * 3]


async def test_two_people_may_act_at_once(
    company: CompanyWorld, agent: Colleague, administrator: Colleague, hr: Person
) -> None:
    one, other = await agent.start(company, hr), await administrator.start(company, hr)
    assert (await one.codes(), await other.codes()) == ([], [])


@pytest.mark.parametrize(
    ("status", "expected"),
    [(TenantStatus.SUSPENDED, ([], [])), (TenantStatus.MIGRATING, ([], ["TENANT_MIGRATING"]))],
)
async def test_a_company_that_is_suspended_can_be_looked_at_and_one_that_is_moved_cannot(
    company: CompanyWorld, agent: Colleague, hr: Person, status: TenantStatus, expected: Any
) -> None:
    async with company.world.parts.catalog.begin() as connection:
        await set_status(connection, company.tenant.id, status)
    asked = "mutation($input: StartImpersonationInput!) { startImpersonation(input: $input) { refusals { code } } }"
    given = {"tenantId": tenant_id(company), "userId": user_id(hr), "reason": REASON}
    answer = await agent.person.ask(asked, {"input": given})
    refusals = [] if answer.errors else [each["code"] for each in answer.data["startImpersonation"]["refusals"]]
    assert (refusals, answer.codes) == expected


async def test_companies_are_seen_by_who_looks_after_them(
    company: CompanyWorld, other_company: CompanyWorld, agent: Colleague, administrator: Colleague
) -> None:
    asked = (
        "query($plan: String) { platformTenants(plan: $plan) { id slug plan status accountManager { name phone } } }"
    )
    manager = {"name": agent.named.name, "phone": "+49 30 1"}
    assert (await agent.person.ask(asked)).data["platformTenants"] == [
        {
            "id": tenant_id(company),
            "slug": company.tenant.slug,
            "plan": "starter",
            "status": "active",
            "accountManager": manager,
        }
    ]
    everyone = {each["slug"]: each for each in (await administrator.person.ask(asked)).data["platformTenants"]}
    assert everyone[company.tenant.slug]["accountManager"] == manager
    assert everyone[other_company.tenant.slug]["accountManager"] is None
    assert (await agent.person.ask(asked, {"plan": "agency"})).data["platformTenants"] == []
    assert (await agent.person.ask(asked, {"plan": "free"})).codes == ["BAD_USER_INPUT"]


async def test_people_of_the_platform_are_seen_by_who_runs_it(
    world: World, agent: Colleague, administrator: Colleague
) -> None:
    other = await a_colleague(world, PlatformRole.PLATFORM_ADMIN)
    asked = "{ platformPeople { userId name email role } }"
    found = {each["userId"]: each for each in (await administrator.person.ask(asked)).data["platformPeople"]}
    assert found[user_id(agent.person)]["role"] == "SUPPORT_AGENT"
    assert found[user_id(other.person)]["email"] == other.named.email
    assert (await agent.person.ask(asked)).codes == ["FORBIDDEN"]
