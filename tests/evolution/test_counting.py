"""What requests use is counted by coordinate, sampled, and handed on to Valkey; nobody's data is in it."""

import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
import structlog
from graphql import parse
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.routing import Route

from gateways.usage import Counts
from schema.execute.counting import MOST_KEPT, Usage
from schema.http import GraphQLEndpoint
from tests.documents.builders import COMPANY, a_client, named, published, send
from tests.world import CompanyWorld, Person, World

NOON = datetime(2027, 5, 4, 12, tzinfo=UTC)
FLOWS = "query($where: FlowFilter) { flows(first: 5, where: $where) { nodes { ...F } } } fragment F on Flow { name }"


@dataclass
class Counted:
    """An application that counts each request, and what it has counted."""

    world: World
    usage: Usage
    counts: Counts
    person: Person

    async def found(self) -> dict[str, int]:
        """Hand on what was counted, and return it by day, coordinate and client."""
        await self.usage.hand_on()
        batch = await self.counts.set_aside()
        if batch is None:
            return {}
        await self.counts.drop(batch)
        return dict(batch.counts)

    async def coordinates(self) -> set[str]:
        return {name.split(" ")[1] for name in await self.found()}


def counting(world: World, one_in: int = 1) -> tuple[Usage, Counts]:
    counts = Counts(world.parts.bus, prefix=f"test-{uuid4().hex}")
    return Usage(counts, one_in=one_in, clock=lambda: NOON), counts


@pytest.fixture
async def counted(world: World, company: CompanyWorld) -> AsyncIterator[Counted]:
    usage, counts = counting(world)
    endpoint = GraphQLEndpoint(replace(world.parts.answering(), usage=usage), None)
    app = Starlette(routes=[Route("/graphql", endpoint)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://testserver") as http:
        yield Counted(world, usage, counts, replace(await company.person("HR"), http=http))


async def test_a_registered_document_is_counted_for_its_client_and_any_other_for_nobody(
    counted: Counted, company: CompanyWorld
) -> None:
    """Whatever a program calls itself: what it brings along is not known to be its own."""
    await published(await company.person("OWNER"), await a_client(await company.person("OWNER"), "portal"), [COMPANY])
    for asked in ({"documentId": named(COMPANY)}, {"query": "{ company { name } }"}):
        answer = await send(counted.person, asked, "portal")
        assert answer.json().keys() == {"data"}
    assert await counted.found() == {
        f"2027-05-04 {coordinate} {client}": 1
        for coordinate in ("Query.company", "Company.name")
        for client in ("portal", "-")
    }


async def test_a_query_counts_its_fields_arguments_inputs_and_enum_values(counted: Counted) -> None:
    for _ in range(3):
        await counted.person.ask(FLOWS, {"where": {"status": {"eq": "DRAFT"}, "and": [{"name": {"contains": "x"}}]}})
    assert await counted.found() == {
        f"2027-05-04 {coordinate} -": 3
        for coordinate in (
            "Query.flows",
            "Query.flows(first:)",
            "Query.flows(where:)",
            "FlowConnection.nodes",
            "Flow.name",
            "FlowFilter.status",
            "FlowStatusComparison.eq",
            "FlowStatus.DRAFT",
            "FlowFilter.and",
            "FlowFilter.name",
            "StringComparison.contains",
        )
    }
    assert await counted.found() == {}


async def test_a_mutation_counts_what_it_is_given_and_none_of_its_values(counted: Counted) -> None:
    await counted.person.do("createFlow", {"name": "Secret plan", "durationDays": 7}, "flow { id }")
    found = await counted.found()
    assert {"CreateFlowInput.name", "CreateFlowInput.durationDays", "Mutation.createFlow(input:)"} <= {
        name.split(" ")[1] for name in found
    }
    assert "Secret" not in json.dumps(found)
    assert str(counted.person.asking.tenant.id) not in json.dumps(found)


async def test_literals_and_directives_count_and_what_is_never_sent_does_not(counted: Counted) -> None:
    await counted.person.ask(
        "query A { flows(orderBy: [{name: DESC}]) { totalCount @include(if: false) } } query B { company { name } }",
    )
    assert await counted.coordinates() == set()
    await counted.person.http.post(
        "/graphql",
        headers={"authorization": f"Bearer {counted.person.token}"},
        json={
            "query": "query A { flows(orderBy: [{name: DESC}]) { __typename totalCount @include(if: true) } } "
            "query B { company { name } }",
            "operationName": "A",
        },
    )
    assert await counted.coordinates() == {
        "Query.flows",
        "Query.flows(orderBy:)",
        "FlowOrder.name",
        "Direction.DESC",
        "FlowConnection.totalCount",
        "@include",
        "@include(if:)",
    }


async def test_a_wrong_document_counts_nothing(counted: Counted) -> None:
    await counted.person.ask("{ nothing }")
    assert await counted.found() == {}


async def test_a_subscription_counts_when_it_begins(counted: Counted) -> None:
    core = counted.world.parts.answering().schema.core
    counted.usage.note_document(core, parse("subscription { events { event { id } } }"), None, "live")
    assert "2027-05-04 Subscription.events live" in await counted.found()


async def test_of_many_requests_some_are_counted_for_all(world: World, counted: Counted) -> None:
    usage, counts = counting(world, one_in=10)
    document = parse("{ company { id } }")
    core = world.parts.answering().schema.core
    random.seed(7)
    for _ in range(5000):
        usage.note_document(core, document, None)
    await usage.hand_on()
    batch = await counts.set_aside()
    assert batch is not None
    times = batch.counts["2027-05-04 Query.company -"]
    assert times % 10 == 0
    assert 4000 < times < 6000


async def test_none_is_counted_where_nobody_wants_it(world: World) -> None:
    usage, counts = counting(world, one_in=0)
    for _ in range(100):
        usage.note_document(world.parts.answering().schema.core, parse("{ company { id } }"), None)
    await usage.hand_on()
    assert await counts.set_aside() is None


async def test_nothing_is_sent_before_it_is_time(counted: Counted) -> None:
    await counted.person.ask("{ viewer { __typename } }")
    assert await counted.counts.set_aside() is None
    assert await counted.coordinates() == {"Query.viewer"}


async def test_without_valkey_requests_go_on_and_the_count_is_lost(world: World) -> None:
    away: Any = Redis.from_url("redis://127.0.0.1:1/0")
    usage = Usage(Counts(away, prefix="x"), one_in=1, clock=lambda: NOON)
    usage.note_document(world.parts.answering().schema.core, parse("{ company { id } }"), None)
    with structlog.testing.capture_logs() as said:
        await usage.hand_on()
        await usage.hand_on()
    assert [each["event"] for each in said] == ["usage not counted, Valkey is away"]
    await away.aclose()


async def test_what_is_kept_between_two_times_is_bounded(world: World) -> None:
    usage, counts = counting(world)
    core, document = world.parts.answering().schema.core, parse("{ company { id } }")
    for number in range(MOST_KEPT + 5):
        usage.note_document(core, document, None, f"client-{number}")
    await usage.hand_on()
    batch = await counts.set_aside()
    assert batch is not None
    assert len(batch.counts) == 2 * MOST_KEPT
