"""Registering a company: checks what was given, then has the tenant made step by step.

What the steps need of the founder is kept sealed with the job until the last step is done, so that a registration cut
short by a killed process is continued by a worker.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from auth.passwords import Passwords, password_problem
from db.catalog import TenantSpec
from db.encryption import MasterKey
from db.session import Database
from resolvers.founding import Founder
from resolvers.refusals import InvalidInput, Refused

LONGEST_NAME: Final = 120


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

    slug: str
    url: str


class Registration:
    """Makes companies."""

    def __init__(
        self,
        database: Database,
        catalog: AsyncEngine,
        master_key: MasterKey,
        passwords: Passwords,
        *,
        clock: Callable[[], datetime],
        public_url: str,
    ) -> None:
        self._database, self._catalog, self._master_key = database, catalog, master_key
        self._passwords, self._clock, self._public_url = passwords, clock, public_url
