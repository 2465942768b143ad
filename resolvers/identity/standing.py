"""What a user may, read in one statement."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select

from auth.principal import Principal
from auth.roles import permissions_of
from db.models.identity import Role, User, UserRole
from db.session import Database
from db.tenancy import Placement, folded_text


@dataclass(frozen=True, slots=True)
class Standing:
    """Who a user is and what they may, and which of their tokens count."""

    principal: Principal
    token_version: int


async def look(database: Database, placement: Placement, user_id: UUID) -> Standing | None:
    """Read the standing of a user who may sign in, in one statement and one round trip."""
    for email, is_active, token_version, roles in await database.one(placement, _asked(placement.schema), [user_id]):
        if is_active:
            principal = Principal("user", user_id, placement.tenant_id, permissions_of(roles or ()), email)
            return Standing(principal, token_version)
    return None


@lru_cache(maxsize=1_000)
def _asked(schema: str) -> str:
    return folded_text(_statement(), schema)


def _statement() -> Any:
    roles = (
        select(func.array_agg(Role.name))
        .join(UserRole, UserRole.role_id == Role.id)
        .where(UserRole.user_id == User.id, Role.built_in)
        .scalar_subquery()
    )
    return select(User.email, User.is_active, User.token_version, roles.label("roles")).where(
        User.id == bindparam("user_id", type_=Uuid())
    )
