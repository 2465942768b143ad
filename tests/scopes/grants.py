"""Roles of a company's own that are put straight into the tables, and who holds them within which scope."""

from collections.abc import Sequence
from itertools import count
from typing import Any, Final
from uuid import UUID

from auth.principal import Principal
from db.models import Role, RolePermission, User, UserRole
from db.models.identity import GrantScope
from tests.schema.builders import put
from tests.world import CompanyWorld, Person

NUMBERS: Final = count(1)


async def a_user(company: CompanyWorld, **values: Any) -> UUID:
    """Put in somebody who may sign in and holds nothing."""
    named = {"email": f"scoped-{next(NUMBERS)}@{company.tenant.slug}.example", "first_name": "Sam", "last_name": "Own"}
    [row] = await put(company, User, [named | values])
    return row["id"]


async def grant(
    company: CompanyWorld, user: UUID, permissions: Sequence[str], scope: GrantScope = GrantScope.TENANT, **about: UUID
) -> UUID:
    """Give somebody a new role within a scope, and return the role."""
    [role] = await put(company, Role, [{"name": f"Own {next(NUMBERS)}", "description": "Own.", "built_in": False}])
    await put(company, RolePermission, [{"role_id": role["id"], "permission": each} for each in permissions])
    await put(company, UserRole, [{"user_id": user, "role_id": role["id"], "scope": scope, **about}])
    company.world.parts.identity.forget(company.tenant.placement)
    return role["id"]


def signed_in(company: CompanyWorld, user: UUID) -> Person:
    """Return somebody whose rights are what the tables say."""
    return company.signed_in(Principal("user", user, company.tenant.id))
