"""Row scope as SQL: which rows of a model belong to the people whom a permission reaches.

A condition compares what the row itself says of its people with what is looked up of the reader once for a statement,
whatever the number of rows: below somebody is a range of lines (`db.lines`). Who is meant travels as parameters, so
that people whose scopes are of one form share their statements.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    ScalarSelect,
    Uuid,
    bindparam,
    cast,
    exists,
    false,
    func,
    inspect,
    or_,
    select,
)

from auth.principal import Principal
from auth.scopes import Scope
from db.base import Base, Shown
from db.columns import Belongs, Led, Shared, reference_of
from db.lines import CARRIED, DEPARTMENT_LINE, LINE, begins_with, expected, lines_of, steps_to
from db.models.identity import Department, TeamMember, User
from resolvers.places import table_of

PREFIX: Final = "scope_"
"""How the parameters of scopes are named; their values are those of who asks."""

ME: Final = f"{PREFIX}me"
UUIDS: Final[Any] = ARRAY(Uuid)


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


def within_named(
    principal: Principal, permission: str, target: Any, model: type[Shown], reference: str
) -> ColumnElement[bool] | None:
    """Return the condition that somebody's permission reaches the user whom a row of a model, or of an alias, names.

    None stands for what the row does not tell by itself.
    """
    scope = principal.within(permission)
    if scope is None or principal.id is None or reference not in CARRIED.get(table_of(model).name, ()):
        return None
    return Reach(permission, scope, principal.id).holds(target, model, Belongs((reference,)))


def by_each_way(model: type[Shown], held: Sequence[Scope], me: UUID) -> Sequence[Sequence[ColumnElement[bool]]]:
    """Return, for each of some scopes of somebody, a condition for each way by which it may reach a row.

    The parameters of each are its own, so that all of them can stand in one statement.
    """
    belongs = belongs_of(model)
    ways = belongs.ways if belongs else ()
    reads = belongs.shared.permission if belongs and belongs.shared else ""
    reaches = [Reach(f"grant_{number}", scope, me, reads) for number, scope in enumerate(held)]
    return [[reach.holds(model, model, way) for way in ways] for reach in reaches]


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a column names, as SQL: their id, where they stand below others, and where their department does."""

    id: Any
    line: Any
    department_line: Any


class Reach:
    """Whom a permission reaches that somebody holds within a scope, as SQL."""

    def __init__(self, permission: str, scope: Scope, me: UUID, reads: str | None = None) -> None:
        """Take what parameters are named by; `reads` is the permission itself where that is something else."""
        self._permission, self._scope, self._me = permission, scope, me
        self._reads = permission if reads is None else reads

    def holds(self, target: Any, model: type[Shown], belongs: Belongs) -> ColumnElement[bool]:
        """Return the condition that a row of a model, or of an alias of it, belongs to somebody of them, or is shared.

        What is shared is so with who asks, whomever else the permission reaches.
        """
        among = [self._names(target, model, name) for name in belongs.people]
        among += [self._leads(target, model, led) for led in belongs.led]
        if belongs.shared and belongs.shared.permission == self._reads:
            among += self._shares(target, model, belongs.shared)
        if belongs.through:
            parent = _parent_of(model, belongs.through)
            rows, said = table_of(parent).alias(), belongs_of(parent)
            assert said is not None
            is_there = rows.c.id == _column(target, model, belongs.through)
            among.append(exists().where(is_there, self.holds(rows, parent, said)))
        for link in belongs.links:
            linking = _model(link.model)
            linked = table_of(linking).alias()
            is_linked = linked.c[link.column] == _column(target, model, "id")
            among.append(exists().where(is_linked, self._names(linked, linking, link.people)))
        return expected(or_(*among))

    def _names(self, target: Any, model: type[Shown], name: str) -> ColumnElement[bool]:
        """Return the condition that a column of a row names somebody of them.

        Where the row does not say itself where they stand, PostgreSQL looks at them one by one, or at all of them.
        """
        table = table_of(model)
        if table is table_of(User) and name == "id":
            return self._reaches(Person(*(_column(target, model, each) for each in ("id", LINE, DEPARTMENT_LINE))))
        if name in CARRIED.get(table.name, ()):
            return self._reaches(Person(*(_column(target, model, each) for each in (name, *lines_of(name)))))
        users = table_of(User).alias()
        reached = self._reaches(Person(users.c.id, users.c[LINE], users.c[DEPARTMENT_LINE]))
        return exists().where(users.c.id == _column(target, model, name), reached)

    def _leads(self, target: Any, model: type[Shown], led: Led) -> ColumnElement[bool]:
        """Return the condition that one of them leads what a column of a row points at."""
        parent = _parent_of(model, led.column)
        rows = table_of(parent).alias()
        return exists().where(rows.c.id == _column(target, model, led.column), self._names(rows, parent, led.people))

    def _shares(self, target: Any, model: type[Shown], shared: Shared) -> Sequence[ColumnElement[bool]]:
        """Return the ways by which a row is shared with who asks; what is looked up of them is looked up once."""
        by, mine, mates = _column(target, model, shared.by), table_of(TeamMember).alias(), table_of(TeamMember).alias()
        users, departments = table_of(User).alias(), table_of(Department).alias()
        in_teams = select(mine.c.team_id).where(mine.c.user_id == self._who)
        around = select(mates.c.user_id).where(mates.c.team_id.in_(in_teams))
        is_part = begins_with(users.c[DEPARTMENT_LINE], steps_to(departments))
        mine_within = departments.join(users, is_part & (users.c.id == self._who))
        in_departments = select(departments.c.id).select_from(mine_within)
        return [
            by == shared.everybody,
            (by == shared.around) & _column(target, model, shared.person).in_(around),
            _column(target, model, shared.team).in_(in_teams),
            _column(target, model, shared.department).in_(in_departments),
        ]

    def _reaches(self, person: Person) -> ColumnElement[bool]:
        """Return the condition that somebody is one of them."""
        makers = {
            "self": self._is_oneself,
            "reports": self._reports,
            "department": self._in_department,
            "departments": self._in_departments,
            "teams": self._in_teams,
        }
        return or_(*(makers[kind](person) for kind in self._scope.form))

    def _is_oneself(self, person: Person) -> ColumnElement[bool]:
        return person.id == self._who

    def _reports(self, person: Person) -> ColumnElement[bool]:
        return begins_with(person.line, _steps_to(self._me))

    def _in_department(self, person: Person) -> ColumnElement[bool]:
        [department] = self._scope.departments
        return begins_with(person.department_line, _steps_to_part(self._permission, department))

    def _in_departments(self, person: Person) -> ColumnElement[bool]:
        """Look the steps up among those of some departments and all their parts, a set that is made once."""
        departments, parts = table_of(Department).alias(), table_of(Department).alias()
        is_part = begins_with(steps_to(parts), steps_to(departments))
        whole = parts.join(departments, (departments.c.id == self._departments) & is_part)
        return person.department_line.in_(select(steps_to(parts)).select_from(whole))

    def _in_teams(self, person: Person) -> ColumnElement[bool]:
        members = table_of(TeamMember).alias()
        return person.id.in_(
            select(members.c.user_id).where(members.c.team_id == self._any("teams", self._scope.teams))
        )

    @property
    def _who(self) -> Any:
        return bindparam(ME, self._me, Uuid())

    @property
    def _departments(self) -> Any:
        return self._any("departments", self._scope.departments)

    def _any(self, kind: str, ids: frozenset[UUID]) -> Any:
        return func.any(cast(bindparam(_named(self._permission, kind), sorted(ids), UUIDS), UUIDS))


@lru_cache
def _steps_to(me: UUID) -> ScalarSelect[bytes]:
    """Look up where somebody stands, once for a statement, whatever the number of places that ask."""
    users = table_of(User).alias()
    read = select(steps_to(users).label("steps")).where(users.c.id == bindparam(ME, me, Uuid()))
    return select(read.cte(f"{PREFIX}steps").c.steps).scalar_subquery()


@lru_cache
def _steps_to_part(permission: str, department: UUID) -> ScalarSelect[bytes]:
    """Look up where the one department is within which a permission is held."""
    departments = table_of(Department).alias()
    among = func.any(cast(bindparam(_named(permission, "departments"), [department], UUIDS), UUIDS))
    read = select(steps_to(departments).label("steps")).where(departments.c.id == among)
    return select(read.cte(_named(permission, "steps")).c.steps).scalar_subquery()


def _column(target: Any, model: type[Shown], name: str) -> Any:
    """Return a column of a model, or of an alias of it, of whichever kind; the models do not map those of lines."""
    column = table_of(model).columns[name]
    return column if target is model else inspect(target).selectable.corresponding_column(column)


def _parent_of(model: type[Shown], column: str) -> type[Shown]:
    reference = reference_of(table_of(model).columns[column])
    assert reference is not None
    return _model(reference.target)


@cache
def _model(name: str) -> type[Shown]:
    return next(mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__name__ == name)
