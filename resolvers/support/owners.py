"""Those who own a company: they are told who acts in it, and decide whether support may write."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Select, select

from db.models.identity import GrantScope, Role, User, UserRole
from resolvers.context import Context
from resolvers.founding import OWNER
from resolvers.support.refusals import OwnersOnly

MOST: Final = 20


async def owners_of(context: Context) -> Sequence[User]:
    """Return those who own the company and may sign in, at most 20."""
    return await context.all(_owners().order_by(User.id).limit(MOST))


async def expect_owner(context: Context) -> None:
    """Refuse whoever does not own the company."""
    if not await context.all(_owners().where(User.id == context.principal.user_id)):
        raise OwnersOnly("Only those who own the company decide this.")


def _owners() -> Select[User]:
    own = select(UserRole.user_id).join(Role, Role.id == UserRole.role_id)
    held = own.where(Role.name == OWNER, Role.built_in, UserRole.scope == GrantScope.TENANT)
    return select(User).where(User.is_active, User.id.in_(held))
