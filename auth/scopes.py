"""Whose rows a permission reaches, where it is not held for the whole company."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

Form = tuple[str, ...]
"""Which kinds of scopes there are, without whose: people of one form are answered by the same statements."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The people whom a permission reaches: oneself, who reports to one, who is in departments, who is in teams.

    Reports are those of reports, too, and a department has the people of its parts. What is added up reaches all that
    its parts reach.
    """

    oneself: bool = False
    reports: bool = False
    departments: frozenset[UUID] = frozenset()
    teams: frozenset[UUID] = frozenset()

    def __or__(self, other: "Scope") -> "Scope":
        """Return what both reach together."""
        return Scope(
            self.oneself or other.oneself,
            self.reports or other.reports,
            self.departments | other.departments,
            self.teams | other.teams,
        )

    def __ge__(self, other: "Scope") -> bool:
        """Tell whether it reaches all that another one reaches, by what is held alone, whoever is where."""
        return self | other == self

    @property
    def form(self) -> Form:
        """Its kinds; one department is another kind than several."""
        kinds = {
            "self": self.oneself,
            "reports": self.reports,
            "department": len(self.departments) == 1,
            "departments": len(self.departments) > 1,
            "teams": bool(self.teams),
        }
        return tuple(kind for kind, is_there in kinds.items() if is_there)


NOTHING: Final = Scope()
Held = tuple[str, Scope]
"""A permission, and within what it is held."""


def held_within(held: Iterable[Held], throughout: frozenset[str]) -> frozenset[Held]:
    """Add up what is held within scopes, each permission once, but for what is held throughout the company."""
    found: dict[str, Scope] = {}
    for permission, scope in held:
        if permission not in throughout:
            found[permission] = found.get(permission, NOTHING) | scope
    return frozenset(found.items())
