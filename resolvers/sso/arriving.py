"""Somebody has come from a provider: who of the company it is, linked or made if need be, and which roles they have.

They are found by provider and subject; else by an address that the provider says to be verified, of a domain that it
may speak for; else they are made, where the provider allows that. The provider is locked first, so that of two who
come at once for the first time one is made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import select
from uuid_utils.compat import uuid7

from auth.row_tokens import hash_of
from auth.sign_in_codes import LIFETIME, SIGN_IN_CODES
from db.catalog import TenantStatus
from db.models.identity import GrantScope, Role, User, UserRole
from db.models.sso import SsoCode, SsoGroupRole, SsoIdentity, SsoProvider, SsoStatus
from resolvers.context import Context, any_of
from resolvers.founding import OWNER
from resolvers.identity.events import EmailVerified, RoleChanged, UserActivated
from resolvers.people import held_by, is_last_owner
from resolvers.sso.states import hash_of_mark, new_mark
from resolvers.sso.told import Told

LOG: Final = structlog.get_logger("workgraph.sso")
EVERYBODYS: Final = "MEMBER"
"""The role of who is made just in time, beside those that their groups give."""

GONE: Final = "This way to sign in is not there any more."
UNKNOWN: Final = "You are not known here, or your provider does not say that your address is verified."
SHUT_OUT: Final = "Your account here is switched off. Ask whoever manages the users of your company."
LINKED_OTHERWISE: Final = "Your account here belongs to another account at your provider. Ask whoever manages it."
TOO_MANY_GROUPS: Final = "Your provider does not list the groups that you are in, as there are too many."
SUSPENDED: Final = "Your company is suspended: it can be read, and nobody new is let in."


class SignOnRefused(Exception):
    """A sign-in comes to nothing; the text says why, to the person themselves."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where a browser goes on, the code with which its page completes the sign-in, and the mark that it then needs."""

    to: str
    code: str = field(repr=False)
    mark: str = field(repr=False)


async def arrive(context: Context, provider_id: UUID, told: Told, to: str) -> Arrival:
    """Let in who has come, and give their browser a code."""
    provider = await _locked(context, provider_id)
    user = await _recognised(context, provider, told)
    if not user.is_active:
        raise SignOnRefused(SHUT_OUT)
    if context.asking.tenant.status is not TenantStatus.SUSPENDED:
        await _apply_groups(context, provider, user, told)
    return _code_for(context, provider, user, to)


async def _locked(context: Context, provider_id: UUID) -> SsoProvider:
    found: Sequence[SsoProvider] = await context.all(
        select(SsoProvider).where(SsoProvider.id == provider_id).with_for_update(key_share=True)
    )
    if not found or found[0].status is not SsoStatus.ACTIVE:
        raise SignOnRefused(GONE)
    return found[0]


async def _recognised(context: Context, provider: SsoProvider, told: Told) -> User:
    """Return the locked user who has come."""
    linked: Sequence[SsoIdentity] = await context.all(
        select(SsoIdentity)
        .where(SsoIdentity.provider_id == provider.id, SsoIdentity.subject == told.subject)
        .with_for_update(key_share=True)
    )
    if linked:
        user = await context.one(User, linked[0].user_id)
        if context.asking.tenant.status is not TenantStatus.SUSPENDED:
            linked[0].last_used_at = context.now
        return user
    if context.asking.tenant.status is TenantStatus.SUSPENDED:
        raise SignOnRefused(SUSPENDED)
    if told.email is None or told.domain not in provider.domains:
        raise SignOnRefused(UNKNOWN)
    return await _linked(context, provider, told) or await _made(context, provider, told)


async def _linked(context: Context, provider: SsoProvider, told: Told) -> User | None:
    """Link the user who has the address; None where nobody has it."""
    found = await context.all(select(User.id).where(User.email == told.email))
    if not found:
        return None
    user = await context.one(User, found[0])
    if not user.is_active:
        raise SignOnRefused(SHUT_OUT)
    of_user = SsoIdentity.provider_id == provider.id, SsoIdentity.user_id == user.id
    if await context.all(select(SsoIdentity.id).where(*of_user)):
        raise SignOnRefused(LINKED_OTHERWISE)
    _link(context, provider, user, told)
    if user.email_verified_at is None:
        user.email_verified_at = context.now
        await context.publish(EmailVerified(), user)
    if user.password_hash is None and user.last_login_at is None:
        await context.publish(UserActivated(), user)
    return user


async def _made(context: Context, provider: SsoProvider, told: Told) -> User:
    """Make a user just in time, with the role that everybody has."""
    if not provider.just_in_time or told.email is None:
        raise SignOnRefused(UNKNOWN)
    user = User(
        id=uuid7(),
        email=told.email,
        first_name=told.first_name,
        last_name=told.last_name,
        email_verified_at=context.now,
    )
    context.add(user)
    await context.flush()
    for role_id in await context.all(select(Role.id).where(Role.name == EVERYBODYS, Role.built_in)):
        context.add(UserRole(user_id=user.id, role_id=role_id))
    _link(context, provider, user, told)
    await context.publish(UserActivated(), user)
    return await context.one(User, user.id)


def _link(context: Context, provider: SsoProvider, user: User, told: Told) -> None:
    context.add(SsoIdentity(provider_id=provider.id, user_id=user.id, subject=told.subject, last_used_at=context.now))


async def _apply_groups(context: Context, provider: SsoProvider, user: User, told: Told) -> None:
    """Give and take the roles that groups of this provider give, and no others."""
    if told.groups is None:
        return
    if told.hides_groups:
        raise SignOnRefused(TOO_MANY_GROUPS)
    mapped: Sequence[SsoGroupRole] = await context.all(
        select(SsoGroupRole).where(SsoGroupRole.provider_id == provider.id).order_by(SsoGroupRole.id)
    )
    governed = dict.fromkeys(each.role_id for each in mapped)
    wanted = {each.role_id for each in mapped if each.group_name in told.groups}
    held = await _held_throughout(context, user)
    names = await _names(context, [*governed])
    given = [role for role in governed if role in wanted and role not in held]
    taken = [role for role in held if role in governed and role not in wanted]
    taken = [role for role in taken if not await _must_stay(context, user, names[role])]
    await _change_roles(context, user, given=given, taken=taken)
    for role in given:
        await context.publish(RoleChanged(given=names[role].name), user)
    for role in taken:
        await context.publish(RoleChanged(taken=names[role].name), user)


async def _held_throughout(context: Context, user: User) -> Sequence[UUID]:
    """Return the roles that a locked user holds throughout the company; groups have nothing to do with the others."""
    held = select(UserRole.role_id).where(UserRole.user_id == user.id, UserRole.scope == GrantScope.TENANT)
    return await context.all(held.order_by(UserRole.id))


async def _names(context: Context, role_ids: Sequence[UUID]) -> Mapping[UUID, Role]:
    return {role.id: role for role in await context.many(Role, role_ids)} if role_ids else {}


async def _must_stay(context: Context, user: User, role: Role) -> bool:
    """Tell whether a role stays with a user, whatever their groups are: the last owner's."""
    stays = role.built_in and role.name == OWNER and await is_last_owner(context, user)
    if stays:
        LOG.warning("the last owner stays one", tenant_id=str(context.session.tenant_id), user_id=str(user.id))
    return stays


async def _change_roles(context: Context, user: User, *, given: Sequence[UUID], taken: Sequence[UUID]) -> None:
    if not given and not taken:
        return
    held = await held_by(context, user)
    if taken:
        gone = select(UserRole).where(UserRole.user_id == user.id, UserRole.role_id == any_of(taken))
        gone = gone.where(UserRole.scope == GrantScope.TENANT)
        await context.delete(UserRole, await context.all(gone.order_by(UserRole.id)))
    for role in given:
        context.add(UserRole(user_id=user.id, role_id=role))
    await context.flush()
    context.rearranged(user, "roles", held, await held_by(context, user))


def _code_for(context: Context, provider: SsoProvider, user: User, to: str) -> Arrival:
    """Make the code of a browser, which is marked anew: what it was sent away with counts no more."""
    row_id, mark = uuid7(), new_mark(context.asking.public_url)
    code = SIGN_IN_CODES.make(context.session.tenant_id, row_id)
    context.add(
        SsoCode(
            id=row_id,
            provider_id=provider.id,
            user_id=user.id,
            code_hash=hash_of(code),
            browser_hash=hash_of_mark(mark),
            expires_at=context.now + LIFETIME,
        )
    )
    return Arrival(to, code, mark)
