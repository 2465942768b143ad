"""Whom a company knows: its users with their roles, and the new hires who hold a link."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select

from auth import links
from auth.links import Link
from db.models.identity import Role, User, UserRole
from db.models.onboarding import NewHire, NewHireStatus, OnboardingInvitation
from db.session import Database, Reader
from resolvers.context import Asking
from resolvers.values import storable

LONGEST_ADDRESS: Final = 254
ENDED: Final = frozenset({NewHireStatus.CANCELLED, NewHireStatus.EXPIRED})


@dataclass(frozen=True, slots=True)
class Known:
    """A user as far as their requests need them: their state, and the names of their built-in roles."""

    user: User
    roles: Sequence[str]


async def known_user(session: Reader, condition: ColumnElement[bool]) -> Known | None:
    """Return a user with the names of the built-in roles held, within whatever scope, in one statement."""
    roles = (
        select(func.array_agg(Role.name.distinct()))
        .join(UserRole, UserRole.role_id == Role.id)
        .where(UserRole.user_id == User.id, Role.built_in)
        .scalar_subquery()
    )
    rows: Sequence[Any] = await session.rows(select(User, roles).where(condition))
    return Known(rows[0][0], rows[0][1] or []) if rows else None


async def user_at(database: Database, asking: Asking, email: str) -> User | None:
    """Return the user of an address, active or not."""
    address = email.strip().lower()
    if len(address) > LONGEST_ADDRESS or not storable(address):
        return None
    async with database.reading(asking.tenant.placement) as session:
        found = await session.scalars(select(User).where(User.email == address))
    return found[0] if found else None


async def hire_of(session: Reader, link: Link, token: str, now: datetime) -> NewHire | None:
    """Return the new hire to whom a genuine link was sent, if it still opens their onboarding; in one statement."""
    rows: Sequence[Any] = await session.rows(
        select(NewHire, OnboardingInvitation)
        .join(OnboardingInvitation, OnboardingInvitation.new_hire_id == NewHire.id)
        .where(OnboardingInvitation.id == link.row_id)
    )
    if not rows:
        return None
    hire, invitation = rows[0]
    is_it = compare_digest(invitation.token_hash, links.hash_of(token))
    return hire if is_it and _opens(hire, invitation, now) else None


def _opens(hire: NewHire, invitation: OnboardingInvitation, now: datetime) -> bool:
    """Tell whether an invitation counts: the newest one, in time to begin, of somebody who was not called off."""
    late = hire.status is NewHireStatus.PENDING and now >= invitation.expires_at
    return invitation.voided_at is None and hire.status not in ENDED and not late
