"""Groups give roles at each sign-in, and take them; other roles, and the last owner, stay as they are."""

from typing import Any

import pytest

from tests.identity.builders import owner
from tests.sso.builders import DOMAIN, Installation, a_person
from tests.world import CompanyWorld

EMAIL = f"ada@{DOMAIN}"


@pytest.fixture
async def mapped(here: Installation, company: CompanyWorld) -> str:
    """A connection whose groups give roles."""
    connection = await here.connection(company)
    for group, role in (("people", "HR"), ("people", "RECRUITER"), ("machines", "IT"), ("bosses", "OWNER")):
        await here.map(company, connection, group, role)
    return connection


async def test_roles_come_and_go_with_groups(here: Installation, company: CompanyWorld, mapped: str) -> None:
    async def roles(*groups: str) -> list[str]:
        here.provider.person = a_person(groups=[*groups])
        return await here.browser(company).roles(mapped)

    assert await roles("people", "unheard of") == ["HR", "MEMBER", "RECRUITER"]
    assert await roles("people", "machines") == ["HR", "IT", "MEMBER", "RECRUITER"]
    assert await roles("machines") == ["IT", "MEMBER"]
    assert await roles("People", "machines ") == ["MEMBER"]
    told = await company.rows(
        "select data from pool.event_outbox where type = 'user.role_changed' and tenant_id = :tenant order by id"
    )
    changes = [{name: value for name, value in row.data.items() if value} for row in told]
    assert [list(each.values()) for each in changes] == [
        *(["HR"], ["RECRUITER"], ["IT"], ["HR"], ["RECRUITER"], ["IT"]),
    ]


@pytest.mark.parametrize("groups", [None, [], "", 7, {"people": True}, [["people"]]])
async def test_who_has_no_groups_keeps_no_role_of_theirs(
    here: Installation, company: CompanyWorld, mapped: str, groups: Any
) -> None:
    here.provider.person = a_person(groups=["people"])
    assert await here.browser(company).roles(mapped) == ["HR", "MEMBER", "RECRUITER"]
    here.provider.person = a_person(**({} if groups is None else {"groups": groups}))
    assert await here.browser(company).roles(mapped) == ["MEMBER"]


async def test_a_claim_of_one_text_is_one_group(here: Installation, company: CompanyWorld, mapped: str) -> None:
    here.provider.person = a_person(groups="machines")
    assert await here.browser(company).roles(mapped) == ["IT", "MEMBER"]


async def test_roles_that_no_group_gives_stay(here: Installation, company: CompanyWorld, mapped: str) -> None:
    await here.browser(company).sign_in(mapped)
    await company.rows(
        "insert into pool.user_roles (tenant_id, user_id, role_id, scope, created_at, updated_at)"
        " select u.tenant_id, u.id, r.id, 'tenant', now(), now() from pool.users u join pool.roles r using (tenant_id)"
        " where u.email = :email and r.name = 'FINANCE' and u.tenant_id = :tenant returning id",
        email=EMAIL,
    )
    here.provider.person = a_person(groups=["machines"])
    assert await here.browser(company).roles(mapped) == ["FINANCE", "IT", "MEMBER"]
    here.provider.person = a_person(groups=[])
    assert await here.browser(company).roles(mapped) == ["FINANCE", "MEMBER"]


async def test_the_last_owner_stays_one(here: Installation, company: CompanyWorld) -> None:
    connection = await here.connection(company, domains=[owner(company).partition("@")[2]])
    await here.map(company, connection, "bosses", "OWNER")
    await company.rows(
        "update pool.users set is_active = false where email <> :email and tenant_id = :tenant returning id",
        email=owner(company),
    )
    here.provider.person = a_person(email=owner(company), groups=[])
    assert await here.browser(company).roles(connection) == ["OWNER"]
    await company.rows(
        "update pool.users set is_active = true where email <> :email and tenant_id = :tenant returning id",
        email=owner(company),
    )
    assert await here.browser(company).roles(connection) == [], "there is another owner now, who has a password"


async def test_groups_that_are_not_listed_are_not_taken_for_none(
    here: Installation, company: CompanyWorld, mapped: str
) -> None:
    here.provider.person = a_person(groups=["people"])
    await here.browser(company).sign_in(mapped)
    here.provider.person = a_person(_claim_names={"groups": "src1"}, _claim_sources={"src1": {"endpoint": "https://x"}})
    assert "too many" in await here.browser(company).refused(mapped)
    here.provider.person = a_person(groups=["people"])
    assert await here.browser(company).roles(mapped) == ["HR", "MEMBER", "RECRUITER"]


async def test_without_a_claim_groups_give_nothing(here: Installation, company: CompanyWorld, mapped: str) -> None:
    person = here.through(await company.person())
    await person.do("updateSsoProvider", {"id": mapped, "groupsClaim": None})
    here.provider.person = a_person(groups=["people"])
    assert await here.browser(company).roles(mapped) == ["MEMBER"]


async def test_a_group_that_is_not_mapped_any_more_takes_nothing(
    here: Installation, company: CompanyWorld, mapped: str
) -> None:
    here.provider.person = a_person(groups=["machines"])
    await here.browser(company).sign_in(mapped)
    person = here.through(await company.person())
    found = await person.ask(
        "query($id: ID!) { ssoProvider(id: $id) { groupRoles { nodes { id groupName role { name } } } } }",
        {"id": mapped},
    )
    nodes = found.data["ssoProvider"]["groupRoles"]["nodes"]
    assert {(each["groupName"], each["role"]["name"]) for each in nodes} == {
        *(("people", "HR"), ("people", "RECRUITER"), ("machines", "IT"), ("bosses", "OWNER")),
    }
    [it] = [each["id"] for each in nodes if each["groupName"] == "machines"]
    assert (await person.do("deleteSsoGroupRole", {"id": it}))["refusals"] == []
    here.provider.person = a_person(groups=[])
    assert await here.browser(company).roles(mapped) == ["IT", "MEMBER"]
