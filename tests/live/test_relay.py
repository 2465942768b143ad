"""The relay: positions without gaps, in the order of commits, on the bus once, whatever dies or forgets meanwhile."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

import subscriptions.relay
from db.catalog import PRIMARY
from db.identifiers import quoted
from db.outbox import Event, HeldOutbox, Outbox
from db.roles import DatabaseRole, role_name, url_as
from db.tenancy import set_tenant
from subscriptions.bus import Bus
from tests.audit.chains import auditing_of
from tests.live.client import PROGRESS, client_of
from tests.onboarding.hires.builders import Published, complete
from tests.world import CompanyWorld, Person, World

PLACES = (
    "select id, type, subject_id, subject_version, position from pool.event_outbox where tenant_id = :tenant order by "
)


@asynccontextmanager
async def another_relay(world: World) -> AsyncGenerator[Outbox]:
    """The outbox as the relay of another process has it."""
    wiring = world.wiring
    role = url_as(wiring.database_url, DatabaseRole.RELAY, prefix=wiring.role_prefix, master_key=wiring.master_key)
    outbox = Outbox(role, private=())
    try:
        yield outbox
    finally:
        await outbox.close()


@pytest.fixture
async def redis(world: World, relaying: None) -> AsyncIterator[Any]:
    """A hand in the bus."""
    client = Redis.from_url(world.wiring.redis_url)
    yield client
    await client.aclose()


async def placed(company: CompanyWorld, within: float = 5.0) -> Sequence[Any]:
    """Wait until every event of a company has its position, and return them in that order."""
    async with asyncio.timeout(within):
        while True:
            rows = await company.rows(PLACES + "position")
            if rows and all(row.position for row in rows):
                return rows
            await asyncio.sleep(0.02)


async def on_the_bus(world: World, tenant_id: UUID) -> list[tuple[int, str]]:
    bus = Bus(world.wiring.redis_url, prefix=world.wiring.role_prefix)
    try:
        return [(event.position, event.type) for event in await bus.after(tenant_id, 0)]
    finally:
        await bus.close()


async def a_flow_by(hr: Person) -> dict[str, Any]:
    return (await hr.do("createFlow", {"name": "Watched", "durationDays": 7}, "flow { id version }"))["flow"]


async def test_each_event_has_its_place_without_gaps_and_stands_on_the_bus_under_it(
    world: World, relaying: None, company: CompanyWorld, hr: Person
) -> None:
    for _ in range(5):
        await a_flow_by(hr)
    rows = await placed(company)
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    async with asyncio.timeout(5):
        while len(await on_the_bus(world, company.tenant.id)) < len(rows):
            await asyncio.sleep(0.02)
    assert await on_the_bus(world, company.tenant.id) == [(row.position, row.type) for row in rows]


async def test_events_of_one_subject_come_in_the_order_of_its_versions(
    relaying: None, company: CompanyWorld, hr: Person
) -> None:
    """Writers in parallel, each waiting for the one before; ids of different processes would not tell."""
    flow = await a_flow_by(hr)
    names = [f"Name {number}" for number in range(30)]
    await asyncio.gather(*(hr.do("updateFlow", {"id": flow["id"], "name": name}) for name in names))
    rows = [row for row in await placed(company) if row.type == "onboarding.flow.updated"]
    versions = [row.subject_version for row in rows]
    assert len(versions) == 30
    assert versions == sorted(versions)


async def test_the_order_is_that_of_writing_whatever_the_ids_say(
    world: World, company: CompanyWorld, hr: Person, relaying: None
) -> None:
    """As when two machines write, whose clocks differ."""
    before = len(await placed(company))
    write = text(
        "insert into pool.event_outbox (tenant_id, id, message_id, type, occurred_at, actor_type, subject_type, "
        "subject_id, subject_version, data, correlation_id, schema_version) select :tenant, "
        "('ffffffff-ffff-7fff-8fff-ffffffffff' || lpad((90 - n)::text, 2, '0'))::uuid, 'msg', 'a.written.' || n, "
        "now(), 'system', 'Thing', :tenant, n, '{}', 'test', 1 from generate_series(1, 20) n order by n"
    )
    async with world.owner.begin() as connection:
        await connection.execute(set_tenant(company.tenant.id))
        await connection.execute(write, {"tenant": company.tenant.id})
    written = (await placed(company))[before:]
    assert [row.type for row in written] == [f"a.written.{number}" for number in range(1, 21)]


async def test_what_is_rolled_back_is_never_told(
    world: World, relaying: None, company: CompanyWorld, hr: Person
) -> None:
    before = len(await placed(company))
    assert (await hr.do("createFlow", {"name": "Dry", "durationDays": 7, "dryRun": True}))["refusals"] == []
    await a_flow_by(hr)
    rows = await placed(company)
    assert len(rows) == before + 1
    assert rows[-1].position == before + 1


async def test_one_works_and_another_takes_over(
    world: World, company: CompanyWorld, hr: Person, relaying: None
) -> None:
    """The relay of the test process holds the lock; another gets it only when the first has lost its connection."""
    await placed(company)
    async with another_relay(world) as outbox:
        async with outbox.held() as held:
            assert held is None
        await terminate_relays(outbox)
        begun = asyncio.get_running_loop().time()
        await a_flow_by(hr)
        await placed(company)
        assert asyncio.get_running_loop().time() - begun < 4


async def test_a_bus_that_is_emptied_is_filled_again_and_everybody_goes_on(
    world: World, address: str, flow: Published, redis: Any
) -> None:
    hire, person = await flow.begun()
    async with client_of(address, flow.hr) as client:
        await client.subscribe(PROGRESS, id=hire)
        await client.next()
        before = await placed(flow.company)
        await redis.flushall()
        assert await complete(person, flow.block(0, 0), "Yes") == []
        assert (await client.next())["state"]["blocksPct"] == 33
        rows = await placed(flow.company)
        assert rows[: len(before)] == before
        async with asyncio.timeout(5):
            while (await on_the_bus(world, flow.company.tenant.id))[-1:] != [(rows[-1].position, rows[-1].type)]:
                await asyncio.sleep(0.02)
        assert await complete(person, flow.block(0, 1), "Yes") == []
        assert (await client.next())["state"]["blocksPct"] == 67


async def test_filling_an_emptied_bus_takes_no_more_statements_for_more_companies(
    world: World, flow: Published, other_company: CompanyWorld, redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    after = HeldOutbox.after

    async def counted(self: HeldOutbox, schema: str, known: Mapping[UUID, int]) -> Sequence[Event]:
        asked.extend([len(known)] if schema == "pool" else [])
        return await after(self, schema, known)

    await a_flow_by(await other_company.person("HR"))
    ends = {each.tenant.id: (await placed(each))[-1] for each in (flow.company, other_company)}
    monkeypatch.setattr(HeldOutbox, "after", counted)
    monkeypatch.setattr(subscriptions.relay, "TENANTS", 100_000)
    await redis.flushall()
    for tenant_id, end in ends.items():
        async with asyncio.timeout(5):
            while (await on_the_bus(world, tenant_id)) != [(end.position, end.type)]:
                await asyncio.sleep(0.02)
    assert len(asked) == 1
    assert asked[0] >= 2


async def test_a_schema_that_is_still_being_made_halts_nobody(
    world: World, relaying: None, company: CompanyWorld, hr: Person
) -> None:
    """Its tables are granted before the schema itself is, and what makes it may be killed in between."""
    relay, sequencer = (
        role_name(world.wiring.role_prefix, each) for each in (DatabaseRole.RELAY, DatabaseRole.SEQUENCER)
    )
    async with world.owner.begin() as connection:
        await connection.execute(text("create schema half_made"))
        for table, role in (("event_outbox", relay), ("audit_waiting", sequencer)):
            await connection.execute(text(f"create table half_made.{table} (like pool.{table} including all)"))
            await connection.execute(text(f"grant select on half_made.{table} to {quoted(role)}"))
    try:
        before = len(await placed(company))
        await a_flow_by(hr)
        await asyncio.sleep(1.5 * subscriptions.relay.IDLE)  # by then it has looked everywhere
        await a_flow_by(hr)
        assert len(await placed(company)) == before + 2
        async with auditing_of(world) as auditing, auditing.held() as held:
            assert held is not None
            assert "half_made" not in await held.schemas()
    finally:
        async with world.owner.begin() as connection:
            await connection.execute(text("drop schema half_made cascade"))


async def test_events_that_were_placed_by_one_that_died_are_put_on_the_bus(
    world: World, company: CompanyWorld, hr: Person, redis: Any
) -> None:
    """Placing is committed before the bus is told: a relay may die in between."""
    await placed(company)
    async with another_relay(world) as outbox:
        await terminate_relays(outbox)
        async with asyncio.timeout(5), until_held(outbox) as held:
            await a_flow_by(hr)
            assert [event.type for event in await held.place("pool", 500)] == ["onboarding.flow.created"]
        rows = await placed(company)
        async with asyncio.timeout(5):
            while (await on_the_bus(world, company.tenant.id))[-1] != (rows[-1].position, rows[-1].type):
                await asyncio.sleep(0.02)


@asynccontextmanager
async def until_held(outbox: Outbox) -> AsyncGenerator[HeldOutbox]:
    """Hold the lock as soon as nobody else does."""
    while True:
        async with outbox.held() as held:
            if held:
                yield held
                return


async def terminate_relays(outbox: Outbox) -> None:
    """Have every relay but this one lose its connection."""
    async with outbox._engine.begin() as connection:
        await connection.exec_driver_sql(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where usename = current_user and pid <> pg_backend_pid()"
        )


async def test_a_bus_ahead_of_the_log_is_begun_anew(
    world: World, company: CompanyWorld, hr: Person, redis: Any
) -> None:
    """As after a database was restored from a backup: else every new event would be refused as an old one."""
    rows = await placed(company)
    stream = f"{world.wiring.role_prefix}:events:{company.tenant.id}"
    async with asyncio.timeout(5):
        while not await redis.exists(stream):
            await asyncio.sleep(0.02)
    await redis.xadd(stream, {b"e": b"{}"}, id="1000-0")
    await redis.delete(f"{world.wiring.role_prefix}:relay:{PRIMARY}")
    async with asyncio.timeout(5):
        while (await on_the_bus_or_nothing(world, company.tenant.id))[-1:] != [(rows[-1].position, rows[-1].type)]:
            await asyncio.sleep(0.02)
    await a_flow_by(hr)
    newer = await placed(company)
    async with asyncio.timeout(5):
        while (await on_the_bus(world, company.tenant.id))[-1] != (newer[-1].position, newer[-1].type):
            await asyncio.sleep(0.02)


async def on_the_bus_or_nothing(world: World, tenant_id: UUID) -> list[tuple[int, str]]:
    try:
        return await on_the_bus(world, tenant_id)
    except (KeyError, TypeError):
        return []


async def test_more_than_one_batch_is_placed(
    relaying: None, company: CompanyWorld, hr: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions.relay, "BATCH", 2)
    for _ in range(7):
        await a_flow_by(hr)
    rows = await placed(company)
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
