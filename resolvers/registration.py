"""Registering a company: checks what was given, then has the tenant made step by step.

What the steps need of the founder is kept sealed with the job until the last step is done, so that a registration cut
short by a killed process is continued by a worker. Few are made at once, so that a crowd of them keeps neither the
threads that check passwords nor the connections of the control plane from those who are inside.

Nobody is signed in yet, so an idempotency key is kept with the job, as a keyed hash beside that of the input.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson

from auth.passwords import Passwords, password_problem
from auth.principal import Principal
from db import catalog
from db.catalog import Tenant, TenantSpec, wrapped_keys
from db.catalog.choices import JobKind, JobStatus
from db.catalog.jobs import Job, Mark, find_job, forget_marks, marked_job
from db.catalog.tenants import is_slug
from db.columns import EMAIL_FORM
from db.encryption import Keyring, Sealer
from db.models.company import Company
from db.models.identity import User
from db.provisioning import KeyTaken, Provisioning, ProvisioningRefused, Step
from db.session import Database
from resolvers.addresses import address_of
from resolvers.context import Asking
from resolvers.doors import REGISTER, Doors
from resolvers.founding import Founder, found
from resolvers.idempotency import LIFETIME, LONGEST_KEY
from resolvers.plain import client_columns
from resolvers.refusals import IdempotencyConflict, InvalidInput, Refused
from resolvers.values import check_values

PURPOSE: Final = "founder"
DEMO: Final = "demo"
AT_ONCE: Final = 2
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
        doors: Doors,
    ) -> None:
        self._provisioning, self._database, self._passwords = provisioning, database, passwords
        self._clock, self._public_url, self._demo, self._doors = clock, public_url, demo, doors
        self._sealer = Sealer(provisioning.master_key)
        self._key = provisioning.master_key.derive("registration keys")
        self._few = asyncio.Semaphore(AT_ONCE)

    async def register(self, new: NewCompany, idempotency_key: str | None = None, *, asking: Asking) -> Registered:
        """Make a company with its first user, in the shared schema; refuse a slug that is taken.

        The same key with the same input returns the company that was made, or goes on with making it. Who registers
        too often from one address, `asking` says from which, is turned away.
        """
        await self._doors.knock(REGISTER, asking)
        new = normalised(new)
        check_company(new)
        mark = self._mark(new, idempotency_key)
        async with self._few:
            tenant = await self._made(new, mark) if mark else await self.make(new, _spec(new))
        return Registered(tenant.slug, address_of(self._public_url, tenant.slug))

    async def _made(self, new: NewCompany, mark: Mark) -> Tenant:
        """Make a company, unless one is made with this key: also by a call that came at the same moment."""
        if earlier := await self._earlier(mark):
            return await self.resume(earlier.tenant_id, patient=True)
        try:
            return await self.make(new, _spec(new), mark)
        except (SlugTaken, KeyTaken):
            if earlier := await self._earlier(mark):
                return await self.resume(earlier.tenant_id, patient=True)
            raise

    async def _earlier(self, mark: Mark) -> Job | None:
        """Return the job of this key; whoever gave another input learns only that the key is used."""
        async with self._provisioning.control.begin() as connection:
            await forget_marks(connection, self._clock() - LIFETIME)
            job = await marked_job(connection, mark.key_hash)
        if job and not hmac.compare_digest(job.input_hash or b"", mark.input_hash):
            raise IdempotencyConflict("This key was used for another input.", path=("idempotency_key",))
        return job

    def _mark(self, new: NewCompany, idempotency_key: str | None) -> Mark | None:
        if idempotency_key is None:
            return None
        if not 0 < len(idempotency_key) <= LONGEST_KEY or not idempotency_key.isprintable():
            raise InvalidInput(f"1 to {LONGEST_KEY} printable characters.", path=("idempotency_key",))
        given = orjson.dumps([idempotency_key, asdict(new)], option=orjson.OPT_SORT_KEYS)
        digests = [hmac.digest(self._key, content, "sha256") for content in (idempotency_key.encode(), given)]
        return Mark(*digests)

    async def make(self, new: NewCompany, spec: TenantSpec, mark: Mark | None = None) -> Tenant:
        """Make the tenant that `spec` says, with its first user."""
        new = normalised(new)
        check_company(new)
        kept = await self._kept(new, spec)
        try:
            return await self._provisioning.provision(
                replace(spec, name=new.name), self._steps(kept), kept=kept, mark=mark
            )
        except catalog.SlugTaken as taken:
            raise SlugTaken(f"The short name {spec.slug} is taken.", path=("slug",)) from taken

    async def _kept(self, new: NewCompany, spec: TenantSpec) -> Mapping[str, str]:
        founder = Founder(new.email, new.first_name, new.last_name, await self._passwords.hash(new.password))
        sealed = self._sealer.seal(orjson.dumps(asdict(founder)), tenant_id=spec.id, purpose=PURPOSE)
        return {PURPOSE: sealed, DEMO: "yes" if spec.demo_data else ""}

    async def ensure(self, new: NewCompany, spec: TenantSpec) -> Tenant:
        """Make the tenant that `spec` says by its id, go on with it if it is half-made, or leave it as it is.

        While another process makes it, that is waited for.
        """
        job = await self._job(spec.id)
        if job is None:
            return await self.make(new, spec)
        if job.status is JobStatus.DONE or PURPOSE in job.input:
            return await self.resume(spec.id, patient=True)
        steps = self._steps(await self._kept(normalised(new), spec))
        return await self._provisioning.resume(spec.id, steps, patient=True)

    async def resume(self, tenant_id: UUID, *, patient: bool = False) -> Tenant:
        """Go on with a company that was left half-made."""
        job = await self._job(tenant_id)
        if job and job.status is not JobStatus.DONE and PURPOSE not in job.input:
            raise ProvisioningRefused(
                "What the first user gave is not kept any more, so this company cannot be gone on with."
            )
        steps = self._steps(job.input) if job and PURPOSE in job.input else ()
        return await self._provisioning.resume(tenant_id, steps, patient=patient)

    async def _job(self, tenant_id: UUID) -> Job | None:
        async with self._provisioning.control.connect() as connection:
            return await find_job(connection, tenant_id, JobKind.CREATE)

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
        request_id = f"provisioning:{tenant.id}"
        return Asking(principal, tenant, keyring, self._clock(), request_id, public_url=self._public_url)


def _spec(new: NewCompany) -> TenantSpec:
    return TenantSpec(slug=new.slug, name=new.name)


def normalised(new: NewCompany) -> NewCompany:
    """Bring what was given into the form in which it is checked and stored: lower-casing can make text longer."""
    return replace(
        new,
        name=new.name.strip(),
        email=new.email.strip().lower(),
        first_name=new.first_name.strip(),
        last_name=new.last_name.strip(),
    )


def check_company(new: NewCompany) -> None:
    """Refuse what cannot be a company or its first user, before anything is made."""
    if not is_slug(new.slug):
        raise InvalidInput("3 to 40 lower-case letters, digits and single hyphens, letter first.", path=("slug",))
    if new.slug in RESERVED:
        raise SlugTaken(f"The short name {new.slug} is taken.", path=("slug",))
    check_values(client_columns(Company), {"name": new.name})
    check_values(client_columns(User), {"email": new.email, "first_name": new.first_name, "last_name": new.last_name})
    for name, value in (("first_name", new.first_name), ("last_name", new.last_name)):
        if not value.strip():
            raise InvalidInput("A name cannot be blank.", path=(name,))
    if not EMAIL_FORM.fullmatch(new.email):
        raise InvalidInput("An e-mail address, such as ada@example.com.", path=("email",))
    problem = password_problem(new.password)
    if problem:
        raise WeakPassword(problem, path=("password",))
