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
    Permission("users.read", "See the company's people who can sign in, and its teams."),
    Permission("users.manage", "Invite people, change, activate and deactivate them, and give and take roles."),
    Permission("teams.edit", "Make teams, and add and remove their members."),
    Permission("events.read", "Follow the company's events, each of which asks in addition for what its subject asks."),
    Permission("audit.read", "See the audit trail, verify it, and see records as they were."),
    Permission("privacy.erase", "Erase the personal data of people who have left, for good."),
    Permission("webhooks.read", "See the webhook endpoints, and what became of their deliveries and attempts."),
    Permission("webhooks.manage", "Make and change webhook endpoints, rotate their secrets, test and replay."),
    Permission("onboarding.read", "See onboarding flows, their stages, content blocks, revisions and templates."),
    Permission("onboarding.edit", "Write onboarding flows, their stages and content blocks, and stage templates."),
    Permission("onboarding.publish", "Publish, revise and archive onboarding flows."),
    Permission("onboarding.define_types", "Add content types to the built-in ones, and change them."),
    Permission("onboarding.read_hires", "See new hires and how far they have come, without their answers."),
    Permission("onboarding.edit_hires", "Add, invite, change, cancel and reopen new hires."),
    Permission("onboarding.read_answers", "See what new hires have answered and uploaded, and their phone numbers."),
    Permission("onboarding.review", "Accept the answers of new hires, and return them."),
    Permission("onboarding.tasks", "See and complete the onboarding tasks that are given to oneself."),
    Permission("onboarding.portal", "Go through one's own onboarding; held by a new hire's session alone."),
)


def require(name: str) -> None:
    """Raise unless the catalogue has a permission of this name; called where a need is declared."""
    if name not in CATALOGUE:
        raise UnknownPermission(name)
