"""Walking through lists: whatever the order, pages put together are the list, without a gap and without a double."""

from functools import partial
from random import Random
from typing import Any

import pytest

from db.models.onboarding import Stage
from schema.derive import ids
from tests.schema.builders import NAMES, Row, a_random_stage, put, put_random
from tests.schema.oracle import Term, in_order, name_key
from tests.schema.walking import page_of, page_within, walk
from tests.world import CompanyWorld, Person

FLOW_KEYS = {
    "name": lambda row: name_key(row["name"]),
    "durationDays": lambda row: row["duration_days"],
    "audience": lambda row: row["audience"],
    "publishedAt": lambda row: row.get("published_at"),
    "createdAt": lambda row: row["created_at"],
    "id": lambda row: row["id"],
}
STAGE_KEYS = {
    "name": lambda row: name_key(row["name"]),
    "dueOffsetDays": lambda row: row["due_offset_days"],
    "availableOffsetDays": lambda row: row["available_offset_days"],
    "type": lambda row: row["type"],
    "position": lambda row: row["position"],
}


def random_terms(random: Random, flows: dict[Any, Row]) -> list[Term]:
    """Choose up to three terms of an order of stages, of their own columns and of their flow's."""
    terms: list[Term] = []
    for _ in range(random.randrange(1, 4)):
        descending = random.choice([True, False])
        way = "DESC" if descending else "ASC"
        if random.random() < 0.4:
            name = random.choice(list(FLOW_KEYS))
            key = FLOW_KEYS[name]
            terms.append(({"flow": {name: way}}, lambda row, key=key: key(flows[row["flow_id"]]), descending))
        else:
            name = random.choice(list(STAGE_KEYS))
            terms.append(({name: way}, STAGE_KEYS[name], descending))
    return terms


def global_ids(rows: list[Row]) -> list[str]:
    return [ids.encode("Stage", row["id"]) for row in rows]


@pytest.mark.parametrize("seed", range(4))
async def test_pages_put_together_are_the_list(company: CompanyWorld, hr: Person, seed: int) -> None:
    random = Random(seed)
    flows, stages = await put_random(company, random, flows=7, stages=40)
    by_id = {flow["id"]: flow for flow in flows}
    for _ in range(4):
        terms, size = random_terms(random, by_id), random.randrange(3, 14)
        expected = global_ids(in_order(stages, terms))
        order = {"orderBy": [term for term, *_ in terms]}
        for backwards in (False, True):
            ask = partial(page_of, hr, "stages", "Stage")
            assert await walk(ask, size, order, backwards=backwards) == expected, order


@pytest.mark.parametrize("seed", range(3))
async def test_pages_within_each_parent_are_its_list(company: CompanyWorld, hr: Person, seed: int) -> None:
    random = Random(seed)
    flows, stages = await put_random(company, random, flows=4, stages=30)
    terms = random_terms(random, {flow["id"]: flow for flow in flows})
    arguments = {"orderBy": [term for term, *_ in terms], "where": {"dueOffsetDays": {"isNull": False}}}
    for flow in flows:
        due = [stage for stage in stages if stage["flow_id"] == flow["id"] and stage["due_offset_days"] is not None]
        for backwards in (False, True):
            ask = partial(page_within, hr, flow["id"])
            assert await walk(ask, 3, arguments, backwards=backwards) == global_ids(in_order(due, terms))


NESTED = """
query($size: Int!, $where: StageFilter, $orderBy: [StageOrder!], $after: String, $before: String) {
  flows(first: 200) { nodes {
    id
    head: stages(first: $size, where: $where, orderBy: $orderBy, after: $after) {
      totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage } }
    tail: stages(last: $size, where: $where, orderBy: $orderBy, before: $before) {
      totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage } }
  } }
}
"""


@pytest.mark.parametrize("seed", range(3))
async def test_one_statement_pages_every_parent_rightly(company: CompanyWorld, hr: Person, seed: int) -> None:
    random = Random(seed)
    flows, stages = await put_random(company, random, flows=6, stages=40)
    terms = random_terms(random, {flow["id"]: flow for flow in flows})
    kept = [stage for stage in stages if stage["available_offset_days"] < 1]
    arguments = {
        "size": 2,
        "orderBy": [term for term, *_ in terms],
        "where": {"availableOffsetDays": {"lt": 1}},
    }
    nodes = (await hr.ask(NESTED, arguments)).data["flows"]["nodes"]
    assert [node["id"] for node in nodes] == [ids.encode("Flow", flow["id"]) for flow in flows]
    for flow, node in zip(flows, nodes, strict=True):
        own = global_ids(in_order([stage for stage in kept if stage["flow_id"] == flow["id"]], terms))
        head, tail = node["head"], node["tail"]
        assert ([each["id"] for each in head["nodes"]], head["totalCount"]) == (own[:2], len(own))
        assert [each["id"] for each in tail["nodes"]] == own[-2:]
        assert head["pageInfo"] == {"hasNextPage": len(own) > 2, "hasPreviousPage": False}
        assert tail["pageInfo"] == {"hasNextPage": False, "hasPreviousPage": len(own) > 2}


async def test_a_cursor_between_bounds_every_parent_alike(company: CompanyWorld, hr: Person) -> None:
    """The place of a cursor is a place in the order, wherever the row that it was made from belongs."""
    random = Random(5)
    flows, stages = await put_random(company, random, flows=5, stages=40)
    terms: list[Term] = [({"name": "ASC"}, STAGE_KEYS["name"], False)]
    order = {"orderBy": [{"name": "ASC"}]}
    listed = in_order(stages, terms)
    first = await page_of(hr, "stages", "Stage", {**order, "first": 20})
    after = first["pageInfo"]["endCursor"]
    answer = await hr.ask(NESTED, {"size": 200, "after": after, "before": after, **order})
    for flow, node in zip(flows, answer.data["flows"]["nodes"], strict=True):
        beyond = [row for row in listed[20:] if row["flow_id"] == flow["id"]]
        until = [row for row in listed[:19] if row["flow_id"] == flow["id"]]
        assert [each["id"] for each in node["head"]["nodes"]] == global_ids(beyond)
        assert [each["id"] for each in node["tail"]["nodes"]] == global_ids(until)


async def test_between_two_cursors(company: CompanyWorld, hr: Person) -> None:
    _, stages = await put_random(company, Random(9), flows=3, stages=30)
    terms: list[Term] = [({"dueOffsetDays": "DESC"}, STAGE_KEYS["dueOffsetDays"], True)]
    listed, order = global_ids(in_order(stages, terms)), {"orderBy": [{"dueOffsetDays": "DESC"}]}
    ask = partial(page_of, hr, "stages", "Stage")
    ends = [(await ask({**order, "first": size}))["pageInfo"]["endCursor"] for size in (5, 25)]
    between = {**order, "after": ends[0], "before": ends[1]}
    page = await ask({**between, "first": 200})
    assert [node["id"] for node in page["nodes"]] == listed[5:24]
    assert (page["pageInfo"]["hasNextPage"], page["pageInfo"]["hasPreviousPage"]) == (True, True)
    page = await ask({**between, "last": 3})
    assert [node["id"] for node in page["nodes"]] == listed[21:24]
    assert (page["pageInfo"]["hasNextPage"], page["pageInfo"]["hasPreviousPage"]) == (True, True)


@pytest.mark.parametrize("way", ["ASC", "DESC"])
async def test_what_is_added_meanwhile_moves_nothing(company: CompanyWorld, hr: Person, way: str) -> None:
    random = Random(11)
    flows, stages = await put_random(company, random, flows=3, stages=30)
    terms: list[Term] = [({"name": way}, STAGE_KEYS["name"], way == "DESC")]
    arguments: dict[str, Any] = {"orderBy": [{"name": way}], "where": {"position": {"lt": 1000}}}
    places = iter(range(100, 1000))

    async def disturbed(asked: dict[str, Any]) -> dict[str, Any]:
        await put(company, Stage, [a_random_stage(random, flows[0]["id"], next(places)) for _ in range(3)])
        return await page_of(hr, "stages", "Stage", asked)

    known = global_ids(in_order(stages, terms))
    for backwards in (False, True):
        found = await walk(disturbed, 4, arguments, backwards=backwards)
        assert len(set(found)) == len(found)
        assert [each for each in found if each in set(known)] == known


async def test_a_row_that_is_gone_still_marks_its_place(company: CompanyWorld, hr: Person) -> None:
    _, stages = await put_random(company, Random(2), flows=2, stages=10)
    order = {"orderBy": [{"name": "ASC"}]}
    listed = in_order(stages, [({}, STAGE_KEYS["name"], False)])
    page = await page_of(hr, "stages", "Stage", {**order, "first": 4})
    await company.rows("delete from pool.stages where id = :id returning id", id=listed[3]["id"])
    page = await page_of(hr, "stages", "Stage", {**order, "first": 3, "after": page["pageInfo"]["endCursor"]})
    assert [node["id"] for node in page["nodes"]] == global_ids(listed[4:7])


async def test_names_are_ordered_as_people_order_them(company: CompanyWorld, hr: Person) -> None:
    names = ["Zoe", "Élan", "adam", "elan", "ßa"]
    for name in names:
        await hr.do("createFlow", {"name": name, "durationDays": 1})
    found = (await hr.ask("{ flows(orderBy: [{name: ASC}]) { nodes { name } } }")).data["flows"]["nodes"]
    assert [node["name"] for node in found] == ["adam", "Élan", "elan", "Zoe", "ßa"]
    assert max(NAMES, key=name_key) == "名前"


async def test_the_default_orders_are_age_and_place(company: CompanyWorld, hr: Person) -> None:
    flows, stages = await put_random(company, Random(4), flows=2, stages=12)
    page = await page_of(hr, "stages", "Stage", {})
    assert [node["id"] for node in page["nodes"]] == global_ids(stages)
    page = await page_within(hr, flows[0]["id"], {})
    own = sorted((row for row in stages if row["flow_id"] == flows[0]["id"]), key=lambda row: row["position"])
    assert [node["id"] for node in page["nodes"]] == global_ids(own)


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ({"first": -1}, ["first"]),
        ({"first": 201}, ["first"]),
        ({"last": -1}, ["last"]),
        ({"last": 201}, ["last"]),
        ({"first": 1, "last": 1}, ["last"]),
        ({"orderBy": [{"name": "ASC"}] * 9}, ["orderBy"]),
        ({"orderBy": [{}]}, ["orderBy", "0"]),
        ({"orderBy": [{"name": "ASC", "id": "ASC"}]}, ["orderBy", "0"]),
        ({"orderBy": [{"name": None}]}, ["orderBy", "0", "name"]),
        ({"orderBy": [{"flow": {}}]}, ["orderBy", "0", "flow"]),
        ({"first": "x"}, ["first"]),
    ],
)
async def test_a_page_that_cannot_be(
    company: CompanyWorld, hr: Person, arguments: dict[str, Any], path: list[str]
) -> None:
    query = (
        "query($first: Int, $last: Int, $orderBy: [StageOrder!]) "
        "{ stages(first: $first, last: $last, orderBy: $orderBy) { nodes { id } } }"
    )
    answer = await hr.ask(query, arguments)
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.errors[0]["extensions"]["inputPath"] == path


async def test_an_empty_page_says_whether_there_is_more(company: CompanyWorld, hr: Person) -> None:
    await put_random(company, Random(1), flows=1, stages=2)
    none = {"startCursor": None, "endCursor": None}
    page = await page_of(hr, "stages", "Stage", {"first": 0})
    assert page == {"nodes": [], "pageInfo": {"hasNextPage": True, "hasPreviousPage": False, **none}}
    page = await page_of(hr, "stages", "Stage", {"last": 0})
    assert page == {"nodes": [], "pageInfo": {"hasNextPage": False, "hasPreviousPage": True, **none}}
    page = await page_of(hr, "contentBlocks", "ContentBlock", {})
    assert page == {"nodes": [], "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, **none}}
