"""What somebody may, kept for two seconds: most requests of a person follow each other more closely than that.

Only what lets somebody in is kept. A process forgets all that it knows of a company's people at once when it commits
anything in that company, so that nobody is treated by what they were before its own writes; what another process writes
is seen within `FRESH_FOR`.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import case, func, null, select

from auth.principal import Principal
from auth.roles import BUILT_IN_ROLES, EVERYTHING, OF_EVERYBODY
from auth.scopes import Held, Scope, held_within
from db.models.identity import GrantScope, Role, RolePermission, User, UserRole
from db.session import Database
from db.tenancy import Placement
from resolvers.tenants import FRESH_FOR

MOST_KEPT: Final = 10_000
OF_GRANT: Final = 5
"""How much of what `roles_held` selects of a role makes a grant."""

Who = TypeVar("Who", bound=Hashable)
Found = TypeVar("Found")
PermissionsOf = Callable[[Sequence[str]], Collection[str]]
Look = Callable[[Database, Placement, Who], Awaitable[Found | None]]


def roles_held(*beside: Any) -> Any:
    """Select the roles of the user of the row around it, as JSON, each with its scope: what a standing goes by.

    What else is wanted of each stands `beside`, behind that.
    """
    own = select(func.json_agg(RolePermission.permission)).where(RolePermission.role_id == Role.id).scalar_subquery()
    name = case((Role.built_in, Role.name), else_=null())
    held = func.json_build_array(name, own, UserRole.scope, UserRole.department_id, UserRole.team_id, *beside)
    roles = select(func.json_agg(held)).select_from(UserRole).join(Role, Role.id == UserRole.role_id)
    return roles.where(UserRole.user_id == User.id).scalar_subquery()


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that somebody holds: what it allows, and within what; None is throughout the company."""

    role: str | None
    permissions: frozenset[str]
    scope: Scope | None
    kind: GrantScope


def grants_of(roles: str | list[Any] | None, built_in: PermissionsOf) -> Sequence[Grant]:
    """Read what `roles_held` selects, which the ORM decodes; `built_in` says what built-in roles allow.

    A role is several grants where it allows more for some people than for others.
    """
    return [grant for held in read_roles(roles) for grant in _grants(*held[:OF_GRANT], built_in=built_in)]


def read_roles(roles: str | list[Any] | None) -> Sequence[list[Any]]:
    """Read what `roles_held` selects, as it is."""
    return orjson.loads(roles) if isinstance(roles, str) else roles or []


def _grants(
    name: str | None,
    own: Sequence[str] | None,
    scope: str,
    department: str | None,
    team: str | None,
    *,
    built_in: PermissionsOf,
) -> Sequence[Grant]:
    permissions = frozenset(built_in([name])) if name else frozenset(own or ()) & EVERYTHING
    kind = GrantScope(scope)
    given = Grant(name, permissions, _scope(kind, department, team), kind)
    role = BUILT_IN_ROLES.get(name) if name else None
    if role is None:
        return [given]
    line = GrantScope.REPORTS if kind is GrantScope.TENANT else kind
    of_line = Grant(name, role.reports, _scope(line, department, team), line)
    of_oneself = Grant(name, role.own, _scope(GrantScope.SELF, None, None), GrantScope.SELF)
    return [given, *(each for each in (of_line, of_oneself) if each.permissions)]


def _scope(kind: GrantScope, department: str | None, team: str | None) -> Scope | None:
    if kind is GrantScope.TENANT:
        return None
    return Scope(
        oneself=kind is GrantScope.SELF,
        reports=kind is GrantScope.REPORTS,
        departments=frozenset({UUID(department)} if department else ()),
        teams=frozenset({UUID(team)} if team else ()),
    )


def held_throughout(grants: Sequence[Grant]) -> frozenset[str]:
    """Return the permissions that are held throughout the company."""
    throughout = (each.permissions if each.scope is None else each.permissions & OF_EVERYBODY for each in grants)
    return frozenset[str]().union(*throughout)


def held_in_scopes(grants: Sequence[Grant]) -> frozenset[Held]:
    """Return the permissions that are held within scopes only."""
    parts = [(name, each.scope) for each in grants if each.scope is not None for name in each.permissions]
    return held_within(parts, held_throughout(grants))


def user_holding(tenant_id: UUID, user_id: UUID, grants: Sequence[Grant], name: str = "") -> Principal:
    """Return a user who may what some grants allow."""
    may, scoped = held_throughout(grants), held_in_scopes(grants)
    return Principal("user", user_id, tenant_id, may, name, scoped=scoped)


@dataclass(frozen=True, slots=True)
class Kept(Generic[Found]):
    """What was read, and until when it counts."""

    standing: Found
    until: float


class Standings(Generic[Who, Found]):
    """The standing of users, or of whoever else `look` reads, company by company; at most `most` of them are kept."""

    def __init__(
        self,
        database: Database,
        look: Look[Who, Found],
        *,
        ticks: Callable[[], float] = time.monotonic,
        most: int = MOST_KEPT,
    ) -> None:
        self._database, self._look, self._ticks, self._most = database, look, ticks, most
        self._companies: OrderedDict[UUID, dict[Who, Kept[Found]]] = OrderedDict()
        self._number = 0
        database.tell(self.forget)

    async def of(self, placement: Placement, who: Who) -> Found | None:
        """Return the standing of somebody who is let in; None for anybody else."""
        known = self._companies.get(placement.tenant_id)
        kept = known.get(who) if known else None
        asked = self._ticks()
        if kept and asked < kept.until:
            return kept.standing
        return await self._looked(placement, who, asked + FRESH_FOR)

    def forget(self, placement: Placement) -> None:
        """Forget the people of a company, and what is being read of them."""
        self._number -= len(self._companies.pop(placement.tenant_id, ()))

    async def _looked(self, placement: Placement, who: Who, until: float) -> Found | None:
        """Read a standing, and keep it unless the company was forgotten meanwhile."""
        known = self._companies.setdefault(placement.tenant_id, {})
        standing = await self._look(self._database, placement, who)
        if standing and self._companies.get(placement.tenant_id) is known:
            self._number += who not in known
            known[who] = Kept(standing, until)
            self._companies.move_to_end(placement.tenant_id)
            self._bound()
        return standing

    def _bound(self) -> None:
        """Forget the companies that were read of longest ago, each as a whole."""
        while self._number > self._most or len(self._companies) > self._most:
            _, forgotten = self._companies.popitem(last=False)
            self._number -= len(forgotten)
