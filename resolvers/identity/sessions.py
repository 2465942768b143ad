"""Sessions: they begin with a password, go on with refresh tokens, and end by signing out.

No connection is held while a password is checked, which is slow on purpose. What a refusal must leave behind (a counted
failure, a revoked family) is committed before the refusal is raised.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from auth import refresh
from auth.passwords import password_problem
from auth.principal import Principal
from db.catalog import TenantStatus
from db.models.identity import RefreshToken, User
from resolvers.barred import Forbidden
from resolvers.context import Asking, Context
from resolvers.doors import LOGIN, REFRESH
from resolvers.edge import admit
from resolvers.identity import emitters
from resolvers.identity.families import Issued, end_all, end_family, is_good, issue, rotate
from resolvers.identity.known import user_at
from resolvers.identity.locking import is_locked, note_failure, unlock
from resolvers.identity.means import Means, at_least, expect_company, expect_still
from resolvers.identity.refusals import InvalidCredentials, WrongPassword, not_a_session, turned_away
from resolvers.refusals import InvalidInput, NotFound
from resolvers.registration import WeakPassword


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in session: the token to send with each request, the one to get the next with, and when they run out."""

    access_token: str = field(repr=False)
    expires_at: datetime
    refresh_token: str | None = field(repr=False)
    refresh_expires_at: datetime | None


class Sessions:
    """Begins, continues and ends sessions."""

    def __init__(self, means: Means) -> None:
        self._means, self._database, self._passwords = means, means.database, means.passwords

    async def login(self, asking: Asking, email: str, password: str) -> Session:
        """Sign a person in; unknown, locked, inactive and mistyped are one refusal, and take as long.

        Into a suspended company, which may be read, one gets without its being noted, and without a refresh token.
        """
        expect_company(asking)
        await self._means.doors.knock(LOGIN, asking, email)
        async with at_least(self._means.slow, only_after=InvalidCredentials):
            user, newer_hash = await self._recognised(asking, email, password)
            if asking.tenant.status is TenantStatus.SUSPENDED:
                return self._session(asking, user, None)
            return await self._begun(asking, user, newer_hash)

    async def _recognised(self, asking: Asking, email: str, password: str) -> tuple[User, str | None]:
        """Return the user of an address and a password, and the hash to store; counts a wrong password."""
        user = await user_at(self._database, asking, email)
        verdict = await self._passwords.verify(password, user.password_hash if user else None)
        if user is None or not user.is_active or user.password_hash is None or is_locked(user, asking.now):
            raise turned_away()
        if not verdict.matches:
            await note_failure(self._database, asking, user.id, emitters.LOGIN.name)
            raise turned_away()
        return user, await self._passwords.hash(password) if verdict.outdated else user.password_hash

    async def _begun(self, asking: Asking, user: User, newer_hash: str | None) -> Session:
        """Note when the person signed in, unless they were shut out while the password was checked."""
        async with self._database.transacting(asking.tenant.placement) as session:
            context = Context(asking.by(Principal("user", user.id, asking.tenant.id)), session, emitters.LOGIN.name)
            now_known = await context.one(User, user.id)
            if not _unchanged(now_known, user) or is_locked(now_known, asking.now):
                raise turned_away()
            unlock(now_known)
            now_known.last_login_at, now_known.password_hash = asking.now, newer_hash
            issued = issue(context, now_known)
            await context.flush()
        return self._session(asking, now_known, issued)

    async def refresh(self, asking: Asking, text: str) -> Session:
        """Exchange a refresh token for the next one. One that was used before ends its family, for good."""
        await self._means.doors.knock(REFRESH, asking)
        mine, token = await self._found(asking, text)
        if mine is None or token is None:
            raise not_a_session()
        admit(mine, needs=None, module=None, writes=True)
        async with self._database.transacting(mine.tenant.placement) as session:
            context = Context(mine.by(_of(token, mine)), session, emitters.REFRESH.name)
            user, token = await _locked(context, token)
            issued = await rotate(context, user, token)
            await context.flush()
        if issued is None:
            raise not_a_session()
        return self._session(mine, user, issued)

    async def logout(self, asking: Asking, text: str | None, *, everywhere: bool) -> None:
        """End the family of a refresh token; with `everywhere`, all sessions of its user, or of who asks.

        A token that is none has nothing to end, which is not told. Only one that is still good ends the others.
        """
        if text is None and not (everywhere and asking.principal.kind == "user"):
            raise InvalidInput("Give the refresh token, or `everywhere` with an access token.", path=("refresh_token",))
        if everywhere and asking.principal.kind == "user" and asking.principal.id:
            await self._end_all(asking, asking.principal.id)
        if text is not None:
            await self._end(asking, text, everywhere=everywhere)

    async def change_password(self, asking: Asking, current: str, new: str) -> Session:
        """Give who asks another password; all other sessions end, and a new one begins. A wrong password is counted."""
        admit(asking, needs=None, module=None, writes=True)
        if asking.principal.user_id is None:
            raise Forbidden("Only people have passwords.")
        if problem := password_problem(new):
            raise WeakPassword(problem, path=("new",))
        await self._means.doors.knock(LOGIN, asking, asking.principal.name)
        user = await self._proved(asking, current)
        hashed = await self._passwords.hash(new)
        async with self._database.transacting(asking.tenant.placement) as session:
            context = Context(asking, session, emitters.CHANGE_PASSWORD.name)
            now_known = await context.one(User, user.id)
            if not _unchanged(now_known, user):
                raise _wrong()
            unlock(now_known)
            now_known.password_hash = hashed
            await end_all(context, now_known)
            issued = issue(context, now_known)
            await context.flush()
        return self._session(asking, now_known, issued)

    async def _proved(self, asking: Asking, current: str) -> User:
        """Return who asks, once their password was checked like at the door."""
        async with self._database.reading(asking.tenant.placement) as session:
            [user] = await session.scalars(select(User).where(User.id == asking.principal.id))
        verdict = await self._passwords.verify(current, user.password_hash)
        if is_locked(user, asking.now):
            raise _wrong()
        if not verdict.matches:
            await note_failure(self._database, asking, user.id, emitters.CHANGE_PASSWORD.name)
            raise _wrong()
        return user

    async def _found(self, asking: Asking, text: str) -> tuple[Asking | None, RefreshToken | None]:
        """Return the row of a genuine refresh token, used or not, and the request within its tenant."""
        named = refresh.parse(text)
        mine = await self._means.within(asking, named.tenant_id) if named else None
        if named is None or mine is None:
            return None, None
        async with self._database.reading(mine.tenant.placement) as session:
            rows: Sequence[RefreshToken] = await session.scalars(
                select(RefreshToken).where(RefreshToken.id == named.row_id)
            )
        return mine, rows[0] if rows and refresh.matches(text, rows[0].token_hash) else None

    async def _end(self, asking: Asking, text: str, *, everywhere: bool) -> None:
        mine, token = await self._found(asking, text)
        if mine is None or token is None:
            return
        expect_still(mine)
        async with self._database.transacting(mine.tenant.placement) as session:
            context = Context(mine.by(_of(token, mine)), session, emitters.LOGOUT.name)
            user, token = await _locked(context, token)
            if everywhere and is_good(token, mine.now):
                await end_all(context, user)
            await end_family(context, token.family)
            await context.flush()

    async def _end_all(self, asking: Asking, user_id: UUID) -> None:
        expect_still(asking)
        async with self._database.transacting(asking.tenant.placement) as session:
            context = Context(asking, session, emitters.LOGOUT.name)
            await end_all(context, await context.one(User, user_id))
            await context.flush()

    def _session(self, asking: Asking, user: User, issued: Issued | None) -> Session:
        access = self._means.tokens.issue(user_id=user.id, tenant_id=asking.tenant.id, token_version=user.token_version)
        text, expires_at = (issued.text, issued.expires_at) if issued else (None, None)
        return Session(access.text, access.expires_at, text, expires_at)


async def _locked(context: Context, token: RefreshToken) -> tuple[User, RefreshToken]:
    """Lock a user, then their token; whoever was removed meanwhile has no session."""
    try:
        user = await context.one(User, token.user_id)
        return user, await context.one(RefreshToken, token.id)
    except NotFound:
        raise not_a_session() from None


def _of(token: RefreshToken, asking: Asking) -> Principal:
    return Principal("user", token.user_id, asking.tenant.id)


def _unchanged(now_known: User, user: User) -> bool:
    """Tell whether a user may still what they might when their password was checked."""
    same = (now_known.token_version, now_known.password_hash) == (user.token_version, user.password_hash)
    return now_known.is_active and same


def _wrong() -> WrongPassword:
    return WrongPassword("This is not your password, or too many wrong ones were tried lately.", path=("current",))
