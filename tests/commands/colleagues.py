"""People and a team on the ground: one of each state that some mutation needs."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import select
from uuid_utils.compat import uuid7

from db.models import (
    Department,
    PasswordReset,
    RecoveryCode,
    RefreshToken,
    Role,
    RolePermission,
    SecondFactor,
    Team,
    TeamMember,
    User,
    UserRole,
    UserSession,
)
from db.models.identity import ProofPurpose
from resolvers.context import Context

NAMED: Final = {
    "user.invited",
    "user.activated",
    "user.deactivated",
    "user.role_changed",
    "user.erased",
    "user.mfa_disabled",
    "team.member_added",
    "team.member_removed",
}
"""The events that mutations of these publish beside those of their rows."""

CHOSEN: Final = {
    ("createRole", "permissions"): ["onboarding.read"],
    ("updateRole", "permissions"): ["onboarding.read"],
}
"""Values of arguments that take only what has one meaning."""

LEFT_OUT: Final = {(name, about) for name in ("giveRole", "takeRole") for about in ("department_id", "team_id")}
"""Arguments that only some values of another one go with."""


@dataclass(frozen=True)
class Colleagues:
    """Somebody invited, who has a role, a live link and a session; somebody shut out; somebody in the team; and roles.

    Who is in the team has a second factor. Of two departments neither is part of the other, and nobody holds the role
    of the company's own.
    """

    invited: User
    away: User
    member: User
    held: Role
    free: Role
    own: Role
    team: Team
    department: Department
    other: Department
    session: UserSession


async def add_colleagues(context: Context) -> Colleagues:
    """Put them into a company."""
    invited, away, member = (
        User(id=uuid7(), email=f"{name}@people.example", first_name=name.title(), last_name="Ground", is_active=active)
        for name, active in (("invited", True), ("away", False), ("member", True))
    )
    member.mfa_enabled = True
    [held] = await context.all(select(Role).where(Role.name == "MEMBER"))
    [free] = await context.all(select(Role).where(Role.name == "HR"))
    team = Team(id=uuid7(), name="Ground team")
    department, other = (Department(id=uuid7(), name=f"Ground {name}") for name in ("department", "other"))
    own = Role(id=uuid7(), name="Ground role", description="Stands on the ground.")
    context.add(invited, away, member, team, department, other, own)
    await context.flush()
    tomorrow = context.now + timedelta(days=1)
    proof = {"user_id": invited.id, "token_hash": b"x" * 32, "expires_at": tomorrow}
    session = UserSession(id=uuid7(), user_id=invited.id, last_used_at=context.now, expires_at=tomorrow)
    context.add(
        session,
        SecondFactor(user_id=member.id, secret=b"x" * 32),
        RecoveryCode(user_id=member.id, code_hash=b"x" * 32),
        RolePermission(role_id=own.id, permission="users.read"),
        UserRole(user_id=invited.id, role_id=held.id),
        TeamMember(team_id=team.id, user_id=member.id),
        PasswordReset(purpose=ProofPurpose.INVITATION, **proof),
        RefreshToken(family=session.id, **proof),
    )
    await context.flush()
    return Colleagues(invited, away, member, held, free, own, team, department, other, session)
