"""Who of a company holds a permission: for what the system has to tell whoever looks after something."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ARRAY, Text, cast, func, literal, select

from auth.roles import BUILT_IN_ROLES
from db.models.identity import Role, User, UserRole
from resolvers.context import Context

MOST: Final = 20


async def holders_of(context: Context, permission: str) -> Sequence[User]:
    """Return the people who may sign in and whose built-in roles have a permission, at most 20."""
    roles = sorted(name for name, role in BUILT_IN_ROLES.items() if permission in role.permissions)
    is_one = Role.name == func.any(cast(literal(roles, ARRAY(Text)), ARRAY(Text)))
    holding = select(UserRole.user_id).join(Role, Role.id == UserRole.role_id).where(is_one)
    return await context.all(select(User).where(User.is_active, User.id.in_(holding)).order_by(User.id).limit(MOST))
