"""A PostgreSQL with a migrated database that can be stopped, killed and started again at the same address."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from db.embedded import embedded_servers
from db.embedded.account import KEEP, Account
from db.embedded.keeper import Command, Keeper
from db.migrate import migrate
from tests.conftest import MASTER_KEY, a_folder

LINES_OF_PID_FILE = 8


@dataclass
class Stoppable:
    """The server; it runs from `start` until `stop`."""

    url: str
    data: Path
    command: Command
    _keeper: Keeper | None = field(default=None, init=False)

    async def start(self) -> None:
        self._keeper = Keeper(self.command, print)
        self._keeper.start()
        await self._keeper.ready(self._answers)

    async def stop(self) -> None:
        """End its connections, and it."""
        if self._keeper is not None:
            await asyncio.to_thread(self._keeper.stop)
            self._keeper = None

    def crash(self) -> None:
        """End it as a crash does. It is started again at once, and repairs its data."""
        os.kill(int(self._lines()[0]), signal.SIGQUIT)

    def _lines(self) -> list[str]:
        return (self.data / "postmaster.pid").read_text("utf-8").splitlines()

    async def _answers(self) -> bool:
        try:
            lines = self._lines()
        except FileNotFoundError:
            return False
        return len(lines) == LINES_OF_PID_FILE and lines[-1].strip() == "ready"


@asynccontextmanager
async def a_stoppable_postgres() -> AsyncGenerator[Stoppable]:
    """Make the database, and run it from then on as it was run before."""
    async with a_folder() as folder:
        async with embedded_servers(folder, valkey=False) as servers:
            await migrate(servers.database_url, prefix="workgraph", master_key=MASTER_KEY)
            [data] = [path.parent for path in folder.rglob("postmaster.pid")]
            pid = (data / "postmaster.pid").read_text("utf-8").splitlines()[0]
            arguments = Path(f"/proc/{pid}/cmdline").read_text("utf-8").split("\0")[:-1]
        owner = data.stat()
        account = Account(owner.st_uid, owner.st_gid) if os.geteuid() == 0 else Account(KEEP, KEEP)
        command = Command("PostgreSQL", arguments, account, folder / "again.log", force=signal.SIGQUIT)
        postgres = Stoppable(servers.database_url, data, command)
        await postgres.start()
        try:
            yield postgres
        finally:
            await postgres.stop()
