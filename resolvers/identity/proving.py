"""Proving anew who one is while one is signed in: with the password, checked like at the door."""

from uuid import UUID

from sqlalchemy import select

from db.models.identity import User
from resolvers.barred import Forbidden
from resolvers.context import Asking
from resolvers.doors import LOGIN
from resolvers.edge import admit
from resolvers.identity.locking import is_locked, note_failure
from resolvers.identity.means import Means
from resolvers.identity.refusals import WrongPassword


async def expect_person(means: Means, asking: Asking) -> UUID:
    """Turn away who is no user, and who tries too often; return whose id it is."""
    admit(asking, needs=None, module=None, writes=True)
    if asking.principal.user_id is None:
        raise Forbidden("Only people have passwords.")
    await means.doors.knock(LOGIN, asking, asking.principal.name)
    return asking.principal.user_id


async def proved(means: Means, asking: Asking, user_id: UUID, password: str, *, operation: str, path: str) -> User:
    """Return who asks, once their password was checked; a wrong one is counted."""
    async with means.database.reading(asking.tenant.placement) as session:
        [user] = await session.scalars(select(User).where(User.id == user_id))
    verdict = await means.passwords.verify(password, user.password_hash)
    if is_locked(user, asking.now):
        raise wrong_password(path)
    if not verdict.matches:
        await note_failure(means.database, asking, user.id, operation)
        raise wrong_password(path)
    return user


def unchanged(now_known: User, user: User) -> bool:
    """Tell whether a user may still what they might when their password was checked."""
    same = (now_known.token_version, now_known.password_hash) == (user.token_version, user.password_hash)
    return now_known.is_active and same


def wrong_password(path: str) -> WrongPassword:
    """Turn away who did not give their password."""
    return WrongPassword("This is not your password, or too many wrong ones were tried lately.", path=(path,))
