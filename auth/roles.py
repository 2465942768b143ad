"""The built-in roles of a company, and the permissions that each holds.

They are data of the product and not of a tenant, so that a new permission reaches every company with the release that
brings it. Roles of the platform are given by the catalog and are no roles of a company; what sessions and API keys may
is not said by roles.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from auth.permissions import CATALOGUE

OF_SESSIONS: Final = frozenset({"onboarding.portal"})
"""What only a session that is not a user's may hold."""

OF_EVERYBODY: Final = frozenset({"company.read", "onboarding.tasks", "approvals.decide", "keys.revoke_own"})
"""What every role holds: it is about the company or about oneself, and counts within whatever scope a role is held."""

OF_PLATFORM: Final = frozenset({"platform.support", "platform.manage"})
"""What only people of the platform hold, because the catalog says so: no role of a company can give it."""

OF_ONESELF: Final = (
    *("people.read", "people.read_private", "people.read_bank", "people.read_pay"),
    *("leave.read", "leave.request"),
    *("okrs.read", "okrs.edit"),
)
"""What an employee may for their own rows."""

EVERYTHING: Final = frozenset(CATALOGUE) - OF_SESSIONS - OF_PLATFORM
NEW_HIRE: Final = OF_SESSIONS
PLATFORM_ROLES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {"PLATFORM_ADMIN": OF_PLATFORM, "SUPPORT_AGENT": frozenset({"platform.support"})}
)
"""The roles of the platform, and the permissions that each gives beside those in one's own company."""


@dataclass(frozen=True, slots=True)
class BuiltInRole:
    """A role that every company has: what its holders do, and what they may do within what the role is given for.

    Beside that they hold `own` for their own rows alone, and `reports` for the rows of those who report to them: of a
    role that is given for a department or a team, for its people instead.
    """

    name: str
    description: str
    permissions: frozenset[str]
    own: frozenset[str] = frozenset()
    reports: frozenset[str] = frozenset()


def _role(
    name: str, description: str, *further: str, own: Iterable[str] = (), reports: Iterable[str] = ()
) -> BuiltInRole:
    """Declare a role; everyone may see the company, do and approve what waits for them, take back their own keys."""
    return BuiltInRole(name, description, OF_EVERYBODY | set(further), frozenset(own), frozenset(reports))


def _by_name(*roles: BuiltInRole) -> Mapping[str, BuiltInRole]:
    return MappingProxyType({role.name: role for role in roles})


BUILT_IN_ROLES: Final = _by_name(
    BuiltInRole("OWNER", "Owns the company here: everything, and there is always at least one.", EVERYTHING),
    BuiltInRole("ADMIN", "Runs the company's workspace: everything in it.", EVERYTHING),
    _role(
        "HR",
        "Hires, onboards and looks after people.",
        "events.read",
        "onboarding.read",
        "onboarding.edit",
        "onboarding.publish",
        "onboarding.read_hires",
        "onboarding.edit_hires",
        "onboarding.read_answers",
        "onboarding.review",
        "people.read",
        "people.read_private",
        "people.read_bank",
        "people.read_pay",
        "people.edit",
        "people.edit_pay",
        "leave.read",
        "leave.request",
        "leave.decide",
        "leave.manage",
        "okrs.read",
        "okrs.edit",
        "performance.manage",
        "imports.run",
        "users.read",
        "teams.edit",
    ),
    _role(
        "PAYROLL",
        "Prepares and completes payroll.",
        *("people.read", "people.read_bank", "people.read_pay", "leave.read"),
    ),
    _role("FINANCE", "Keeps the books, pays and reports.", "company.read_tax_id", "approvals.read"),
    _role(
        "IT",
        "Gives people accounts and equipment, and takes them back.",
        "events.read",
        "onboarding.read",
        "users.read",
        "webhooks.read",
        "clients.read",
        "api.introspect",
        "keys.read",
    ),
    _role("SALES", "Looks after customers and orders."),
    _role("PROCUREMENT", "Buys: vendors, purchase orders and bills."),
    _role("WAREHOUSE", "Receives, keeps, counts and ships stock."),
    _role("RECRUITER", "Fills open positions: jobs, interviews and offers."),
    _role("CONTENT", "Writes courses, surveys, products and pages."),
    _role(
        "MANAGER",
        "Leads people: those who report to them, and their teams and projects.",
        "onboarding.read",
        "users.read",
        reports=("people.read", "leave.read", "leave.decide", "okrs.read", "okrs.edit"),
        own=OF_ONESELF,
    ),
    _role("DEVELOPER", "Builds and releases the projects of their teams.", "clients.read", "api.introspect"),
    _role("MEMBER", "Works at the company: their own records.", own=OF_ONESELF),
    _role("VIEWER", "Reads what is not sensitive, and changes nothing.", "onboarding.read"),
)


def permissions_of(names: Iterable[str]) -> frozenset[str]:
    """Return what built-in roles allow together; a name that is none of them allows nothing."""
    held = [BUILT_IN_ROLES[name].permissions for name in names if name in BUILT_IN_ROLES]
    return frozenset[str]().union(*held)
