"""Wrong passwords, and wrong codes of a second factor: ten in a row lock the account for a quarter of an hour.

Whoever is locked out is not told so.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from auth.principal import Principal
from db.models.identity import User
from db.session import Database
from resolvers.context import Asking, Context
from resolvers.identity.events import LoginFailedLocked

MOST_FAILURES: Final = 10
LOCKED_FOR: Final = timedelta(minutes=15)


def is_locked(user: User, now: datetime) -> bool:
    """Tell whether no password is accepted at the moment."""
    return user.locked_until is not None and now < user.locked_until


async def note_failure(database: Database, asking: Asking, user_id: UUID, operation: str) -> None:
    """Count a wrong password, and lock the account at the tenth; while it is locked, nothing is counted."""
    system = asking.by(Principal("system", tenant_id=asking.tenant.id))
    async with database.transacting(asking.tenant.placement) as session:
        context = Context(system, session, operation)
        await count_failure(context, await context.one(User, user_id))


async def count_failure(context: Context, user: User) -> None:
    """Count a wrong password or code of a locked row of a user."""
    if is_locked(user, context.now):
        return
    user.failed_logins += 1
    if user.failed_logins >= MOST_FAILURES:
        until = context.now + LOCKED_FOR
        user.failed_logins, user.locked_until = 0, until
        await context.publish(LoginFailedLocked(locked_until=until), user)
    await context.flush()


def unlock(user: User) -> None:
    """Forget wrong passwords and codes: the person has proved who they are."""
    user.failed_logins, user.locked_until = 0, None
