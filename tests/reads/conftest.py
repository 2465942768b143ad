"""Two companies with rows of their own, and pools of the application's role on their database."""

from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass

import asyncpg
import pytest

from db.reads import ReadPool
from db.roles import DatabaseRole, url_as
from db.tenancy import FOLD
from tests.schema.builders import put_flows
from tests.world import CompanyWorld, World

IDLE = """
select count(*) from pg_stat_activity where usename = current_user and pid <> pg_backend_pid() and state <> 'idle'
  and query like $1
"""
STAGES = f"""{FOLD} select answer.* from tenant cross join lateral
(select s.id, s.tenant_id from pool.stages s where tenant.named is not null offset 0) answer"""
PLAIN_STAGES = "select s.id, s.tenant_id from pool.stages s"
NewPool = Callable[..., ReadPool]


@dataclass(frozen=True)
class Two:
    """Two companies: the first has four stages, the second six."""

    first: CompanyWorld
    second: CompanyWorld

    def __iter__(self) -> Iterator[tuple[CompanyWorld, int]]:
        return iter(((self.first, 4), (self.second, 6)))


@pytest.fixture
async def two(company: CompanyWorld, other_company: CompanyWorld) -> Two:
    await put_flows(company, 2, stages=2)
    await put_flows(other_company, 2, stages=3)
    return Two(company, other_company)


@pytest.fixture
def app_url(world: World) -> str:
    """The database as the application's role."""
    wiring = world.wiring
    return url_as(wiring.database_url, DatabaseRole.APP, prefix=wiring.role_prefix, master_key=wiring.master_key)


@pytest.fixture
async def new_pool(app_url: str) -> AsyncGenerator[NewPool]:
    """Make pools, which are closed at the end."""
    made = list[ReadPool]()

    def make(url: str = app_url, **chosen: object) -> ReadPool:
        made.append(ReadPool(url, **chosen))  # pyright: ignore[reportArgumentType] - passed on as given
        return made[-1]

    yield make
    for pool in made:
        await pool.close()


@pytest.fixture
async def aside(app_url: str) -> AsyncGenerator[asyncpg.Connection]:
    """A connection of the same role, to look at what the others do."""
    connection = await asyncpg.connect(app_url)
    yield connection
    await connection.close()
