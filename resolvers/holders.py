"""Who of a company holds a permission: for what the system has to tell whoever looks after something."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ARRAY, Text, and_, cast, exists, func, literal, or_, select

from auth.roles import BUILT_IN_ROLES
from db.models.identity import GrantScope, Role, RolePermission, User, UserRole
from resolvers.context import Context

MOST: Final = 20


async def holders_of(context: Context, permission: str) -> Sequence[User]:
    """Return the people who may sign in and who hold a permission throughout the company, at most 20."""
    roles = sorted(name for name, role in BUILT_IN_ROLES.items() if permission in role.permissions)
    is_one = Role.name == func.any(cast(literal(roles, ARRAY(Text)), ARRAY(Text)))
    own = exists().where(RolePermission.role_id == Role.id, RolePermission.permission == permission)
    allows, throughout = or_(and_(Role.built_in, is_one), own), UserRole.scope == GrantScope.TENANT
    holding = select(UserRole.user_id).join(Role, Role.id == UserRole.role_id).where(allows, throughout)
    return await context.all(select(User).where(User.is_active, User.id.in_(holding)).order_by(User.id).limit(MOST))
