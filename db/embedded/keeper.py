"""One server process and the thread that keeps it.

The thread starts the process, waits for it, and starts it again when it ends unasked. It lives as long as the process:
Linux sends the death signal when the *thread* that forked ends, so a thread of a pool would take the server with it.
"""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from db.embedded.account import Account
from db.embedded.failures import ServerDidNotStart

LAUNCH = Path(__file__).with_name("launch.py")
# The servers see nothing of our environment; their messages are in English, because failures.py reads them.
SURROUNDINGS = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
TRIES = 5
PATIENCE = 0.3
GRACE = 1.5
STEP = 0.02
LONG_SECONDS = 3
READY_SECONDS = 300

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Command:
    """What is run, as whom, where its words go, and how it is asked to end."""

    name: str
    arguments: Sequence[str]
    account: Account
    log: Path
    end: signal.Signals = signal.SIGINT
    force: signal.Signals = signal.SIGKILL


def spawn(command: Command, death: signal.Signals | None = None) -> subprocess.Popen[bytes]:
    """Start a command that is told to end when the calling thread does. It is out of reach of the terminal's Ctrl-C."""
    account, number = command.account, death or command.end
    how = [sys.executable, "-I", "-S", str(LAUNCH), *map(str, (os.getpid(), int(number), account.user, account.group))]
    with command.log.open("ab") as log:
        return subprocess.Popen(
            [*how, *command.arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=SURROUNDINGS,
            cwd="/",
            start_new_session=True,
        )


def run(command: Command) -> tuple[int, str]:
    """Run a command to its end, and return its status and what it wrote. A killed parent takes it down at once."""
    begin = log_size(command.log)
    process = spawn(command, death=signal.SIGKILL)
    try:
        status = process.wait()
    finally:
        process.kill()
        process.wait()
    return status, written_since(command.log, begin)


def log_size(log: Path) -> int:
    """Where the next line of a log will begin."""
    return log.stat().st_size if log.exists() else 0


def written_since(log: Path, begin: int) -> str:
    """What was added to a log since a point in it."""
    with log.open("rb") as file:
        file.seek(begin)
        return file.read().decode(errors="replace")


class Keeper:
    """A server that runs until it is told to stop."""

    def __init__(self, command: Command, progress: Progress) -> None:
        self._command = command
        self._progress = progress
        self._begin = log_size(command.log)
        self._process: subprocess.Popen[bytes] | None = None
        self._error: Exception | None = None
        self._spawned = threading.Event()
        self._ready = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=command.name, daemon=True)

    def start(self) -> None:
        """Start the process; returns before the server is ready."""
        self._thread.start()
        self._spawned.wait()
        if self._error:
            raise self._error

    @property
    def ended(self) -> bool:
        """Whether the process has ended for good."""
        return not self._thread.is_alive()

    @property
    def failure(self) -> ServerDidNotStart:
        """Why it did not start, in its own words."""
        written = written_since(self._command.log, self._begin)
        return ServerDidNotStart(self._command.name, written, self._command.log)

    async def ready(self, answers: Callable[[], Awaitable[bool]]) -> None:
        """Wait until the server answers; from then on it is started again when it ends unasked."""
        try:
            await asyncio.wait_for(self._first_answer(answers), READY_SECONDS)
        except TimeoutError:
            raise self.failure from None
        self._ready.set()

    async def _first_answer(self, answers: Callable[[], Awaitable[bool]]) -> None:
        begin, told = time.monotonic(), False
        while not await answers():
            if self.ended:
                raise self.failure
            if not told and time.monotonic() - begin > LONG_SECONDS:
                self._progress(f"{self._command.name} is taking its time, after a crash it repairs its data first ...")
                told = True
            await asyncio.sleep(STEP)

    def stop(self) -> None:
        """Ask the server to end, and insist if it does not; waits until it has."""
        self._stopping.set()
        for number, limit in ((self._command.end, GRACE), (self._command.force, PATIENCE), (signal.SIGKILL, None)):
            if not self._thread.is_alive():
                return
            self._signal(number)
            self._thread.join(limit)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _keep(self) -> None:
        deaths: list[float] = []
        while self._run_once() and not self._stopping.is_set() and self._ready.is_set():
            deaths = [*(death for death in deaths if death > time.monotonic() - 60), time.monotonic()]
            if len(deaths) > TRIES:
                self._progress(f"{self._command.name} keeps ending; giving up. Log: {self._command.log}")
                return
            self._progress(f"{self._command.name} ended unexpectedly; starting it again.")
            self._stopping.wait(PATIENCE)

    def _run_once(self) -> bool:
        try:
            self._process = spawn(self._command)
        except Exception as error:  # noqa: BLE001 - handed to the thread that waits in start()
            self._error = error
            return False
        finally:
            self._spawned.set()
        self._process.wait()
        return True
