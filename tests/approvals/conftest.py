"""Who makes policies, and documents with an amount."""

from collections.abc import Iterator

import pytest

from resolvers.approvals.documents import APPROVABLES
from tests.approvals.builders import ENDED, FACTS, TEAMS
from tests.world import CompanyWorld, Person


@pytest.fixture(autouse=True)
def teams(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let teams need approval, as documents with an amount."""
    monkeypatch.setitem(APPROVABLES, TEAMS.name, TEAMS)
    yield
    FACTS.clear()
    ENDED.clear()


@pytest.fixture
async def admin(company: CompanyWorld) -> Person:
    return await company.person("ADMIN")


@pytest.fixture
async def ada(company: CompanyWorld) -> Person:
    """Somebody who asks for approval."""
    return await company.person("HR")


@pytest.fixture
async def ben(company: CompanyWorld) -> Person:
    """Somebody who approves."""
    return await company.person("MEMBER")


@pytest.fixture
async def cleo(company: CompanyWorld) -> Person:
    """Somebody else who approves."""
    return await company.person("MEMBER")
