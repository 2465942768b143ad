"""The embedded Valkey: the bus between processes. It writes to disk once a second, so that a restart keeps its streams.

A second that is lost with the machine's power can be filled again from PostgreSQL.
"""

import asyncio
import signal
from pathlib import Path

from db.embedded.binaries import Binaries
from db.embedded.failures import PORT_TAKEN, ServerDidNotStart
from db.embedded.folder import Credentials, DataFolder
from db.embedded.keeper import Command, Keeper, Progress
from db.embedded.ports import LOOPBACK, free_port
from db.embedded.residents import evict

NAME = "Valkey"
ANSWER_SECONDS = 0.5
TRIES = 10


class Valkey:
    """The Valkey of one data folder."""

    def __init__(self, folder: DataFolder, binaries: Binaries, progress: Progress) -> None:
        self._folder = folder
        self._binaries = binaries
        self._progress = progress
        self._passwords: Credentials = folder.credentials()
        self._port = 0
        self._keeper: Keeper | None = None

    async def start(self) -> None:
        """Start the server; with another port if ours was taken meanwhile."""
        home = self._folder.place("valkey")
        await evict(home / "valkey.pid", home)
        for attempt in range(TRIES):
            try:
                return await self._start_once()
            except ServerDidNotStart as failure:
                if PORT_TAKEN not in failure.written or attempt == TRIES - 1:
                    raise
        return None

    def stop(self) -> None:
        """Write what is not on disk yet, and end."""
        if self._keeper is not None:
            self._keeper.stop()

    @property
    def url(self) -> str:
        """The address of its first database."""
        return f"redis://:{self._passwords.valkey}@{LOOPBACK}:{self._port}/0"

    async def _start_once(self) -> None:
        self._port = free_port()
        settings = self._folder.place("valkey") / "valkey.conf"
        self._folder.write_for_server(settings, self._settings())
        log = self._folder.log("valkey")
        arguments = [str(self._binaries.valkey), str(settings)]
        self._keeper = Keeper(Command(NAME, arguments, self._folder.account, log, signal.SIGTERM), self._progress)
        self._keeper.start()
        await self._keeper.ready(self._answers)

    def _settings(self) -> str:
        home = self._folder.place("valkey")
        lines = (
            f"bind {LOOPBACK}",
            f"port {self._port}",
            f"requirepass {self._passwords.valkey}",
            f"dir {_quoted(home)}",
            f"pidfile {_quoted(home / 'valkey.pid')}",
            'save ""',
            "appendonly yes",
            "appendfsync everysec",
            # The command line must go on naming the folder: residents.py knows a server by it.
            "set-proc-title no",
            "loglevel notice",
        )
        return "\n".join((*lines, ""))

    async def _answers(self) -> bool:
        try:
            return await asyncio.wait_for(self._ping(), ANSWER_SECONDS)
        except (OSError, TimeoutError, EOFError):
            return False

    async def _ping(self) -> bool:
        reader, writer = await asyncio.open_connection(LOOPBACK, self._port)
        try:
            writer.write(f"AUTH {self._passwords.valkey}\r\nPING\r\n".encode())
            return (await reader.readline(), await reader.readline()) == (b"+OK\r\n", b"+PONG\r\n")
        finally:
            writer.close()
            await writer.wait_closed()


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
