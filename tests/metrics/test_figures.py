"""What a process tells of itself is in Prometheus' form, and right."""

import asyncio
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Select, literal, select

from db.catalog import PRIMARY
from db.reads import ReadPool
from db.roles import DatabaseRole, url_as
from db.session import Database
from schema.metrics.operations import MOST_NAMES
from tests.live.client import client_of
from tests.live.conftest import listening
from tests.metrics.serving import own_app
from tests.schema.builders import put_flows
from tests.webhooks.dispatching import a_team
from tests.world import CompanyWorld, Person, World

FLOWS = "query Counted { flows { nodes { id name } } }"
FAMILIES = {
    "workgraph_operation_seconds",
    "workgraph_operations",
    "workgraph_operation_errors",
    "workgraph_operation_points",
    "workgraph_pool_size",
    "workgraph_pool_in_use",
    "workgraph_pool_waiting",
    "workgraph_event_loop_lag_seconds",
    "workgraph_event_loop_lag_max_seconds",
    "workgraph_live_subscriptions",
    "workgraph_webhooks_in_hand",
    "workgraph_outbox_waiting",
    "workgraph_webhooks_due",
    "process_cpu_seconds",
    "process_resident_memory_bytes",
}


def one() -> Select[int]:
    return select(literal(1))


async def test_every_family_has_a_meaning(world: World, hr: Person) -> None:
    async with own_app(world) as own:
        await own.seen_by(hr).ask(FLOWS)
        await own.seen_by(hr).ask("{ nothing }")
        families = {each.name: each for each in text_string_to_metric_families(await own.text())}
    assert families.keys() >= FAMILIES
    assert all(families[name].documentation for name in FAMILIES)


async def test_counts_grow_by_what_was_asked(world: World, company: CompanyWorld, hr: Person) -> None:
    await put_flows(company, 2)
    async with own_app(world) as own:
        for _ in range(5):
            assert (await own.seen_by(hr).ask(FLOWS)).errors == []
        before = await own.figures()
        for _ in range(3):
            await own.seen_by(hr).ask(FLOWS)
        figures = await own.figures()
    assert before["workgraph_operations_total", "statement", "query", "Counted"] == 5
    assert figures["workgraph_operations_total", "statement", "query", "Counted"] == 8
    assert figures["workgraph_operation_seconds_count", "query", "Counted"] == 8
    assert figures["workgraph_operation_seconds_bucket", "query", "+Inf", "Counted"] == 8
    assert before["workgraph_operation_seconds_sum", "query", "Counted"] > 0
    assert (
        before["workgraph_operation_seconds_sum", "query", "Counted"]
        < figures["workgraph_operation_seconds_sum", "query", "Counted"]
    )
    assert not any(key[0] == "workgraph_operation_errors_total" for key in figures)


async def test_how_an_operation_was_read_and_what_was_wrong_with_it(
    world: World, company: CompanyWorld, hr: Person
) -> None:
    create = "mutation Make($name: String!) { createFlow(input: {name: $name, durationDays: 3}) { flow { id name } } }"
    async with own_app(world) as own:
        asker, stranger = own.seen_by(hr), own.seen_by(company.stranger())
        assert (await asker.ask(create, {"name": "x"})).errors == []
        await asker.ask("query Levels { flows { nodes { allowedTransitions { name } } } }")
        await asker.ask("{ __schema { queryType { name } } }")
        await asker.ask("query Wrong { nothing }")
        await asker.ask("no GraphQL")
        assert (await stranger.ask(FLOWS)).codes == ["UNAUTHENTICATED"]
        figures = await own.figures()
    counted = {key[1:]: value for key, value in figures.items() if key[0] == "workgraph_operations_total"}
    assert counted["session", "mutation", "Make"] == 1
    assert counted["introspection", "query", "other"] == 1
    assert counted["none", "query", "other"] == 1
    assert counted["none", "none", "other"] == 1
    assert sum(value for (_, _, name), value in counted.items() if name == "Levels") == 1
    errors = {key[1:]: value for key, value in figures.items() if key[0] == "workgraph_operation_errors_total"}
    assert errors == {
        ("BAD_USER_INPUT", "query", "other"): 1,
        ("BAD_USER_INPUT", "none", "other"): 1,
        ("UNAUTHENTICATED", "query", "other"): 1,
    }


async def test_a_thousand_names_make_no_more_labels_than_there_is_room_for(world: World, hr: Person) -> None:
    async with own_app(world) as own:
        for number in range(1000):
            await own.seen_by(hr).ask(f"query Name{number} {{ modules {{ name }} }}")
        figures = await own.figures()
    counted = {key[-1]: value for key, value in figures.items() if key[0] == "workgraph_operation_seconds_count"}
    assert len(counted) == MOST_NAMES + 1
    assert (sum(counted.values()), counted["other"]) == (1000, 1000 - MOST_NAMES)


async def test_names_of_strangers_and_of_documents_with_text_are_not_taken(
    world: World, company: CompanyWorld, hr: Person
) -> None:
    async with own_app(world) as own:
        await own.seen_by(company.stranger()).ask("query Stranger { modules { name } }")
        await own.seen_by(hr).ask('query Secret { flows(where: {name: {eq: "Ada"}}) { totalCount } }')
        await own.seen_by(hr).ask("query Unknown { nothing }")
        text = await own.text()
    assert all(each not in text for each in ("Stranger", "Secret", "Unknown", "Ada"))
    assert company.tenant.slug not in text
    assert str(company.tenant.id) not in text


async def test_points_are_those_that_were_charged(world: World, hr: Person) -> None:
    async with own_app(world) as own:
        asker = own.seen_by(hr)
        costs = [(await asker.ask(FLOWS, None, **{"graphql-cost": "report"})).body["extensions"]["cost"] for _ in "ab"]
        await asker.ask(FLOWS)
        figures = await own.figures()
    assert len({each["actual"] for each in costs}) == 1
    assert figures["workgraph_operation_points_total", "query", "Counted"] == 3 * costs[0]["actual"]


async def test_pools(world: World, company: CompanyWorld) -> None:
    database, placement = world.parts.database, company.tenant.placement
    before = database.uses()
    async with database.moment(placement), database.transacting(placement) as session:
        await session.rows(one())
        held = database.uses()
        async with own_app(world) as own:
            figures = await own.figures()
    assert held[f"{PRIMARY} reads"].in_use == before[f"{PRIMARY} reads"].in_use + 1
    assert held[f"{PRIMARY} writes"].in_use == before[f"{PRIMARY} writes"].in_use + 1
    assert figures["workgraph_pool_in_use", f"{PRIMARY} reads"] >= 1
    assert figures["workgraph_pool_size", f"{PRIMARY} reads"] == world.wiring.pool_size
    pools = {f"{PRIMARY} reads", f"{PRIMARY} writes", "control", "dispatcher", "relay", "sequencer"}
    assert {key[1] for key in figures if key[0] == "workgraph_pool_waiting"} == pools


async def test_those_who_wait_for_a_connection(world: World, company: CompanyWorld) -> None:
    wiring, placement = world.wiring, company.tenant.placement
    url = url_as(wiring.database_url, DatabaseRole.APP, prefix=wiring.role_prefix, master_key=wiring.master_key)
    database = Database({PRIMARY: url}, pool_size=1)
    pool: ReadPool = database.pool(placement)
    async with pool.moment(placement.tenant_id), database.transacting(placement) as session:
        await session.rows(one())
        waiting = [asyncio.create_task(pool.one(placement.tenant_id, "select $1")) for _ in range(2)]
        other = asyncio.create_task(_read(database, company))
        await asyncio.sleep(0.05)
        uses = database.uses()
    await asyncio.gather(*waiting)
    await other
    assert [(use.size, use.in_use, use.waiting) for use in uses.values()] == [(1, 1, 1), (1, 1, 2)]
    assert [(use.in_use, use.waiting) for use in database.uses().values()] == [(0, 0), (0, 0)]
    await database.close()


async def _read(database: Database, company: CompanyWorld) -> None:
    async with database.reading(company.tenant.placement) as session:
        await session.rows(one())


async def test_what_waits_in_the_outbox(world: World, company: CompanyWorld) -> None:
    waiting = "select count(*) from pool.event_outbox where position is null and tenant_id = :tenant"
    before, [(own_before,)] = (await world.parts.backlog()).events, await company.rows(waiting)
    await a_team(company, "Ops")
    after, [(own_after,)] = (await world.parts.backlog()).events, await company.rows(waiting)
    assert after - before == own_after - own_before > 0
    async with own_app(world) as own:
        assert (await own.figures())[("workgraph_outbox_waiting",)] >= 1


@pytest.mark.usefixtures("relaying")
async def test_live_subscriptions_and_operations_over_a_socket(world: World, hr: Person) -> None:
    async with listening(world.app) as address, client_of(address, hr) as client:
        await client.subscribe("subscription { events { cursor } }", "live")
        await client.next("live")
        await client.subscribe("query OverSocket { modules { name } }", "once")
        await client.next("once")
        page = await world.http.get("http://localhost/metrics")
    [live] = [line for line in page.text.splitlines() if line.startswith("workgraph_live_subscriptions ")]
    assert float(live.split()[1]) == 1
    assert 'workgraph_operation_seconds_count{kind="query",operation="OverSocket"} 1.0' in page.text


async def test_the_lag_of_the_event_loop_is_seen(world: World) -> None:
    await asyncio.sleep(0.01)
    time.sleep(0.8)
    await asyncio.sleep(0.05)
    async with own_app(world) as own:
        assert (await own.figures())[("workgraph_event_loop_lag_max_seconds",)] >= 0.2
