"""Somebody of the platform who looks after the company of a test, and somebody who runs the installation."""

import pytest

from db.catalog import PlatformRole
from tests.support.builders import Colleague, a_colleague
from tests.world import CompanyWorld, Person, World


@pytest.fixture
async def owner(company: CompanyWorld) -> Person:
    """Somebody who owns the company."""
    return await company.person("OWNER")


@pytest.fixture
async def agent(world: World, company: CompanyWorld) -> Colleague:
    """Somebody who looks after the company, and no other."""
    made = await a_colleague(world)
    await made.looks_after(company)
    return made


@pytest.fixture
async def administrator(world: World) -> Colleague:
    """Somebody who runs the installation."""
    return await a_colleague(world, PlatformRole.PLATFORM_ADMIN)
