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
    """One thing that a principal may be allowed to do; `for_keys` says whether an API key may be."""

    name: str
    description: str
    for_keys: bool = True


def _catalogue(*permissions: Permission) -> Mapping[str, Permission]:
    return MappingProxyType({permission.name: permission for permission in permissions})


CATALOGUE: Final = _catalogue(
    Permission("company.read", "See the company's profile and branding."),
    Permission("company.edit", "Change the company's profile, branding and legal facts."),
    Permission("company.read_tax_id", "See the company's tax number, and set it together with company.edit."),
    Permission("users.read", "See the company's people who can sign in, and its teams."),
    Permission(
        "users.manage", "Invite people, change, activate and deactivate them, and give and take roles.", for_keys=False
    ),
    Permission(
        "sso.manage",
        "Connect providers of single sign-on, and say which of their groups give which roles.",
        for_keys=False,
    ),
    Permission("teams.edit", "Make teams, and add and remove their members."),
    Permission(
        "imports.run",
        "Import rows of a file, of types that one may make oneself, and see what became of all imports.",
        for_keys=False,
    ),
    Permission("events.read", "Follow the company's events, each of which asks in addition for what its subject asks."),
    Permission("audit.read", "See the audit trail, verify it, and see records as they were."),
    Permission(
        "privacy.export", "Have what is kept of a person handed out, protected fields included.", for_keys=False
    ),
    Permission("privacy.erase", "Erase the personal data of people who have left, for good.", for_keys=False),
    Permission("webhooks.read", "See the webhook endpoints, and what became of their deliveries and attempts."),
    Permission(
        "webhooks.manage", "Make and change webhook endpoints, rotate their secrets, test and replay.", for_keys=False
    ),
    Permission("clients.read", "See the programs that use the API, their versions and their registered documents."),
    Permission(
        "clients.manage",
        "Register programs that use the API and their documents, and retire their versions.",
        for_keys=False,
    ),
    Permission("keys.read", "See the API keys of programs, what they may and when they were used.", for_keys=False),
    Permission(
        "keys.manage", "Make and rotate API keys that may what one may oneself, change and revoke any.", for_keys=False
    ),
    Permission("keys.revoke_own", "Revoke the API keys that one has made oneself.", for_keys=False),
    Permission("approvals.read", "See approval policies, and all that was or is to be approved, with its amounts."),
    Permission(
        "approvals.manage", "Say which documents have to be approved, by whom and from which amount.", for_keys=False
    ),
    Permission(
        "approvals.decide",
        "See and decide what waits for one's own approval, take back what one asked for, and let somebody stand in.",
        for_keys=False,
    ),
    Permission(
        "support.manage",
        "Let those who run this installation write in somebody's stead, for a while, and end their sessions.",
        for_keys=False,
    ),
    Permission(
        "api.introspect",
        "See the API's schema by introspection, and what is wrong with a document that does not fit it.",
        for_keys=False,
    ),
    Permission("onboarding.read", "See onboarding flows, their stages, content blocks, revisions and templates."),
    Permission("onboarding.edit", "Write onboarding flows, their stages and content blocks, and stage templates."),
    Permission("onboarding.publish", "Publish, revise and archive onboarding flows."),
    Permission("onboarding.define_types", "Add content types to the built-in ones, and change them."),
    Permission("onboarding.read_hires", "See new hires and how far they have come, without their answers."),
    Permission("onboarding.edit_hires", "Add, invite, change, cancel and reopen new hires."),
    Permission("onboarding.read_answers", "See what new hires have answered and uploaded, and their phone numbers."),
    Permission("onboarding.review", "Accept the answers of new hires, and return them."),
    Permission("onboarding.tasks", "See and complete the onboarding tasks that are given to oneself.", for_keys=False),
    Permission(
        "onboarding.portal", "Go through one's own onboarding; held by a new hire's session alone.", for_keys=False
    ),
    Permission("people.read", "See employees, their contracts and history, and where and when people work."),
    Permission("people.read_private", "See what is private of employees: birth dates, addresses, families, papers."),
    Permission("people.read_bank", "See tax numbers and bank accounts of employees.", for_keys=False),
    Permission("people.read_pay", "See what employees are paid.", for_keys=False),
    Permission(
        "people.edit", "Add employees and change what is known of them, their contracts, seats, sites and calendars."
    ),
    Permission("people.edit_pay", "Agree what employees are paid.", for_keys=False),
    Permission("leave.read", "See leave: its types and policies, who asked for which, and balances."),
    Permission("leave.request", "Ask for leave, and take it back."),
    Permission("leave.decide", "Approve leave that others ask for, and reject it.", for_keys=False),
    Permission("leave.manage", "Say which leave there is and who has which; set balances right, and pay days out."),
    Permission("okrs.read", "See performance cycles and objectives, with their key results and check-ins."),
    Permission("okrs.edit", "Set objectives and their key results, report on them, and close them."),
    Permission("performance.manage", "Set up performance cycles, and say where they stand."),
    Permission(
        "platform.support",
        "See the companies that one looks after, and act for their people; held by people of the platform alone.",
        for_keys=False,
    ),
    Permission(
        "platform.manage",
        "See all companies, and say who looks after each; held by people of the platform alone.",
        for_keys=False,
    ),
)


FOR_KEYS: Final = frozenset(name for name, permission in CATALOGUE.items() if permission.for_keys)
"""What an API key may be allowed to do: nothing that gives anybody more, nor what is for people themselves."""


def require(name: str) -> None:
    """Raise unless the catalogue has a permission of this name; called where a need is declared."""
    if name not in CATALOGUE:
        raise UnknownPermission(name)
