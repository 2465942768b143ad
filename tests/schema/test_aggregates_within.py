"""Aggregates and groups of each parent by itself: read together, and never mixed up."""

from collections import Counter
from random import Random
from typing import Any

import pytest

from db.models.onboarding import ContentBlock, Flow, Stage
from schema.derive import ids
from tests.schema.builders import Row, a_block, put, put_flows, put_random
from tests.world import CompanyWorld, Person

OF_STAGES = """query($where: StageFilter) { flows(first: 200) { nodes { id stages(where: $where, first: 1) {
    totalCount
    aggregate { count min { name position dueOffsetDays } max { name } sum { dueOffsetDays } avg { dueOffsetDays } }
    groups(by: [{type: EACH}]) { key { type flowId } count max { name } }
    largest: groups(by: [{type: EACH}], first: 1) { key { type } count }
} } } }"""


@pytest.mark.parametrize("where", [{}, {"dueOffsetDays": {"isNull": False}}, {"name": {"eq": "nobody"}}])
async def test_each_parent_has_its_own(company: CompanyWorld, hr: Person, where: dict[str, Any]) -> None:
    flows, stages = await put_random(company, Random(11), 12, 60)
    nodes = (await hr.ask(OF_STAGES, {"where": where})).data["flows"]["nodes"]
    assert len(nodes) == len(flows)
    for node in nodes:
        rows = [row for row in stages if ids.encode("Flow", row["flow_id"]) == node["id"] and meets(row, where)]
        check(node["stages"], rows)
    assert where or any(not node["stages"]["groups"] for node in nodes) or len(stages) > len(flows)


def meets(row: Row, where: dict[str, Any]) -> bool:
    """Tell whether a stage meets the filter of a test."""
    return not where or ("dueOffsetDays" in where and row["due_offset_days"] is not None)


def check(found: dict[str, Any], rows: list[Row]) -> None:
    """Compare what the stages of one flow come to with what Python finds."""
    names = sorted((row["name"] for row in rows), key=str.encode)
    days = [row["due_offset_days"] for row in rows if row["due_offset_days"] is not None]
    whole = found["aggregate"]
    assert found["totalCount"] == whole["count"] == len(rows)
    assert whole["min"]["name"] == (names[0] if names else None)
    assert whole["max"]["name"] == (names[-1] if names else None)
    assert whole["min"]["dueOffsetDays"] == (min(days) if days else None)
    assert whole["sum"]["dueOffsetDays"] == (str(sum(days)) if days else None)
    mean = whole["avg"]["dueOffsetDays"]
    assert abs(float(mean) - sum(days) / len(days)) < 1e-9 if days else mean is None
    counts = sorted(Counter(row["type"] for row in rows).items(), key=lambda each: (-each[1], each[0].value))
    expected = [{"key": {"type": kind.name}, "count": count} for kind, count in counts]
    assert [{"key": {"type": each["key"]["type"]}, "count": each["count"]} for each in found["groups"]] == expected
    assert found["largest"] == expected[:1]
    for each in found["groups"]:
        own = [row["name"] for row in rows if row["type"].name == each["key"]["type"]]
        assert each["max"]["name"] == max(own, key=str.encode)
        assert each["key"]["flowId"] is None


async def put_stages(company: CompanyWorld, count: int) -> list[Row]:
    """Put stages of one flow."""
    [flow] = await put_flows(company, 1)
    stages = [{"flow_id": flow["id"], "name": f"Stage {place}", "position": place} for place in range(count)]
    return await put(company, Stage, stages)


async def put_blocks(company: CompanyWorld, stage: Row, count: int) -> None:
    """Put blocks into a stage, each of a type of its own."""
    await put(company, ContentBlock, [{**a_block(stage["id"], n), "type": f"type-{n}"} for n in range(count)])


TYPES = "{ stages(first: 200) { nodes { name contentBlocks { groups(by: [{type: EACH}]) { count } } } } }"


async def test_one_parent_with_too_many_groups_is_alone_in_that(company: CompanyWorld, hr: Person) -> None:
    few, many = await put_stages(company, 2)
    await put_blocks(company, few, 2)
    await put_blocks(company, many, 1001)
    answer = await hr.ask(TYPES)
    found = {node["name"]: node["contentBlocks"]["groups"] for node in answer.body["data"]["stages"]["nodes"]}
    assert found == {"Stage 0": [{"count": 1}] * 2, "Stage 1": None}
    assert [error["extensions"]["code"] for error in answer.errors] == ["COST_EXCEEDED"]
    assert answer.errors[0]["path"] == ["stages", "nodes", 1, "contentBlocks", "groups"]


async def test_groups_are_objects_of_the_answer(company: CompanyWorld, hr: Person) -> None:
    await put(company, Flow, [{"name": f"Flow {place:03}", "duration_days": 30} for place in range(1000)])
    groups = " ".join(f"a{place}: groups(by: [{{name: EACH}}]) {{ count }}" for place in range(20))
    assert (await hr.ask(f"{{ flows {{ {groups} }} }}")).errors == []
    answer = await hr.ask(f"{{ flows(first: 1) {{ {groups} nodes {{ id }} }} }}")
    assert set(answer.codes) == {"COST_EXCEEDED"}
    assert answer.errors[0]["extensions"]["most"] == 20_000


@pytest.mark.parametrize("parents", [20, 100])
async def test_the_groups_of_many_parents_are_bounded_together(company: CompanyWorld, hr: Person, parents: int) -> None:
    for stage in await put_stages(company, parents):
        await put_blocks(company, stage, 20_000 // parents)
    answer = await hr.ask(TYPES)
    assert set(answer.codes) == {"COST_EXCEEDED"}
    assert {error["extensions"]["most"] for error in answer.errors} == {20_000}


async def test_what_is_selected_in_one_place_is_not_missed_in_another(company: CompanyWorld, hr: Person) -> None:
    """The same fragment in two places, with more beside it in one of them."""
    await put_flows(company, 1, stages=2)
    answer = await hr.ask(
        """{ one: flows { nodes { stages { ...G } } }
             two: flows { nodes { stages { ...G groups(by: [{type: EACH}]) { max { position } } } } } }
        fragment G on StageConnection { groups(by: [{type: EACH}]) { count } aggregate { count } }"""
    )
    [one], [two] = answer.data["one"]["nodes"], answer.data["two"]["nodes"]
    assert one["stages"] == {"groups": [{"count": 2}], "aggregate": {"count": 2}}
    assert two["stages"]["groups"] == [{"count": 2, "max": {"position": 1}}]


async def test_what_is_skipped_is_not_there(company: CompanyWorld, hr: Person) -> None:
    await put_flows(company, 1, stages=2)
    query = """query($no: Boolean!) { flows { groups(by: [{status: EACH}]) {
        count min @include(if: $no) { name } ... @skip(if: $no) { max { name ...F } }
        ... on FlowAggregateGroup { key { status } }
    } } } fragment F on FlowExtremes { durationDays smallest: durationDays }"""
    [group] = (await hr.ask(query, {"no": False})).data["flows"]["groups"]
    most = {"name": "Flow 0", "durationDays": 30, "smallest": 30}
    assert group == {"count": 1, "max": most, "key": {"status": "DRAFT"}}
