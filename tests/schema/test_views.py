"""Views and readings: answers that are no entity, derived from dataclasses and functions."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette
from starlette.routing import Route

from db.encryption import Sealer
from db.models.onboarding import Flow, FlowStatus
from resolvers.context import Context, Looking
from resolvers.operation import Names, operation
from resolvers.reading import reading
from resolvers.refusals import InvalidInput
from resolvers.views import JsonValue, shown
from schema.answering import Answering
from schema.derive import ids
from schema.derive.declare import Domain
from schema.http import GraphQLEndpoint
from schema.root import DOMAINS, make_schema
from tests.world import CompanyWorld, Person, World


@dataclass(frozen=True)
class Line:
    """One line of a summary."""

    label: Annotated[str, "What it counts."]
    value: Annotated[JsonValue, "What it found."]


@dataclass(frozen=True)
class Summary:
    """What a flow looks like from above."""

    flow_id: Annotated[UUID, Names("Flow"), "The flow."]
    flow: Annotated[Flow, "The flow itself."]
    status: Annotated[FlowStatus, "Where it stands."]
    made_on: Annotated[date | None, "When it was made."]
    lines: Annotated[list[Line], "What was counted."]
    secret: str = "hidden"

    @shown
    def line(self, label: Annotated[str, "Which one."]) -> Line | None:
        """One of its lines by its label."""
        return next((each for each in self.lines if each.label == label), None)


async def summary(looking: Looking, flow: Flow) -> Summary:
    """Look at a flow from above."""
    [count] = await looking.all(select(func.count()).select_from(Flow))
    return Summary(flow.id, flow, flow.status, None, [Line("flows", count), Line("any", [1, "two", None])])


@reading("onboarding.read")
async def flow_summary(
    looking: Looking, flow_id: Annotated[UUID, Names("Flow"), "The flow to look at."]
) -> Summary | None:
    """What a flow looks like from above."""
    found = await looking.all(select(Flow).where(Flow.id == flow_id))
    return await summary(looking, found[0]) if found else None


@reading("onboarding.read")
async def flow_lines(looking: Looking, flow_ids: Annotated[list[UUID], Names("Flow"), "Some flows."]) -> list[Line]:
    """A line for each flow."""
    found = await looking.all(select(Flow).where(Flow.id.in_(flow_ids)).order_by(Flow.id))
    return [Line(flow.name, None) for flow in found]


@reading(None, because="it says nothing about anyone")
async def greeting(_looking: Looking, name: Annotated[str | None, "Whom to greet."] = None) -> str:
    """A greeting."""
    return f"Hello {name}"


@operation("onboarding.edit", refuses=[InvalidInput], shows=summary, shown_as="summary")
async def rename_flow(
    _context: Context,
    flow: Flow,
    name: Annotated[str, "The new name."],
    like_id: Annotated[UUID | None, Names("Flow"), "A flow that is only named."] = None,
    note: Annotated[JsonValue | None, "Anything."] = None,
) -> Flow:
    """Give a flow another name."""
    if name == "":
        raise InvalidInput("A name cannot be blank.", path=("name",))
    flow.name = f"{name} {like_id} {note}"
    return flow


SUMMARIES = Domain(module="onboarding", readings=[flow_summary, flow_lines, greeting], operations=[rename_flow])
LOOK = (
    "flowId status madeOn flow { name } lines { label value } "
    'line(label: $label) { value } none: line(label: "x") { label }'
)


@pytest.fixture(scope="module")
async def http(world: World) -> AsyncIterator[httpx.AsyncClient]:
    parts = world.parts
    schema = make_schema([*DOMAINS, SUMMARIES])
    sealer = Sealer(world.wiring.master_key)
    answering = Answering(schema, parts.database, parts.identity, parts.registration, parts.sso, sealer)
    endpoint = GraphQLEndpoint(answering, None)
    app = Starlette(routes=[Route("/graphql", endpoint)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://testserver") as client:
        yield client


@pytest.fixture
async def person(company: CompanyWorld, http: httpx.AsyncClient) -> Person:
    return replace(await company.person("HR"), http=http)


async def a_flow(person: Person) -> str:
    payload = await person.do("createFlow", {"name": "Engineers", "durationDays": 30}, "flow { id }")
    return payload["flow"]["id"]


async def look(person: Person, flow: str) -> Any:
    query = f"query($id: ID!, $label: String!) {{ flowSummary(flowId: $id) {{ {LOOK} }} }}"
    return (await person.ask(query, {"id": flow, "label": "any"})).data["flowSummary"]


async def test_a_view_is_answered_with_its_entities_ids_and_arguments(person: Person) -> None:
    flow = await a_flow(person)
    assert await look(person, flow) == {
        "flowId": flow,
        "status": "DRAFT",
        "madeOn": None,
        "flow": {"name": "Engineers"},
        "lines": [{"label": "flows", "value": 1}, {"label": "any", "value": [1, "two", None]}],
        "line": {"value": [1, "two", None]},
        "none": None,
    }


async def test_an_id_that_names_nothing_has_an_empty_answer(person: Person, other_company: CompanyWorld) -> None:
    stranger = await other_company.person("HR")
    foreign = await a_flow(stranger)
    nobody, stage = ids.encode("Flow", UUID(int=7)), ids.encode("Stage", UUID(int=7))
    for each in (nobody, stage, "x", "", foreign):
        assert await look(person, each) is None
    mine = await a_flow(person)
    query = "query($ids: [ID!]!) { flowLines(flowIds: $ids) { label } }"
    assert (await person.ask(query, {"ids": [mine, stage]})).data["flowLines"] == []
    assert (await person.ask(query, {"ids": [mine, foreign]})).data["flowLines"] == [{"label": "Engineers"}]


async def test_a_reading_needs_its_permission_unless_it_is_public(
    company: CompanyWorld, http: httpx.AsyncClient
) -> None:
    member = replace(await company.person("MEMBER"), http=http)
    assert (await member.ask("{ flowLines(flowIds: []) { label } }")).codes == ["FORBIDDEN"]
    stranger = replace(company.stranger(), http=http)
    assert (await stranger.ask("{ flowLines(flowIds: []) { label } }")).codes == ["UNAUTHENTICATED"]
    assert (await stranger.ask('{ greeting(name: "Ada") }')).data == {"greeting": "Hello Ada"}


async def test_what_a_mutation_shows_is_worked_out_in_its_transaction_and_again_on_a_replay(person: Person) -> None:
    flow = await a_flow(person)
    given = {"id": flow, "name": "New", "likeId": flow, "note": [1, {"a": None}], "idempotencyKey": "once"}
    fields = "summary { flow { name version } lines { label } }"
    first, again = [await person.do("renameFlow", given, fields) for _ in range(2)]
    name = f"New {ids.row_of(flow, 'Flow')} [1, {{'a': None}}]"
    assert first["summary"] == {"flow": {"name": name, "version": 2}, "lines": [{"label": "flows"}, {"label": "any"}]}
    assert again["summary"] == first["summary"]


async def test_what_is_refused_shows_nothing(person: Person) -> None:
    flow = await a_flow(person)
    refused = await person.do("renameFlow", {"id": flow, "name": ""}, "summary { status }")
    assert (refused["summary"], refused["refusals"][0]["path"]) == (None, ["input", "name"])
    named = await person.do("renameFlow", {"id": flow, "name": "x", "likeId": "nothing"}, "summary { status }")
    assert [each["code"] for each in named["refusals"]] == ["NOT_FOUND"]
