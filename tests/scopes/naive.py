"""Which rows a scope reaches, worked out row by row: what the engines are held against."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from auth.scopes import Scope
from tests.scopes.company import Drawn, Row


@dataclass(frozen=True)
class Sight:
    """What somebody sees: of the people with one scope, of the hires with another."""

    drawn: Drawn
    me: UUID
    of_users: Scope
    of_hires: Scope

    @property
    def users(self) -> Sequence[Row]:
        """The people."""
        reached = self.reached(self.of_users)
        return [row for row in self.drawn.users if row["id"] in reached]

    @property
    def teams(self) -> Sequence[Row]:
        """The teams: those that somebody is in, or manages, whom one sees."""
        reached = self.reached(self.of_users)
        joined = {row["team_id"] for row in self.drawn.members if row["user_id"] in reached}
        return [row for row in self.drawn.teams if row["id"] in joined or row["manager_id"] in reached]

    @property
    def members(self) -> Sequence[Row]:
        """Who is in which team."""
        reached = self.reached(self.of_users)
        return [row for row in self.drawn.members if row["user_id"] in reached]

    @property
    def hires(self) -> Sequence[Row]:
        """The hires."""
        reached = self.reached(self.of_hires)
        return [row for row in self.drawn.hires if {row["manager_id"], row["buddy_id"], row["hr_owner_id"]} & reached]

    @property
    def progress(self) -> Sequence[Row]:
        """How far the hires have come."""
        hires = {row["id"] for row in self.hires}
        return [row for row in self.drawn.progress if row["new_hire_id"] in hires]

    def reached(self, scope: Scope) -> set[UUID]:
        """Return the people whom a scope reaches."""
        users, parts = self.drawn.users, _below(self.drawn.departments, "parent_id", scope.departments)
        found = {self.me} if scope.oneself else set[UUID]()
        found |= _below(users, "manager_id", {self.me}) - {self.me} if scope.reports else set[UUID]()
        found |= {row["id"] for row in users if row["home_department_id"] in parts | scope.departments}
        return found | {row["user_id"] for row in self.drawn.members if row["team_id"] in scope.teams}


def _below(rows: Sequence[Row], parent: str, begun: Iterable[UUID]) -> set[UUID]:
    """Return everything below some rows, level by level."""
    found, level = set[UUID](), set(begun)
    while level:
        level = {row["id"] for row in rows if row[parent] in level} - found
        found |= level
    return found


def chosen(rows: Sequence[Row], condition: Callable[[Row], bool]) -> list[Row]:
    """Return the rows that meet a condition."""
    return [row for row in rows if condition(row)]
