"""The fixtures that every folder shares: one world per test process, and a fresh company per test."""

import ast
import asyncio
import gc
import re
import shutil
import signal
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import pytest
import structlog
from argon2.profiles import CHEAPEST
from sqlalchemy import make_url
from structlog.testing import CapturingLogger

from app import Wiring, connected, make_app
from db.embedded import EmbeddedServers, embedded_servers
from db.migrate import migrate
from db.queue import install_queue
from gateways.logs import configure
from subscriptions.bus import Bus
from tests.embedded.places import an_open_folder
from tests.events.written import expect_declared
from tests.parsing import uninterrupted
from tests.rewinding import Rewinding
from tests.standing import standing
from tests.wiring import MASTER_KEY, PREFIX, wiring_over
from tests.world import FRESH, PASSWORD, CompanyWorld, Person, World, owner_engine


def pytest_configure() -> None:
    """Have CPython parse without being interrupted, up to 3.11.7 (python/cpython#106905).

    A finalizer that the garbage collector runs in the middle of it, and that parses as well, such as to show a
    traceback of a task, lets both fail; and behind a failed test that ends the whole process.
    """
    if sys.version_info < (3, 11, 8):
        ast.parse = uninterrupted(ast.parse)


def pytest_collection_finish() -> None:
    """Look less often for garbage, and not among what stays: the modules, the schema and the tests themselves."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a test that has waited in vain where the log stands."""
    report = yield
    given = getattr(item, "funcargs", {})
    if call.excinfo and isinstance(call.excinfo.value, TimeoutError) and isinstance(given.get("world"), World):
        servers: OwnServers = given["own_servers"]
        report.sections.append(("where the log stands", standing(given["world"], servers.superuser_url, servers.loop)))
    return report


@pytest.fixture(autouse=True)
def logs() -> Iterator[None]:
    """Log as the program does; without that, a traceback shows every variable, which takes seconds."""
    configure("debug")
    yield
    configure("debug")


@pytest.fixture
def log(logs: None) -> CapturingLogger:
    """What is written to the log, whole, with tracebacks."""
    capturing = CapturingLogger()
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
        logger_factory=lambda *_: capturing,
        cache_logger_on_first_use=False,
    )
    return capturing


@asynccontextmanager
async def a_folder() -> AsyncGenerator[Path]:
    """A folder for servers, gone afterwards."""
    folder = an_open_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class OwnServers:
    """The servers of this test process, their folder, and the loop that everything runs on."""

    folder: Path
    servers: EmbeddedServers
    loop: asyncio.AbstractEventLoop

    @property
    def superuser_url(self) -> str:
        """The database of the application, for a superuser."""
        name = make_url(self.servers.database_url).database
        return make_url(self.servers.superuser_url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
async def own_servers() -> AsyncIterator[OwnServers]:
    """Real servers of this test process alone, migrated."""
    async with a_folder() as folder, embedded_servers(folder) as servers:
        report = await migrate(servers.database_url, prefix=PREFIX, master_key=MASTER_KEY)
        assert report.complete, report.stragglers
        await _with_queue(servers.database_url)
        yield OwnServers(folder, servers, asyncio.get_running_loop())


@pytest.fixture(scope="session")
def wiring(own_servers: OwnServers) -> Wiring:
    """What the application is told of those servers."""
    return wiring_over(
        own_servers.servers.database_url,
        own_servers.servers.redis_url,
        own_servers.folder,
        shows_graphiql=True,
        limit_factor=1000,
        slow_refusals=0.02,
        hashing=CHEAPEST,  # many sign in, and none of them has anything to lose
        slow_operation=3600,  # how long a test takes is no reason for a line among those that it looks at
    )


@pytest.fixture(scope="session")
async def rewinding(own_servers: OwnServers) -> AsyncIterator[Rewinding]:
    """What puts the rows of a company back as they were."""
    bus = partial(Bus, own_servers.servers.redis_url, prefix=PREFIX)
    made = Rewinding(own_servers.superuser_url, bus)
    await made.prepare()
    yield made
    await made.close()


async def _with_queue(database_url: str) -> None:
    """Make the queue, so that a transaction can put jobs in it; no worker takes them here."""
    engine = owner_engine(database_url)
    async with engine.begin() as connection:
        await install_queue(connection, PREFIX)
    await engine.dispose()


@pytest.fixture(scope="session")
async def world(wiring: Wiring) -> AsyncIterator[World]:
    """The application over those servers."""
    engine = owner_engine(wiring.database_url)
    async with connected(wiring) as parts:
        app = make_app(wiring, parts)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            yield World(wiring, parts, app, engine, http)
    await engine.dispose()


@pytest.fixture
async def company(world: World) -> AsyncIterator[CompanyWorld]:
    """A company of this test alone. At the end its log is held against the catalogue of events."""
    made = await world.company()
    yield made
    await expect_declared(made)


@pytest.fixture
async def other_company(world: World) -> AsyncIterator[CompanyWorld]:
    """Another company, which must see nothing of the first."""
    made = await world.company()
    yield made
    await expect_declared(made)


@pytest.fixture
async def hr(company: CompanyWorld) -> Person:
    """Somebody of the company who writes onboarding flows."""
    return await company.person("HR")


STARTS_WITHIN = 180
"""Seconds within which `serve` makes its database and the demo company, also where everything else is at work."""


@dataclass
class Served:
    """A server of its own process, and the owner of a company registered there."""

    base_url: str
    tenant: str
    email: str
    password: str
    data_dir: Path
    _signed_in: tuple[str, float] | None = None

    @property
    def token(self) -> str:
        """An access token of the owner, with minutes left to it, however long the server has been running."""
        if self._signed_in is None or time.monotonic() - self._signed_in[1] > FRESH:
            given = {"email": self.email, "password": self.password}
            headers = {"x-workgraph-tenant": self.tenant}
            response = httpx.post(f"{self.base_url}/rest/login", json=given, headers=headers, timeout=30)
            self._signed_in = response.json()["accessToken"], time.monotonic()
        return self._signed_in[0]


@pytest.fixture(scope="session")
async def server() -> AsyncIterator[Served]:
    """`workgraph serve` as a user runs it, and a company registered through its API."""
    async with a_folder() as folder, _serving(folder) as process:
        base_url = await asyncio.wait_for(_address(process), timeout=STARTS_WITHIN)
        assert process.stderr is not None
        drained = asyncio.create_task(process.stderr.read())
        yield await _registered(base_url, folder)
    await drained


@asynccontextmanager
async def _serving(folder: Path) -> AsyncGenerator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "serve", "--port", "0", "--data-dir", str(folder)),
        cwd=Path(__file__).parent.parent,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.wait(), timeout=10)


async def _address(process: asyncio.subprocess.Process) -> str:
    """Read what the server says until it says where it is."""
    assert process.stderr is not None
    said = b""
    async for line in process.stderr:
        said += line
        if found := re.search(rb"GraphiQL\s+(http\S+)/graphql", line):
            return found[1].decode()
    raise AssertionError(said.decode())


async def _registered(base_url: str, folder: Path) -> Served:
    given = {
        "name": "Acme",
        "slug": "acme",
        "email": "ada@acme.example",
        "password": PASSWORD,
        "firstName": "Ada",
        "lastName": "Lovelace",
    }
    register = (
        "mutation($input: RegisterCompanyInput!) { registerCompany(input: $input) { refusals { code message } } }"
    )
    async with httpx.AsyncClient(base_url=base_url, headers={"x-workgraph-tenant": "acme"}, timeout=30) as http:
        made = await http.post(
            "/graphql", json={"query": register, "variables": {"input": given}}, headers={"x-workgraph-tenant": "demo"}
        )
        assert made.json()["data"]["registerCompany"]["refusals"] == [], made.text
    return Served(base_url, "acme", given["email"], PASSWORD, folder)
