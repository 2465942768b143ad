"""Row scope as SQL: which rows of a model belong to the people whom a permission reaches.

A condition compares one column of the row with a set of keys that is worked out once for a statement, whatever the
number of rows. Who is meant travels as parameters, so that people whose scopes are of one form share their statements.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    Uuid,
    bindparam,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from auth.principal import Principal
from auth.scopes import Scope
from db.base import Base, Shown
from db.columns import Belongs, reference_of
from db.models.identity import Department, TeamMember, User
from resolvers.places import table_of

PREFIX: Final = "scope_"
"""How the parameters of scopes are named; their values are those of who asks."""

ME: Final = f"{PREFIX}me"
UUIDS: Final[Any] = ARRAY(Uuid)
Keys = Select[Any] | CompoundSelect[Any]
LONGEST_LINE: Final = 100
"""Levels below somebody at most; lines have no circles, and a question down the line always ends."""


def belongs_of(model: type[Shown]) -> Belongs | None:
    """Return to whom the rows of a model belong; None of one that does not say so."""
    return getattr(model, "__belongs__", None)


def is_reached(model: type[Shown]) -> bool:
    """Tell whether a permission that is held within a scope reaches rows of a model."""
    return belongs_of(model) is not None


def values_of(principal: Principal) -> Mapping[str, Any]:
    """Return the values of all parameters that a condition for somebody may have."""
    if not principal.scoped:
        return {}
    values: dict[str, Any] = {ME: principal.id}
    for permission, scope in principal.scoped:
        values[_named(permission, "departments")] = sorted(scope.departments)
        values[_named(permission, "teams")] = sorted(scope.teams)
    return values


def _named(permission: str, kind: str) -> str:
    return f"{PREFIX}{permission.replace('.', '_')}_{kind}"


def within(principal: Principal, permission: str, target: Any, model: type[Shown]) -> ColumnElement[bool] | None:
    """Return the condition that somebody's permission reaches a row of a model, or of an alias of it.

    None stands for every row: the permission is not held within a scope, or the rows belong to nobody. Whether it is
    held at all is asked elsewhere.
    """
    scope, belongs = principal.within(permission), belongs_of(model)
    if scope is None or (belongs and not belongs.to_people):
        return None
    if belongs is None or principal.id is None:
        return false()
    return Reach(permission, scope, principal.id).holds(target, model, belongs)


def by_each_way(model: type[Shown], held: Sequence[Scope], me: UUID) -> Sequence[Sequence[ColumnElement[bool]]]:
    """Return, for each of some scopes of somebody, a condition for each way by which it may reach a row.

    The parameters of each are its own, so that all of them can stand in one statement.
    """
    belongs = belongs_of(model)
    ways = belongs.ways if belongs else ()
    reaches = [Reach(f"grant_{number}", scope, me) for number, scope in enumerate(held)]
    return [[reach.holds(model, model, way) for way in ways] for reach in reaches]


class Reach:
    """Whom a permission reaches that somebody holds within a scope, as SQL."""

    def __init__(self, permission: str, scope: Scope, me: UUID) -> None:
        self._permission, self._scope, self._me = permission, scope, me

    def holds(self, target: Any, model: type[Shown], belongs: Belongs) -> ColumnElement[bool]:
        """Return the condition that a row of a model, or of an alias of it, belongs to somebody of them.

        Each set is worked out once and looked into for each row: `IS TRUE` keeps PostgreSQL from joining it in, which
        within other statements it would do again for each of their rows.
        """
        among = [getattr(target, name).in_(self._people()) for name in belongs.people]
        if belongs.through:
            among.append(getattr(target, belongs.through).in_(self._rows(_parent_of(model, belongs.through))))
        for link in belongs.links:
            linked = table_of(_model(link.model)).alias()
            linking = select(linked.c[link.column]).where(linked.c[link.people].in_(self._people()))
            among.append(target.id.in_(linking))
        return or_(*among).is_(true())

    def _rows(self, model: type[Shown]) -> Select[Any]:
        """Select the ids of the rows of a model that belong to somebody of them."""
        belongs, rows = belongs_of(model), table_of(model).alias()
        assert belongs is not None
        return select(rows.c.id).where(self.holds(rows.c, model, belongs))

    def _people(self) -> Keys:
        """Select the ids of the users who are reached, some of them perhaps more than once."""
        makers = {
            "self": self._oneself,
            "reports": self._reports,
            "departments": self._in_departments,
            "teams": self._in_teams,
        }
        parts = [makers[kind]() for kind in self._scope.form]
        return parts[0] if len(parts) == 1 else union_all(*(select(part.subquery().c.id) for part in parts))

    def _oneself(self) -> Select[Any]:
        return select(cast(self._who, Uuid).label("id"))

    def _reports(self) -> Select[Any]:
        """Select everybody below the holder, level by level: one look into the index for all of a level."""
        users, further = table_of(User).alias(), table_of(User).alias()
        begun = select(func.array_agg(users.c.id, type_=UUIDS).label("ids"), literal(1, Integer()).label("steps"))
        level = begun.where(users.c.manager_id == self._who).cte(recursive=True, nesting=True)
        below = select(func.array_agg(further.c.id, type_=UUIDS)).where(further.c.manager_id == func.any(level.c.ids))
        there = level.c.ids.is_not(None) & (level.c.steps < LONGEST_LINE)
        level = level.union_all(select(below.scalar_subquery(), level.c.steps + 1).where(there))
        return select(func.unnest(level.c.ids, type_=Uuid()).label("id"))

    def _in_departments(self) -> Select[Any]:
        """Select the people of some departments and of all their parts."""
        departments, parts, users = table_of(Department).alias(), table_of(Department).alias(), table_of(User).alias()
        begun = select(departments.c.id).where(departments.c.id == self._any("departments", self._scope.departments))
        tree = begun.cte(recursive=True, nesting=True)
        below = parts.join(tree, parts.c.parent_id == tree.c.id)
        tree = tree.union(select(parts.c.id).select_from(below))
        return select(users.c.id).where(users.c.home_department_id.in_(select(tree.c.id)))

    def _in_teams(self) -> Select[Any]:
        members = table_of(TeamMember).alias()
        return select(members.c.user_id.label("id")).where(members.c.team_id == self._any("teams", self._scope.teams))

    @property
    def _who(self) -> Any:
        return bindparam(ME, self._me, Uuid())

    def _any(self, kind: str, ids: frozenset[UUID]) -> Any:
        return func.any(cast(bindparam(_named(self._permission, kind), sorted(ids), UUIDS), UUIDS))


def _parent_of(model: type[Shown], column: str) -> type[Shown]:
    reference = reference_of(table_of(model).columns[column])
    assert reference is not None
    return _model(reference.target)


@cache
def _model(name: str) -> type[Shown]:
    return next(mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__name__ == name)
