import re

import pytest

from auth.permissions import CATALOGUE, Permission, UnknownPermission, require


def test_today_there_are_these_permissions() -> None:
    assert list(CATALOGUE) == [
        "company.read",
        "company.edit",
        "company.read_tax_id",
        "users.read",
        "users.manage",
        "sso.manage",
        "teams.edit",
        "imports.run",
        "events.read",
        "audit.read",
        "privacy.export",
        "privacy.erase",
        "webhooks.read",
        "webhooks.manage",
        "clients.read",
        "clients.manage",
        "keys.read",
        "keys.manage",
        "keys.revoke_own",
        "approvals.read",
        "approvals.manage",
        "approvals.decide",
        "support.manage",
        "api.introspect",
        "onboarding.read",
        "onboarding.edit",
        "onboarding.publish",
        "onboarding.define_types",
        "onboarding.read_hires",
        "onboarding.edit_hires",
        "onboarding.read_answers",
        "onboarding.review",
        "onboarding.tasks",
        "onboarding.portal",
        "people.read",
        "people.read_private",
        "people.read_bank",
        "people.read_pay",
        "people.edit",
        "people.edit_pay",
        "leave.read",
        "leave.request",
        "leave.decide",
        "leave.manage",
        "okrs.read",
        "okrs.edit",
        "performance.manage",
        "platform.support",
        "platform.manage",
    ]


@pytest.mark.parametrize("permission", CATALOGUE.values(), ids=list(CATALOGUE))
def test_a_permission_is_named_domain_and_verb_and_described(permission: Permission) -> None:
    assert re.fullmatch(r"[a-z]+\.[a-z]+(_[a-z]+)*", permission.name)
    assert CATALOGUE[permission.name] is permission
    assert permission.description.endswith(".")


def test_a_known_name_may_be_required() -> None:
    for name in CATALOGUE:
        require(name)


def test_a_mistyped_name_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(UnknownPermission, match=r"'onbording\.edit'.*did you mean 'onboarding\.edit'\?"):
        require("onbording.edit")


@pytest.mark.parametrize("name", ["", "zebra", "COMPANY.READ", "company.read "])
def test_a_name_that_is_not_in_the_catalogue_is_refused(name: str) -> None:
    with pytest.raises(UnknownPermission, match=re.escape(f"No permission is called {name!r}")):
        require(name)


def test_a_name_like_no_other_is_answered_with_all_there_are() -> None:
    with pytest.raises(UnknownPermission, match=r"there are company\.read, .*, platform\.manage\."):
        require("zebra")


def test_nobody_adds_to_the_catalogue_at_run_time() -> None:
    with pytest.raises(TypeError):
        CATALOGUE["payroll.read"] = Permission("payroll.read", "See payroll.")  # pyright: ignore[reportIndexIssue] - the point
