from collections.abc import Callable
from dataclasses import FrozenInstanceError
from uuid import UUID

import pytest

from auth.permissions import CATALOGUE
from auth.principal import ANONYMOUS, Principal

ADA = UUID(int=1)
TENANT = UUID(int=2)


def test_a_user_can_what_was_settled_and_nothing_else() -> None:
    ada = Principal("user", ADA, TENANT, frozenset({"onboarding.edit"}))
    assert ada.can("onboarding.edit")
    assert not ada.can("onboarding.publish")
    assert not ada.can("onboarding")
    assert not ada.can("")


def test_anonymous_is_nobody_of_no_tenant_and_can_nothing() -> None:
    assert (ANONYMOUS.kind, ANONYMOUS.id, ANONYMOUS.tenant_id) == ("anonymous", None, None)
    assert not any(ANONYMOUS.can(permission) for permission in CATALOGUE)


def test_the_system_acts_in_one_tenant_without_being_a_person() -> None:
    assert Principal("system", tenant_id=TENANT).id is None


def test_only_a_user_is_one_where_a_user_is_named() -> None:
    assert Principal("user", ADA, TENANT).user_id == ADA
    assert Principal("api_key", ADA, TENANT, client_id=ADA, maker_id=ADA).user_id is None
    assert ANONYMOUS.user_id is None


HALF_KNOWN: list[Callable[[], Principal]] = [
    lambda: Principal("user"),
    lambda: Principal("user", ADA),
    lambda: Principal("user", None, TENANT),
    lambda: Principal("system"),
    lambda: Principal("user", ADA, TENANT, client_id=ADA, maker_id=ADA),
    lambda: Principal("api_key", ADA, TENANT),
    lambda: Principal("api_key", ADA, TENANT, client_id=ADA),
    lambda: Principal("api_key", None, TENANT, client_id=ADA, maker_id=ADA),
    lambda: Principal("anonymous", ADA),
    lambda: Principal("anonymous", None, TENANT),
    lambda: Principal("anonymous", permissions=frozenset({"company.read"})),
]


@pytest.mark.parametrize("make", HALF_KNOWN)
def test_a_principal_that_is_half_known_cannot_be_made(make: Callable[[], Principal]) -> None:
    with pytest.raises(ValueError, match=r"user|system|anonymous|api_key"):
        make()


def test_a_principal_gains_nothing_later() -> None:
    with pytest.raises(FrozenInstanceError):
        ANONYMOUS.permissions = frozenset(CATALOGUE)  # pyright: ignore[reportAttributeAccessIssue] - the point


def test_a_name_is_not_printed() -> None:
    assert "Lovelace" not in repr(Principal("user", ADA, TENANT, name="Ada Lovelace"))
