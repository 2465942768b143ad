"""The ground for one mutation, made anew for each test."""

import pytest

from tests.commands.ground import BY_NAME, COMMANDS, Command, Ground, a_ground, status_before
from tests.world import CompanyWorld


@pytest.fixture(params=[command.name for command in COMMANDS])
def command(request: pytest.FixtureRequest) -> Command:
    """Every mutation that the schema derives, one after the other."""
    return BY_NAME[request.param]


@pytest.fixture
async def ground(company: CompanyWorld, command: Command) -> Ground:
    """A company on which the mutation can succeed."""
    return await a_ground(company, status_before(command))
