from pathlib import Path

import pytest

from gateways.files import FileStore
from tests.files.depot import Depot
from tests.imports.builders import Desk
from tests.world import CompanyWorld, World


@pytest.fixture
async def desk(world: World, company: CompanyWorld) -> Desk:
    """A company whose owner imports tables."""
    place = world.wiring.files
    assert isinstance(place, Path)
    return Desk(company, await company.person(), Depot(world.http, FileStore(place), place))
