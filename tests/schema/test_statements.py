"""How many statements a read takes: as many as its selection needs, however many rows there are."""

import pytest

from tests.schema.builders import put_flows
from tests.schema.statements import listening, reads
from tests.world import CompanyWorld, Person

NESTED = "{ flows(first: 200) { nodes { id stages { nodes { id contentBlocks { nodes { id } } } } } } }"
BY_LEVELS = NESTED.replace("{ nodes", "{ pageInfo { endCursor } nodes", 1)
SELECTIONS = {
    # The public field: nothing but who asks, which is no part of the answer.
    "{ modules { name } }": 0,
    # Flows.
    "{ flows { nodes { id } } }": 1,
    # Flows: edges, nodes and page information are the same page.
    "{ flows { nodes { id } edges { cursor node { id name } } pageInfo { endCursor hasNextPage } } }": 1,
    # Neither page nor total is selected.
    "{ flows { __typename } }": 0,
    # The total alone.
    "{ flows { totalCount } }": 1,
    # Flows and their total, as one statement that writes the answer.
    "{ flows { totalCount nodes { id } } }": 1,
    # Flows, read from their end; their total.
    "{ flows(last: 5) { totalCount nodes { id } } }": 2,
    # Flows, stages and blocks as one statement, though they could be more objects than an answer may have.
    NESTED: 1,
    # Flows; stages of all of them; blocks of all of these.
    BY_LEVELS: 3,
    # Few enough of them in any case.
    "{ flows(first: 9) { nodes { stages(first: 9) { nodes { contentBlocks(first: 9) { nodes { id } } } } } } }": 1,
    # Flows, stages and the totals of stages per flow: one statement.
    "{ flows { nodes { stages { totalCount nodes { id } } } } }": 1,
    # A cursor is sealed here: flows; stages; the totals of stages per flow.
    "{ flows { pageInfo { endCursor } nodes { stages { totalCount nodes { id } } } } }": 3,
    # Flows; the totals of stages per flow, and no stage.
    "{ flows { pageInfo { endCursor } nodes { stages { totalCount } } } }": 2,
    # What all flows come to.
    "{ flows { aggregate { count min { name createdAt } avg { durationDays } } again: aggregate { count } } }": 1,
    # Nothing of the aggregate is selected.
    "{ flows { aggregate { __typename max { __typename } } } }": 0,
    # Flows; their total; what they come to; their groups; other groups.
    "{ flows { nodes { id } totalCount aggregate { count } a: groups(by: [{status: EACH}]) { count } "
    "b: groups(by: [{createdAt: MONTH}]) { key { createdAt } max { name } } } }": 5,
    # Flows; what the stages of each come to; their groups.
    "{ flows { nodes { stages { aggregate { count max { position } } groups(by: [{type: EACH}]) "
    "{ key { type } count } } } } }": 3,
    # Flows; stages; what the blocks of each come to; their groups.
    "{ flows { nodes { stages { nodes { contentBlocks { aggregate { sum { estimatedMinutes } } "
    "groups(by: [{type: EACH}]) { key { type } count sum { estimatedMinutes } } } } } } } }": 4,
    # Flows; nothing of the connections inside.
    "{ flows { nodes { stages { __typename } } } }": 1,
    # Stages with their flows: one statement.
    "{ stages { nodes { flow { id name } } } }": 1,
    # Stages; their flows by id.
    "{ stages { pageInfo { endCursor } nodes { flow { id name } } } }": 2,
    # Stages; a reference's own id is a column of theirs.
    "{ stages { nodes { flowId } } }": 1,
    # Blocks; their stages; the flows of these.
    "{ contentBlocks { pageInfo { endCursor } nodes { stage { flow { name } } } } }": 3,
    # Flows; two differently filtered pages of stages.
    "{ flows { nodes { a: stages(first: 1) { nodes { id } } b: stages(last: 1) { nodes { id } } } } }": 3,
    # Flows; the sum of minutes over all of them.
    "{ flows { nodes { estimatedMinutes } } }": 2,
    # Flows; the guard of publishing, over all of them: content types, stages, blocks.
    "{ flows { nodes { allowedTransitions { name allowed } } } }": 4,
    # A filter through relations and an order through one are parts of the page's own statement.
    '{ stages(where: {flow: {name: {eq: "x"}}, contentBlocks: {some: {}}}, orderBy: [{flow: {name: ASC}}]) '
    "{ nodes { id } } }": 1,
    # The company; its computed field reads nothing.
    "{ company { name contrastWarnings } }": 1,
}


@pytest.mark.parametrize(("query", "expected"), SELECTIONS.items())
async def test_the_selection_decides_the_number_of_statements(
    company: CompanyWorld, hr: Person, query: str, expected: int
) -> None:
    await put_flows(company, 2, stages=2, blocks=1)
    with listening(company.world, company) as seen:
        assert (await hr.ask(query)).errors == []
    assert len(reads(seen)) == expected, seen


@pytest.mark.parametrize("flows", [1, 200])
@pytest.mark.parametrize("query", [NESTED, BY_LEVELS])
async def test_one_flow_takes_as_many_statements_as_two_hundred(
    company: CompanyWorld, hr: Person, query: str, flows: int
) -> None:
    await put_flows(company, flows, stages=3, blocks=2)
    with listening(company.world, company) as seen:
        nodes = (await hr.ask(query)).data["flows"]["nodes"]
    assert len(nodes) == flows
    assert {len(stage["contentBlocks"]["nodes"]) for node in nodes for stage in node["stages"]["nodes"]} == {2}
    assert len(reads(seen)) == SELECTIONS[query]


AGGREGATES = """{ flows(first: 200) { nodes { stages {
    aggregate { count max { position } sum { dueOffsetDays } }
    groups(by: [{type: EACH}, {flowId: EACH}]) { key { type flowId } count max { position } }
} } } }"""


@pytest.mark.parametrize("flows", [1, 200])
async def test_aggregates_of_one_flow_take_as_many_as_those_of_two_hundred(
    company: CompanyWorld, hr: Person, flows: int
) -> None:
    await put_flows(company, flows, stages=3)
    with listening(company.world, company) as seen:
        nodes = (await hr.ask(AGGREGATES)).data["flows"]["nodes"]
    assert [node["stages"]["aggregate"]["count"] for node in nodes] == [3] * flows
    assert [[group["count"] for group in node["stages"]["groups"]] for node in nodes] == [[3]] * flows
    assert len(reads(seen)) == 3  # flows; what their stages come to; the groups of these


async def test_nodes_are_read_together_by_type(company: CompanyWorld, hr: Person) -> None:
    await put_flows(company, 3, stages=2)
    answer = await hr.ask("{ flows { nodes { id } } stages { nodes { id } } }")
    ids = [node["id"] for name in ("flows", "stages") for node in answer.data[name]["nodes"]]
    with listening(company.world, company) as seen:
        nodes = (await hr.ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids})).data["nodes"]
    assert [node["id"] for node in nodes] == ids
    assert len(reads(seen)) == 2  # flows by id; stages by id


async def test_nobody_signed_in_costs_no_statement(company: CompanyWorld) -> None:
    with listening(company.world, company) as seen:
        assert (await company.stranger().ask("{ flows { nodes { id } } }")).codes == ["UNAUTHENTICATED"]
    assert seen == []
