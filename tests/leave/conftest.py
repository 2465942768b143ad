"""A company in Berlin with the leave of the worked example, and somebody of it who asks for days."""

import pytest

from tests.hr.builders import Staff
from tests.hr.conftest import staff
from tests.leave.office import Office, an_office

__all__ = ["staff"]


@pytest.fixture
async def office(staff: Staff) -> Office:
    return await an_office(staff)
