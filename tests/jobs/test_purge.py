from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from db.catalog import Isolation, Tenant
from db.queue import Scheduled
from db.tenancy import Placement
from resolvers import jobs
from resolvers.jobs import purge_idempotency_keys, tasks_of
from tests.jobs.station import Station

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
DAY = timedelta(hours=24)
AGES = {"new": timedelta(0), "almost": DAY - timedelta(seconds=1), "just": DAY, "old": 3 * DAY}
INSERT = """
insert into {schema}.idempotency_keys (tenant_id, id, actor_id, operation, key, input_hash, created_at)
values (:tenant_id, uuidv7(), uuidv7(), 'publish_flow', :key, '\\x00', :created_at)"""


async def keys(station: Station, tenant: Tenant) -> list[str]:
    found = await station.rows(f"select key from {tenant.placement.schema}.idempotency_keys order by key", tenant)
    return [key for (key,) in found]


async def put(station: Station, tenant: Tenant, **ages: timedelta) -> None:
    for key, age in ages.items():
        statement = INSERT.format(schema=tenant.placement.schema)
        await station.rows(statement, tenant, tenant_id=tenant.id, key=key, created_at=NOW - age)


@pytest.fixture(scope="module")
async def in_its_own_schema(made_station: Station) -> Tenant:
    return await made_station.tenant(Isolation.SCHEMA)


@pytest.fixture
async def tenants(station: Station, in_its_own_schema: Tenant) -> list[Tenant]:
    """Two in the shared schema, one in its own."""
    await station.rows(f"delete from {in_its_own_schema.placement.schema}.idempotency_keys", in_its_own_schema)
    made = [await station.tenant(), await station.tenant(), in_its_own_schema]
    for tenant in made:
        await put(station, tenant, **AGES)
    return made


async def test_exactly_the_keys_that_count_no_more_are_removed_of_every_tenant(
    station: Station, tenants: list[Tenant]
) -> None:
    placements = [tenant.placement for tenant in tenants]
    assert await purge_idempotency_keys(station.database, placements, NOW) == 6
    assert [await keys(station, tenant) for tenant in tenants] == [["almost", "new"]] * 3
    assert await purge_idempotency_keys(station.database, placements, NOW) == 0


async def test_many_keys_go_in_batches(
    station: Station, tenants: list[Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 2)
    await put(station, tenants[0], **{f"old{number}": 2 * DAY for number in range(5)})
    statements: list[int] = []
    transacting = station.database.transacting
    monkeypatch.setattr(station.database, "transacting", lambda place: statements.append(1) or transacting(place))
    assert await purge_idempotency_keys(station.database, [tenants[0].placement], NOW) == 7
    assert len(statements) == 4
    assert await keys(station, tenants[0]) == ["almost", "new"]


async def test_a_key_that_a_command_has_locked_is_left_to_it(station: Station, tenants: list[Tenant]) -> None:
    lock = "select from pool.idempotency_keys where key = 'old' for update"
    async with station.owner.begin() as connection:
        await connection.exec_driver_sql(f"select set_config('app.tenant_id', '{tenants[0].id}', true)")
        await connection.exec_driver_sql(lock)
        assert await purge_idempotency_keys(station.database, [tenants[0].placement], NOW) == 1
    assert await keys(station, tenants[0]) == ["almost", "new", "old"]


async def test_a_tenant_that_cannot_be_reached_does_not_keep_the_others(
    station: Station, tenants: list[Tenant]
) -> None:
    lost = Placement(tenants[0].id, "t_is_not_there", tenants[0].placement.database)
    assert await purge_idempotency_keys(station.database, [lost, tenants[1].placement], NOW) == 2


async def test_every_hour_the_keys_of_all_settled_tenants_are_removed(station: Station, tenants: list[Tenant]) -> None:
    await station.rows("update catalog.tenants set status = 'failed' where id = :id", id=tenants[1].id)
    work = replace(station.work(), clock=lambda: NOW)
    [purge] = [task for task in tasks_of(work) if task.name == "purge_idempotency_keys"]
    assert isinstance(purge, Scheduled)
    assert purge.cron == "7 * * * *"
    await purge.run()
    every, counting = ["almost", "just", "new", "old"], ["almost", "new"]
    assert [await keys(station, tenant) for tenant in tenants] == [counting, every, counting]
