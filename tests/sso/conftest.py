"""The application of these tests, and a provider for each of them."""

from collections.abc import AsyncIterator

import pytest

from tests.sso.builders import Installation, a_person, installed
from tests.sso.provider import Provider, a_provider
from tests.world import World


@pytest.fixture(scope="session")
async def installation(world: World) -> AsyncIterator[Installation]:
    async with installed(world, Provider()) as made:
        yield made


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with a_provider() as made:
        made.person = a_person()
        yield made


@pytest.fixture
async def here(installation: Installation, provider: Provider) -> Installation:
    """The application, with the provider of this test."""
    return Installation(installation.app, provider)
