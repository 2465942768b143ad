"""Reads through the API.

Nested, filtered, ordered, paged, counted, and with a number of statements that does not grow.
"""

from tests.world import CompanyWorld, Person

NESTED = """
{ flows(first: 200) { totalCount nodes { id name stages { totalCount nodes { id name flow { id }
  contentBlocks { nodes { id type } } } } } } }
"""


async def a_flow(person: Person, name: str, stages: int = 0, blocks: int = 0) -> str:
    """Make a flow with stages that have blocks."""
    payload = await person.do("createFlow", {"name": name, "durationDays": 30}, "flow { id }")
    assert payload["refusals"] == []
    for number in range(stages):
        given = {"flowId": payload["flow"]["id"], "name": f"Stage {number}"}
        stage = (await person.do("addStage", given, "stage { id }"))["stage"]
        for _ in range(blocks):
            await person.do("addContentBlock", {"stageId": stage["id"], "type": "text_input"}, "contentBlock { id }")
    return payload["flow"]["id"]


async def test_a_nested_read_returns_what_was_made(company: CompanyWorld, hr: Person) -> None:
    flow = await a_flow(hr, "Engineers", stages=2, blocks=3)
    data = (await hr.ask(NESTED)).data
    assert data["flows"]["totalCount"] == 1
    [node] = data["flows"]["nodes"]
    assert node["id"] == flow
    assert [stage["name"] for stage in node["stages"]["nodes"]] == ["Stage 0", "Stage 1"]
    assert [len(stage["contentBlocks"]["nodes"]) for stage in node["stages"]["nodes"]] == [3, 3]
    assert {stage["flow"]["id"] for stage in node["stages"]["nodes"]} == {flow}
