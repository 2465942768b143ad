"""The servers that are measured, each in one process on the first core.

Ours and the one by hand are Python; PostGraphile and mercurius run under the Node of the wheel, from the packages of a
lock of their own in `node/`, which are put in place on first use. All have as many connections to PostgreSQL.
"""

import asyncio
import base64
import os
import sys
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import orjson

from app import now
from auth.tokens import AccessTokens
from benchmarks.peering.asking import Question, Rows, Server, check_doors, prepare, rows_of
from benchmarks.peering.queries import BY_HAND, MERCURIUS, POSTGRAPHILE, REFERENCE, WORKGRAPH
from benchmarks.peering.seeding import seed
from benchmarks.stage import LONGEST, MASTER_KEY, ROOT, Process, Stage, a_stage
from db.roles import DatabaseRole, url_as
from dev import NODE, node_environment, node_modules

NODE_FOLDER: Final = Path(__file__).parent / "node"
LOAD: Final = [sys.executable, "-m", "benchmarks.peering.load"]
MOST: Final = 1_000_000
SMALL_BUDGET: Final = "2000:400"
"""Points, and how many are restored each second: two thousandths of a core."""

SERVERS: Final = (BY_HAND, REFERENCE, POSTGRAPHILE, MERCURIUS, WORKGRAPH)
KEY: Final = b"k" * 32
CONNECTIONS: Final = 16
"""Connections that whoever asks keeps busy, and that each server has to PostgreSQL: nobody waits for one."""


@dataclass
class Yard:
    """The servers that are measured, and who asks them."""

    stage: Stage
    rows: Rows
    servers: Mapping[str, Server]
    load: Process


@dataclass(frozen=True)
class Busy:
    """How it is asked: over so many connections, for how long, how often, and as whom if not as the server's own."""

    connections: int
    seconds: float
    every: float = 0.0
    tokens: Sequence[str] = ()


async def keep_busy(load: Process, server: Server, question: Question, *, connections: int, seconds: float) -> Any:
    """Ask a server the same for a while, over each connection as soon as it has answered."""
    return await kept_busy(load, server, question, Busy(connections, seconds))


async def kept_busy(load: Process, server: Server, question: Question, busy: Busy) -> Any:
    """Ask a server the same for a while; return what came of it."""
    known = {"path": question.path, "body": question.body, "headers": question.headers, "port": server.port}
    tokens = list(busy.tokens) or [server.token]
    wanted = {"connections": busy.connections, "seconds": busy.seconds, "every": busy.every, "tokens": tokens}
    return await load.asked(orjson.dumps({**known, **wanted}).decode())


@asynccontextmanager
async def a_yard(names: Iterable[str]) -> AsyncGenerator[Yard]:
    """Start PostgreSQL, the servers and whoever asks; PostgreSQL and who asks have the last core."""
    cores = sorted(os.sched_getaffinity(0))
    async with a_stage() as stage, AsyncExitStack() as open_processes:
        await seed(stage)
        rows, tenant = await rows_of(stage), stage.company.tenant.id
        token, foreign = a_token(stage, tenant), a_token(stage, uuid4())
        servers: dict[str, Server] = {}
        for name in names:
            process = await open_processes.enter_async_context(started(command_of(name, stage)))
            servers[name] = Server(name, process, int(await process.said()), token)
            pin(process, cores[0])
            await prepare(servers[name], rows)
            await check_doors(servers[name], foreign)
        yield Yard(stage, rows, servers, await open_processes.enter_async_context(started(LOAD)))


def a_token(stage: Stage, tenant_id: UUID) -> str:
    """Issue a token for a company, which lasts as long as anybody measures."""
    tokens = AccessTokens(MASTER_KEY, clock=now, lifetime=timedelta(days=1))
    user = stage.person.asking.principal.id
    assert user is not None
    return tokens.issue(user_id=user, tenant_id=tenant_id, token_version=1).text


def command_of(name: str, stage: Stage) -> Sequence[str]:
    """Say how a server is started."""
    match name:
        case "by hand":
            values = (application_url(stage), KEY.hex(), str(CONNECTIONS))
            return [sys.executable, "-m", "benchmarks.peering.by_hand", *values]
        case "reference":
            return [sys.executable, "-m", "benchmarks.peering.product", str(CONNECTIONS), *stage.place[:3], "reference"]
        case "workgraph":
            return [sys.executable, "-m", "benchmarks.peering.product", str(CONNECTIONS), *stage.place[:3]]
        case "generous":
            known = [sys.executable, "-m", "benchmarks.peering.product", str(CONNECTIONS), *stage.place[:3]]
            return [*known, "", str(MOST)]
        case "budgeted":
            known = [sys.executable, "-m", "benchmarks.peering.product", str(CONNECTIONS), *stage.place[:3]]
            return [*known, "", "", SMALL_BUDGET]
        case _:
            node_modules(NODE_FOLDER)
            return [str(NODE), str(NODE_FOLDER / f"{name}.js"), orjson.dumps(told(stage)).decode()]


def application_url(stage: Stage) -> str:
    """Return the address of PostgreSQL for the role of requests, under which row-level security holds."""
    wiring = stage.world.wiring
    return url_as(wiring.database_url, DatabaseRole.APP, prefix=wiring.role_prefix, master_key=MASTER_KEY)


def told(stage: Stage) -> Mapping[str, Any]:
    """Return what a server of Node is told: where PostgreSQL is, and how tokens are verified."""
    key = base64.b64encode(MASTER_KEY.derive("access tokens")).decode()
    known = {"database_url": application_url(stage), "connections": CONNECTIONS}
    return {**known, "key": key, "issuer": "workgraph", "audience": "workgraph"}


@asynccontextmanager
async def started(command: Sequence[str]) -> AsyncGenerator[Process]:
    """Run a command for as long as the block lasts, in the environment of production."""
    made = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LONGEST,
        env={**node_environment(), "NODE_ENV": "production", "GRAPHILE_ENV": "production", "PYTHONWARNINGS": "ignore"},
    )
    try:
        yield Process(made)
    finally:
        if made.returncode is None:
            made.kill()
        await made.wait()


def pin(process: Process, core: int) -> None:
    """Hold a process to a core, with all its threads; those that it begins later have it from them."""
    for task in Path(f"/proc/{process.process.pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {core})
