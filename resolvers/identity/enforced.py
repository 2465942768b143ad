"""Where single sign-on is enforced, passwords are refused: of everybody but owners, who must always get in."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, select

from db.models.identity import Role, User, UserRole
from db.models.sso import SsoProvider, SsoStatus
from db.session import Database
from resolvers.context import Asking
from resolvers.founding import OWNER
from resolvers.identity.refusals import SsoRequired


async def expect_password_counts(database: Database, asking: Asking, user: User) -> None:
    """Refuse a right password where the company's people sign in with single sign-on."""
    owns = (
        exists()
        .where(UserRole.user_id == user.id, UserRole.role_id == Role.id)
        .where(Role.name == OWNER, Role.built_in)
    )
    async with database.reading(asking.tenant.placement) as session:
        rows: Sequence[Any] = await session.rows(select(is_enforced().label("enforced"), owns.label("owns")))
    if rows[0].enforced and not rows[0].owns:
        raise SsoRequired("Your company signs in with single sign-on; use the button of its provider.")


def is_enforced() -> ColumnElement[bool]:
    """Return the condition that the company's people sign in with single sign-on."""
    return exists().where(SsoProvider.enforced, SsoProvider.status == SsoStatus.ACTIVE)
