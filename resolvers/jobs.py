"""What is done in the background: old idempotency keys are removed, registrations that were cut short are continued.

A tenant's rows are touched as the application's role with that tenant set, as everywhere. Each task may be killed at
any moment, and may run beside itself in another worker.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql.dml import ReturningDelete

from db.catalog import PRIMARY, Tenant, TenantNotFound, TenantStatus, find_tenant, list_tenants
from db.catalog.choices import JobKind, JobStatus
from db.catalog.jobs import forget_marks, give_up
from db.catalog.tables import provisioning_jobs
from db.migrate import first_line
from db.models.log import IdempotencyKey
from db.provisioning import ProvisioningRefused
from db.queue import Ids, Scheduled, Task, TenantTask, attend
from db.session import Database
from db.tenancy import Placement
from gateways.logs import Named, about
from resolvers.idempotency import LIFETIME
from resolvers.registration import PURPOSE

BATCH: Final = 1000
MOST_ATTEMPTS: Final = 10
SETTLED: Final = frozenset({TenantStatus.ACTIVE, TenantStatus.SUSPENDED, TenantStatus.CLOSING})
"""Tenants whose tables are there and stay where they are."""

LOG: Final = structlog.get_logger("workgraph.jobs")
Job = Callable[[Tenant, Ids], Awaitable[object]]
Resume = Callable[[UUID], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Chore:
    """What is done by the clock for all tenants of a database that are settled; it goes through them by itself."""

    name: str
    cron: str
    run: Callable[[Sequence[Tenant]], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Work:
    """What a worker is given. `queue_url` is the address of the worker's role, in the database named by `serves`.

    `resume` goes on with setting up a tenant, alone: it raises `ProvisioningRefused` while another process does.
    `deferred` are the tasks that operations may defer, by name; `chores` are what domains do by the clock.
    """

    queue_url: str = field(repr=False)
    database: Database
    catalog: AsyncEngine
    resume: Resume
    clock: Callable[[], datetime]
    serves: str = PRIMARY
    deferred: Mapping[str, Job] | None = None
    chores: Sequence[Chore] = ()


async def run_worker(work: Work, stop: asyncio.Event) -> None:
    """Do jobs until `stop` is set, and then end within three seconds. A database that goes away is waited for."""
    await attend(work.queue_url, tasks_of(work), stop)


def tasks_of(work: Work) -> Sequence[Task]:
    """Everything that a worker does, and when."""
    return [
        Scheduled("purge_idempotency_keys", "7 * * * *", lambda: _purge_all(work)),
        Scheduled("resume_provisioning", "* * * * *", lambda: _resume_all(work)),
        *(_by_the_clock(work, chore) for chore in work.chores),
        *(_for_tenant(work.catalog, name, job) for name, job in (work.deferred or {}).items()),
    ]


def _for_tenant(catalog: AsyncEngine, name: str, job: Job) -> TenantTask:
    async def run(tenant_id: UUID, ids: Ids) -> None:
        with about(Named(job=name, tenant_id=str(tenant_id))):
            try:
                async with catalog.connect() as connection:
                    tenant = await find_tenant(connection, id=tenant_id)
            except TenantNotFound:
                LOG.warning("a job of a tenant that is no more", task=name)
                return
            await job(tenant, ids)

    return TenantTask(name, run)


def _by_the_clock(work: Work, chore: Chore) -> Scheduled:
    async def run() -> None:
        with about(Named(job=chore.name)):
            await chore.run(await _settled(work))

    return Scheduled(chore.name, chore.cron, run)


async def _settled(work: Work) -> Sequence[Tenant]:
    """Return the tenants of the worker's database whose tables stay where they are."""
    async with work.catalog.connect() as connection:
        tenants = await list_tenants(connection)
    return [each for each in tenants if each.status in SETTLED and each.placement.database == work.serves]


async def _purge_all(work: Work) -> None:
    placements = [tenant.placement for tenant in await _settled(work)]
    await purge_idempotency_keys(work.database, placements, work.clock())


async def purge_idempotency_keys(database: Database, placements: Sequence[Placement], now: datetime) -> int:
    """Remove the keys that count no more, tenant by tenant, and return how many there were.

    A tenant whose keys cannot be removed does not keep those of the others: it is logged, and tried again next time.
    """
    purged = 0
    for placement in placements:
        try:
            purged += await _purge(database, placement, now - LIFETIME)
        except SQLAlchemyError as error:
            LOG.warning("keys not removed", tenant_id=str(placement.tenant_id), error=first_line(error))
    LOG.info("idempotency keys removed", keys=purged, tenants=len(placements))
    return purged


async def _purge(database: Database, placement: Placement, until: datetime) -> int:
    """Each batch is a transaction of its own: none is long, and nothing is lost when the next one does not come."""
    purged, removed = 0, BATCH
    while removed == BATCH:
        async with database.transacting(placement) as session:
            removed = len(await session.rows(_oldest(until)))
        purged += removed
    return purged


def _oldest(until: datetime) -> ReturningDelete[UUID]:
    """Keys that a command has locked are left to it, and to the next time."""
    old = select(IdempotencyKey.id).where(IdempotencyKey.created_at <= until).order_by(IdempotencyKey.created_at)
    chosen = old.limit(BATCH).with_for_update(skip_locked=True)
    removed = delete(IdempotencyKey).where(IdempotencyKey.id.in_(chosen.scalar_subquery())).returning(IdempotencyKey.id)
    return removed.execution_options(synchronize_session=False)


async def _resume_all(work: Work) -> None:
    await resume_provisioning(work.catalog, work.resume)
    async with work.catalog.begin() as connection:
        await forget_marks(connection, work.clock() - LIFETIME)


async def resume_provisioning(catalog: AsyncEngine, resume: Resume) -> None:
    """Go on with the tenants that are half made, whether a process was killed or a step failed.

    Those that are being made now are left alone. One that was begun too often is given up: what its first user gave
    is forgotten, and somebody has to look.
    """
    unfinished = (
        select(provisioning_jobs.c.tenant_id)
        .where(provisioning_jobs.c.kind == JobKind.CREATE, provisioning_jobs.c.status != JobStatus.DONE)
        .where(provisioning_jobs.c.attempts < MOST_ATTEMPTS)
        .order_by(provisioning_jobs.c.id)
    )
    async with catalog.connect() as connection:
        tenant_ids = (await connection.scalars(unfinished)).all()
    for tenant_id in tenant_ids:
        await _resume_one(tenant_id, resume)
    async with catalog.begin() as connection:
        await give_up(connection, attempts=MOST_ATTEMPTS, sealed=PURPOSE)


async def _resume_one(tenant_id: UUID, resume: Resume) -> None:
    try:
        await resume(tenant_id)
    except ProvisioningRefused as refusal:
        LOG.info("tenant not resumed", tenant_id=str(tenant_id), why=str(refusal))
    except Exception:
        LOG.exception("tenant not resumed", tenant_id=str(tenant_id))
    else:
        LOG.info("tenant resumed", tenant_id=str(tenant_id))
