"""A company with a site in Berlin."""

import pytest

from tests.hr.builders import Staff
from tests.world import CompanyWorld


@pytest.fixture
async def staff(company: CompanyWorld) -> Staff:
    hr = await company.person("HR")
    payload = await hr.do(
        "createWorkLocation", {"name": "Berlin", "country": "DE", "timezone": "Europe/Berlin"}, "workLocation { id }"
    )
    return Staff(company, hr, payload["workLocation"]["id"])
