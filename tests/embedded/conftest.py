"""Data folders that an unprivileged user may reach, and supervisors that run, and are killed, beside the test."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest

from db.embedded import EmbeddedServers, embedded_servers
from tests.embedded.places import an_open_folder

ROOT = Path(__file__).parents[2]


@dataclass
class Supervisor:
    """A process that runs the servers of a folder until its standard input ends."""

    folder: Path
    as_user: Sequence[str] = ()
    process: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        self.process = subprocess.Popen(
            [*(self.as_user or [sys.executable]), "-m", "tests.embedded.a_supervisor", str(self.folder)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ready(self) -> EmbeddedServers:
        """Wait for the servers, and say where they are."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        return EmbeddedServers(**json.loads(line))

    def stop(self) -> float:
        """End it in good order, and return how many seconds that took."""
        begin = time.monotonic()
        _, complaints = self.process.communicate(timeout=10)
        assert self.process.returncode == 0, complaints
        return time.monotonic() - begin

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self.process.kill()
        self.process.communicate(timeout=10)

    def refusal(self) -> str:
        """Wait until it gives up, and return what it says."""
        _, words = self.process.communicate(timeout=30)
        assert self.process.returncode == 1, words
        assert "Traceback" not in words
        return words


class Supervise(Protocol):
    """Starts a supervisor for a folder, as the given command runs Python."""

    def __call__(self, folder: Path, as_user: Sequence[str] = ()) -> Supervisor: ...


def processes_of(folder: Path) -> list[str]:
    """The living processes that name a folder in their command line, and those of PostgreSQL that they forked."""
    found: list[str] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if str(folder) in command and "a_supervisor" not in command:
            found.append(command)
    return found


def gone_within(seconds: float, folder: Path) -> bool:
    """Whether no server of a folder is left after so many seconds."""
    deadline = time.monotonic() + seconds
    while processes_of(folder):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def folder() -> Generator[Path]:
    """A new data folder, and after the test the certainty that nothing runs in it."""
    parent = an_open_folder()
    yield parent / "data"
    assert gone_within(5, parent), processes_of(parent)
    shutil.rmtree(parent)


@pytest.fixture(scope="session")
async def made_once() -> AsyncGenerator[Path]:
    """A data folder that was started and stopped once; making one takes longer than copying it."""
    parent = an_open_folder()
    async with embedded_servers(parent / "data"):
        pass
    yield parent / "data"
    shutil.rmtree(parent)


@pytest.fixture
def used_folder(folder: Path, made_once: Path) -> Path:
    """A data folder that has been started before."""
    subprocess.run(["/bin/cp", "-a", str(made_once), str(folder)], check=True)
    return folder


@pytest.fixture
def supervise() -> Generator[Supervise]:
    """Start supervisors; those that a failed test left are killed."""
    started: list[Supervisor] = []

    def start(folder: Path, as_user: Sequence[str] = ()) -> Supervisor:
        started.append(Supervisor(folder, as_user))
        return started[-1]

    yield start
    for supervisor in started:
        supervisor.kill()
