"""The ground for one mutation: made anew for each test, or shared by tests of what leaves nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from db.models.onboarding import FlowStatus
from tests.commands.ground import BY_NAME, COMMANDS, Command, Ground, a_ground, status_before
from tests.world import CompanyWorld, World

Shared = dict[tuple[str, FlowStatus], Ground]
Still = Callable[[str], Awaitable[Ground]]


@pytest.fixture(params=[command.name for command in COMMANDS])
def command(request: pytest.FixtureRequest) -> Command:
    """Every mutation that the schema derives, one after the other."""
    return BY_NAME[request.param]


@pytest.fixture
async def ground(company: CompanyWorld, command: Command) -> Ground:
    """A company on which the mutation can succeed."""
    return await a_ground(company, status_before(command))


@pytest.fixture(scope="session")
def shared() -> Shared:
    """The grounds that tests of this process share."""
    return {}


@pytest.fixture
async def stills(world: World, command: Command, shared: Shared) -> AsyncIterator[Still]:
    """Grounds by name, on which the mutation could succeed; a test after which one is not as it was is the last."""
    used = dict[tuple[str, FlowStatus], dict[str, tuple[int, str | None]]]()

    async def of(name: str) -> Ground:
        key = (name, status_before(command))
        ground = shared.pop(key, None) or await a_ground(await world.company(), key[1])
        shared[key], used[key] = ground, await ground.records()
        return ground

    yield of
    for key, before in used.items():
        if await shared[key].records() != before:
            del shared[key]


@pytest.fixture
async def still(stills: Still) -> Ground:
    """A ground for what leaves nothing but keys of idempotency."""
    return await stills("mine")
