"""A company with one draft flow for each test."""

import pytest

from tests.onboarding.flows import FlowWorld, a_flow
from tests.world import CompanyWorld


@pytest.fixture
async def flows(company: CompanyWorld) -> FlowWorld:
    """A draft flow of three stages of two blocks, and somebody of HR."""
    return await a_flow(company)
