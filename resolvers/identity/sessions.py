"""Sessions: they begin with a password, go on with refresh tokens, and end by signing out.

No connection is held while a password is checked, which is slow on purpose. What a refusal must leave behind (a counted
failure, a revoked family) is committed before the refusal is raised.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from auth.challenges import Challenge
from auth.passwords import password_problem
from auth.principal import Principal
from auth.refresh import REFRESH_TOKENS
from auth.row_tokens import matches
from db.catalog import TenantStatus
from db.models.identity import RefreshToken, User
from db.models.sign_in import UserSession
from resolvers.barred import Forbidden
from resolvers.context import Asking, Context
from resolvers.doors import LOGIN, REFRESH
from resolvers.edge import admit
from resolvers.identity import emitters
from resolvers.identity.enforced import expect_password_counts
from resolvers.identity.families import begin, end_all, end_family, end_others, is_good, rotate
from resolvers.identity.known import user_at
from resolvers.identity.locking import is_locked, note_failure, unlock
from resolvers.identity.means import Means, at_least, expect_company, expect_still
from resolvers.identity.proving import expect_person, proved, unchanged, wrong_password
from resolvers.identity.refusals import InvalidCredentials, not_a_session, turned_away
from resolvers.identity.second_factors import challenge_of
from resolvers.identity.signed_in import Session, session_of
from resolvers.refusals import InvalidInput, NotFound
from resolvers.registration import WeakPassword


class Sessions:
    """Begins, continues and ends sessions."""

    def __init__(self, means: Means) -> None:
        self._means, self._database, self._passwords = means, means.database, means.passwords

    async def login(self, asking: Asking, email: str, password: str) -> Session | Challenge:
        """Sign a person in; unknown, locked, inactive and mistyped are one refusal, and take as long.

        Who has a second factor gets a challenge, to be given back with a code; where single sign-on is enforced, a
        right password is of use to owners only. Into a suspended company, which may be read, one gets without its being
        noted, and without a refresh token.
        """
        expect_company(asking)
        await self._means.doors.knock(LOGIN, asking, email)
        async with at_least(self._means.slow, only_after=InvalidCredentials):
            user, newer_hash = await self._recognised(asking, email, password)
            await expect_password_counts(self._database, asking, user)
            if user.mfa_enabled:
                return await self._challenged(asking, user, newer_hash)
            if asking.tenant.status is TenantStatus.SUSPENDED:
                return session_of(self._means.tokens, asking, user, None)
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
            if not _as_recognised(now_known, user) or is_locked(now_known, asking.now):
                raise turned_away()
            unlock(now_known)
            now_known.last_login_at, now_known.password_hash = asking.now, newer_hash
            issued = begin(context, now_known)
            await context.flush()
        return session_of(self._means.tokens, asking, now_known, issued)

    async def _challenged(self, asking: Asking, user: User, newer_hash: str | None) -> Challenge:
        """Ask for a code. What was counted before stays counted: a password alone proves nobody who has one."""
        async with self._database.transacting(asking.tenant.placement) as session:
            system = asking.by(Principal("system", tenant_id=asking.tenant.id))
            context = Context(system, session, emitters.LOGIN.name)
            now_known = await context.one(User, user.id)
            if not _as_recognised(now_known, user) or is_locked(now_known, asking.now):
                raise turned_away()
            now_known.password_hash = newer_hash
            return await challenge_of(context, now_known)

    async def refresh(self, asking: Asking, text: str) -> Session:
        """Exchange a refresh token for the next one. One that was used before ends its family, for good."""
        await self._means.doors.knock(REFRESH, asking)
        mine, token = await self._found(asking, text)
        if mine is None or token is None:
            raise not_a_session()
        admit(mine, needs=None, module=None, writes=True)
        async with self._database.transacting(mine.tenant.placement) as session:
            context = Context(mine.by(_of(token, mine)), session, emitters.REFRESH.name)
            user, family, token = await _locked(context, token)
            issued = await rotate(context, user, family, token)
            await context.flush()
        if issued is None:
            raise not_a_session()
        return session_of(self._means.tokens, mine, user, issued)

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
        if problem := password_problem(new):
            raise WeakPassword(problem, path=("new",))
        user_id = await expect_person(self._means, asking)
        operation = emitters.CHANGE_PASSWORD.name
        user = await proved(self._means, asking, user_id, current, operation=operation, path="current")
        hashed = await self._passwords.hash(new)
        async with self._database.transacting(asking.tenant.placement) as session:
            context = Context(asking, session, operation)
            now_known = await context.one(User, user.id)
            if not unchanged(now_known, user):
                raise wrong_password("current")
            unlock(now_known)
            now_known.password_hash = hashed
            await end_all(context, now_known)
            issued = begin(context, now_known)
            await context.flush()
        return session_of(self._means.tokens, asking, now_known, issued)

    async def revoke_others(self, asking: Asking) -> None:
        """End the sessions of who asks but the one that asks; all of them, where that is not known."""
        admit(asking, needs=None, module=None, writes=True)
        if asking.principal.user_id is None:
            raise Forbidden("Only people have sessions.")
        async with self._database.transacting(asking.tenant.placement) as session:
            context = Context(asking, session, emitters.REVOKE_OTHERS.name)
            await end_others(context, await context.one(User, asking.principal.user_id), asking.session_id)

    async def _found(self, asking: Asking, text: str) -> tuple[Asking | None, RefreshToken | None]:
        """Return the row of a genuine refresh token, used or not, and the request within its tenant."""
        named = REFRESH_TOKENS.parse(text)
        mine = await self._means.within(asking, named.tenant_id) if named else None
        if named is None or mine is None:
            return None, None
        async with self._database.reading(mine.tenant.placement) as session:
            rows: Sequence[RefreshToken] = await session.scalars(
                select(RefreshToken).where(RefreshToken.id == named.row_id)
            )
        return mine, rows[0] if rows and matches(text, rows[0].token_hash) else None

    async def _end(self, asking: Asking, text: str, *, everywhere: bool) -> None:
        mine, token = await self._found(asking, text)
        if mine is None or token is None:
            return
        expect_still(mine)
        async with self._database.transacting(mine.tenant.placement) as session:
            context = Context(mine.by(_of(token, mine)), session, emitters.LOGOUT.name)
            user, _, token = await _locked(context, token)
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


async def _locked(context: Context, token: RefreshToken) -> tuple[User, UserSession, RefreshToken]:
    """Lock a user, then the session, then the token; whoever was removed meanwhile has no session."""
    try:
        user = await context.one(User, token.user_id)
        family = await context.one(UserSession, token.family)
        return user, family, await context.one(RefreshToken, token.id)
    except NotFound:
        raise not_a_session() from None


def _of(token: RefreshToken, asking: Asking) -> Principal:
    return Principal("user", token.user_id, asking.tenant.id)


def _as_recognised(now_known: User, user: User) -> bool:
    """Tell whether a user may still what they might when their password was checked, and with as much."""
    return unchanged(now_known, user) and now_known.mfa_enabled == user.mfa_enabled
