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
    """A job as it stands: the steps that are done and when, the step that runs or failed, and the error."""

    tenant_id: UUID
    status: JobStatus
    step: str | None
    steps: Mapping[str, str]
    attempts: int
    error: str | None


async def open_job(connection: AsyncConnection, tenant_id: UUID, kind: JobKind) -> None:
    """Add the job of a tenant; a second time changes nothing."""
    row = {"tenant_id": tenant_id, "kind": kind, "status": JobStatus.RUNNING}
    await connection.execute(insert(provisioning_jobs).values(row).on_conflict_do_nothing())


async def find_job(connection: AsyncConnection, tenant_id: UUID, kind: JobKind) -> Job | None:
    """Return the job of a tenant, if there is one."""
    columns = [provisioning_jobs.c[name] for name in ("tenant_id", "status", "step", "steps", "attempts", "error")]
    found = (await connection.execute(select(*columns).where(*_is(tenant_id, kind)))).first()
    return Job(**{**found._mapping, "status": JobStatus(found.status)}) if found else None


async def begin_attempt(connection: AsyncConnection, tenant_id: UUID, kind: JobKind) -> None:
    """Count an attempt."""
    attempts = provisioning_jobs.c.attempts + 1
    await _change(connection, tenant_id, kind, attempts=attempts, status=JobStatus.RUNNING, error=None)


async def begin_step(connection: AsyncConnection, tenant_id: UUID, kind: JobKind, step: str) -> None:
    """Note the step that runs from now on."""
    await _change(connection, tenant_id, kind, step=step)


async def finish_step(connection: AsyncConnection, tenant_id: UUID, kind: JobKind, step: str) -> None:
    """Note that a step is done; it is not run again."""
    done = func.jsonb_build_object(step, datetime.now(UTC).isoformat(), type_=JSONB)
    await _change(connection, tenant_id, kind, steps=provisioning_jobs.c.steps.concat(done))


async def finish_job(connection: AsyncConnection, tenant_id: UUID, kind: JobKind) -> None:
    """Note that every step is done."""
    await _change(connection, tenant_id, kind, status=JobStatus.DONE, step=None, error=None)


async def fail_job(connection: AsyncConnection, tenant_id: UUID, kind: JobKind, error: str) -> None:
    """Note why the step that runs did not end well."""
    await _change(connection, tenant_id, kind, status=JobStatus.FAILED, error=error)


def _is(tenant_id: UUID, kind: JobKind) -> tuple[Any, Any]:
    return provisioning_jobs.c.tenant_id == tenant_id, provisioning_jobs.c.kind == kind


async def _change(connection: AsyncConnection, tenant_id: UUID, kind: JobKind, **changes: Any) -> None:
    statement = update(provisioning_jobs).where(*_is(tenant_id, kind))
    await connection.execute(statement.values(**changes, updated_at=func.now()))
