"""A company in Berlin with a cycle of a quarter that is open, and somebody of HR who sets objectives."""

import pytest

from tests.hr.builders import Staff
from tests.hr.conftest import staff
from tests.performance.goals import Goals, a_quarter

__all__ = ["staff"]


@pytest.fixture
async def goals(staff: Staff) -> Goals:
    return await a_quarter(staff)
