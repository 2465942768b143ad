"""Setting up a tenant: each step once, from wherever it was cut short."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

import db.provisioning
from db.catalog import (
    HostnameTaken,
    Isolation,
    SlugTaken,
    Tenant,
    TenantNotFound,
    TenantSpec,
    TenantStatus,
    find_tenant,
    hostnames_of,
    wrapped_keys,
)
from db.catalog.choices import JobKind, JobStatus
from db.catalog.jobs import find_job
from db.catalog.tables import schema_versions
from db.clone import SchemaTaken
from db.provisioning import Provisioning, ProvisioningRefused, Step
from db.roles import DatabaseRole
from db.session import make_engine
from db.structure import diff_schemas
from db.tenancy import TEMPLATE
from tests.tenancy.conftest import MASTER_KEY, Installation

NUMBERS = count(1)
BOTH = pytest.mark.parametrize("isolation", [Isolation.LOGICAL, Isolation.SCHEMA])
OWN = {Isolation.LOGICAL: [], Isolation.SCHEMA: ["schema", "structure"]}


STEPS_OF_BOTH = [
    (isolation, step) for isolation, own in OWN.items() for step in (*own, "key", "roles", "company", "hostnames")
]


class Killed(BaseException):
    """Stands for the end of the process: nothing of ours runs after it."""


class Diary:
    """Steps of a caller, which note that they ran."""

    def __init__(self, *names: str) -> None:
        self.ran: list[str] = []
        self.steps: list[Step] = [(name, self._noting(name)) for name in names]

    def _noting(self, name: str) -> Callable[[Tenant], Awaitable[None]]:
        async def note(_tenant: Tenant) -> None:
            self.ran.append(name)

        return note


def a_spec(isolation: Isolation) -> TenantSpec:
    slug = f"company-{next(NUMBERS)}"
    return TenantSpec(slug, "Company", isolation=isolation, hostnames=(f"{slug}.example", f"www.{slug}.example"))


async def state_of(installation: Installation, spec: TenantSpec) -> dict[str, Any]:
    """All that setting up a tenant leaves behind, without what differs each time."""
    async with installation.engine(DatabaseRole.CONTROL).connect() as control:
        tenant = await find_tenant(control, id=spec.id)
        job = await find_job(control, spec.id, JobKind.CREATE)
        keys = len(await wrapped_keys(control, spec.id))
        hostnames = [name.replace(spec.slug, "") for name in await hostnames_of(control, spec.id)]
        versions = await control.scalars(
            select(schema_versions.c.version).where(schema_versions.c.schema_name == spec.schema)
        )
        noted = versions.all()
    assert job is not None
    async with installation.engine().connect() as owner:
        difference = await diff_schemas(owner, TEMPLATE, spec.schema)
    return {
        "status": tenant.status, "job": job.status, "step": job.step, "error": job.error, "steps": sorted(job.steps),
        "keys": keys, "hostnames": hostnames, "difference": difference, "versions": noted,
    }  # fmt: skip


def whole(isolation: Isolation, *more: str) -> dict[str, Any]:
    """All that a tenant that was set up without a break has left behind."""
    return {
        "status": "active", "job": "done", "step": None, "error": None,
        "steps": sorted([*OWN[isolation], "key", "roles", "company", *more, "hostnames"]),
        "keys": 1, "hostnames": [".example", "www..example"], "difference": [], "versions": [1],
    }  # fmt: skip


@BOTH
async def test_a_tenant_is_set_up(isolation: Isolation, installation: Installation) -> None:
    spec, diary = a_spec(isolation), Diary("roles", "company")
    tenant = await installation.provisioning.provision(spec, diary.steps)
    assert tenant.status is TenantStatus.ACTIVE
    assert tenant.placement.schema == spec.schema
    assert diary.ran == ["roles", "company"]
    assert await state_of(installation, spec) == whole(isolation)


@BOTH
async def test_asking_twice_does_it_once(isolation: Isolation, installation: Installation) -> None:
    spec, diary = a_spec(isolation), Diary("roles")
    first = await installation.provisioning.provision(spec, diary.steps)
    assert await installation.provisioning.provision(spec, diary.steps) == first
    assert await installation.provisioning.resume(spec.id, diary.steps) == first
    assert diary.ran == ["roles"]


@pytest.mark.parametrize("noted", [False, True], ids=["before its step was noted", "after its step was noted"])
@pytest.mark.parametrize(("isolation", "last"), STEPS_OF_BOTH)
async def test_what_was_killed_goes_on_where_it_stopped(
    last: str, noted: object, isolation: Isolation, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, diary = a_spec(isolation), Diary("roles", "company")
    real = db.provisioning.finish_step

    async def finish_step(connection: AsyncConnection, job_id: UUID, step: str) -> None:
        if step != last or noted:
            await real(connection, job_id, step)
        if step == last:
            await connection.commit()
            raise Killed

    monkeypatch.setattr(db.provisioning, "finish_step", finish_step)
    with pytest.raises(Killed):
        await installation.provisioning.provision(spec, diary.steps)
    assert (await status_of(installation, spec)) is TenantStatus.PROVISIONING
    monkeypatch.undo()
    assert (await installation.provisioning.provision(spec, diary.steps)).status is TenantStatus.ACTIVE
    assert await state_of(installation, spec) == whole(isolation)
    again = [] if noted else [last]
    assert diary.ran == [name for name in ("roles", "company") for _ in range(1 + again.count(name))]


async def status_of(installation: Installation, spec: TenantSpec) -> TenantStatus:
    async with installation.engine(DatabaseRole.CONTROL).connect() as control:
        return (await find_tenant(control, id=spec.id)).status


@BOTH
async def test_a_failed_step_is_noted_and_resumed(isolation: Isolation, installation: Installation) -> None:
    spec, diary = a_spec(isolation), Diary("roles", "company", "demo")

    async def fail(_tenant: Tenant) -> None:
        raise LookupError("no such currency")

    broken: list[Step] = [diary.steps[0], ("company", fail), diary.steps[2]]
    with pytest.raises(LookupError, match="no such currency") as failed:
        await installation.provisioning.provision(spec, broken)
    assert failed.value.__notes__ == [
        f"This was step 'company' of setting up the tenant {spec.slug}, which can be resumed."
    ]
    async with installation.engine(DatabaseRole.CONTROL).connect() as control:
        job = await find_job(control, spec.id, JobKind.CREATE)
        assert (await find_tenant(control, id=spec.id)).status is TenantStatus.FAILED
    assert job is not None
    assert (job.status, job.step, job.error, job.attempts) == (
        JobStatus.FAILED,
        "company",
        "LookupError: no such currency",
        1,
    )
    assert (await installation.provisioning.resume(spec.id, diary.steps)).status is TenantStatus.ACTIVE
    assert diary.ran == ["roles", "company", "demo"]
    assert await state_of(installation, spec) == whole(isolation, "demo")


async def test_only_one_process_sets_a_tenant_up(installation: Installation) -> None:
    spec = a_spec(Isolation.LOGICAL)

    async def meanwhile(tenant: Tenant) -> None:
        with pytest.raises(ProvisioningRefused, match="being set up already"):
            await installation.provisioning.resume(tenant.id)

    assert (await installation.provisioning.provision(spec, [("roles", meanwhile)])).status is TenantStatus.ACTIVE


async def test_who_asks_for_the_same_tenant_meanwhile_waits_for_it(installation: Installation) -> None:
    spec, diary = a_spec(Isolation.LOGICAL), Diary("roles")
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_tenant: Tenant) -> None:
        begun.set()
        await go_on.wait()

    first = asyncio.create_task(installation.provisioning.provision(spec, [("wait", wait), *diary.steps]))
    await begun.wait()
    others = [
        asyncio.create_task(installation.provisioning.provision(spec, diary.steps)),
        asyncio.create_task(installation.provisioning.resume(spec.id, diary.steps, patient=True)),
    ]
    await asyncio.sleep(0.2)
    assert not any(other.done() for other in others)
    go_on.set()
    assert [(await each).status for each in (first, *others)] == [TenantStatus.ACTIVE] * 3
    assert diary.ran == ["roles"]


async def test_a_worker_that_sees_the_job_at_once_leaves_it_to_who_opened_it(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, diary = a_spec(Isolation.LOGICAL), Diary("roles")
    real = Provisioning._go_on  # pyright: ignore[reportPrivateUsage] - the moment between two transactions

    async def a_tick_before(
        provisioning: Provisioning, connection: AsyncConnection, tenant_id: UUID, steps: Sequence[Step]
    ) -> Tenant:
        with pytest.raises(ProvisioningRefused, match="being set up already"):
            await installation.provisioning.resume(tenant_id)
        return await real(provisioning, connection, tenant_id, steps)

    monkeypatch.setattr(Provisioning, "_go_on", a_tick_before)
    assert (await installation.provisioning.provision(spec, diary.steps)).status is TenantStatus.ACTIVE


async def test_many_are_set_up_at_once_with_few_connections(installation: Installation) -> None:
    control = make_engine(installation.url(DatabaseRole.CONTROL), pool_size=2)
    try:
        provisioning, specs = Provisioning(control, MASTER_KEY), [a_spec(Isolation.LOGICAL) for _ in range(8)]
        async with asyncio.timeout(8):
            made = await asyncio.gather(*(provisioning.provision(spec) for spec in specs))
    finally:
        await control.dispose()
    assert [tenant.status for tenant in made] == [TenantStatus.ACTIVE] * 8


async def test_a_lost_connection_is_told_in_one_line_and_gone_on_after(installation: Installation) -> None:
    spec = a_spec(Isolation.LOGICAL)

    async def cut(_tenant: Tenant) -> None:
        others = (
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'workgraph provisioning'"
        )
        async with installation.engine(DatabaseRole.CONTROL).connect() as control:
            await control.execute(text(f"{others} and datname = current_database()"))

    with pytest.raises(ProvisioningRefused, match="connection to the database was lost"):
        await installation.provisioning.provision(spec, [("roles", cut)])
    assert (await installation.provisioning.resume(spec.id)).status is TenantStatus.ACTIVE


async def test_a_taken_slug_or_hostname_is_refused(installation: Installation) -> None:
    spec = a_spec(Isolation.LOGICAL)
    await installation.provisioning.provision(spec)
    with pytest.raises(SlugTaken):
        await installation.provisioning.provision(TenantSpec(spec.slug, "Other"))
    other = TenantSpec(f"{spec.slug}-other", "Other", hostnames=spec.hostnames)
    with pytest.raises(HostnameTaken):
        await installation.provisioning.provision(other)
    with pytest.raises(TenantNotFound):
        await installation.provisioning.resume(TenantSpec("nobody", "Nobody").id)


async def test_a_schema_of_somebody_else_is_refused(installation: Installation) -> None:
    spec = a_spec(Isolation.SCHEMA)
    async with installation.engine().begin() as owner:
        await owner.exec_driver_sql(f"create schema {spec.schema}")
    with pytest.raises(SchemaTaken):
        await installation.provisioning.provision(spec)
    async with installation.engine().begin() as owner:
        await owner.exec_driver_sql(f"drop schema {spec.schema}")
    assert (await installation.provisioning.provision(spec)).status is TenantStatus.ACTIVE


async def test_the_pool_needs_no_owner_and_a_schema_does(installation: Installation) -> None:
    without = Provisioning(installation.engine(DatabaseRole.CONTROL), MASTER_KEY)
    assert (await without.provision(a_spec(Isolation.LOGICAL))).status is TenantStatus.ACTIVE
    for isolation, why in ((Isolation.SCHEMA, "tenant create"), (Isolation.DATABASE, "cannot be set up yet")):
        spec = a_spec(isolation)
        with pytest.raises(ProvisioningRefused, match=why):
            await without.provision(spec)
        with pytest.raises(TenantNotFound):
            await status_of(installation, spec)


async def test_an_error_keeps_no_values(installation: Installation) -> None:
    spec = a_spec(Isolation.LOGICAL)

    async def fail(_tenant: Tenant) -> None:
        async with installation.engine().begin() as owner:
            await owner.execute(text("select cast(:secret as int)"), {"secret": "my\nsecret"})

    with pytest.raises(Exception, match="secret"):
        await installation.provisioning.provision(spec, [("company", fail)])
    async with installation.engine(DatabaseRole.CONTROL).connect() as control:
        job = await find_job(control, spec.id, JobKind.CREATE)
    assert job is not None
    assert "secret" not in str(job.error)
