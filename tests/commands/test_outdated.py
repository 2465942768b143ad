"""A migration while Workgraph serves: a statement that was prepared before does not fit any more, and is run again."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from structlog.testing import capture_logs

from app import Wiring, connected, make_app
from tests.commands.ground import Ground
from tests.world import Person, World

NARROW, WIDE = (f"alter table pool.onboarding_flows alter column description type varchar({n})" for n in (5000, 5001))
READ = "query($id: ID!) { flow(id: $id) { name description } }"
SEVERAL = "query($id: ID!) { flow(id: $id) { name description stages { pageInfo { endCursor } nodes { name } } } }"


@pytest.fixture
async def person(ground: Ground, wiring: Wiring) -> AsyncIterator[Person]:
    """Somebody who is served over one connection, which keeps what it has prepared."""
    one = replace(wiring, pool_size=1)
    async with connected(one) as parts:
        transport = httpx.ASGITransport(app=make_app(one, parts))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            yield replace(ground.person, http=http)


@pytest.fixture
async def migrated(world: World) -> AsyncIterator["Migration"]:
    """A column that can be made wider; it is as it was afterwards."""
    migration = Migration(world)
    yield migration
    await migration.run(NARROW)


class Migration:
    def __init__(self, world: World) -> None:
        self._world = world

    async def run(self, statement: str = WIDE) -> None:
        async with self._world.owner.begin() as connection:
            await connection.exec_driver_sql(statement)


async def test_a_mutation_is_run_again_and_nobody_is_told(ground: Ground, person: Person, migrated: Migration) -> None:
    given = {"id": ground.id_of(type(ground.flow))}
    await person.do("updateFlow", given | {"name": "One"})
    await migrated.run()
    with capture_logs() as logged:
        payload = await person.do("updateFlow", given | {"name": "Two"}, "flow { name version }")
    assert (payload["flow"], payload["refusals"], logged) == ({"name": "Two", "version": 3}, [], [])
    assert [entry.new_values for entry in await ground.audited("update_flow")] == [{"name": "One"}, {"name": "Two"}]


async def test_a_query_of_one_statement_is_asked_again_and_nobody_is_told(
    ground: Ground, person: Person, migrated: Migration
) -> None:
    given = {"id": ground.id_of(type(ground.flow))}
    before = await person.ask(READ, given)
    await migrated.run()
    with capture_logs() as logged:
        assert (await person.ask(READ, given)).data == before.data
    assert logged == []


async def test_a_query_of_several_is_told_to_try_again(ground: Ground, person: Person, migrated: Migration) -> None:
    """They are read at one moment, and that has passed."""
    given = {"id": ground.id_of(type(ground.flow))}
    before = await person.ask(SEVERAL, given)
    await migrated.run()
    with capture_logs() as logged:
        assert "UNAVAILABLE" in (await person.ask(SEVERAL, given)).codes
    assert [each["event"] for each in logged] == ["fault"] * len(logged)
    assert (await person.ask(SEVERAL, given)).data == before.data
