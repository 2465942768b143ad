"""clairvoyance, which recovers schemas from what servers say of wrong documents, against those who may not introspect.

It is given a list of words that is better than any that could be guessed; `./workgraph prove clairvoyance` gives it its
own list, of ten thousand.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import dev
from schema.revealing import Reveals
from tests.clients import clairvoyance
from tests.clients.clairvoyance import UNTOLD, open_profile, recovered
from tests.clients.conftest import absent
from tests.documents.builders import a_client, headers_of
from tests.world import CompanyWorld, World

NAMES = ["company", "viewer", "flows", "modules", "users", "name", "id", "first", "where", "nodes", "timezone"]


@pytest.fixture(scope="module", autouse=True)
def tool() -> None:
    try:
        clairvoyance.installed()
    except dev.ToolsUnavailable as reason:
        absent(str(reason))


@pytest.fixture(scope="module")
async def url(world: World) -> AsyncIterator[str]:
    """Where the schema is for those who are permitted."""
    async with open_profile(world, Reveals.TO_PERMITTED) as address:
        yield address


@pytest.mark.parametrize("role", ["VIEWER", None])
async def test_it_recovers_nothing_without_the_right(
    company: CompanyWorld, url: str, tmp_path: Path, role: str | None
) -> None:
    person = await company.person(role) if role else company.stranger()
    found, said = await recovered(url, headers_of(person), tmp_path, NAMES)
    assert found == set()
    assert UNTOLD in said


async def test_it_recovers_nothing_as_a_client_that_is_locked(company: CompanyWorld, url: str, tmp_path: Path) -> None:
    """Not even as an owner, who may introspect when they use another program."""
    owner = await company.person("OWNER")
    await a_client(owner, "shop", locked=True)
    found, said = await recovered(url, headers_of(owner, "shop"), tmp_path, NAMES)
    assert found == set()
    assert UNTOLD in said


async def test_it_recovers_what_is_told_to_everyone(world: World, company: CompanyWorld, tmp_path: Path) -> None:
    """So it works, and is kept from it by nothing else."""
    viewer = await company.person("VIEWER")
    async with open_profile(world, Reveals.TO_EVERYONE) as address:
        found, _ = await recovered(address, headers_of(viewer), tmp_path, NAMES[:3])
    assert {("Query", "company"), ("Query", "flows"), ("Query", "viewer")} <= found
