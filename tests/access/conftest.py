"""The fixtures of these tests: one company that has some of everything, made once for each test process."""

import pytest

from db.encryption import Sealer
from schema.answering import Answering
from tests.access.askers import askers
from tests.access.matrix import Matrix, matrix
from tests.access.samples import samples_of
from tests.engines.ground import a_lived_in_company
from tests.wall.graph import JOINED
from tests.world import CompanyWorld, World


@pytest.fixture(scope="session")
async def lived_in(world: World) -> CompanyWorld:
    """A company in which there is some of everything."""
    return await a_lived_in_company(world)


@pytest.fixture(scope="session")
def answering(world: World) -> Answering:
    """What answers, without anything of HTTP around it."""
    parts, sealer = world.parts, Sealer(world.wiring.master_key)
    return Answering(JOINED, parts.database, parts.identity, parts.registration, parts.sso, sealer)


@pytest.fixture(scope="session")
async def met(answering: Answering, lived_in: CompanyWorld) -> Matrix:
    """What everybody meets everywhere in that company, and somebody of another one."""
    stranger = await (await lived_in.world.company()).person("OWNER")
    return await matrix(answering, await samples_of(lived_in), await askers(lived_in), stranger.asking)
