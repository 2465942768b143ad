"""How much a key was used on each day: what counts, that nothing counts twice, and who sees it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

import app
from app import now
from db.catalog import TenantStatus, set_status
from gateways.limits import Bucket
from resolvers.budgets import Budget
from resolvers.identity.purging import purge_proofs
from resolvers.keys.usage import KEPT, KeyUsage
from schema.derive import ids
from tests.documents.builders import a_client, named, persisted, published
from tests.identity.builders import Clock, set_otherwise
from tests.keys.builders import COMPANY, CREATE, FLOWS, Held, a_key, revoke, update
from tests.live.client import connected
from tests.live.conftest import address, relaying
from tests.live.sse import EVENTS, Stream
from tests.live.sse import client as a_stream
from tests.world import CompanyWorld, Person, World

__all__ = ["address", "relaying"]

ASK = """
query($id: ID!, $from: Date, $to: Date) {
  apiKey(id: $id) { usage(from: $from, to: $to) { day requests refused points } }
}
"""
FOLLOW = "subscription Follow { events { event { type } } }"
DEVELOPER = {"x-workgraph-engine": "reference"}


def counting(world: World) -> KeyUsage:
    return world.parts.identity.key_usage


async def days(owner: Person, key: Held, **given: str) -> list[dict[str, Any]]:
    return (await owner.ask(ASK, {"id": key.id, **given})).data["apiKey"]["usage"]


async def counts(world: World, owner: Person, key: Held) -> tuple[int, int]:
    """Add what was counted; return how many requests there were in all, and how many were refused."""
    await counting(world).hand_on()
    found = await days(owner, key)
    return sum(each["requests"] for each in found), sum(each["refused"] for each in found)


async def test_requests_refusals_and_points_are_counted_by_day(world: World, owner: Person) -> None:
    key = await a_key(owner)
    assert await counts(world, owner, key) == (0, 0)
    told = [await key.run(COMPANY, headers={"graphql-cost": "report"}) for _ in range(3)]
    charged = sum(each.json()["extensions"]["cost"]["actual"] for each in told)
    assert (await key.run(FLOWS)).json()["errors"], "it lacks the scope"
    await counting(world).hand_on()
    [day] = await days(owner, key)
    assert (day["day"], day["requests"], day["refused"]) == (now().astimezone(UTC).date().isoformat(), 4, 1)
    assert charged > 0
    assert day["points"] > charged, "what was refused has cost something too"
    await key.run(COMPANY)
    assert await counts(world, owner, key) == (5, 1)


async def test_all_that_is_turned_away_counts(world: World, owner: Person) -> None:
    client = await a_client(owner, "acme")
    await published(owner, client, {named(COMPANY): COMPANY, "schema": "query S { __schema { types { name } } }"})
    key = await a_key(owner, client=client, rateLimitPerMin=8)
    other = {"graphql-client-name": "other"}
    requests = [
        key.send({"query": COMPANY}),
        key.send({"documentId": "nothing"}),
        key.send({"documentId": "schema"}),
        key.send(persisted("{ a }")),
        key.run(COMPANY, headers=other),
        key.http.get("/rest/stage-templates", headers={"authorization": f"Bearer {key.text}"}),
    ]
    for each in requests:
        assert (await each).json().keys() & {"errors", "code"}
    assert await counts(world, owner, key) == (6, 6)
    answers = [(await key.run(COMPANY)).status_code for _ in range(12)]
    assert answers[-1] == 429
    assert await counts(world, owner, key) == (18, 6 + answers.count(429))


async def test_who_has_not_the_whole_key_counts_for_nobody(world: World, owner: Person) -> None:
    key = await a_key(owner)
    wrong = Held(key.http, key.text[:-3] + "AAA", key.id, owner)
    assert (await wrong.run(COMPANY)).status_code == 401
    assert await counts(world, owner, key) == (0, 0)
    await update(owner, key.id, allowedIps=["192.0.2.0/24"])
    assert (await key.run(COMPANY)).status_code == 403
    await revoke(owner, key.id)
    assert (await key.run(COMPANY)).status_code == 401
    assert await counts(world, owner, key) == (1, 1), "a revoked key is none"


async def test_what_a_budget_refuses_counts(world: World, owner: Person) -> None:
    key = await a_key(owner)
    async with application(world, budget=Budget(Bucket(500, 0.001))) as there:
        answers = [await Held(there.http, key.text, key.id, owner).run(COMPANY) for _ in range(40)]
        await there.parts.identity.key_usage.hand_on()
    refused = sum(each.status_code == 429 for each in answers)
    assert refused > 0
    assert await counts(world, owner, key) == (40, refused)


@asynccontextmanager
async def application(world: World, **settings: Any) -> AsyncGenerator[World]:
    """Another process, whose parts can be reached."""
    kept: list[Any] = []
    make = app.make_app

    def remembered(wiring: Any, parts: Any) -> Any:
        kept.append(parts)
        return make(wiring, parts)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.identity.builders.make_app", remembered)
        async with set_otherwise(world, **settings) as http:
            yield World(world.wiring, kept[0], world.app, world.owner, http)


async def test_sockets_and_streams_count_each_operation_once(world: World, owner: Person, address: str) -> None:
    client = await a_client(owner, "acme")
    await published(owner, client, {"follow": FOLLOW, "company": COMPANY, "flows": FLOWS})
    key = await a_key(owner, "company.read", "events.read", client=client)
    async with connected(address) as socket:
        await socket.begin(authorization=f"Bearer {key.text}")
        assert await counts(world, owner, key) == (0, 0), "a connection is no request"
        for number, document in enumerate(("follow", "company")):
            await socket.send(type="subscribe", id=str(number), payload={"documentId": document})
            assert (await socket.receive())["type"] == "next"
        assert (await socket.receive())["type"] == "complete"
        assert await counts(world, owner, key) == (2, 0)
        for body in ({"documentId": "flows"}, {"query": COMPANY}):
            await socket.send(type="subscribe", id="refused", payload=body)
            while (await socket.receive())["type"] == "next":
                pass
    as_key = Person(key.http, key.text, owner.asking, owner.tenant_slug)
    follow = {"documentId": "follow"}
    async with (
        a_stream(address, as_key) as http,
        http.stream("POST", "/graphql", json=follow, headers=EVENTS) as response,
    ):
        assert await Stream(response).next() == {"event": None}
    await counting(world).hand_on()
    [day] = await days(owner, key)
    assert (day["requests"], day["refused"]) == (5, 2)
    assert day["points"] >= 5


async def test_two_processes_add_and_neither_adds_twice(world: World, owner: Person) -> None:
    key = await a_key(owner)
    async with application(world) as there:
        for http in (world.http, there.http, there.http):
            await Held(http, key.text, key.id, owner).run(COMPANY)
        both = (counting(world), there.parts.identity.key_usage)
        await asyncio.gather(*(each.hand_on() for each in both), *(each.hand_on() for each in both))
    assert await counts(world, owner, key) == (3, 0)


async def test_what_is_left_is_added_at_the_end(world: World, owner: Person) -> None:
    key = await a_key(owner)
    async with set_otherwise(world) as http:
        await Held(http, key.text, key.id, owner).run(COMPANY)
    assert await counts(world, owner, key) == (1, 0)


async def test_what_the_database_may_have_taken_is_not_added_again(
    world: World, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, database = await a_key(owner), world.parts.database
    await key.run(COMPANY)
    transacting = database.transacting

    @asynccontextmanager
    async def cut_short(placement: Any) -> AsyncGenerator[Any]:
        async with transacting(placement) as session:
            yield session
        raise OperationalError("commit", {}, ConnectionError("cut"))

    monkeypatch.setattr(type(database), "transacting", lambda _self, placement: cut_short(placement))
    await counting(world).hand_on()
    monkeypatch.undo()
    assert await counts(world, owner, key) == (1, 0)


async def test_a_company_that_is_being_moved_waits(world: World, company: CompanyWorld, owner: Person) -> None:
    key = await a_key(owner)
    await key.run(COMPANY)
    async with world.parts.catalog.begin() as connection:
        await set_status(connection, company.tenant.id, TenantStatus.MIGRATING)
    await counting(world).hand_on()
    async with world.parts.catalog.begin() as connection:
        await set_status(connection, company.tenant.id, TenantStatus.ACTIVE)
    assert await days(owner, key) == []
    assert await counts(world, owner, key) == (1, 0)


async def test_a_key_that_is_gone_keeps_nobody_else_from_counting(world: World, owner: Person) -> None:
    client = await a_client(owner, "gone")
    await published(owner, client, [COMPANY])
    gone, key = await a_key(owner, client=client), await a_key(owner)
    for each in (gone, key):
        assert (await each.run(COMPANY)).status_code == 200
    assert (await owner.do("deleteApiClient", {"id": client}))["refusals"] == []
    assert await counts(world, owner, key) == (1, 0)


async def test_days_are_those_of_utc_and_chosen_by_their_ends(
    world: World, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, clock = await a_key(owner), Clock(datetime(2031, 5, 3, 23, 59, tzinfo=UTC))
    monkeypatch.setattr(app, "now", clock)
    async with application(world) as there:
        for _ in range(2):
            await Held(there.http, key.text, key.id, owner).run(COMPANY)
            clock.move(timedelta(minutes=2))
        await there.parts.identity.key_usage.hand_on()
    year = {"from": "2031-01-01", "to": "2031-12-31"}
    assert [each["day"] for each in await days(owner, key, **year)] == ["2031-05-03", "2031-05-04"]
    assert [each["day"] for each in await days(owner, key, **year | {"to": "2031-05-03"})] == ["2031-05-03"]
    assert [each["day"] for each in await days(owner, key, **year | {"from": "2031-05-04"})] == ["2031-05-04"]
    assert await days(owner, key) == await days(owner, key, to="0001-01-01") == []
    assert [each["day"] for each in await days(owner, key, to="2031-06-03")] == ["2031-05-04"], "30 days"


async def test_both_engines_show_the_days_of_many_keys_in_one_statement_for_each_span(
    world: World, company: CompanyWorld, owner: Person
) -> None:
    client = await a_client(owner, "acme")
    for number in range(3):
        key = await a_key(owner, client=client)
        await add_day(company, key, now().date() - timedelta(days=number), number)
    text = """{ apiKeys(orderBy: [{ id: ASC }]) { nodes {
      all: usage { requests } one: usage(from: null, to: "2000-01-01") { requests } again: usage { points } } } }"""
    async with set_otherwise(world, shows_graphiql=True) as http:
        known = {"authorization": f"Bearer {owner.token}"}
        bodies = [
            (await http.post("/graphql", json={"query": text}, headers=known | engine)).json()
            for engine in ({}, DEVELOPER)
        ]
    assert bodies[0] == bodies[1]
    assert [each["all"] for each in bodies[0]["data"]["apiKeys"]["nodes"]] == [[{"requests": n}] for n in range(3)]
    assert {str(each["one"]) for each in bodies[0]["data"]["apiKeys"]["nodes"]} == {"[]"}


async def add_day(company: CompanyWorld, key: Held, day: date, requests: int) -> None:
    """Note that a key was used on a day."""
    await company.rows(
        "insert into pool.api_key_usage (tenant_id, id, key_id, day, requests, refused, points) "
        "values (:tenant, uuidv7(), :key, :day, :requests, 0, 0) returning 1",
        key=ids.row_of(key.id, "ApiKey"),
        day=day,
        requests=requests,
    )


async def test_days_are_kept_for_four_hundred(company: CompanyWorld, owner: Person) -> None:
    key, today = await a_key(owner), now().date()
    for ago in (KEPT.days + 1, KEPT.days, 0):
        await add_day(company, key, today - timedelta(days=ago), ago)
    at = datetime(today.year, today.month, today.day, tzinfo=UTC)
    assert await purge_proofs(company.world.parts.database, [company.tenant.placement], at) == 1
    left = await company.rows("select requests from pool.api_key_usage where tenant_id = :tenant order by 1")
    assert [row[0] for row in left] == [0, KEPT.days]


async def test_who_may_not_see_keys_sees_no_use(company: CompanyWorld, owner: Person) -> None:
    key = await a_key(owner)
    await add_day(company, key, now().date(), 1)
    member = await company.person("MEMBER")
    answer = await member.ask(ASK, {"id": key.id})
    assert "requests" not in answer.response.text
    assert (await owner.ask(ASK, {"id": key.id})).data["apiKey"]["usage"]


async def test_nothing_is_written_for_a_request(world: World, company: CompanyWorld, owner: Person) -> None:
    key = await a_key(owner, "company.read", "onboarding.edit")
    for _ in range(5):
        await key.run(COMPANY)
    await key.run(CREATE, {"name": "By a key"})
    asked = "select count(*) from pool.api_key_usage where tenant_id = :tenant"
    assert [row[0] for row in await company.rows(asked)] == [0]
    await counting(world).hand_on()
    assert [row[0] for row in await company.rows(asked)] == [1]
