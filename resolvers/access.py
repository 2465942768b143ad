"""What is told of why somebody sees an object or one of its fields, and which of their roles reach it.

A person is taken as they stand in the tables, by what every request of theirs goes by; whoever is no person has no
roles, and what they may is what they ask with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import array

from auth.principal import Principal
from auth.roles import OF_EVERYBODY, permissions_of
from db.base import Shown
from db.choices import Choice
from db.columns import Belongs
from db.models.identity import GrantScope, Role, User
from resolvers.context import Looking
from resolvers.operation import Names
from resolvers.scopes import belongs_of, by_each_way
from resolvers.standings import Grant, grants_of, read_roles, roles_held, user_holding
from resolvers.views import AnyId


class AccessOutcome(Choice):
    """What somebody meets who asks for an object, or for a field of it."""

    ALLOWED = "allowed", "It is shown."
    HIDDEN = "hidden", "The object is shown, and the field is null, and named in `extensions.hidden`."
    OUT_OF_REACH = "out_of_reach", "Null, as if there were none: the object, or what the field refers to."


class AccessRule(Choice):
    """What is looked at, in this order; the first that does not hold decides."""

    SIGN_IN = "sign_in", "Whether they may sign in."
    PERMISSION = "permission", "Whether they hold the permission that reading the type needs, and it can reach rows."
    ROW = "row", "Whether what they hold reaches this object."
    MODULE = "module", "Whether the plan includes the module of what the field shows."
    FIELD = "field", "Whether they hold the permission that the field needs, for all objects that they see."
    REFERENCE = "reference", "Whether they see what the field refers to."


@dataclass(frozen=True, slots=True)
class AccessStep:
    """One rule, as it was applied."""

    rule: Annotated[AccessRule, "What was looked at."]
    holds: Annotated[bool, "Whether it holds."]
    reason: Annotated[str, "Why, in plain words, for people to read; they may change."]


@dataclass(frozen=True, slots=True)
class AccessGrant:
    """A role that gives the permission in question."""

    role: Annotated[str, "Name of the role."]
    scope: Annotated[GrantScope, "Whose rows it reaches."]
    department_id: Annotated[UUID | None, Names("Department"), "The department, of such a scope."]
    team_id: Annotated[UUID | None, Names("Team"), "The team, of such a scope."]
    reaches: Annotated[bool, "Whether it reaches the object."]
    through: Annotated[
        list[str],
        "By which fields the object belongs to somebody whom it reaches, such as `managerId` or `TeamMember.userId`; "
        "none where it reaches every object of the type.",
    ]


@dataclass(frozen=True, slots=True)
class AccessExplanation:
    """Why somebody sees an object or one of its fields, or does not."""

    id: Annotated[AnyId, "The object."]
    field: Annotated[str | None, "The field of it; null where it is about the object as a whole."]
    user: Annotated[User | None, "Whom it is about; null for an API key that asks about itself."]
    outcome: Annotated[AccessOutcome, "What they meet."]
    permission: Annotated[str | None, "The permission that decided; null where it was something else."]
    reason: Annotated[str, "What decided, in plain words: the reason of the last step."]
    grants: Annotated[list[AccessGrant], "Their roles that have that permission; none of an API key."]
    steps: Annotated[list[AccessStep], "What was looked at, one after the other."]


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that somebody holds, with its name."""

    name: str
    kind: GrantScope
    department_id: UUID | None
    team_id: UUID | None
    grant: Grant

    def gives(self, permission: str) -> bool:
        """Tell whether it has a permission."""
        return permission in self.grant.permissions

    def scope_of(self, permission: str) -> GrantScope:
        """Return whose rows the permission reaches by it: what everybody has, reaches whatever there is."""
        return GrantScope.TENANT if permission in OF_EVERYBODY else self.kind


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom an explanation is about: what they may, None of who may not sign in; and their roles."""

    principal: Principal | None
    user: User | None = None
    roles: Sequence[HeldRole] = ()

    def giving(self, permission: str) -> Sequence[HeldRole]:
        """Return their roles that have a permission."""
        return [role for role in self.roles if role.gives(permission)]


async def user_subject(looking: Looking, user_id: UUID) -> Subject | None:
    """Return a user as a request of theirs would find them, in one statement; None where there is none."""
    rows = await looking.rows(select(User, roles_held(Role.name)).where(User.id == user_id))
    if not rows:
        return None
    [(user, stored)] = rows
    roles = [held for each in read_roles(stored) for held in _held(each)]
    grants = [role.grant for role in roles]
    who = user_holding(looking.asking.tenant.id, user_id, grants) if user.is_active else None
    return Subject(who, user, sorted(roles, key=lambda role: (role.name, role.kind)))


def _held(stored: list[Any]) -> Sequence[HeldRole]:
    """Return what a role gives: by itself, and for some people only what it gives for them."""
    _, _, _, department, team, name = stored
    department_id, team_id = (UUID(each) if each else None for each in (department, team))
    grants = grants_of([stored], permissions_of)
    return [_held_role(name, grant, department_id, team_id) for grant in grants]


def _held_role(name: str, grant: Grant, department_id: UUID | None, team_id: UUID | None) -> HeldRole:
    department = department_id if grant.kind is GrantScope.DEPARTMENT else None
    team = team_id if grant.kind is GrantScope.TEAM else None
    return HeldRole(name, grant.kind, department, team, grant)


async def ways_reached(
    looking: Looking, subject: Subject, model: type[Shown], row_id: UUID
) -> Mapping[HeldRole, Sequence[Belongs]]:
    """Return for each role that is held within a scope by which ways it reaches a row, all in one statement."""
    scoped = [(role, role.grant.scope) for role in subject.roles if role.grant.scope is not None]
    belongs, who = belongs_of(model), subject.principal
    if not scoped or belongs is None or not belongs.ways or who is None or who.id is None:
        return {role: () for role, _ in scoped}
    asked = by_each_way(model, [scope for _, scope in scoped], who.id)
    conditions = [condition for each in asked for condition in each]
    found = await looking.all(select(array(conditions)).where(model.id == row_id))
    holds = iter(found[0] if found else [False] * len(conditions))
    return {role: [way for way in belongs.ways if next(holds)] for role, _ in scoped}
