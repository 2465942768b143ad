import pytest

from auth.permissions import CATALOGUE
from auth.roles import BUILT_IN_ROLES, NEW_HIRE, OF_PLATFORM, OF_SESSIONS, PLATFORM_ROLES, BuiltInRole, permissions_of

ROLES = (
    "OWNER ADMIN HR PAYROLL FINANCE IT SALES PROCUREMENT WAREHOUSE RECRUITER CONTENT MANAGER DEVELOPER MEMBER VIEWER"
)


def holders(permission: str) -> set[str]:
    return {role.name for role in BUILT_IN_ROLES.values() if permission in role.permissions}


def test_these_roles_are_built_in() -> None:
    assert " ".join(BUILT_IN_ROLES) == ROLES


@pytest.mark.parametrize("role", BUILT_IN_ROLES.values(), ids=list(BUILT_IN_ROLES))
def test_a_role_says_what_its_holders_do_and_holds_only_what_exists(role: BuiltInRole) -> None:
    assert BUILT_IN_ROLES[role.name] is role
    assert role.description.endswith(".")
    assert role.permissions <= set(CATALOGUE)


@pytest.mark.parametrize("permission", sorted(CATALOGUE.keys() - OF_SESSIONS - OF_PLATFORM))
def test_a_permission_is_held_by_owner_and_admin_at_least(permission: str) -> None:
    assert {"OWNER", "ADMIN"} <= holders(permission)


def test_what_a_new_hire_may_no_user_may() -> None:
    assert {"onboarding.portal"} == NEW_HIRE
    assert holders("onboarding.portal") == set()


def test_who_may_do_what() -> None:
    assert holders("users.read") == {"OWNER", "ADMIN", "HR", "IT", "MANAGER"}
    assert holders("users.manage") == {"OWNER", "ADMIN"}
    assert holders("teams.edit") == {"OWNER", "ADMIN", "HR"}
    assert holders("onboarding.read_answers") == holders("onboarding.review") == {"OWNER", "ADMIN", "HR"}
    assert holders("onboarding.tasks") == set(BUILT_IN_ROLES)
    assert holders("company.read") == set(BUILT_IN_ROLES)
    assert holders("company.edit") == {"OWNER", "ADMIN"}
    assert holders("company.read_tax_id") == {"OWNER", "ADMIN", "FINANCE"}
    assert holders("onboarding.read") == {"OWNER", "ADMIN", "HR", "IT", "MANAGER", "VIEWER"}
    assert holders("onboarding.edit") == {"OWNER", "ADMIN", "HR"}
    assert holders("onboarding.publish") == {"OWNER", "ADMIN", "HR"}


def test_several_roles_allow_what_each_of_them_allows() -> None:
    assert permissions_of(["VIEWER", "FINANCE"]) == {
        "company.read",
        "onboarding.tasks",
        "approvals.decide",
        "approvals.read",
        "keys.revoke_own",
        "onboarding.read",
        "company.read_tax_id",
    }


@pytest.mark.parametrize("names", [[], ["NEW_HIRE"], ["owner"], ["OWNER "], ["API_KEY", ""]])
def test_what_is_no_built_in_role_allows_nothing(names: list[str]) -> None:
    assert permissions_of(names) == frozenset()


def test_what_only_the_platform_may_no_role_of_a_company_gives() -> None:
    assert {"platform.support", "platform.manage"} == OF_PLATFORM
    assert all(role.permissions.isdisjoint(OF_PLATFORM) for role in BUILT_IN_ROLES.values())
    assert dict(PLATFORM_ROLES) == {"PLATFORM_ADMIN": OF_PLATFORM, "SUPPORT_AGENT": {"platform.support"}}
