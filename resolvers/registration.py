"""Makes a company: its tenant in the catalog, then, in the tenant, the built-in roles, its first user and its profile.

Each step may be run again without harm, so that a registration cut short by a killed process is continued where it
stopped. `db.provisioning` runs the steps and remembers which are done; what is in them is here.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from uuid_utils.compat import uuid7

from auth.passwords import Passwords, password_problem
from auth.principal import Principal
from auth.roles import BUILT_IN_ROLES
from db.catalog import Tenant
from db.encryption import Keyring, MasterKey
from db.models.company import Company
from db.models.identity import Role, User, UserRole
from db.session import Database
from resolvers.context import Asking, Context
from resolvers.refusals import InvalidInput, Refused

OWNER: Final = "OWNER"
SLUG: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class SlugTaken(Refused):
    """Another company has this short name."""

    code = "SLUG_TAKEN"


class WeakPassword(Refused):
    """The password is too short or too long."""

    code = "WEAK_PASSWORD"


@dataclass(frozen=True, slots=True)
class NewCompany:
    """A company that someone wants to register, with its first user."""

    name: str
    slug: str
    email: str
    password: str = field(repr=False)
    first_name: str
    last_name: str


@dataclass(frozen=True, slots=True)
class Registered:
    """A company that has just been registered: its short name and where it is reached."""

    tenant_id: UUID
    slug: str
    url: str
