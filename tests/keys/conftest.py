"""Who makes keys."""

import pytest

from tests.world import CompanyWorld, Person


@pytest.fixture
async def owner(company: CompanyWorld) -> Person:
    return await company.person("OWNER")
