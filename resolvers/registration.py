"""Registering a company: checks what was given, then has the tenant made step by step.

What the steps need of the founder is kept sealed with the job until the last step is done, so that a registration cut
short by a killed process is continued by a worker.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson

from auth.passwords import Passwords, password_problem
from auth.principal import Principal
from db import catalog
from db.catalog import Tenant, TenantSpec, wrapped_keys
from db.catalog.choices import JobKind, JobStatus
from db.catalog.jobs import find_job
from db.catalog.tenants import is_slug
from db.columns import EMAIL_FORM
from db.encryption import Keyring, Sealer
from db.models.company import Company
from db.models.identity import User
from db.provisioning import Provisioning, ProvisioningRefused, Step
from db.session import Database
from resolvers.context import Asking
from resolvers.founding import Founder, found
from resolvers.plain import client_columns
from resolvers.refusals import InvalidInput, Refused
from resolvers.values import check_values

PURPOSE: Final = "founder"
DEMO: Final = "demo"
RESERVED: Final = frozenset({"www", "api", "app", "admin", "mail", "static", "status"})


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
    """Makes companies, and goes on with those that were left half-made."""

    def __init__(
        self,
        provisioning: Provisioning,
        database: Database,
        passwords: Passwords,
        *,
        clock: Callable[[], datetime],
        public_url: str,
        demo: Callable[[Asking, Database], Awaitable[None]],
    ) -> None:
        self._provisioning, self._database, self._passwords = provisioning, database, passwords
        self._clock, self._public_url, self._demo = clock, public_url, demo
        self._sealer = Sealer(provisioning.master_key)

    async def register(self, new: NewCompany) -> Registered:
        """Make a company with its first user, in the shared schema; refuse a slug that is taken."""
        tenant = await self.make(new, TenantSpec(slug=new.slug, name=new.name.strip()))
        return Registered(tenant.slug, address_of(self._public_url, tenant.slug))

    async def make(self, new: NewCompany, spec: TenantSpec) -> Tenant:
        """Make the tenant that `spec` says, with its first user."""
        check_company(new)
        founder = Founder(
            new.email.strip().lower(), new.first_name, new.last_name, await self._passwords.hash(new.password)
        )
        sealed = self._sealer.seal(orjson.dumps(asdict(founder)), tenant_id=spec.id, purpose=PURPOSE)
        kept = {PURPOSE: sealed, DEMO: "yes" if spec.demo_data else ""}
        try:
            return await self._provisioning.provision(spec, self._steps(kept), kept=kept)
        except catalog.SlugTaken as taken:
            raise SlugTaken(f"The short name {spec.slug} is taken.", path=("slug",)) from taken

    async def ensure(self, new: NewCompany, spec: TenantSpec) -> Tenant:
        """Make the tenant that `spec` says by its id, go on with it if it is half-made, or leave it as it is."""
        async with self._provisioning.control.connect() as connection:
            job = await find_job(connection, spec.id, JobKind.CREATE)
        return await self.resume(spec.id) if job else await self.make(new, spec)

    async def resume(self, tenant_id: UUID) -> Tenant:
        """Go on with a company that was left half-made."""
        async with self._provisioning.control.connect() as connection:
            job = await find_job(connection, tenant_id, JobKind.CREATE)
        if job and job.status is not JobStatus.DONE and PURPOSE not in job.input:
            raise ProvisioningRefused("What the first user gave is not kept, so this company cannot be gone on with.")
        return await self._provisioning.resume(tenant_id, self._steps(job.input) if job and job.input else ())

    def _steps(self, kept: Mapping[str, str]) -> Sequence[Step]:
        async def write_founding_rows(tenant: Tenant) -> None:
            opened = self._sealer.open(kept[PURPOSE], tenant_id=tenant.id, purpose=PURPOSE)
            founder = Founder(**orjson.loads(opened))
            await found(self._database, await self._asking(tenant), founder)

        async def write_demo_data(tenant: Tenant) -> None:
            await self._demo(await self._asking(tenant), self._database)

        founding: Step = ("founding", write_founding_rows)
        return [founding, ("demo", write_demo_data)] if kept[DEMO] else [founding]

    async def _asking(self, tenant: Tenant) -> Asking:
        async with self._provisioning.control.connect() as connection:
            keys = await wrapped_keys(connection, tenant.id)
        keyring = Keyring(self._provisioning.master_key, tenant.id, keys)
        principal = Principal("system", tenant_id=tenant.id, name="provisioning")
        return Asking(principal, tenant, keyring, self._clock(), f"provisioning:{tenant.id}")


def check_company(new: NewCompany) -> None:
    """Refuse what cannot be a company or its first user, before anything is made."""
    if not is_slug(new.slug):
        raise InvalidInput("2 to 40 lower-case letters, digits and single hyphens, letter first.", path=("slug",))
    if new.slug in RESERVED:
        raise SlugTaken(f"The short name {new.slug} is taken.", path=("slug",))
    check_values(client_columns(Company), {"name": new.name})
    check_values(client_columns(User), {"email": new.email, "first_name": new.first_name, "last_name": new.last_name})
    for name, value in (("first_name", new.first_name), ("last_name", new.last_name)):
        if not value.strip():
            raise InvalidInput("A name cannot be blank.", path=(name,))
    if not EMAIL_FORM.fullmatch(new.email.strip()):
        raise InvalidInput("An e-mail address, such as ada@example.com.", path=("email",))
    problem = password_problem(new.password)
    if problem:
        raise WeakPassword(problem, path=("password",))


def address_of(public_url: str, slug: str) -> str:
    """Return where a company is reached: its short name as a subdomain."""
    scheme, _, rest = public_url.partition("://")
    host = rest.replace("127.0.0.1", "localhost", 1)
    return f"{scheme}://{slug}.{host}"
