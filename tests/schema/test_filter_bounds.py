"""What a filter may not be: every refusal is BAD_USER_INPUT, and says where in the arguments it is wrong."""

from functools import reduce
from typing import Any
from uuid import UUID

import pytest

from schema.derive import ids
from tests.schema.builders import put_flows
from tests.world import CompanyWorld, Person

QUERY = "query($where: ContentBlockFilter) { contentBlocks(where: $where) { totalCount nodes { id } } }"
FOREIGN = ids.encode("Flow", UUID(int=1))


def nested(name: str, times: int) -> dict[str, Any]:
    """Nest a condition in itself."""
    wrap: Any = (lambda inner: {name: [inner]}) if name in {"and", "or"} else (lambda inner: {name: inner})
    return reduce(lambda inner, _: wrap(inner), range(times), {})


def back_and_forth(times: int) -> dict[str, Any]:
    """Go from a block to its stage and back as often."""
    return reduce(lambda inner, _: {"stage": {"contentBlocks": {"some": inner}}}, range(times), dict[str, Any]())


DEEP = ["where", *["not"] * 10]
REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    (nested("not", 10), DEEP),
    (nested("and", 10), ["where", *["and", "0"] * 10]),
    (nested("or", 10), ["where", *["or", "0"] * 10]),
    (back_and_forth(5), ["where", *["stage", "contentBlocks", "some"] * 5]),
    ({"and": [{"position": {"eq": 1}}] * 101}, ["where", "and", "100"]),
    ({"or": [{}] * 200}, ["where", "or", "199"]),
    ({"position": {"in": [1] * 1001}}, ["where", "position", "in"]),
    ({"position": {"notIn": [1] * 1001}}, ["where", "position", "notIn"]),
    ({"content": {"contains": "x" * 10_001}}, ["where", "content", "contains"]),
    ({"content": {"in": ["a", "b\0"]}}, ["where", "content", "in"]),
    ({"content": {"icontains": "\0"}}, ["where", "content", "icontains"]),
    ({"type": None}, ["where", "type"]),
    ({"type": {"eq": None}}, ["where", "type", "eq"]),
    ({"type": {"in": None}}, ["where", "type", "in"]),
    ({"type": {"isNull": None}}, ["where", "type", "isNull"]),
    ({"and": None}, ["where", "and"]),
    ({"not": None}, ["where", "not"]),
    ({"stage": None}, ["where", "stage"]),
    ({"stage": {"contentBlocks": None}}, ["where", "stage", "contentBlocks"]),
    ({"stage": {"contentBlocks": {"none": None}}}, ["where", "stage", "contentBlocks", "none"]),
    ({"config": {"hasKey": None}}, ["where", "config", "hasKey"]),
    ({"config": {"hasKey": "\0"}}, ["where", "config", "hasKey"]),
    ({"config": {"contains": {"a": "\0"}}}, ["where", "config", "contains"]),
    ({"config": {"contains": {"\0": 1}}}, ["where", "config", "contains"]),
    ({"config": {"contains": {"a": "x" * 70_000}}}, ["where", "config", "contains"]),
    ({"stageId": {"eq": FOREIGN}}, ["where", "stageId", "eq"]),
    ({"stageId": {"in": [FOREIGN]}}, ["where", "stageId", "in", "0"]),
    ({"id": {"eq": ""}}, ["where", "id", "eq"]),
    ({"id": {"ne": "é"}}, ["where", "id", "ne"]),
    ({"id": {"ne": "x" * 500_000}}, ["where", "id", "ne"]),
    ({"id": {"eq": 7}}, ["where", "id", "eq"]),
    # What the type alone refuses, before anything runs.
    ({"position": {"eq": 2**31}}, ["where", "position", "eq"]),
    ({"position": {"eq": "1"}}, ["where", "position", "eq"]),
    ({"position": {"in": [1, None]}}, ["where", "position", "in", "1"]),
    ({"createdAt": {"lt": "2026-06-30"}}, ["where", "createdAt", "lt"]),
    ({"createdAt": {"lt": "0001-01-01T00:00:00+14:00"}}, ["where", "createdAt", "lt"]),
    ({"assignee": {"eq": "NOBODY"}}, ["where", "assignee", "eq"]),
    ({"config": {"contains": [1]}}, ["where", "config", "contains"]),
    ({"unknown": {"eq": 1}}, ["where"]),
    ({"stage": {"unknown": 1}}, ["where", "stage"]),
]


@pytest.mark.parametrize(
    ("where", "path"), REFUSED, ids=[f"{place}-{'.'.join(path[:4])}" for place, (_, path) in enumerate(REFUSED)]
)
async def test_a_filter_that_cannot_be(
    company: CompanyWorld, hr: Person, where: dict[str, Any], path: list[str]
) -> None:
    answer = await hr.ask(QUERY, {"where": where})
    assert answer.codes == ["BAD_USER_INPUT"], answer.body
    assert answer.errors[0]["extensions"]["inputPath"] == path
    assert "incidentId" not in answer.errors[0]["extensions"]


@pytest.mark.parametrize(
    "where",
    [
        nested("not", 9),
        nested("and", 9),
        back_and_forth(4),
        {"and": [{"position": {"eq": 1}}] * 99},
        {"position": {"in": [1] * 1000}},
        {"content": {"contains": "x" * 10_000}},
        {"position": {"gt": 2**31 - 1, "lt": -(2**31)}},
        {"createdAt": {"gte": "0001-01-01T00:00:00Z", "lte": "9999-12-31T23:59:59.999999Z"}},
        {"config": {"contains": {"a": 2**63 - 1, "b": 1e308, "c": -0.0}}},
        {"config": {"contains": {"deep": nested("x", 18)}}},
    ],
    ids=str,
)
async def test_a_filter_at_the_bound(company: CompanyWorld, hr: Person, where: dict[str, Any]) -> None:
    assert (await hr.ask(QUERY, {"where": where})).errors == []


@pytest.mark.parametrize(
    "literal",
    [
        "{config: {contains: {a: 99999999999999999999999999}}}",
        "{config: {contains: {a: 1e999}}}",
        "{config: {contains: {a: [{b: -1e999}]}}}",
        '{config: {contains: {a: "\\u0000"}}}',
        '{config: {hasKey: "\\u0000"}}',
        "{config: {contains: 5}}",
        "{not: " * 30 + "{}" + "}" * 30,
        "{config: {contains: {a: " + "[" * 150 + "]" * 150 + "}}}",
        "{config: {contains: {a: " + "[" * 5000 + "]" * 5000 + "}}}",
        '{id: {eq: "x"}}',
    ],
    ids=lambda literal: literal[:40],
)
async def test_a_literal_that_cannot_be(company: CompanyWorld, hr: Person, literal: str) -> None:
    answer = await hr.ask(f"{{ contentBlocks(where: {literal}) {{ nodes {{ id }} }} }}")
    assert answer.codes == ["BAD_USER_INPUT"], answer.body


async def test_a_wrong_argument_within_is_said_once_with_its_place(company: CompanyWorld, hr: Person) -> None:
    await put_flows(company, 3, stages=1)
    answer = await hr.ask('{ flows { nodes { stages(where: {id: {eq: "x"}}) { totalCount } } } }')
    assert set(answer.codes) == {"BAD_USER_INPUT"}
    assert answer.errors[0]["extensions"]["inputPath"] == ["where", "id", "eq"]
    assert answer.errors[0]["path"] == ["flows", "nodes", 0, "stages"]
