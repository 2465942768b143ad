"""Keeps the queue itself in order: jobs whose worker died are done again, and what ended badly is forgotten in time."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import structlog
from procrastinate import App
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status

from db.queue.installing import TENANT
from db.queue.tasks import TRIES, Scheduled

SILENT_FOR: Final = 30.0
"""Seconds without a sign of life, after which a worker counts as dead; it gives one every ten."""

KEPT_HOURS: Final = 7 * 24
LOG: Final = structlog.get_logger("workgraph.queue")


def upkeep(app: App) -> tuple[Scheduled, Scheduled]:
    """The tasks that every worker has."""
    return (
        Scheduled("revive_jobs", "* * * * *", lambda: revive_jobs(app)),
        Scheduled("forget_jobs", "17 3 * * *", lambda: forget_jobs(app)),
    )


async def revive_jobs(app: App) -> None:
    """Put back the jobs whose worker died while it did them; those of the clock are left to its next tick."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_FOR):
        LOG.warning("a worker died at its job", job=job.id, task=job.task_name, attempts=job.attempts)
        with suppress(ConnectorException):  # It has ended after all, or another worker was faster.
            await _revive(app, job)


async def _revive(app: App, job: Job) -> None:
    manager = app.job_manager
    if job.queue != TENANT:
        return await manager.finish_job(job, Status.ABORTED, delete_job=True)
    if job.attempts >= TRIES:
        return await manager.finish_job(job, Status.FAILED, delete_job=False)
    try:
        await manager.retry_job(job, retry_at=datetime.now(UTC))
    except UniqueViolation:  # Another that waits under the same lock will do the same.
        await manager.finish_job(job, Status.ABORTED, delete_job=True)
    return None


async def forget_jobs(app: App) -> None:
    """Remove the jobs that ended badly a week ago; those that ended well are removed at once."""
    await app.job_manager.delete_old_jobs(KEPT_HOURS, include_failed=True, include_cancelled=True, include_aborted=True)
