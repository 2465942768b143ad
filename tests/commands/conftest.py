"""The ground for one mutation: shared by the tests of a process, and put back as it was for each."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from db.models.onboarding import FlowStatus
from tests.commands.ground import BY_NAME, COMMANDS, Command, Ground, Grounds, status_before
from tests.events.written import expect_declared
from tests.rewinding import Rewinding
from tests.world import World

Still = Callable[[str], Awaitable[Ground]]


@pytest.fixture(params=[command.name for command in COMMANDS])
def command(request: pytest.FixtureRequest) -> Command:
    """Every mutation that the schema derives, one after the other."""
    return BY_NAME[request.param]


@pytest.fixture
def flow_status(request: pytest.FixtureRequest) -> FlowStatus:
    """The status in which the flow is: one in which the mutation can succeed, if the test is about one."""
    about = request.getfixturevalue("command") if "command" in request.fixturenames else None
    return status_before(about) if about else FlowStatus.DRAFT


@pytest.fixture(scope="session")
def grounds(world: World, rewinding: Rewinding) -> Grounds:
    """The grounds of this process."""
    return Grounds(world, rewinding)


@pytest.fixture
async def ground(grounds: Grounds, flow_status: FlowStatus) -> AsyncIterator[Ground]:
    """A company as if it were new. At the end its log is held against the catalogue of events."""
    made = await grounds.of("mine", flow_status)
    yield made
    await expect_declared(made.company)


@pytest.fixture
def stills(grounds: Grounds, flow_status: FlowStatus) -> Still:
    """Grounds by name, for what leaves nothing but keys of idempotency."""

    async def of(name: str) -> Ground:
        return await grounds.of(name, flow_status)

    return of


@pytest.fixture
async def still(stills: Still) -> Ground:
    """A ground for what leaves nothing but keys of idempotency."""
    return await stills("mine")
