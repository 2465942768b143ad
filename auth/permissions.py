"""The catalogue of permissions: every name that an operation, a field or a column may ask for, and what it allows.

A name is `domain.verb`. Whoever declares a need calls `require`, so that a name that is not here is found when the
program starts, not when the first person is turned away.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final


class UnknownPermission(Exception):
    """A declaration names a permission that the catalogue does not have."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        near = get_close_matches(self.name, CATALOGUE, n=1)
        advice = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(CATALOGUE)}."
        return f"No permission is called {self.name!r} in auth/permissions.py; {advice}"


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing that a principal may be allowed to do."""

    name: str
    description: str


def _catalogue(*permissions: Permission) -> Mapping[str, Permission]:
    return MappingProxyType({permission.name: permission for permission in permissions})


CATALOGUE: Final = _catalogue(
    Permission("company.read", "See the company's profile and branding."),
    Permission("company.edit", "Change the company's profile, branding and legal facts."),
    Permission("company.read_tax_id", "See the company's tax number, and set it together with company.edit."),
    Permission("onboarding.read", "See onboarding flows, their stages and their content blocks."),
    Permission("onboarding.edit", "Write onboarding flows, their stages and their content blocks."),
    Permission("onboarding.publish", "Publish, revise and archive onboarding flows."),
)


def require(name: str) -> None:
    """Raise unless the catalogue has a permission of this name; called where a need is declared."""
    if name not in CATALOGUE:
        raise UnknownPermission(name)
