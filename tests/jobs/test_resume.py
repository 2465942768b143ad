import asyncio
from collections import Counter
from uuid import UUID

import pytest

from db.catalog import Tenant, TenantSpec, TenantStatus, create_tenant, find_tenant, set_status
from db.catalog.choices import JobKind
from db.catalog.jobs import find_job, open_job
from db.provisioning import ProvisioningRefused
from resolvers.jobs import MOST_ATTEMPTS, resume_provisioning
from tests.jobs.station import NUMBERS, Station, working


async def half_made(station: Station) -> Tenant:
    """What a process leaves that is killed after the first transaction of a registration."""
    spec = TenantSpec(slug=f"half-{next(NUMBERS)}", name="Half made")
    async with station.catalog.begin() as connection:
        tenant = await create_tenant(connection, spec)
        await open_job(connection, tenant.id, JobKind.CREATE, asked={"hostnames": []})
    return tenant


class Continuing:
    """Continues tenants with a step that is counted, and takes a while."""

    def __init__(self, station: Station) -> None:
        self.station, self.done = station, Counter[UUID]()
        self.asked, self.counted = asyncio.Event(), asyncio.Event()

    async def __call__(self, tenant_id: UUID) -> None:
        await self.station.provisioning.resume(tenant_id, [("count", self._count)])

    async def _count(self, tenant: Tenant) -> None:
        self.asked.set()
        await asyncio.sleep(0.3)
        self.done[tenant.id] += 1
        self.counted.set()


async def status(station: Station, tenant: Tenant) -> str:
    async with station.catalog.connect() as connection:
        return (await find_tenant(connection, id=tenant.id)).status


@pytest.fixture
async def resume(station: Station) -> Continuing:
    await station.rows("update catalog.provisioning_jobs set status = 'done'")
    return Continuing(station)


async def test_a_tenant_is_set_up_once_by_two_that_resume_at_the_same_time(
    station: Station, resume: Continuing
) -> None:
    tenant = await half_made(station)
    await asyncio.gather(*(resume_provisioning(station.catalog, resume) for _ in range(2)))
    await resume_provisioning(station.catalog, resume)
    assert resume.done == {tenant.id: 1}
    assert await status(station, tenant) == "active"


async def test_workers_resume_it_by_themselves_and_once(station: Station, resume: Continuing) -> None:
    tenant = await half_made(station)
    async with working(station.work(resume=resume), station.work(resume=resume)):
        async with asyncio.timeout(5):
            await resume.asked.wait()
            await resume.counted.wait()
    assert resume.done == {tenant.id: 1}
    assert await status(station, tenant) == "active"


async def test_a_registration_that_is_under_way_is_left_alone(station: Station, resume: Continuing) -> None:
    tenant = await half_made(station)
    under_way = asyncio.create_task(resume(tenant.id))
    await resume.asked.wait()
    await resume_provisioning(station.catalog, resume)
    assert resume.done == {}
    await under_way
    assert resume.done == {tenant.id: 1}


async def test_what_was_killed_while_resuming_is_resumed_again(station: Station, resume: Continuing) -> None:
    tenant = await half_made(station)
    killed = asyncio.create_task(resume_provisioning(station.catalog, resume))
    await resume.asked.wait()
    killed.cancel()
    with pytest.raises(asyncio.CancelledError):
        await killed
    await resume_provisioning(station.catalog, resume)
    assert resume.done == {tenant.id: 1}
    assert await status(station, tenant) == "active"


async def test_one_that_cannot_be_set_up_does_not_keep_the_others(station: Station, resume: Continuing) -> None:
    bad, good = await half_made(station), await half_made(station)

    async def refuse_the_first(tenant_id: UUID) -> None:
        if tenant_id == bad.id:
            raise ZeroDivisionError
        await resume(tenant_id)

    await resume_provisioning(station.catalog, refuse_the_first)
    assert resume.done == {good.id: 1}


async def test_one_that_failed_is_tried_again(station: Station, resume: Continuing) -> None:
    failed = await half_made(station)
    async with station.catalog.begin() as connection:
        await set_status(connection, failed.id, TenantStatus.FAILED)
    await station.rows("update catalog.provisioning_jobs set status = 'failed' where tenant_id = :id", id=failed.id)
    await resume_provisioning(station.catalog, resume)
    assert resume.done == {failed.id: 1}
    assert await status(station, failed) == "active"


async def test_a_hopeless_one_is_given_up_and_what_was_sealed_is_forgotten(
    station: Station, resume: Continuing
) -> None:
    hopeless, other = await half_made(station), await half_made(station)
    change = "update catalog.provisioning_jobs set input = input || cast(:kept as jsonb) where tenant_id = :id"
    for tenant in (hopeless, other):
        await station.rows(change, kept='{"founder": "sealed", "demo": ""}', id=tenant.id)
    often = f"update catalog.provisioning_jobs set attempts = {MOST_ATTEMPTS} where tenant_id = :id"
    await station.rows(often, id=hopeless.id)

    async def not_now(_tenant_id: UUID) -> None:
        raise ProvisioningRefused

    await resume_provisioning(station.catalog, not_now)
    async with station.catalog.connect() as connection:
        jobs = [await find_job(connection, tenant.id, JobKind.CREATE) for tenant in (hopeless, other)]
    assert [job and job.input for job in jobs] == [
        {"hostnames": [], "demo": ""},
        {"hostnames": [], "demo": "", "founder": "sealed"},
    ]
    await resume_provisioning(station.catalog, resume)
    assert resume.done == {other.id: 1}
