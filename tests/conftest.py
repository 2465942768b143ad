"""The fixtures that every folder shares: one world per test process, and a fresh company per test."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from app import Wiring, connected, make_app
from db.embedded import embedded_servers
from db.encryption import MasterKey
from db.migrate import migrate
from tests.world import CompanyWorld, Person, World, owner_engine

MASTER_KEY = MasterKey(b"k" * 32)


@pytest.fixture(scope="session")
async def wiring(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Wiring]:
    """Real servers of this test process alone, migrated."""
    folder: Path = tmp_path_factory.mktemp("servers")
    async with embedded_servers(folder) as servers:
        report = await migrate(servers.database_url, prefix="workgraph", master_key=MASTER_KEY)
        assert report.complete, report.stragglers
        yield Wiring(
            database_url=servers.database_url,
            redis_url=servers.redis_url,
            master_key=MASTER_KEY,
            role_prefix="workgraph",
            public_url="http://testserver",
            own_hosts=frozenset({"testserver"}),
            default_slug=None,
            shows_graphiql=True,
        )


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
async def company(world: World) -> CompanyWorld:
    """A company of this test alone."""
    return await world.company()


@pytest.fixture
async def other_company(world: World) -> CompanyWorld:
    """Another company, which must see nothing of the first."""
    return await world.company()


@pytest.fixture
async def hr(company: CompanyWorld) -> Person:
    """Somebody of the company who writes onboarding flows."""
    return await company.person("HR")
