"""What people of the platform do: see the companies, say who looks after each, and act for their users.

They ask from the company that runs the installation, and what they do is written in another. So nothing here is an
operation of one transaction: each part stands by itself, and a company's own rows are written as of that company.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from uuid_utils.compat import uuid7

from auth.principal import Impersonator, Principal
from auth.tokens import AccessTokens, SignedIn
from db.catalog import (
    NotOfThePlatform,
    PlatformPerson,
    PlatformRole,
    Tenant,
    TenantStatus,
    assign_account_manager,
    list_platform_people,
    list_tenants,
)
from db.models.identity import User
from db.models.mail import MailTemplate
from db.models.support import ImpersonationMode, ImpersonationSession
from db.session import Database
from resolvers.barred import Forbidden, TenantMigrating
from resolvers.context import Asking, Context
from resolvers.emitter import Emitter
from resolvers.mails import queue_mail
from resolvers.refusals import InvalidInput, NotFound
from resolvers.state import Move
from resolvers.support.consent import access_now, lock_company
from resolvers.support.ending import ANOTHER_MANAGER, BY_PLATFORM, END, ENDS, REVOKE, end, end_each
from resolvers.support.events import ImpersonationStarted
from resolvers.support.owners import owners_of
from resolvers.support.refusals import CannotImpersonate, NoSupportAccess
from resolvers.support.standing import PlatformPeople, looks_after
from resolvers.tenants import Found, Tenants, is_open
from resolvers.values import storable

LONGEST: Final = timedelta(minutes=30)
SHORTEST_REASON: Final = 10
LONGEST_REASON: Final = 1000
LONGEST_TICKET: Final = 120

START: Final = Emitter(
    "start_impersonation",
    "startImpersonation",
    ("impersonation.created", "email_message.created", "impersonation.started", *ENDS),
)
FINISH: Final = Emitter("end_impersonation", "endImpersonation", ENDS)
REVOKED: Final = Emitter("revoke_impersonation_of", "revokeImpersonationOf", ENDS)
ASSIGN: Final = Emitter("assign_account_manager", "assignAccountManager", ENDS)
BY_HAND: Final = (START, FINISH, REVOKED, ASSIGN)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom somebody wants to act for, named by id or by address, why, and what they want to do."""

    tenant_id: UUID
    user_id: UUID | None
    email: str | None
    reason: str
    ticket_ref: str | None
    mode: ImpersonationMode


@dataclass(frozen=True, slots=True)
class Started:
    """A session in which somebody acts for a user: the token to send, and until when it counts."""

    session_id: UUID
    tenant: Tenant
    access_token: str = field(repr=False)
    expires_at: datetime


class Support:
    """What people of the platform do."""

    def __init__(self, database: Database, tenants: Tenants, tokens: AccessTokens, people: PlatformPeople) -> None:
        self._database, self._tenants, self._tokens, self._people = database, tenants, tokens, people

    async def companies(self, asking: Asking, plan: str | None) -> Sequence[Tenant]:
        """Return the companies that somebody may act in, by slug; whoever runs the platform, all of them."""
        person = await self._person(asking)
        manager_id = None if person.role is PlatformRole.PLATFORM_ADMIN else person.user_id
        async with self._tenants.catalog.connect() as connection:
            return await list_tenants(connection, plan=plan, manager_id=manager_id)

    async def people(self) -> Sequence[PlatformPerson]:
        """Return everybody with a role of the platform, by name."""
        async with self._tenants.catalog.connect() as connection:
            return await list_platform_people(connection)

    async def assign(self, asking: Asking, tenant_id: UUID, user_id: UUID | None) -> Tenant:
        """Say who looks after a company. The sessions of who did before end, and of every other agent.

        What ends them is the catalog; that the company's rows say so follows, and is made up for by saying it again.
        """
        found = await self._company(asking, tenant_id)
        try:
            async with self._tenants.catalog.begin() as connection:
                before = await assign_account_manager(connection, tenant_id, user_id)
        except NotOfThePlatform:
            raise NotFound("There is nobody of the platform with this id.", path=("user_id",)) from None
        session = ImpersonationSession
        others = session.actor_role == PlatformRole.SUPPORT_AGENT.value
        others &= session.actor_user_id.is_distinct_from(user_id)
        if before != user_id:
            others |= session.actor_user_id == before
        if found.tenant.status is not TenantStatus.MIGRATING:
            system = Principal("system", tenant_id=tenant_id)
            async with self._database.transacting(found.tenant.placement) as writing:
                context = Context(_within(asking, found).by(system), writing, ASSIGN.name)
                await end_each(context, others, REVOKE, ANOTHER_MANAGER)
                await context.flush()
        return (await self._company(asking, tenant_id)).tenant

    async def start(self, asking: Asking, wanted: Wanted) -> Started:
        """Begin to act for a user; a session that one had in that company before ends."""
        wanted = _checked(wanted)
        person, found = await self._person(asking), await self._company(asking, wanted.tenant_id)
        _expect_still(found.tenant)
        ends_at = (asking.now + LONGEST).replace(microsecond=0)
        writes = wanted.mode is ImpersonationMode.READ_WRITE
        actor = Impersonator(person.user_id, person.name, person.role.value, uuid7(), writes, ends_at)
        mine = _within(asking, found)
        named = await self._named(mine, wanted)
        principal = Principal("user", named.id, found.tenant.id, name=named.email, impersonator=actor)
        async with self._database.transacting(found.tenant.placement) as writing:
            context = Context(mine.by(principal), writing, START.name)
            user, session = await _begin(context, wanted, actor)
            await context.flush()
        token = self._tokens.issue_to(
            await self._signed_in(asking),
            for_whom=SignedIn(user_id=user.id, tenant_id=found.tenant.id, token_version=user.token_version),
            impersonation_id=session.id,
            ends_at=session.expires_at,
        )
        return Started(session.id, found.tenant, token.text, token.expires_at)

    async def end(self, asking: Asking, tenant_id: UUID | None, session_id: UUID | None) -> None:
        """End a session of one's own: the one that asks, or one that is named with its company."""
        acting = asking.principal.impersonator
        if acting is not None:
            return await self._end(asking, acting.session_id, FINISH.name, END, acting.id)
        if tenant_id is None or session_id is None:
            raise InvalidInput("Ask with the token of the session, or name it and its company.", path=("id",))
        person, found = await self._person(asking), await self._company(asking, tenant_id)
        return await self._end(_within(asking, found), session_id, FINISH.name, END, person.user_id)

    async def revoke(self, asking: Asking, tenant_id: UUID, session_id: UUID) -> None:
        """End anybody's session in a company, as who runs the platform."""
        found = await self._company(asking, tenant_id)
        await self._end(_within(asking, found), session_id, REVOKED.name, REVOKE, None)

    async def _end(self, mine: Asking, session_id: UUID, operation: str, move: Move, actor_id: UUID | None) -> None:
        """End a session, which has to be somebody's; what is recorded of it is theirs, or the system's."""
        _expect_still(mine.tenant)
        async with self._database.transacting(mine.tenant.placement) as writing:
            own = mine if mine.principal.impersonator else mine.by(Principal("system", tenant_id=mine.tenant.id))
            context = Context(own, writing, operation)
            session = await context.one(ImpersonationSession, session_id)
            if actor_id is not None and session.actor_user_id != actor_id:
                raise NotFound("There is no such impersonation session.", path=("id",))
            await move.check(context, session)
            await end(context, session, move, BY_PLATFORM if move is REVOKE else None)
            await context.flush()

    async def _person(self, asking: Asking) -> PlatformPerson:
        """Return who asks, as a person of the platform; whoever acts for somebody is none."""
        user_id = None if asking.principal.impersonator else asking.principal.user_id
        person = await self._people.of(user_id) if user_id else None
        if person is None or person.tenant_id != asking.tenant.id:
            raise Forbidden("Only people of the platform do this.")
        return person

    async def _company(self, asking: Asking, tenant_id: UUID) -> Found:
        """Return a company that who asks looks after; any other is not there."""
        person, found = await self._person(asking), await self._tenants.find(id=tenant_id)
        if not is_open(found) or not looks_after(person, found.tenant):
            raise NotFound("There is no such company.", path=("tenant_id",))
        return found

    async def _named(self, mine: Asking, wanted: Wanted) -> User:
        """Return the user whom somebody wants to act for."""
        address = (wanted.email or "").strip().lower()
        if not storable(address):
            raise _no_user(wanted)
        is_it = User.id == wanted.user_id if wanted.user_id else User.email == address
        async with self._database.reading(mine.tenant.placement) as session:
            found: Sequence[User] = await session.scalars(select(User).where(is_it))
        if not found:
            raise _no_user(wanted)
        return found[0]

    async def _signed_in(self, asking: Asking) -> SignedIn:
        """Return the sign-in of who asks, with which whatever they begin ends."""
        async with self._database.reading(asking.tenant.placement) as session:
            [version] = await session.scalars(select(User.token_version).where(User.id == asking.principal.id))
        tenant_id, session_id = asking.tenant.id, asking.session_id
        assert asking.principal.id is not None
        return SignedIn(user_id=asking.principal.id, tenant_id=tenant_id, token_version=version, session_id=session_id)


async def _begin(context: Context, wanted: Wanted, actor: Impersonator) -> tuple[User, ImpersonationSession]:
    """Write the session, end the one that the actor had there before, and tell the owners."""
    await lock_company(context)
    assert context.principal.id is not None
    user = await context.one(User, context.principal.id)
    if not user.is_active:
        raise CannotImpersonate("The user may not sign in.", path=("user_id",))
    access, ends_at = (await access_now(context) if actor.writes else None), actor.ends_at
    if actor.writes:
        if access is None:
            raise NoSupportAccess("The company has not given leave to write; it can be read.", path=("mode",))
        ends_at = min(ends_at, access.until)
    await end_each(context, ImpersonationSession.actor_user_id == actor.id, END)
    await context.flush()
    session = ImpersonationSession(
        id=actor.session_id,
        actor_user_id=actor.id,
        actor_name=actor.name,
        actor_role=actor.role,
        user_id=user.id,
        reason=wanted.reason,
        ticket_ref=wanted.ticket_ref,
        mode=wanted.mode,
        consent_id=access.id if access else None,
        started_at=context.now,
        expires_at=ends_at,
    )
    context.add(session)
    await context.flush()
    for owner in await owners_of(context):
        facts = {"impersonation_id": session.id}
        template = MailTemplate.IMPERSONATION_STARTED
        await queue_mail(context, template, to=owner.email, locale=owner.locale, about=owner, **facts)
    await context.publish(ImpersonationStarted(user_id=user.id, mode=wanted.mode), session)
    return user, session


def _checked(wanted: Wanted) -> Wanted:
    """Refuse what is no reason, and a user who is named twice or not at all."""
    reason, ticket = wanted.reason.strip(), (wanted.ticket_ref or "").strip() or None
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON or not storable(reason):
        raise InvalidInput(f"{SHORTEST_REASON} to {LONGEST_REASON} characters.", path=("reason",))
    if ticket and (len(ticket) > LONGEST_TICKET or not storable(ticket)):
        raise InvalidInput(f"At most {LONGEST_TICKET} characters.", path=("ticket_ref",))
    if (wanted.user_id is None) == (wanted.email is None):
        raise InvalidInput("Name the user by `userId` or by `email`.", path=("user_id",))
    return replace(wanted, reason=reason, ticket_ref=ticket)


def _expect_still(tenant: Tenant) -> None:
    """Turn away from a company that is being moved: what is written there would be lost."""
    if tenant.status is TenantStatus.MIGRATING:
        raise TenantMigrating("The company is being moved; try again in a moment.")


def _within(asking: Asking, found: Found) -> Asking:
    """Return the same request within a company; it is no session of that company's."""
    return replace(asking, tenant=found.tenant, keyring=found.keyring, session_id=None)


def _no_user(wanted: Wanted) -> NotFound:
    return NotFound("There is no such user.", path=("user_id" if wanted.user_id else "email",))
