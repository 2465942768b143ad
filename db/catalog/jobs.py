"""Jobs of the control plane that take several steps, and which of them are done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, func, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.catalog.choices import JobKind, JobStatus
from db.catalog.tables import provisioning_jobs

COLUMNS: Final = ("id", "tenant_id", "status", "input", "input_hash", "step", "steps", "attempts", "error")


@dataclass(frozen=True, slots=True)
class Mark:
    """By which a command given twice is known: keyed hashes of the caller's key, and of what was given with it."""

    key_hash: bytes
    input_hash: bytes


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands: what was asked for, the steps that are done, the one that runs or failed, and why."""

    id: UUID
    tenant_id: UUID
    status: JobStatus
    input: Mapping[str, Any]
    input_hash: bytes | None
    step: str | None
    steps: Mapping[str, str]
    attempts: int
    error: str | None


async def open_job(
    connection: AsyncConnection,
    tenant_id: UUID,
    kind: JobKind,
    *,
    asked: Mapping[str, Any] | None = None,
    mark: Mark | None = None,
) -> None:
    """Add a job to a tenant, unless one of this kind is unfinished, or another job has the caller's key."""
    row = {"tenant_id": tenant_id, "kind": kind, "status": JobStatus.RUNNING, "input": asked or {}}
    marked = {"key_hash": mark.key_hash, "input_hash": mark.input_hash} if mark else {}
    await connection.execute(insert(provisioning_jobs).values(**row, **marked).on_conflict_do_nothing())


async def find_job(connection: AsyncConnection, tenant_id: UUID, kind: JobKind) -> Job | None:
    """Return the newest job of this kind of a tenant, if there is one."""
    return await _first(connection, provisioning_jobs.c.tenant_id == tenant_id, provisioning_jobs.c.kind == kind)


async def marked_job(connection: AsyncConnection, key_hash: bytes) -> Job | None:
    """Return the job that was opened with a caller's key, if the key still counts."""
    return await _first(connection, provisioning_jobs.c.key_hash == key_hash)


async def _first(connection: AsyncConnection, *conditions: ColumnElement[bool]) -> Job | None:
    columns = (provisioning_jobs.c[name] for name in COLUMNS)
    statement = select(*columns).where(*conditions).order_by(provisioning_jobs.c.id.desc()).limit(1)
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


async def forget_marks(connection: AsyncConnection, until: datetime) -> None:
    """Forget the keys of jobs that were opened until then; they count no more."""
    old = update(provisioning_jobs).where(provisioning_jobs.c.created_at <= until)
    marked = old.where(provisioning_jobs.c.key_hash.is_not(None))
    await connection.execute(marked.values(key_hash=None, input_hash=None))


async def give_up(connection: AsyncConnection, *, attempts: int, sealed: str) -> None:
    """Forget the sealed part of what a job needs that was begun so often and is not done: it is not begun again."""
    hopeless = update(provisioning_jobs).where(
        provisioning_jobs.c.status != JobStatus.DONE,
        provisioning_jobs.c.attempts >= attempts,
        provisioning_jobs.c.input.has_key(sealed),
    )
    rest = provisioning_jobs.c.input.op("-")(cast(sealed, Text))
    await connection.execute(hopeless.values(input=rest, updated_at=func.now()))


async def _change(connection: AsyncConnection, job_id: UUID, **changes: Any) -> None:
    statement = update(provisioning_jobs).where(provisioning_jobs.c.id == job_id)
    await connection.execute(statement.values(**changes, updated_at=func.now()))
