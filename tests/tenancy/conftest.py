"""A PostgreSQL for these tests, and databases in it that are migrated or empty."""

import shutil
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from db.embedded import EmbeddedServers, embedded_servers
from db.encryption import MasterKey
from db.migrate import MigrationReport, migrate
from db.provisioning import Provisioning
from db.roles import DatabaseRole, url_as
from db.session import make_engine

PREFIX = "workgraph"
MASTER_KEY = MasterKey(b"k" * 32)  # as in tests.proofs.migrate, whose process goes on with what these make


@dataclass
class Installation:
    """One database, and engines of our roles on it."""

    owner_url: str
    engines: dict[str, AsyncEngine] = field(default_factory=dict[str, AsyncEngine])

    def url(self, role: DatabaseRole) -> str:
        return url_as(self.owner_url, role, prefix=PREFIX, master_key=MASTER_KEY)

    def engine(self, role: DatabaseRole | None = None) -> AsyncEngine:
        """An engine of a role, or of the owner."""
        url = self.owner_url if role is None else self.url(role)
        return self.engines.setdefault(url, make_engine(url, pool_size=4))

    @property
    def provisioning(self) -> Provisioning:
        return Provisioning(self.engine(DatabaseRole.CONTROL), MASTER_KEY, self.owner_url)

    @property
    def name(self) -> str:
        return str(make_url(self.owner_url).database)

    async def migrate(self, *more_versions: Path) -> MigrationReport:
        return await migrate(self.owner_url, prefix=PREFIX, master_key=MASTER_KEY, more_versions=more_versions)

    async def close(self) -> None:
        for engine in self.engines.values():
            await engine.dispose()
        self.engines.clear()


NewInstallation = Callable[..., Awaitable[Installation]]


@pytest.fixture(scope="session")
async def servers() -> AsyncGenerator[EmbeddedServers]:
    """A PostgreSQL with an owner who may make roles, and no Valkey."""
    parent = Path(tempfile.mkdtemp(prefix="workgraph-test-"))
    parent.chmod(0o755)
    async with embedded_servers(parent / "data", role_prefix=PREFIX, valkey=False) as started:
        administrator = await asyncpg.connect(started.superuser_url)
        for statement in ("alter system set fsync = off", "select pg_reload_conf()"):
            await administrator.execute(statement)
        await administrator.close()
        yield started
    shutil.rmtree(parent)


@pytest.fixture(scope="session")
async def new_installation(servers: EmbeddedServers) -> AsyncGenerator[NewInstallation]:
    """Make databases that belong to the owner: empty ones, or copies of one to which nobody is connected."""
    numbers, made = count(1), list[Installation]()
    administrator = await asyncpg.connect(servers.superuser_url)

    async def make(like: str = "template1") -> Installation:
        name = f"tenancy_{next(numbers)}"
        await administrator.execute(f"create database {name} owner {PREFIX}_owner template {like}")
        url = make_url(servers.database_url).set(database=name).render_as_string(hide_password=False)
        made.append(Installation(url))
        return made[-1]

    yield make
    for installation in made:
        await installation.close()
    await administrator.close()


@pytest.fixture(scope="session")
async def installation(new_installation: NewInstallation) -> Installation:
    """A migrated database, shared by the tests that leave its structure as it is."""
    made = await new_installation()
    assert (await made.migrate()).complete
    return made


@pytest.fixture
async def empty(new_installation: NewInstallation) -> Installation:
    """A database of the test's own, with nothing in it."""
    return await new_installation()


@pytest.fixture(scope="session")
def owner_url(installation: Installation) -> str:
    """The owner's address of the shared database."""
    return installation.owner_url
