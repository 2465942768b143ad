"""Real servers, each a process of its own, over the database and the bus of the test's world."""

import asyncio
import base64
import os
import re
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from tests.world import Person, World

ROOT = Path(__file__).parents[2]
KEY = base64.b64encode(b"k" * 32).decode()


@dataclass
class Server:
    """One process, and how it is reached."""

    process: asyncio.subprocess.Process
    http: httpx.AsyncClient

    @property
    def socket(self) -> str:
        return str(self.http.base_url).rstrip("/").replace("http://", "ws://")

    def asked_by(self, person: Person) -> Person:
        """The same person, asking this server."""
        return replace(person, http=self.http)

    async def kill(self) -> None:
        """End it as `kill -9` does."""
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def a_server(world: World, folder: Path) -> AsyncGenerator[Server]:
    """Start `workgraph serve`."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("WORKGRAPH_")},
        "DATABASE_URL": world.wiring.database_url,
        "REDIS_URL": world.wiring.redis_url,
        "WORKGRAPH_MASTER_KEY": KEY,
        "WORKGRAPH_LIMIT_FACTOR": "0",
    }
    command = (sys.executable, "-m", "cli", "serve", "--no-demo", "--no-worker", "--port", "0", "--data-dir")
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, str(folder), cwd=ROOT, env=environment, stderr=log)
    try:
        address = await asyncio.wait_for(_address(process, folder / "log"), timeout=60)
        async with httpx.AsyncClient(base_url=address, timeout=30) as http:
            yield Server(process, http)
    finally:
        if process.returncode is None:
            process.terminate()
            await asyncio.wait_for(process.wait(), timeout=10)


async def _address(process: asyncio.subprocess.Process, log: Path) -> str:
    while process.returncode is None:
        if found := re.search(r"GraphiQL\s+(http\S+)/graphql", log.read_text()):
            return found[1]
        await asyncio.sleep(0.05)
    raise AssertionError(log.read_text())
