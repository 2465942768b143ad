"""Sets up a tenant in steps, of which each is done once, however often the whole is interrupted.

The steps are: the schema and the copy of the template in it (for a tenant with a schema of its own), the data key, what
the caller hands in (roles, the first user, the company, demo data), the hostnames; then the tenant is active. The job
in the control plane notes each step that is done. A step may have done its work without that being noted, when the
process was killed in between; so each step must do no harm when it is run again. A step that raises makes the tenant
failed, with the step and the error noted; `resume` goes on with that step.

One process at a time sets a tenant up, under an advisory lock that is taken before the job can be seen. Its connection
is of no pool: whoever waits for a pooled one while holding another would in the end wait for itself.

A tenant whose rows are in the shared pool is set up with the control role alone, while the server runs. A schema of its
own needs the owner.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import NullPool, Select, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from db.catalog import (
    Isolation,
    Tenant,
    TenantSpec,
    TenantStatus,
    add_hostname,
    add_key,
    create_tenant,
    find_tenant,
    set_status,
    wrapped_keys,
)
from db.catalog.choices import JobKind, JobStatus
from db.catalog.jobs import (
    Job,
    Mark,
    begin_attempt,
    begin_step,
    fail_job,
    find_job,
    finish_job,
    finish_step,
    open_job,
)
from db.clone import claim_schema, clone_schema
from db.encryption import DataKey, MasterKey
from db.migrate import first_line, note_version, owner_engine

Step = tuple[str, Callable[[Tenant], Awaitable[None]]]
LONGEST_ERROR: Final = 500
PATIENCE: Final = ("set local lock_timeout = '60s'", "set local statement_timeout = 0")
LOCK_NOT_AVAILABLE: Final = "55P03"


class ProvisioningRefused(Exception):
    """The tenant cannot be set up like this, or not now; the text says what to do."""


class KeyTaken(Exception):
    """Another tenant was asked for with the same idempotency key."""


def silent(_step: str) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True)
class Provisioning:
    """Sets up tenants. `control` is an engine of the control role; `owner_url` is for schemas of their own."""

    control: AsyncEngine
    master_key: MasterKey
    owner_url: str | None = None
    report: Callable[[str], None] = silent

    async def provision(
        self,
        spec: TenantSpec,
        steps: Sequence[Step] = (),
        *,
        kept: Mapping[str, str] | None = None,
        mark: Mark | None = None,
    ) -> Tenant:
        """Make a tenant and return it active. The same spec again, with the same id, goes on with what was begun.

        `kept` is what the steps need to be run again by another process; it is forgotten when the last one is done.
        `mark` is of the caller's idempotency key; one that another tenant was asked for with raises `KeyTaken`.
        """
        self._check(spec.isolation)
        async with self._alone(spec.id, patient=True) as connection:
            async with connection.begin():
                await create_tenant(connection, spec)
                if await find_job(connection, spec.id, JobKind.CREATE) is None:
                    await _open(connection, spec, kept or {}, mark)
            return await self._go_on(connection, spec.id, steps)

    async def resume(self, tenant_id: UUID, steps: Sequence[Step] = (), *, patient: bool = False) -> Tenant:
        """Go on with a tenant that is not set up yet, from the step that failed; an active one is left as it is.

        While another process sets it up this is refused, unless one is patient: then that is waited for.
        """
        async with self._alone(tenant_id, patient=patient) as connection:
            return await self._go_on(connection, tenant_id, steps)

    async def _go_on(self, connection: AsyncConnection, tenant_id: UUID, steps: Sequence[Step]) -> Tenant:
        async with connection.begin():
            tenant = await find_tenant(connection, id=tenant_id)
            job = await find_job(connection, tenant_id, JobKind.CREATE)
            if job is None or job.status is JobStatus.DONE:
                return tenant
            await _begin(connection, tenant, job)
        self._check(tenant.isolation)
        for name, run in self._all_steps(tenant, job, steps):
            if name not in job.steps:
                await self._step(connection, tenant, job, (name, run))
        return await _activate(connection, tenant, job)

    def _check(self, isolation: Isolation) -> None:
        if isolation is Isolation.DATABASE:
            raise ProvisioningRefused(
                "A tenant in a database of its own cannot be set up yet. Choose another isolation."
            )
        if isolation is Isolation.SCHEMA and self.owner_url is None:
            raise ProvisioningRefused("Only the owner makes a schema. Use the command `workgraph tenant create`.")

    def _all_steps(self, tenant: Tenant, job: Job, steps: Sequence[Step]) -> Sequence[Step]:
        own_schema: Sequence[Step] = [("schema", self._claim), ("structure", self._copy)]

        async def add_hostnames(tenant: Tenant) -> None:
            async with self.control.begin() as connection:
                for hostname in job.input["hostnames"]:
                    await add_hostname(connection, tenant.id, hostname)

        first = own_schema if tenant.isolation is Isolation.SCHEMA else []
        return [*first, ("key", self._add_key), *steps, ("hostnames", add_hostnames)]

    async def _step(self, connection: AsyncConnection, tenant: Tenant, job: Job, step: Step) -> None:
        name, run = step
        self.report(name)
        async with connection.begin():
            await begin_step(connection, job.id, name)
        try:
            await run(tenant)
        except Exception as error:
            error.add_note(f"This was step {name!r} of setting up the tenant {tenant.slug}, which can be resumed.")
            await _fail(connection, tenant, job, error)
            raise
        async with connection.begin():
            await finish_step(connection, job.id, name)

    @asynccontextmanager
    async def _alone(self, tenant_id: UUID, *, patient: bool) -> AsyncGenerator[AsyncConnection]:
        """Set up a tenant in one process at a time; the connection that holds the lock does not outlive it."""
        engine = _unpooled(self.control)
        try:
            async with engine.connect() as connection:
                if not await _locked(connection, tenant_id, patient=patient):
                    raise ProvisioningRefused("This tenant is being set up already. Wait until that has ended.")
                yield connection
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            raise ProvisioningRefused(
                "The connection to the database was lost. What was begun is gone on with by a worker, or by "
                "`workgraph tenant resume`."
            ) from error
        finally:
            await engine.dispose()

    async def _claim(self, tenant: Tenant) -> None:
        async with self._owner() as engine:
            await claim_schema(engine, target=tenant.placement.schema, mark=str(tenant.id))

    async def _copy(self, tenant: Tenant) -> None:
        schema = tenant.placement.schema
        async with self._owner() as engine:
            revision = await clone_schema(engine, target=schema, mark=str(tenant.id))
            async with engine.begin() as connection:
                await note_version(connection, schema, revision)

    @asynccontextmanager
    async def _owner(self) -> AsyncGenerator[AsyncEngine]:
        engine = owner_engine(str(self.owner_url))
        try:
            yield engine
        finally:
            await engine.dispose()

    async def _add_key(self, tenant: Tenant) -> None:
        async with self.control.begin() as connection:
            if not await wrapped_keys(connection, tenant.id):
                await add_key(connection, tenant.id, DataKey.generate(), self.master_key)


def _unpooled(engine: AsyncEngine) -> AsyncEngine:
    """The same database and role, with a connection of one's own."""
    return create_async_engine(
        engine.url,
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"timeout": 5, "server_settings": {"application_name": "workgraph provisioning"}},
    )


async def _locked(connection: AsyncConnection, tenant_id: UUID, *, patient: bool) -> bool:
    """Take the lock of a tenant for as long as the connection lives, or tell that it cannot be had."""
    key = func.hashtextextended(str(tenant_id), 0)
    async with connection.begin():
        if await connection.scalar(select(func.pg_try_advisory_lock(key))):
            return True
    return patient and await _awaited(connection, select(func.pg_advisory_lock(key)))


async def _awaited(connection: AsyncConnection, lock: Select[Any]) -> bool:
    try:
        async with connection.begin():
            for setting in PATIENCE:
                await connection.execute(text(setting))
            await connection.execute(lock)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
            raise
        return False
    return True


async def _open(connection: AsyncConnection, spec: TenantSpec, kept: Mapping[str, str], mark: Mark | None) -> None:
    asked = {"hostnames": list(spec.hostnames), **kept}
    await open_job(connection, spec.id, JobKind.CREATE, asked=asked, mark=mark)
    if await find_job(connection, spec.id, JobKind.CREATE) is None:
        raise KeyTaken


async def _begin(connection: AsyncConnection, tenant: Tenant, job: Job) -> None:
    await begin_attempt(connection, job.id)
    if tenant.status is TenantStatus.FAILED:
        await set_status(connection, tenant.id, TenantStatus.PROVISIONING)


async def _activate(connection: AsyncConnection, tenant: Tenant, job: Job) -> Tenant:
    async with connection.begin():
        await set_status(connection, tenant.id, TenantStatus.ACTIVE)
        await finish_job(connection, job.id)
        return await find_tenant(connection, id=tenant.id)


async def _fail(connection: AsyncConnection, tenant: Tenant, job: Job, error: Exception) -> None:
    async with connection.begin():
        await fail_job(connection, job.id, reason(error)[:LONGEST_ERROR])
        await set_status(connection, tenant.id, TenantStatus.FAILED)


def reason(error: Exception) -> str:
    """Why a step failed, in one line. What the database says can hold values of the tenant; its code cannot."""
    kind = type(error).__name__
    return (
        f"{kind} {getattr(error.orig, 'sqlstate', '')}"
        if isinstance(error, DBAPIError)
        else f"{kind}: {first_line(error)}"
    )
