"""Who asks, as they may know it themselves."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from sqlalchemy import select

from auth.principal import Impersonator, Principal
from db.models.company import Company
from db.models.identity import User
from db.models.onboarding import NewHire
from db.models.support import ImpersonationMode
from resolvers.company import own_company
from resolvers.context import Looking
from resolvers.identity.known import known_user
from resolvers.operation import Names
from resolvers.reading import reading


@dataclass(frozen=True, slots=True)
class Impersonation:
    """That somebody of the platform acts for you, or that you do for somebody: for a banner that always shows."""

    id: Annotated[UUID, Names("ImpersonationSession"), "The session."]
    actor_name: Annotated[str, "Name of who acts."]
    actor_role: Annotated[str, "Their role: SUPPORT_AGENT or PLATFORM_ADMIN."]
    mode: Annotated[ImpersonationMode, "What may be done."]
    ends_at: Annotated[datetime, "From when on the token counts no more."]


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is signed in: a user of the company, or a new hire with the link of their onboarding."""

    kind: Annotated[str, "`user` or `new_hire`."]
    email: Annotated[str, "The address that they are known by."]
    first_name: Annotated[str, "Given name."]
    last_name: Annotated[str, "Family name."]
    locale: Annotated[str, "Language of mails and pages (BCP 47)."]
    timezone: Annotated[str, "IANA time zone of the person."]
    roles: Annotated[list[str], "Names of the built-in roles held, in the order of the alphabet; none of a new hire."]
    permissions: Annotated[list[str], "All that they may do, in the order of the alphabet."]
    user: Annotated[User | None, "The user; null for a new hire."]
    new_hire_id: Annotated[UUID | None, Names("NewHire"), "The new hire; null for a user."]
    company: Annotated[Company | None, "Their company; null for who may not see it."]
    impersonation: Annotated[
        Impersonation | None, "Who really asks, where somebody acts for them; null where they ask themselves."
    ]


@reading(None, because="everyone may know who they are; nobody is told of others")
async def viewer(looking: Looking) -> Viewer | None:
    """You, as this request is signed in; null when it is not."""
    principal = looking.asking.principal
    if principal.kind == "user":
        return await _user(looking, principal)
    return await _new_hire(looking, principal) if principal.kind == "new_hire" else None


async def _user(looking: Looking, principal: Principal) -> Viewer | None:
    known = await known_user(looking.session, User.id == principal.id)
    if known is None:
        return None
    user = known.user
    return Viewer(
        kind=principal.kind,
        email=user.email,
        first_name=user.first_name,
        last_name=user.last_name,
        locale=user.locale,
        timezone=user.timezone,
        roles=sorted(known.roles),
        permissions=sorted(principal.permissions),
        user=user,
        new_hire_id=None,
        company=await own_company(looking) if principal.can("company.read") else None,
        impersonation=_impersonation(principal.impersonator),
    )


async def _new_hire(looking: Looking, principal: Principal) -> Viewer | None:
    [hire] = await looking.all(select(NewHire).where(NewHire.id == principal.id))
    return Viewer(
        kind=principal.kind,
        email=hire.email,
        first_name=hire.first_name,
        last_name=hire.last_name,
        locale=hire.locale,
        timezone=hire.timezone,
        roles=[],
        permissions=sorted(principal.permissions),
        user=None,
        new_hire_id=hire.id,
        company=None,
        impersonation=None,
    )


def _impersonation(who: Impersonator | None) -> Impersonation | None:
    if who is None:
        return None
    mode = ImpersonationMode.READ_WRITE if who.writes else ImpersonationMode.READ_ONLY
    return Impersonation(who.session_id, who.name, who.role, mode, who.ends_at)
