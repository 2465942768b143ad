"""What takes long is written to the log, with how it was read: once a minute for each name."""

import hashlib

import httpx
from starlette.applications import Starlette
from starlette.routing import Route

from schema.http import GraphQLEndpoint
from schema.metrics import Meter
from tests.metrics.serving import Own, own_app, written
from tests.world import CompanyWorld, Person, World

QUERY = 'query Sluggish { flows(where: {name: {eq: "Augusta Ada King"}}) { nodes { id name } } }'
VARIABLE = "query Sluggish($name: String!) { flows(where: {name: {eq: $name}}) { nodes { id name } } }"


async def test_it_is_written_with_its_plan_and_without_values(world: World, company: CompanyWorld, hr: Person) -> None:
    async with own_app(world, slow_operation=0.000001) as own:
        with written() as log:
            asked = await own.seen_by(hr).ask(QUERY, None, **{"x-request-id": "slow-0001"})
            assert asked.errors == []
    [line] = log.lines("slow operation")
    assert (line["operation"], line["kind"], line["form"], line["codes"]) == ("Sluggish", "query", "statement", [])
    assert (line["request_id"], line["tenant_id"]) == ("slow-0001", str(company.tenant.id))
    assert line["document"] == hashlib.sha256(QUERY.encode()).hexdigest()
    assert line["seconds"] >= 0
    [step] = line["plan"]
    assert step["how"] == "one statement, whose JSON is the answer"
    assert '"pool".onboarding_flows' in step["sql"][0]
    assert "Augusta" not in log.text


async def test_what_is_quick_is_not_written(world: World, hr: Person) -> None:
    async with own_app(world, slow_operation=30) as own:
        with written() as log:
            await own.seen_by(hr).ask(VARIABLE, {"name": "x"})
    assert log.text == ""


async def test_once_a_minute_for_each_name(world: World, hr: Person) -> None:
    now = [1000.0]
    meter = Meter(0.000001, clock=lambda: now[0])
    app = Starlette(routes=[Route("/graphql", GraphQLEndpoint(world.parts.answering(), None, meter=meter))])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://testserver") as http:
        own = Own(http).seen_by(hr)
        with written() as log:
            for _ in range(3):
                await own.ask(VARIABLE, {"name": "x"})
            await own.ask("query Another { modules { name } }")
            await own.ask("query Another { modules { name } }")
            assert [line["operation"] for line in log.lines("slow operation")] == ["Sluggish", "Another"]
            now[0] += 61
            await own.ask(VARIABLE, {"name": "x"})
    assert [line["operation"] for line in log.lines("slow operation")] == ["Sluggish", "Another", "Sluggish"]


async def test_names_that_are_made_up_share_a_line(world: World, company: CompanyWorld) -> None:
    async with own_app(world, slow_operation=0.000001) as own:
        with written() as log:
            for number in range(20):
                await own.seen_by(company.stranger()).ask(f"query Made{number} {{ modules {{ name }} }}")
    assert len(log.lines("slow operation")) == 1


async def test_one_that_was_refused_is_told_without_what_it_was_refused_for(world: World, hr: Person) -> None:
    refused = 'query Refused { node(id: "Augusta Ada King") { id } flows(first: -18150001) { nodes { id } } }'
    async with own_app(world, slow_operation=0.000001) as own:
        with written() as log:
            assert (await own.seen_by(hr).ask(refused)).codes
    [line] = log.lines("slow operation")
    assert "Augusta" not in log.text
    assert "18150001" not in log.text
    assert line["codes"]
