"""Second factors: turned on and off by who is signed in, and the second step of signing in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from uuid_utils.compat import uuid7

from auth import challenges, totp
from auth.challenges import Challenge
from db.catalog import TenantStatus
from db.models.identity import User
from db.models.sign_in import SecondFactor
from resolvers.context import Asking, Context
from resolvers.doors import LOGIN
from resolvers.identity import emitters
from resolvers.identity.codes import SECRET, Holder, renew, spend, take_off
from resolvers.identity.events import MfaDisabled, MfaEnabled
from resolvers.identity.families import begin, end_all
from resolvers.identity.locking import is_locked, unlock
from resolvers.identity.means import Means, expect_still
from resolvers.identity.proving import expect_person, proved, unchanged, wrong_password
from resolvers.identity.refusals import AlreadyEnrolled, NotEnrolled, not_a_challenge
from resolvers.identity.signed_in import Session, session_of


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator is given, once: the secret, and the address that holds it."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Enabled:
    """The recovery codes, shown once, and the session that goes on: all others have ended."""

    codes: Sequence[str] = field(repr=False)
    session: Session


class SecondFactors:
    """Turns second factors on and off, and takes their codes."""

    def __init__(self, means: Means) -> None:
        self._means, self._database = means, means.database

    async def enrol(self, asking: Asking, password: str) -> Enrolment:
        """Make a secret for who asks, which counts once a code of it was given; one that was not confirmed is gone."""
        user_id = await expect_person(self._means, asking)
        user = await proved(self._means, asking, user_id, password, operation=emitters.ENROL.name, path="password")
        async with self._database.transacting(asking.tenant.placement) as session:
            context = Context(asking, session, emitters.ENROL.name)
            now_known = await context.one(User, user.id)
            if not unchanged(now_known, user) or is_locked(now_known, asking.now):
                raise wrong_password("password")
            if now_known.mfa_enabled:
                raise _already_enrolled()
            unlock(now_known)
            secret = await _new_secret(context, now_known)
        return Enrolment(secret, totp.address_of(secret, company=asking.tenant.name, email=user.email))

    async def confirm(self, asking: Asking, code: str) -> Enabled:
        """Turn the second factor of who asks on, with a first code of it. All sessions end, and a new one begins."""
        user_id = await expect_person(self._means, asking)

        async def enable(context: Context, holder: Holder) -> Enabled:
            user = holder.user
            user.mfa_enabled = True
            codes = await renew(context, user)
            await end_all(context, user)
            await context.publish(MfaEnabled(), user)
            return Enabled(codes, session_of(self._means.tokens, asking, user, begin(context, user)))

        operation = emitters.CONFIRM.name
        return await spend(
            self._database, asking, user_id, code, operation=operation, expect=_expect_pending, then=enable
        )

    async def disable(self, asking: Asking, password: str, code: str) -> None:
        """Turn the second factor of who asks off, with the password and a code."""
        user_id = await expect_person(self._means, asking)
        operation = emitters.DISABLE.name
        user = await proved(self._means, asking, user_id, password, operation=operation, path="password")

        def expect(now_known: User | None, factor: SecondFactor | None) -> Holder:
            holder = _expect_enrolled(now_known, factor)
            if not unchanged(holder.user, user):
                raise wrong_password("password")
            return holder

        async def disabled(context: Context, holder: Holder) -> None:
            unlock(holder.user)
            await take_off(context, holder.user)
            await context.publish(MfaDisabled(), holder.user)

        await spend(self._database, asking, user_id, code, operation=operation, expect=expect, then=disabled)

    async def renew(self, asking: Asking, code: str) -> Sequence[str]:
        """Make new recovery codes for who asks, with a code; the old ones are gone."""
        user_id = await expect_person(self._means, asking)

        async def renewed(context: Context, holder: Holder) -> Sequence[str]:
            return await renew(context, holder.user)

        operation = emitters.RENEW.name
        return await spend(
            self._database, asking, user_id, code, operation=operation, expect=_expect_enrolled, then=renewed
        )

    async def complete(self, asking: Asking, text: str, code: str) -> Session:
        """Sign in who has a challenge, with a code. Into a suspended company one gets without its being noted."""
        mine, challenge = await self._genuine(asking, text)
        expect_still(mine)

        def expect(user: User | None, factor: SecondFactor | None) -> Holder:
            if user is None or factor is None or not _counts(challenge, user, factor, mine.now):
                raise not_a_challenge()
            return Holder(user, factor)

        async def completed(context: Context, holder: Holder) -> Session:
            unlock(holder.user)
            if mine.tenant.status is TenantStatus.SUSPENDED:
                return session_of(self._means.tokens, mine, holder.user, None)
            holder.user.last_login_at = mine.now
            return session_of(self._means.tokens, mine, holder.user, begin(context, holder.user))

        operation = emitters.COMPLETE.name
        return await spend(
            self._database, mine, challenge.user_id, code, operation=operation, expect=expect, then=completed
        )

    async def _genuine(self, asking: Asking, text: str) -> tuple[Asking, Challenge]:
        """Return what a genuine challenge says; a guess is turned away before any table of a tenant is read."""
        challenge = challenges.parse(text)
        mine = await self._means.within(asking, challenge.tenant_id) if challenge else None
        if challenge is None or mine is None or not challenges.genuine(mine.keyring, challenge, text):
            await self._means.doors.knock(LOGIN, asking)
            raise not_a_challenge()
        await self._means.doors.knock(LOGIN, mine, f"code:{challenge.user_id}")
        return mine, challenge


async def challenge_of(context: Context, user: User) -> Challenge:
    """Return the challenge of a locked user whose password was right, and who has a second factor."""
    [factor] = await context.all(select(SecondFactor).where(SecondFactor.user_id == user.id))
    return challenges.begin(context.session.tenant_id, user.id, user.token_version, factor.uses, context.now)


async def _new_secret(context: Context, user: User) -> str:
    """Give a locked user a second factor with a new secret, which is not confirmed yet."""
    secret = totp.new_secret()
    found: Sequence[SecondFactor] = await context.all(select(SecondFactor).where(SecondFactor.user_id == user.id))
    factor = found[0] if found else SecondFactor(id=uuid7(), user_id=user.id)
    factor.secret, factor.last_step, factor.uses = context.seal(factor, SECRET, secret), 0, 0
    context.add(factor)
    await context.flush()
    return secret


def _counts(challenge: Challenge, user: User, factor: SecondFactor, now: datetime) -> bool:
    """Tell whether a genuine challenge still leads to a session."""
    as_then = (user.token_version, factor.uses) == (challenge.token_version, challenge.uses)
    return as_then and user.is_active and user.mfa_enabled and now < challenge.expires_at


def _expect_pending(user: User | None, factor: SecondFactor | None) -> Holder:
    if user is not None and user.mfa_enabled:
        raise _already_enrolled()
    if user is None or factor is None:
        raise _not_enrolled()
    return Holder(user, factor)


def _expect_enrolled(user: User | None, factor: SecondFactor | None) -> Holder:
    if user is None or factor is None or not user.mfa_enabled:
        raise _not_enrolled()
    return Holder(user, factor)


def _already_enrolled() -> AlreadyEnrolled:
    return AlreadyEnrolled("Your second factor is on already; turn it off first.")


def _not_enrolled() -> NotEnrolled:
    return NotEnrolled("There is no second factor.")
