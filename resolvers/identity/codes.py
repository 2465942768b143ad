"""Codes of a second factor: of the authenticator, or a recovery code. Each is accepted once.

The user's row is locked, and then the code is looked at, and used or counted as wrong: however many are tried at once,
each is a try of its own. A wrong one is committed as such before it is refused.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy import select

from auth import recovery, totp
from auth.principal import Principal
from db.encryption import Keyring
from db.models.identity import User
from db.models.sign_in import RecoveryCode, SecondFactor
from db.session import Database, WriteSession
from resolvers.context import Asking, Context, bound_to
from resolvers.identity.events import RecoveryCodeUsed
from resolvers.identity.locking import count_failure, is_locked
from resolvers.identity.refusals import WrongCode

Made = TypeVar("Made")
SECRET: Final = "secret"  # noqa: S105 - the name of a column


@dataclass(frozen=True, slots=True)
class Right:
    """A code that is right: the time step of the authenticator, or the recovery code that it is."""

    step: int | None = None
    recovery: RecoveryCode | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose code is tried, and their second factor, confirmed or not; both are locked."""

    user: User
    factor: SecondFactor


async def spend(
    database: Database,
    asking: Asking,
    user_id: UUID,
    code: str,
    *,
    operation: str,
    expect: Callable[[User | None, SecondFactor | None], Holder],
    then: Callable[[Context, Holder], Awaitable[Made]],
) -> Made:
    """Use a code of a user, and do something then, all in one transaction; what `expect` refuses uses none.

    A code that is wrong is counted on behalf of the system, as a wrong password is: nobody has proved who they are.
    """
    async with database.transacting(asking.tenant.placement) as session:
        holder = expect(*await _locked(session, user_id))
        right = await _right(session, asking.keyring, holder, code, asking.now)
        who = Principal("user", user_id, asking.tenant.id) if right else Principal("system", tenant_id=asking.tenant.id)
        context = Context(asking.by(who), session, operation)
        if right:
            await _use(context, holder, right)
            made = await then(context, holder)
            await context.flush()
            return made
        await count_failure(context, holder.user)
    raise WrongCode("This code is wrong or was used, or too many wrong ones were tried lately.", path=("code",))


async def _locked(session: WriteSession, user_id: UUID) -> tuple[User | None, SecondFactor | None]:
    users: Sequence[User] = await session.scalars(
        select(User).where(User.id == user_id).with_for_update(key_share=True)
    )
    factors: Sequence[SecondFactor] = await session.scalars(
        select(SecondFactor).where(SecondFactor.user_id == user_id).with_for_update(key_share=True)
    )
    return users[0] if users else None, factors[0] if factors else None


async def _right(session: WriteSession, keyring: Keyring, holder: Holder, code: str, now: datetime) -> Right | None:
    """Tell what a code is; None of one that is wrong or was used, and of any while the account is locked."""
    if is_locked(holder.user, now):
        return None
    digits = "".join(code[: recovery.LONGEST_TYPED].split())
    if totp.FORM.fullmatch(digits):
        secret = keyring.open(holder.factor.secret, aad=bound_to(holder.factor, SECRET))
        step = totp.step_of(secret, digits, now, after=holder.factor.last_step)
        return Right(step=step) if step is not None else None
    if not holder.user.mfa_enabled or recovery.typed(code) is None:
        return None
    hashed = recovery.hash_of(keyring, holder.user.id, code)
    found: Sequence[RecoveryCode] = await session.scalars(
        select(RecoveryCode)
        .where(RecoveryCode.user_id == holder.user.id, RecoveryCode.code_hash == hashed, RecoveryCode.used_at.is_(None))
        .with_for_update(key_share=True)
    )
    return Right(recovery=found[0]) if found else None


async def _use(context: Context, holder: Holder, right: Right) -> None:
    holder.factor.uses += 1
    if right.step is not None:
        holder.factor.last_step = right.step
    if right.recovery is not None:
        right.recovery.used_at = context.now
        await context.publish(RecoveryCodeUsed(), holder.user)
    await context.flush()


async def renew(context: Context, user: User) -> Sequence[str]:
    """Make new recovery codes for a locked user, and return them; the old ones are gone."""
    await forget(context, user)
    codes = recovery.new_codes()
    keyring = context.asking.keyring
    context.add(*(RecoveryCode(user_id=user.id, code_hash=recovery.hash_of(keyring, user.id, each)) for each in codes))
    await context.flush()
    return codes


async def forget(context: Context, user: User) -> None:
    """Remove the recovery codes of a locked user."""
    old = await context.all(select(RecoveryCode).where(RecoveryCode.user_id == user.id).order_by(RecoveryCode.id))
    if old:
        await context.delete(RecoveryCode, old)


async def take_off(context: Context, user: User) -> None:
    """Take the second factor off a locked user: a password is enough from now on."""
    await forget(context, user)
    factors = await context.all(select(SecondFactor).where(SecondFactor.user_id == user.id))
    if factors:
        await context.delete(SecondFactor, factors)
    user.mfa_enabled = False
