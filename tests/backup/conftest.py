"""A backup that was taken of a server while people wrote, and an empty installation to back up quickly."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest

import cli
from db.embedded import embedded_servers
from db.embedded.backup import Wanted, back_up
from db.embedded.extract import Expected
from db.encryption import MasterKey
from db.migrate import migrate
from tests.conftest import a_folder
from tests.world import PASSWORD

ROOT = Path(__file__).parents[2]
KEY, OTHER_KEY = MasterKey(b"k" * 32), MasterKey(b"o" * 32)
EXPECTED = Expected("workgraph", KEY)
OBJECTS = {"0198/a": b"a photograph", "0198/b": bytes(range(256)) * 5000, "0199/empty": b""}
LOGIN = "mutation($input: LoginInput!) { login(input: $input) { session { accessToken } refusals { code } } }"
REGISTER = "mutation($input: RegisterCompanyInput!) { registerCompany(input: $input) { refusals { code } } }"
CREATE = "mutation($input: CreateFlowInput!) { createFlow(input: $input) { flow { name } refusals { code } } }"
FLOWS = (
    "query($after: String) { flows(first: 50, after: $after) { nodes { name } pageInfo { endCursor hasNextPage } } }"
)


def silent(_message: str) -> None:
    """Report nothing."""


def clean() -> dict[str, str]:
    """The environment without settings of ours."""
    names = ("WORKGRAPH_", "DATABASE_URL", "REDIS_URL")
    return {name: value for name, value in os.environ.items() if not name.startswith(names)}


def workgraph(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the program to its end."""
    command = [sys.executable, "-m", "cli", *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, env={**clean(), **environment}, capture_output=True, text=True, timeout=60, check=False
    )


def started(*arguments: str | Path, **environment: str) -> subprocess.Popen[bytes]:
    """Start a command of the program."""
    command = [sys.executable, "-m", "cli", *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=ROOT, env={**clean(), **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


@dataclass
class Person:
    """Somebody who is signed in to a running server."""

    http: httpx.AsyncClient
    headers: dict[str, str] = field(default_factory=dict[str, str])

    async def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """Send a request and return its data."""
        answer = await self.http.post("/graphql", json={"query": query, "variables": variables}, headers=self.headers)
        said = answer.json()
        assert said.get("data"), said
        return dict(said["data"])

    async def sign_in(self) -> None:
        """Sign in as the first user of the company."""
        self.headers = {"x-workgraph-tenant": "acme"}
        given = {"email": "ada@acme.example", "password": PASSWORD}
        said = await self.ask(LOGIN, input=given)
        self.headers["authorization"] = f"Bearer {said['login']['session']['accessToken']}"

    async def create_flow(self, name: str) -> None:
        """Write a flow; returns when the server has acknowledged it."""
        said = await self.ask(CREATE, input={"name": name, "durationDays": 30})
        assert said["createFlow"] == {"flow": {"name": name}, "refusals": []}

    async def flows(self) -> set[str]:
        """The names of all flows."""
        names: set[str] = set()
        after, more = None, True
        while more:
            page = (await self.ask(FLOWS, after=after))["flows"]
            names |= {node["name"] for node in page["nodes"]}
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        return names


@asynccontextmanager
async def serving(folder: Path) -> AsyncGenerator[Person]:
    """`workgraph serve` on a folder, and somebody who has not signed in there."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "serve", "--port", "0", "--no-demo", "--data-dir", str(folder)),
        cwd=ROOT,
        env={**clean(), "WORKGRAPH_LIMIT_FACTOR": "0"},
        stderr=asyncio.subprocess.PIPE,
    )
    drained = None
    try:
        address = await asyncio.wait_for(_address(process), timeout=60)
        assert process.stderr is not None
        drained = asyncio.create_task(process.stderr.read())
        async with httpx.AsyncClient(base_url=address, timeout=30) as http:
            yield Person(http)
    finally:
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.wait(), timeout=15)
        if drained:
            await drained


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    said = b""
    async for line in process.stderr:
        said += line
        if found := re.search(rb"GraphiQL\s+(http\S+)/graphql", line):
            return found[1].decode()
    raise AssertionError(said.decode())


@dataclass
class Load:
    """People who write one flow after the other, and what was acknowledged to them."""

    person: Person
    acknowledged: list[str] = field(default_factory=list[str])
    stopped: bool = False
    told: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def write(self, numbers: "count[int]") -> None:
        """Write until told to stop."""
        while not self.stopped:
            name = f"Flow {next(numbers)}"
            await self.person.create_flow(name)
            async with self.told:
                self.acknowledged.append(name)
                self.told.notify_all()

    async def reaches(self, number: int) -> None:
        """Wait until so many are acknowledged."""
        async with self.told:
            await self.told.wait_for(lambda: len(self.acknowledged) >= number)


@dataclass(frozen=True)
class Taken:
    """A backup, what was acknowledged before it began and after it ended, and what the command said."""

    file: Path
    before: Sequence[str]
    after: Sequence[str]
    words: str


@pytest.fixture(scope="session")
async def taken() -> AsyncIterator[Taken]:
    """A backup of a running server, taken while four people write."""
    async with a_folder() as place, serving(place / "data") as person:
        for name, content in OBJECTS.items():
            path = place / "data" / "files" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        await _register(person)
        load, numbers = Load(person), count()
        writing = [asyncio.create_task(load.write(numbers)) for _ in range(4)]
        await load.reaches(20)
        before = list(load.acknowledged)
        done = await asyncio.to_thread(workgraph, "backup", place / "b.tar.gz", "--data-dir", place / "data")
        assert done.returncode == 0, done.stderr
        ended = len(load.acknowledged)
        await load.reaches(ended + 4)
        load.stopped = True
        await asyncio.gather(*writing)
        yield Taken(place / "b.tar.gz", before, load.acknowledged[len(before) :], done.stdout + done.stderr)


async def _register(person: Person) -> None:
    names = {"name": "Acme", "slug": "acme", "firstName": "Ada", "lastName": "Lovelace"}
    said = await person.ask(REGISTER, input={**names, "email": "ada@acme.example", "password": PASSWORD})
    assert said["registerCompany"] == {"refusals": []}
    await person.sign_in()


@dataclass(frozen=True)
class Small:
    """An installation without companies whose key is set from outside, and a backup of it."""

    data: Path
    file: Path


@pytest.fixture(scope="session")
async def small() -> AsyncIterator[Small]:
    """Made in this process, which is quick."""
    async with a_folder() as place:
        async with embedded_servers(place / "data", valkey=False) as servers:
            await migrate(servers.database_url, prefix="workgraph", master_key=KEY)
            wanted = Wanted(place / "data", servers, "workgraph", KEY, holds_key=False)
            await back_up(wanted, place / "b.tar.gz", replace=False, progress=silent)
        yield Small(place / "data", place / "b.tar.gz")


@pytest.fixture
async def place() -> AsyncIterator[Path]:
    """A folder for one test that the servers' user may reach."""
    async with a_folder() as folder:
        yield folder


class Command(Protocol):
    """Runs a command in this process, and returns its exit status and what it said."""

    def __call__(self, *arguments: str | Path, **environment: str) -> tuple[int, str]: ...


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """For what is refused at once; a process of its own takes two seconds to begin."""

    def run(*arguments: str | Path, **environment: str) -> tuple[int, str]:
        for name in os.environ.keys() - clean().keys():
            monkeypatch.delenv(name)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["workgraph", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0), capsys.readouterr().err

    return run
