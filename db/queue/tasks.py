"""What a worker can do: tasks of the platform by the clock, and tasks of a tenant that a transaction has deferred.

Either may be killed at any moment and is then begun again: a task leaves nothing half done that it would not complete.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from procrastinate import App, PsycopgConnector, RetryStrategy

from db.queue.installing import PLATFORM, TENANT
from db.tracing import Kind, span

TRIES: Final = 10
Ids = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A task of the platform, begun when the clock says so, in one of the workers; it takes no arguments."""

    name: str
    cron: str
    run: Callable[[], Awaitable[object]]

    def register(self, app: App) -> None:
        """Let a worker do it. While one waits, no second one joins it; the next tick makes up for a failure."""

        async def run(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate names the tick; every run does all there is
            with span(f"job {self.name}", Kind.QUEUED, facts={"workgraph.job": self.name}):
                await self.run()

        name = f"{PLATFORM}.{self.name}"
        app.periodic(cron=self.cron)(app.task(name=name, queue=PLATFORM, queueing_lock=name)(run))


@dataclass(frozen=True, slots=True)
class TenantTask:
    """A task of a tenant, as `defer` names it; given the tenant and the ids; tried again when it raises.

    Where whoever deferred it was traced, it is traced as part of that.
    """

    name: str
    run: Callable[[UUID, Ids], Awaitable[object]]

    def register(self, app: App) -> None:
        """Let a worker do it; between two tries it waits three times as long as before: ten span some eight hours."""

        async def run(tenant_id: str, traceparent: str = "", **ids: str | int) -> None:
            facts = {"workgraph.job": self.name, "workgraph.tenant_id": tenant_id}
            with span(f"job {self.name}", Kind.QUEUED, traceparent, facts):
                await self.run(UUID(tenant_id), ids)

        retry = RetryStrategy(max_attempts=TRIES, exponential_wait=3)
        app.task(name=f"{TENANT}.{self.name}", queue=TENANT, retry=retry)(run)


Task = Scheduled | TenantTask


def make_queue_app(connector: PsycopgConnector, tasks: Sequence[Task]) -> App:
    """Build what takes jobs and finds the task for each; it is not connected yet."""
    app = App(connector=connector)
    for task in tasks:
        task.register(app)
    return app
