"""Choosing a password with a link that was mailed: after it was forgotten, or for the first time."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from auth import links
from auth.links import Link, Purpose
from auth.passwords import password_problem
from auth.principal import Principal
from db.models.identity import PasswordReset, ProofPurpose, User
from resolvers.context import Asking, Context
from resolvers.doors import CHOOSE, FORGOTTEN
from resolvers.edge import admit
from resolvers.identity import emitters
from resolvers.identity.events import UserActivated
from resolvers.identity.families import end_all
from resolvers.identity.known import user_at
from resolvers.identity.locking import unlock
from resolvers.identity.mailed import is_good, mail_link, void_links
from resolvers.identity.means import Means, at_least, expect_company
from resolvers.identity.refusals import not_a_link
from resolvers.refusals import NotFound
from resolvers.registration import WeakPassword


class Resets:
    """Mails links with which a password can be chosen, and takes them back."""

    def __init__(self, means: Means) -> None:
        self._means, self._database = means, means.database

    async def request(self, asking: Asking, email: str) -> None:
        """Mail a link to the active user of an address; that there is one changes neither the answer nor its time."""
        expect_company(asking)
        admit(asking, needs=None, module=None, writes=True)
        await self._means.doors.knock(FORGOTTEN, asking, email)
        async with at_least(self._means.slow):
            user = await user_at(self._database, asking, email)
            if user and user.is_active:
                await self._mail(asking, user)

    async def _mail(self, asking: Asking, user: User) -> None:
        system = asking.by(Principal("system", tenant_id=asking.tenant.id))
        async with self._database.transacting(asking.tenant.placement) as session:
            context = Context(system, session, emitters.FORGOTTEN.name)
            await mail_link(context, await context.one(User, user.id), ProofPurpose.RESET)

    async def choose(self, asking: Asking, token: str, password: str) -> None:
        """Set the password of who holds a link, once: every session ends, a lock is lifted, the address is proved."""
        await self._means.doors.knock(CHOOSE, asking)
        if problem := password_problem(password):
            raise WeakPassword(problem, path=("password",))
        mine, link, user = await self._found(asking, token)
        admit(mine, needs=None, module=None, writes=True)
        hashed = await self._means.passwords.hash(password)
        async with self._database.transacting(mine.tenant.placement) as session:
            context = Context(mine.by(Principal("user", user.id, mine.tenant.id)), session, emitters.CHOSEN.name)
            await _use(context, user, link, token, hashed)

    async def _found(self, asking: Asking, token: str) -> tuple[Asking, Link, User]:
        """Return what a good link stands for; a guess is turned away before any table of a tenant is read."""
        link = links.parse(token)
        mine = await self._means.within(asking, link.tenant_id) if link else None
        if not link or link.purpose is not Purpose.PASSWORD or not mine or not links.genuine(mine.keyring, link):
            raise not_a_link()
        async with self._database.reading(mine.tenant.placement) as session:
            rows: Sequence[Any] = await session.rows(
                select(PasswordReset, User)
                .join(User, User.id == PasswordReset.user_id)
                .where(PasswordReset.id == link.row_id)
            )
        if not rows or not is_good(rows[0][0], token, rows[0][1], mine.now):
            raise not_a_link()
        return mine, link, rows[0][1]


async def _use(context: Context, user: User, link: Link, token: str, hashed: str) -> None:
    """Set the password, unless the link was used or replaced while the new one was hashed."""
    try:
        user = await context.one(User, user.id)
        row = await context.one(PasswordReset, link.row_id)
    except NotFound:
        raise not_a_link() from None
    if not is_good(row, token, user, context.now):
        raise not_a_link()
    row.used_at, user.password_hash = context.now, hashed
    user.email_verified_at = user.email_verified_at or context.now
    unlock(user)
    await context.flush()
    await void_links(context, user)
    await end_all(context, user)
    if row.purpose is ProofPurpose.INVITATION:
        await context.publish(UserActivated(), user)
    await context.flush()
