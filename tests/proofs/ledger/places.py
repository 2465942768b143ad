"""The processes of a trial: PostgreSQL, a Valkey that keeps nothing, two servers and a worker; each can be killed."""

import asyncio
import base64
import os
import re
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from db.embedded import EmbeddedServers, embedded_servers
from db.embedded.account import server_account
from db.embedded.binaries import find_binaries
from db.embedded.ports import LOOPBACK, free_port
from db.outbox import LOCK
from db.session import async_url

ROOT: Final = Path(__file__).parents[3]
KEY: Final = base64.b64encode(b"k" * 32).decode()
PATIENCE: Final = 60
RELAYING: Final = f"""
select a.client_port from pg_locks l join pg_stat_activity a using (pid)
where l.locktype = 'advisory' and l.granted and (l.classid::bigint << 32 | l.objid::bigint) = {LOCK}
"""
DISPATCHING: Final = """
select client_port from pg_stat_activity where usename like '%dispatcher' order by state_change desc limit 1
"""
DELAYS: Final = "0,0.5,1,1,1,1,1,2,2,2,2,2,5,5,5,5,5,5,5,5"
"""Seconds that attempts of webhooks wait: no trial lasts three days."""


@dataclass
class Member:
    """A process of the trial."""

    name: str
    command: Sequence[str]
    folder: Path
    environment: dict[str, str] = field(repr=False)
    port: int = 0
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name.replace(' ', '-')}.log"

    async def start(self) -> None:
        """Start it, and wait until it does its work."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.command, cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        async with asyncio.timeout(PATIENCE):
            while not await self.is_ready():
                assert self.process.returncode is None, self.log.read_text()[-2000:]
                await asyncio.sleep(0.1)

    async def is_ready(self) -> bool:
        """Tell whether it does its work."""
        raise NotImplementedError

    async def kill(self) -> None:
        """End it as `kill -9` does."""
        if self.process and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def stop(self) -> None:
        """End it in order; one that does not end is killed."""
        if self.process and self.process.returncode is None:
            self.process.terminate()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), 10)
        await self.kill()


class Server(Member):
    """`workgraph serve`, without a worker."""

    async def is_ready(self) -> bool:
        async with httpx.AsyncClient(base_url=self.url, timeout=5) as http:
            with suppress(httpx.HTTPError):
                return (await http.get("/readyz")).is_success
        return False

    @property
    def socket(self) -> str:
        return self.url.replace("http://", "ws://")


class Worker(Member):
    """`workgraph worker`."""

    begun: int = 0

    async def start(self) -> None:
        self.begun = self.log.stat().st_size if self.log.exists() else 0
        await super().start()

    async def is_ready(self) -> bool:
        return b"Doing background jobs" in self.log.read_bytes()[self.begun :]


class Valkey(Member):
    """A Valkey that writes nothing to disk: started again, it is empty."""

    async def is_ready(self) -> bool:
        redis = Redis.from_url(f"redis://{LOOPBACK}:{self.port}/0", socket_timeout=1)
        try:
            return bool(await redis.ping())
        except (RedisError, OSError):
            return False
        finally:
            await redis.aclose()


@dataclass
class Place:
    """Where a trial happens."""

    folder: Path
    postgres: EmbeddedServers
    valkey: Valkey
    servers: Sequence[Server]
    worker: Worker

    @property
    def members(self) -> Sequence[Member]:
        return (self.valkey, *self.servers, self.worker)

    @asynccontextmanager
    async def looking(self) -> AsyncGenerator[AsyncEngine]:
        """Connect to the database as its superuser, who sees every row; all that is compared is of one moment."""
        database = self.postgres.database_url.rpartition("/")[2]
        url = async_url(f"{self.postgres.superuser_url.rpartition('/')[0]}/{database}")
        engine = create_async_engine(url, isolation_level="REPEATABLE READ")
        try:
            yield engine
        finally:
            await engine.dispose()

    async def relaying(self) -> Member | None:
        """Find the process whose connection holds the relay's lock."""
        return await self._connected(RELAYING)

    async def dispatching(self) -> Member | None:
        """Find the process that asked last what webhooks are due, or wrote what came of them."""
        return await self._connected(DISPATCHING)

    async def _connected(self, asked: str) -> Member | None:
        """Find the process whose connection has the port that a statement names."""
        async with self.looking() as engine, engine.connect() as connection:
            port = await connection.scalar(text(asked))
        inode = inode_of(int(port)) if port else None
        candidates = (member for member in (*self.servers, self.worker) if holds(member, inode))
        return next(candidates, None)


def inode_of(port: int) -> str | None:
    """Find the socket of a local port."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[1].rpartition(":")[2], 16) == port:
            return fields[9]
    return None


def holds(member: Member, inode: str | None) -> bool:
    """Tell whether a socket is one of a process."""
    if member.process is None or inode is None:
        return False
    with suppress(OSError):
        links = [str(each.readlink()) for each in Path(f"/proc/{member.process.pid}/fd").iterdir()]
        return f"socket:[{inode}]" in links
    return False


@asynccontextmanager
async def a_place(folder: Path) -> AsyncGenerator[Place]:
    """Start everything, in the order in which it needs each other."""
    async with embedded_servers(folder / "data", valkey=False) as postgres:
        place = a_plan(folder, postgres)
        try:
            for member in place.members:
                await member.start()
            yield place
        finally:
            await asyncio.gather(*(member.stop() for member in reversed(place.members)))


def a_plan(folder: Path, postgres: EmbeddedServers) -> Place:
    """Say what is started and how it is reached."""
    valkey = a_valkey(folder)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WORKGRAPH_")}
    environment = kept | {
        "DATABASE_URL": postgres.database_url,
        "REDIS_URL": f"redis://{LOOPBACK}:{valkey.port}/0",
        "WORKGRAPH_MASTER_KEY": KEY,
        "WORKGRAPH_LIMIT_FACTOR": "0",
        "WORKGRAPH_LOG_LEVEL": "warning",
        "WORKGRAPH_WEBHOOK_DELAYS": DELAYS,
    }
    program, data = (sys.executable, "-m", "cli"), ("--data-dir", str(folder / "data"))
    servers: list[Server] = []
    for name in ("server A", "server B"):
        port = free_port()
        command = (*program, "serve", "--no-demo", "--no-worker", "--port", str(port), *data)
        servers.append(Server(name, command, folder, environment, port))
    return Place(folder, postgres, valkey, servers, Worker("worker", (*program, "worker", *data), folder, environment))


def a_valkey(folder: Path) -> Valkey:
    port, program = free_port(), find_binaries(server_account(folder)).valkey
    command = (str(program), "--bind", LOOPBACK, "--port", str(port), "--dir", str(folder))
    return Valkey("Valkey", (*command, "--save", "", "--appendonly", "no"), folder, dict(os.environ), port)


def faults_in(member: Member) -> int:
    """Count what a process noted as an error of its own."""
    return len(re.findall(r'"level": ?"error"|\[error|Traceback', member.log.read_text(errors="replace")))
