"""How a tenant's transaction puts a job in the queue: the job is there if and only if the transaction commits."""

from uuid import UUID

from sqlalchemy import func, literal, select
from sqlalchemy.dialects.postgresql import JSONB

from db.session import WriteSession
from db.tracing import traceparent


async def defer(session: WriteSession, task: str, /, *, once: str | None = None, **ids: UUID | str | int) -> int | None:
    """Have a task done for this session's tenant, once the transaction has committed.

    The ids say for what; what else the task needs it reads itself, as the database then stands. With `once`, a job that
    still waits under the same name is enough, and None is returned. The database refuses any other kind of argument.
    """
    arguments = {name: str(value) if isinstance(value, UUID) else value for name, value in ids.items()}
    if parent := traceparent():
        arguments["traceparent"] = parent
    call = func.queue.defer(task, literal(arguments, JSONB), once)
    [job] = await session.rows(select(call))
    return job[0]
