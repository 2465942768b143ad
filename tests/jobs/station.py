"""A database with a queue for tests, its tenants, and workers that run for as long as a block lasts."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.catalog import PRIMARY, Isolation, Tenant, TenantSpec
from db.encryption import MasterKey
from db.provisioning import Provisioning
from db.queue import Ids
from db.roles import DatabaseRole, url_as
from db.session import Database, make_engine
from resolvers.jobs import Work, run_worker

PREFIX = "workgraph"
MASTER_KEY = MasterKey(b"j" * 32)
NUMBERS = count(1)


def url(owner_url: str, role: DatabaseRole) -> str:
    return url_as(owner_url, role, prefix=PREFIX, master_key=MASTER_KEY)


@dataclass
class Doing:
    """A deferred task that notes what it was given, and takes as long as it is told to."""

    seconds: float = 0
    done: list[tuple[UUID, dict[str, Any]]] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, tenant: Tenant, ids: Ids) -> None:
        self.begun.set()
        await asyncio.sleep(self.seconds)
        self.done.append((tenant.id, dict(ids)))
        self.news.set()

    async def until(self, number: int) -> None:
        async with asyncio.timeout(20):
            while len(self.done) < number:
                self.news.clear()
                await self.news.wait()


@dataclass
class Station:
    """One migrated database, reached as every role."""

    owner_url: str
    pid_file: Path
    owner: AsyncEngine
    catalog: AsyncEngine
    database: Database

    async def tenant(self, isolation: Isolation = Isolation.LOGICAL) -> Tenant:
        spec = TenantSpec(slug=f"tenant-{next(NUMBERS)}", name="A tenant", isolation=isolation)
        return await self.provisioning.provision(spec)

    @property
    def provisioning(self) -> Provisioning:
        return Provisioning(self.catalog, MASTER_KEY, self.owner_url)

    def work(self, *, resume: Callable[[UUID], Awaitable[object]] | None = None, **deferred: Doing) -> Work:
        return Work(
            queue_url=url(self.owner_url, DatabaseRole.WORKER),
            database=self.database,
            catalog=self.catalog,
            resume=resume or self.provisioning.resume,
            clock=lambda: datetime.now(UTC),
            deferred=deferred,
        )

    async def rows(self, statement: str, tenant: Tenant | None = None, **values: Any) -> Sequence[Any]:
        """Run a statement as the owner, with a tenant set if one is given; the queue's triggers find their types."""
        async with self.owner.begin() as connection:
            await connection.execute(text("set local search_path = queue"))
            if tenant is not None:
                named = text("select set_config('app.tenant_id', :tenant, true)")
                await connection.execute(named, {"tenant": str(tenant.id)})
            found = await connection.execute(text(statement), values)
            return found.all() if found.returns_rows else []

    async def jobs(self) -> list[tuple[str, str]]:
        """The jobs that tenants have deferred, with their status."""
        found = "select task_name, status::text from queue.procrastinate_jobs where queue_name = 'tenant' order by id"
        return [(name, status) for name, status in await self.rows(found)]

    async def connect(self, role: DatabaseRole) -> asyncpg.Connection:
        return await asyncpg.connect(url(self.owner_url, role))


@asynccontextmanager
async def working(work: Work, *more: Work) -> AsyncGenerator[None]:
    """Run workers, and see that each stops in time."""
    stop = asyncio.Event()
    workers = [asyncio.create_task(run_worker(each, stop)) for each in (work, *more)]
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(3):
            await asyncio.gather(*workers)


def open_station(owner_url: str, folder: Path) -> Station:
    return Station(
        owner_url=owner_url,
        pid_file=(folder / "servers").resolve() / "postgres" / "postmaster.pid",
        owner=make_engine(owner_url, pool_size=4),
        catalog=make_engine(url(owner_url, DatabaseRole.CONTROL), pool_size=6),
        database=Database({PRIMARY: url(owner_url, DatabaseRole.APP)}),
    )
