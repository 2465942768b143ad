"""A company with one draft flow, as if it were new for each test."""

import pytest

from tests.commands.conftest import flow_status, ground, grounds
from tests.commands.ground import Ground
from tests.onboarding.flows import FlowWorld, work_on

__all__ = ["flow_status", "ground", "grounds"]


@pytest.fixture
async def flows(ground: Ground) -> FlowWorld:
    """A draft flow of three stages of two blocks, and somebody of HR."""
    return await work_on(ground)
