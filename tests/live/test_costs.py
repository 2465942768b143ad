"""What subscriptions cost: the first answer beforehand, then each message, shared by those who are given it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from app import connected, make_app
from gateways.limits import Bucket
from resolvers.barred import RateLimited
from resolvers.budgets import Budget, Budgets, Charge, Lease
from resolvers.context import Asking
from schema.live.billing import DUE, Bill
from schema.live.told import HANDED, Told
from tests.live import sse
from tests.live.client import BOARD, Client, client_of
from tests.live.conftest import listening
from tests.live.test_events import EVENTS, a_draft, rename
from tests.onboarding.hires.builders import Published
from tests.world import CompanyWorld, Person, World

SLOWLY = 0.001
NOTHING_PAID = Charge(Lease({}), 0)
MANY = 40


@asynccontextmanager
async def poor(world: World, size: int) -> AsyncGenerator[str]:
    """Another process, in which everybody has a budget of so many points; yield its address."""
    wiring = replace(world.wiring, budget=Budget(Bucket(size, SLOWLY)))
    async with connected(wiring) as parts, listening(make_app(wiring, parts)) as address:
        yield address


@dataclass
class Read:
    """The names that a flow was told to have, from which cursor to go on, and the code of the end."""

    names: list[str]
    cursor: str
    code: str


async def read_out(client: Client, flow: str, cursor: str) -> Read:
    """Read until the subscription is ended."""
    read = Read([], cursor, "")
    while True:
        message = await client.receive()
        if message["type"] == "error":
            [error] = message["payload"]
            read.code = error["extensions"]["code"]
            assert error["extensions"]["retryAfter"] >= 1
            return read
        told = message["payload"]["data"]["events"]
        assert told["event"]["subject"]["id"] == flow
        read.names.append(told["event"]["data"]["changed"]["name"])
        read.cursor = told["cursor"]


async def told_for(world: World, writer: Person, reader: Person, size: int) -> Read:
    """Rename a flow often, and return what somebody with such a budget was told of it."""
    flow = await a_draft(writer)
    async with poor(world, size) as address, client_of(address, reader) as client:
        await client.subscribe(EVENTS, types=["onboarding.flow.updated"], subject=flow)
        cursor = (await client.next())["cursor"]
        for number in range(MANY):
            await rename(writer, flow, f"Name {number}")
        return await read_out(client, flow, cursor)


async def test_messages_use_up_a_budget(world: World, company: CompanyWorld, relaying: None) -> None:
    writer, *readers = [await company.person("HR") for _ in range(3)]
    few, more = [await told_for(world, writer, *each) for each in zip(readers, (1_500, 3_000), strict=True)]
    assert few.code == more.code == "RATE_LIMITED"
    assert 0 < len(few.names) < len(more.names) < MANY
    assert more.names == [f"Name {number}" for number in range(len(more.names))]


async def test_who_could_not_pay_goes_on_from_where_they_were(
    world: World, company: CompanyWorld, address: str
) -> None:
    writer, reader = [await company.person("HR") for _ in range(2)]
    read = await told_for(world, writer, reader, 1_500)
    async with client_of(address, reader) as client:
        await client.subscribe(EVENTS, types=["onboarding.flow.updated"], after=read.cursor)
        for number in range(len(read.names), MANY):
            assert (await client.next())["event"]["data"]["changed"]["name"] == f"Name {number}"
        assert await client.is_quiet()


async def test_who_cannot_pay_keeps_nobody_waiting(world: World, company: CompanyWorld, relaying: None) -> None:
    """Two who share a stream: one has used up their budget elsewhere."""
    writer, ada, bob = [await company.person("HR") for _ in range(3)]
    flow = await a_draft(writer)
    async with poor(world, 12_000) as address, client_of(address, ada) as of_ada, client_of(address, bob) as of_bob:
        for client in (of_bob, of_ada):
            await client.subscribe(EVENTS, types=["onboarding.flow.updated"], subject=flow)
            await client.next()
        while (await of_ada_asks(of_ada))["type"] != "error":
            pass
        ending, number = asyncio.create_task(read_out(of_ada, flow, "")), 0
        while not ending.done():
            number += 1
            await rename(writer, flow, f"Name {number}")
            assert (await of_bob.next())["event"]["data"]["changed"]["name"] == f"Name {number}"
        assert (await ending).code == "RATE_LIMITED"


async def of_ada_asks(client: Client) -> dict[str, Any]:
    """Ask for something with the same budget; return the last message of it."""
    await client.send(type="subscribe", id="other", payload={"query": "{ viewer { permissions } }"})
    while (message := await client.receive())["id"] != "other" or message["type"] == "next":
        pass
    return message


async def test_a_subscription_that_no_budget_pays_does_not_begin(world: World, flow: Published, relaying: None) -> None:
    async with poor(world, 100) as address:
        async with client_of(address, flow.hr) as client:
            await client.subscribe(BOARD, id=flow.id)
            message = await client.receive()
            assert message["type"] == "error"
            assert [error["extensions"]["code"] for error in message["payload"]] == ["COST_EXCEEDED"]
        async with sse.client(address, flow.hr) as http, sse.streaming(http, BOARD, id=flow.id) as stream:
            assert await stream.codes() == ["COST_EXCEEDED"]
            assert await stream.is_complete()


def test_what_a_message_has_cost_is_shared_by_those_who_are_given_it() -> None:
    told = Told(points=HANDED + 100.0)
    assert [told.shared(seats).points for seats in (0, 1, 2, 100)] == [101.0, 101.0, 51.0, 2.0]


class Purse(Budgets):
    """A budget of which the process has leased so many points, and notes what is taken; further ones come slowly."""

    def __init__(self, leased: int, *, empty: bool = False) -> None:
        self.leased, self.taken, self.come = leased, list[int](), asyncio.Event()
        self._empty = empty

    def takes(self, asking: Asking, points: int) -> bool:  # noqa: ARG002 - as those of the application
        if points > self.leased:
            return False
        self.leased -= points
        self.taken.append(points)
        return True

    async def give_back(self, charge: Charge, unused: int) -> None:
        assert charge.points >= unused
        self.taken.append(-unused)

    async def take(self, asking: Asking, points: int) -> Charge:  # noqa: ARG002 - as those of the application
        await self.come.wait()
        if self._empty:
            raise RateLimited("Nothing is left.", retry_after=1)
        self.taken.append(points)
        return Charge(Lease({}), points)


@pytest.fixture
async def asking(company: CompanyWorld) -> Asking:
    return (await company.person()).asking


@pytest.mark.parametrize("points", [1.0, 7.5, DUE + 1.5])
async def test_what_is_given_is_paid_in_whole_points_now_and_then(world: World, asking: Asking, points: float) -> None:
    purse = Purse(1_000_000)
    bill = Bill(purse, world.parts.identity.key_usage, asking, Charge(Lease({}), 20))
    for number in range(1, 101):
        bill.note(Told(points=points))
        assert points * number - 20 - DUE < sum(purse.taken) <= max(0, points * number - 20)
    assert all(each >= DUE for each in purse.taken)
    await bill.close()
    assert sum(purse.taken) == int(points * 100 - 20)


@pytest.mark.parametrize(("used", "unused"), [(0.0, 20), (7.5, 12), (20.0, 0)])
async def test_what_was_paid_beforehand_and_not_used_is_given_back(
    world: World, asking: Asking, used: float, unused: int
) -> None:
    purse = Purse(1_000)
    bill = Bill(purse, world.parts.identity.key_usage, asking, Charge(Lease({}), 20))
    bill.note(Told(points=used))
    await bill.close()
    assert purse.taken == ([-unused] if unused else [])


async def test_no_message_waits_for_a_payment(world: World, asking: Asking) -> None:
    purse, given = Purse(0), list[Told]()

    def take(told: Told) -> bool:
        given.append(told)
        return True

    bill = Bill(purse, world.parts.identity.key_usage, asking, NOTHING_PAID)
    charging = bill.charging(take)
    for _ in range(10):
        assert charging(Told(points=30.0))
        await asyncio.sleep(0)
    assert (len(given), purse.taken) == (10, [])
    purse.come.set()
    while not purse.taken:
        await asyncio.sleep(0)
    assert purse.taken == [60]
    assert charging(Told(points=30.0))
    await bill.close()
    assert sum(purse.taken) <= 330


async def test_who_could_not_pay_is_given_nothing_more(world: World, asking: Asking) -> None:
    purse = Purse(0, empty=True)
    bill = Bill(purse, world.parts.identity.key_usage, asking, NOTHING_PAID)
    charging = bill.charging(lambda _told: True)
    assert charging(Told(points=DUE + 1.0))
    bill.expect_paid()
    purse.come.set()
    while charging(Told(points=1.0)):
        await asyncio.sleep(0)
    with pytest.raises(RateLimited):
        bill.expect_paid()


async def test_what_is_not_taken_outright_is_not_charged_for_that(world: World, asking: Asking) -> None:
    purse = Purse(1_000)
    bill, told = Bill(purse, world.parts.identity.key_usage, asking, NOTHING_PAID), Told(points=40.0)
    assert not bill.charging(lambda _told: False)(told)
    bill.note(told)
    assert purse.taken == []
    bill.note(told)
    assert purse.taken == [80]
