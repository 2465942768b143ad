"""Everybody who can ask: nobody, each built-in role, who may one thing alone, a new hire, support, and API keys."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from uuid_utils.compat import uuid7

from auth.permissions import FOR_KEYS
from auth.principal import ANONYMOUS, Impersonator, Principal
from auth.roles import BUILT_IN_ROLES, EVERYTHING, NEW_HIRE, permissions_of
from db.models.identity import GrantScope
from resolvers.context import Asking
from resolvers.standings import grants_of, user_holding
from schema.derive.fields import declaration_of
from tests.schema.asking import root_fields
from tests.world import CompanyWorld

STRANGER: Final = "nobody"


def needed() -> set[str]:
    """The permissions that fields of the root of queries need: what is behind them may need more."""
    found = {getattr(declaration_of(each), "needs", None) for each in root_fields("Query").values()}
    return {each for each in EVERYTHING if each in found}


async def askers(company: CompanyWorld) -> Mapping[str, Asking]:
    """Everybody, in the order of the matrix's columns."""
    owner, tenant = (await company.person("OWNER")).asking, company.tenant.id
    [(user,), *_] = await company.rows("select id from pool.users where tenant_id = :tenant order by id")
    [(hire,), *_] = await company.rows(
        "select id from pool.new_hires where tenant_id = :tenant and status = 'active' order by id"
    )

    def key(permissions: frozenset[str]) -> Asking:
        made = Principal("api_key", uuid7(), tenant, permissions, client_id=uuid7(), maker_id=user)
        return replace(owner, principal=made)

    def person(permissions: frozenset[str]) -> Asking:
        return replace(owner, principal=Principal("user", user, tenant, permissions))

    def holder(role: str) -> Asking:
        stored = [[role, None, GrantScope.TENANT.value, None, None]]
        return replace(owner, principal=user_holding(tenant, user, grants_of(stored, permissions_of)))

    def acting(permissions: frozenset[str]) -> Asking:
        support = Impersonator(uuid7(), "Sam", "SUPPORT_AGENT", uuid7(), writes=False, ends_at=owner.now)
        return replace(owner, principal=Principal("user", user, tenant, permissions, impersonator=support))

    return {
        STRANGER: replace(owner, principal=ANONYMOUS),
        **{name: holder(name) for name in BUILT_IN_ROLES},
        "no role": person(frozenset()),
        **{f"only {each}": person(frozenset({each})) for each in sorted(needed())},
        "read-only impersonator of an OWNER": acting(permissions_of(["OWNER"])),
        "NEW_HIRE": replace(owner, principal=Principal("new_hire", hire, tenant, NEW_HIRE)),
        "key without scopes": key(frozenset()),
        "key with all scopes": key(FOR_KEYS),
    }
