"""Answers that nobody waits for, or that take too long: they end, in PostgreSQL too, and leave nothing behind."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.live.client import client_of
from tests.schema.slow import Slow, becomes, slow_application
from tests.world import CompanyWorld, Person, World

CLIENTS, POOL = 300, 10
SLOW = "query($seconds: Float!) { slow(seconds: $seconds) }"
APART = "query($seconds: Float!) { slowApart(seconds: $seconds) }"
RENAME = """
mutation($id: ID!, $seconds: Float!) {
  renameSlowly(input: {id: $id, name: "Renamed", seconds: $seconds}) { flow { name } }
}
"""
BOTH = pytest.mark.parametrize("query", [SLOW, APART], ids=["by its task", "by another task"])


@pytest.fixture(scope="module")
async def slow(world: World) -> AsyncIterator[Slow]:
    async with slow_application(world, pool_size=POOL) as application:
        yield application


@pytest.fixture(scope="module")
async def hasty(world: World) -> AsyncIterator[Slow]:
    async with slow_application(world, deadline=0.4) as application:
        yield application


async def a_flow(person: Person) -> str:
    payload = await person.do("createFlow", {"name": "As it was", "durationDays": 30}, "flow { id }")
    return payload["flow"]["id"]


async def name_of(person: Person, flow: str) -> str:
    return (await person.ask("query($id: ID!) { flow(id: $id) { name } }", {"id": flow})).data["flow"]["name"]


async def nothing_is_left(application: Slow, person: Person) -> bool:
    """Wait until nothing sleeps and nothing is held; then the next request is answered."""

    async def is_over() -> bool:
        return await application.sleeping() == 0 and application.nothing_is_held()

    await becomes(is_over)
    answer = await application.seen_by(person).ask(SLOW, {"seconds": 0})
    return answer.data == {"slow": "done"}


@BOTH
async def test_clients_that_leave_take_their_statements_with_them(slow: Slow, hr: Person, query: str) -> None:
    asked = [slow.begin(hr, query, {"seconds": 20}) for _ in range(CLIENTS)]
    clients = await asyncio.gather(*asked)

    async def all_sleep() -> bool:
        return await slow.sleeping() == POOL

    await becomes(all_sleep)
    for client in clients:
        client.close()
    assert await nothing_is_left(slow, hr)


@BOTH
async def test_what_takes_too_long_is_stopped(hasty: Slow, hr: Person, query: str) -> None:
    for accept in ("application/json", "application/graphql-response+json"):
        answer = await hasty.seen_by(hr).ask(query, {"seconds": 20}, accept=accept)
        assert (answer.response.status_code, answer.codes, answer.body.keys()) == (504, ["TIMEOUT"], {"errors"})
        assert answer.response.headers["content-type"] == f"{accept}; charset=utf-8"
        assert answer.response.elapsed.total_seconds() < 3
        assert await nothing_is_left(hasty, hr)


@BOTH
async def test_it_is_the_same_over_a_socket(slow: Slow, hasty: Slow, hr: Person, query: str) -> None:
    async with client_of(hasty.address, hr) as client:
        await client.subscribe(query, seconds=20)
        refused = await client.receive()
        assert (refused["type"], [each["extensions"]["code"] for each in refused["payload"]]) == ("error", ["TIMEOUT"])
        assert await nothing_is_left(hasty, hr)
        await client.subscribe(query, seconds=0)
        assert await client.next() == "done"
    async with client_of(slow.address, hr) as client:
        await client.subscribe(query, seconds=20)
        await becomes(lambda: is_asleep(slow))
    assert await nothing_is_left(slow, hr)


async def is_asleep(application: Slow) -> bool:
    return await application.sleeping() == 1


async def test_what_is_quick_enough_is_answered(hasty: Slow, hr: Person) -> None:
    answer = await hasty.seen_by(hr).ask(SLOW, {"seconds": 0.1})
    assert answer.data == {"slow": "done"}


async def test_a_mutation_goes_on_when_its_client_leaves(slow: Slow, company: CompanyWorld, hr: Person) -> None:
    flow = await a_flow(hr)
    client = await slow.begin(hr, RENAME, {"id": flow, "seconds": 0.7})

    async def is_renamed() -> bool:
        return await name_of(hr, flow) == "Renamed"

    await becomes(lambda: is_asleep(slow))
    client.close()
    await asyncio.sleep(0.2)
    assert await name_of(hr, flow) == "As it was"
    await becomes(is_renamed)
    assert await nothing_is_left(slow, hr)
    told = "select operation from pool.audit_logs where tenant_id = :tenant and operation = 'rename_slowly'"
    assert len(await company.rows(told)) == 1


async def test_a_mutation_that_takes_too_long_is_undone(hasty: Slow, company: CompanyWorld, hr: Person) -> None:
    flow = await a_flow(hr)
    answer = await hasty.seen_by(hr).ask(RENAME, {"id": flow, "seconds": 20})
    assert (answer.response.status_code, answer.codes) == (504, ["TIMEOUT"])
    assert await nothing_is_left(hasty, hr)
    assert await name_of(hr, flow) == "As it was"
    told = "select operation from pool.audit_logs where tenant_id = :tenant and operation = 'rename_slowly'"
    assert await company.rows(told) == []
