"""Teams: who works together, and who leads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from sqlalchemy import select

from db.models.identity import Team, TeamMember, TeamRole, User
from resolvers.context import Context
from resolvers.named import named
from resolvers.operation import Names, operation
from resolvers.refusals import AlreadyExists, NotFound


@named("team.member_added", about=Team)
@dataclass(frozen=True, slots=True, kw_only=True)
class MemberAdded:
    """Somebody has joined a team."""

    user_id: Annotated[UUID, Names("User"), "Who has joined."]
    role: Annotated[TeamRole, "What they are in it."]


@named("team.member_removed", about=Team)
@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRemoved:
    """Somebody has left a team."""

    user_id: Annotated[UUID, Names("User"), "Who has left."]


@operation("teams.edit", refuses=[AlreadyExists], emits=["team.member.created", "team.updated", "team.member_added"])
async def add_team_member(
    context: Context,
    team: Team,
    user: Annotated[User, "Who joins; a user of the company."],
    role: Annotated[TeamRole, "What they are in it; a member when left out."] = TeamRole.MEMBER,
) -> Team:
    """Put a user into a team, once."""
    before = await _people_in(context, team)
    if user.id in before:
        raise AlreadyExists("The user is in the team already.", path=("user_id",))
    context.add(TeamMember(team_id=team.id, user_id=user.id, role=role))
    context.rearranged(team, "members", before, [*before, user.id])
    await context.publish(MemberAdded(user_id=user.id, role=role), team)
    return team


@operation("teams.edit", refuses=[NotFound], emits=["team.member.deleted", "team.updated", "team.member_removed"])
async def remove_team_member(
    context: Context, team: Team, user: Annotated[User, "Who leaves; somebody in the team."]
) -> Team:
    """Take a user out of a team."""
    before = await _people_in(context, team)
    if user.id not in before:
        raise NotFound("The user is not in the team.", path=("user_id",))
    member = select(TeamMember).where(TeamMember.team_id == team.id, TeamMember.user_id == user.id)
    await context.delete(TeamMember, await context.all(member))
    context.rearranged(team, "members", before, [each for each in before if each != user.id])
    await context.publish(MemberRemoved(user_id=user.id), team)
    return team


async def _people_in(context: Context, team: Team) -> Sequence[UUID]:
    """Return who is in a locked team: people join and leave under that lock only."""
    return await context.all(select(TeamMember.user_id).where(TeamMember.team_id == team.id).order_by(TeamMember.id))
