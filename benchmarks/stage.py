"""Where subscriptions are measured: embedded servers, a company, who writes there and relays, and the processes beside.

What is measured is a process of its own, held to the first core; subscribers and whoever writes have the last one.
"""

import asyncio
import json
import os
import resource
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from ulid import ULID
from uuid_utils.compat import uuid7

from app import Wiring, connected, now
from db.embedded import EmbeddedServers, embedded_servers
from db.migrate import migrate
from db.models.onboarding import Flow
from resolvers.context import Asking, Context
from tests.embedded.places import an_open_folder
from tests.wiring import MASTER_KEY, PREFIX, wiring_over
from tests.world import CompanyWorld, Person, World, owner_engine

ROOT: Final = Path(__file__).parents[1]
PATIENCE: Final = 900
LONGEST: Final = 10_000_000
EVENTS: Final = """subscription {
  events { cursor gap { missed } event { id type occurredAt data subject { type id version } } }
}"""


def a_wiring(database_url: str, redis_url: str, folder: str) -> Wiring:
    """What each process of a measurement is told."""
    return wiring_over(
        database_url,
        redis_url,
        Path(folder),
        host="127.0.0.1",
        limit_factor=0,
        allows_loopback_webhooks=True,
    )


@dataclass
class Process:
    """A process beside; lines go to it and come from it."""

    process: asyncio.subprocess.Process

    async def said(self) -> str:
        """Return the next line that it says."""
        assert self.process.stdout
        line = await asyncio.wait_for(self.process.stdout.readline(), PATIENCE)
        assert line, "the process has ended; it said why above"
        return line.decode().strip()

    def tell(self, line: object) -> None:
        """Say a line to it."""
        assert self.process.stdin
        self.process.stdin.write(f"{line}\n".encode())

    async def asked(self, line: object) -> Any:
        """Say a line, and return its answer."""
        self.tell(line)
        return json.loads(await self.said())

    @property
    def cpu(self) -> float:
        """Seconds of CPU that it has used, of all its threads."""
        tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    @property
    def memory(self) -> int:
        """Bytes of memory that it holds."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * resource.getpagesize()


@asynccontextmanager
async def a_process(module: str, *arguments: object) -> AsyncGenerator[Process]:
    """Run a module for as long as the block lasts."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *map(str, arguments)),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LONGEST,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    try:
        yield Process(process)
    finally:
        process.kill()
        await process.wait()


@dataclass
class Stage:
    """The servers, a company, and somebody who changes a flow of it."""

    servers: EmbeddedServers
    world: World
    company: CompanyWorld
    person: Person
    flow: Flow

    @property
    def place(self) -> Sequence[str]:
        """What a process beside is told of it."""
        wiring = self.world.wiring
        return (wiring.database_url, wiring.redis_url, str(wiring.files), str(self.company.tenant.id))

    async def write(self, number: int) -> None:
        """Change the flow so many times, in one transaction."""
        async with self.acting() as context:
            [flow] = await context.all(select(Flow).where(Flow.id == self.flow.id).with_for_update())
            for _ in range(number):
                flow.name = f"Changed {uuid7()}"
                await context.flush()

    async def begin(self) -> None:
        """Make the flow."""
        async with self.acting() as context:
            context.add(self.flow)
            await context.flush()

    @asynccontextmanager
    async def acting(self) -> AsyncGenerator[Context]:
        """Write as the person, in one transaction."""
        asking = Asking(self.person.asking.principal, self.company.tenant, self.company.keyring, now(), "bench")
        async with self.world.parts.database.transacting(self.company.tenant.placement) as session:
            yield Context(asking, session, "bench")

    def an_event(self, version: int) -> dict[str, Any]:
        """Make an event as it stands in the outbox."""
        return {
            "tenant_id": self.company.tenant.id,
            "id": uuid7(),
            "message_id": f"msg_{ULID()}",
            "type": "onboarding.flow.updated",
            "occurred_at": now(),
            "actor_type": "user",
            "actor_id": self.person.asking.principal.id,
            "subject_type": "Flow",
            "subject_id": self.flow.id,
            "subject_version": version,
            "data": {"changed": {"name": f"Changed {version}"}},
            "correlation_id": "bench",
            "schema_version": 1,
        }

    @asynccontextmanager
    async def relaying(self) -> AsyncGenerator[None]:
        """Relay here for as long as the block lasts."""
        stop = asyncio.Event()
        working = asyncio.create_task(self.world.parts.relay.run(stop))
        try:
            yield
        finally:
            stop.set()
            await working


@asynccontextmanager
async def a_stage(*, spread: bool = False) -> AsyncGenerator[Stage]:
    """Start the servers, and make the company; on the last core, or `spread` over all that there are."""
    if not spread:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    folder = an_open_folder()
    async with embedded_servers(folder) as servers:
        await migrate(servers.database_url, prefix=PREFIX, master_key=MASTER_KEY)
        wiring = a_wiring(servers.database_url, servers.redis_url, str(folder))
        engine = owner_engine(wiring.database_url)
        async with connected(wiring) as parts:
            world = World(wiring, parts, None, engine, None)  # pyright: ignore[reportArgumentType] - nobody asks here
            company = await world.company()
            person = await company.person("OWNER")
            stage = Stage(servers, world, company, person, Flow(id=uuid7(), name="A flow", duration_days=30))
            await stage.begin()
            yield stage
        await engine.dispose()
