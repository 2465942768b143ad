"""Jobs of the control plane that take several steps, and which of them are done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.catalog.choices import JobKind, JobStatus
from db.catalog.tables import provisioning_jobs


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands: what was asked for, the steps that are done, the one that runs or failed, and why."""

    id: UUID
    tenant_id: UUID
    status: JobStatus
    input: Mapping[str, Any]
    step: str | None
    steps: Mapping[str, str]
    attempts: int
    error: str | None


async def open_job(
    connection: AsyncConnection, tenant_id: UUID, kind: JobKind, *, asked: Mapping[str, Any] | None = None
) -> None:
    """Add a job to a tenant, unless one of this kind is unfinished."""
    row = {"tenant_id": tenant_id, "kind": kind, "status": JobStatus.RUNNING, "input": asked or {}}
    await connection.execute(insert(provisioning_jobs).values(row).on_conflict_do_nothing())


async def find_job(connection: AsyncConnection, tenant_id: UUID, kind: JobKind) -> Job | None:
    """Return the newest job of this kind of a tenant, if there is one."""
    names = ("id", "tenant_id", "status", "input", "step", "steps", "attempts", "error")
    statement = (
        select(*(provisioning_jobs.c[name] for name in names))
        .where(provisioning_jobs.c.tenant_id == tenant_id, provisioning_jobs.c.kind == kind)
        .order_by(provisioning_jobs.c.id.desc())
        .limit(1)
    )
    found = (await connection.execute(statement)).mappings().first()
    if found is None:
        return None
    values: dict[str, Any] = dict(found)
    values["status"] = JobStatus(found["status"])
    return Job(**values)


async def begin_attempt(connection: AsyncConnection, job_id: UUID) -> None:
    """Count an attempt."""
    await _change(connection, job_id, attempts=provisioning_jobs.c.attempts + 1, status=JobStatus.RUNNING, error=None)


async def begin_step(connection: AsyncConnection, job_id: UUID, step: str) -> None:
    """Note the step that runs from now on."""
    await _change(connection, job_id, step=step)


async def finish_step(connection: AsyncConnection, job_id: UUID, step: str) -> None:
    """Note that a step is done; it is not run again."""
    done = func.jsonb_build_object(step, datetime.now(UTC).isoformat(), type_=JSONB)
    await _change(connection, job_id, steps=provisioning_jobs.c.steps.concat(done))


async def finish_job(connection: AsyncConnection, job_id: UUID) -> None:
    """Note that every step is done, and forget what they needed."""
    await _change(connection, job_id, status=JobStatus.DONE, step=None, error=None, input={})


async def fail_job(connection: AsyncConnection, job_id: UUID, error: str) -> None:
    """Note why the step that runs did not end well."""
    await _change(connection, job_id, status=JobStatus.FAILED, error=error)


async def _change(connection: AsyncConnection, job_id: UUID, **changes: Any) -> None:
    statement = update(provisioning_jobs).where(provisioning_jobs.c.id == job_id)
    await connection.execute(statement.values(**changes, updated_at=func.now()))
