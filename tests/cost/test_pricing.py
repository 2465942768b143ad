"""A price follows what an operation does: more objects, statements, functions cost more, and nothing is free."""

from typing import Any

import pytest

from schema.answering import asked_of
from schema.execute.planned.keeping import Plans
from schema.execute.planned.plan import Plan
from schema.execute.planned.pricing import Price, points
from schema.explaining import NOBODY
from schema.root import make_schema

SCHEMA = make_schema()
STAGES = "stages(first: 10) { nodes { id name } }"


def planned(query: str, variables: dict[str, Any] | None = None) -> tuple[Plan, dict[str, Any]]:
    asked = asked_of({"query": query, "variables": variables or {}})
    found = Plans(SCHEMA).planned(NOBODY, query, asked.document, None, asked.variables or {})
    assert isinstance(found, tuple), found
    return found[0], found[1].coerced


def price(query: str, variables: dict[str, Any] | None = None, *, whole: bool = False) -> Price:
    plan, given = planned(query, variables)
    return plan.pricing.price(given, whole=whole)


def cost(query: str, variables: dict[str, Any] | None = None, *, whole: bool = False) -> int:
    return price(query, variables, whole=whole).requested


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(
    ("less", "more"),
    [
        ("{ flows(first: 10) { nodes { id } } }", "{ flows(first: 200) { nodes { id } } }"),
        ("{ flows(first: 200) { nodes { id } } }", "{ flows(first: 200) { nodes { id name status } } }"),
        ("{ flows { nodes { id } } }", "{ flows { totalCount nodes { id } } }"),
        ("{ flows { nodes { id } } }", f"{{ flows {{ nodes {{ id {STAGES} }} }} }}"),
        ("{ flows { nodes { id } } }", "{ a: flows { nodes { id } } b: flows { nodes { id } } }"),
        ("{ stages { nodes { id } } }", "{ stages { nodes { id flow { id } } } }"),
        ("{ flows { nodes { id } } }", '{ flows(where: { name: { eq: "A" } }) { nodes { id } } }'),
        (
            '{ stages(where: { name: { eq: "A" } }) { nodes { id } } }',
            '{ stages(where: { flow: { name: { eq: "A" } } }) { nodes { id } } }',
        ),
        ("{ auditLogs { nodes { id action } } }", "{ auditLogs { nodes { id action newValues } } }"),
    ],
)
def test_more_costs_more(less: str, more: str, *, whole: bool) -> None:
    assert price(less, whole=whole).all < price(more, whole=whole).all


def test_pages_within_pages_multiply() -> None:
    within = f"{{ flows(first: 20) {{ nodes {{ id {STAGES} }} }} }}"
    assert price(within).objects == 1 + 1 + 20 + 20 + 20 * 10


def test_the_number_may_come_from_a_variable() -> None:
    query = "query($n: Int, $m: Int) { flows(first: $n, last: $m) { nodes { id } } }"
    objects = [price(query, each).objects for each in ({"n": 5}, {"m": 7}, {"n": 0}, {}, {"n": 10_000})]
    assert objects == [2 + 5, 2 + 7, 2, 2 + 50, 2 + 200]


CONDITION = {"or": [{"name": {"eq": "A"}}, {"flow": {"name": {"in": ["B", "C"]}}}]}
WRITTEN = '{ or: [{ name: { eq: "A" } }, { flow: { name: { in: ["B", "C"] } } }] }'


def test_conditions_cost_the_same_where_they_are_in_a_variable() -> None:
    query = "query($w: StageFilter) { stages(where: $w) { nodes { id } } }"
    written = price(f"{{ stages(where: {WRITTEN}) {{ nodes {{ id }} }} }}")
    assert price(query, {"w": CONDITION}) == written
    assert price(query, {"w": {"name": {"eq": "A"}}}).once < written.once
    assert price(query, {"w": None}) == price(query) == price("{ stages { nodes { id } } }")
    most = price(query, {"w": {"or": [CONDITION] * 100}})
    assert planned(query)[0].pricing.highest() >= most.requested > written.requested


def test_a_price_that_no_variable_changes_is_worked_out_once() -> None:
    plan, given = planned("{ flows(first: 10) { nodes { id } } }")
    assert plan.pricing.price(given, whole=True) is plan.pricing.price(given, whole=True)
    plan, given = planned("query($n: Int) { flows(first: $n) { nodes { id } } }", {"n": 1})
    assert plan.pricing.price({"n": 1}, whole=True) != plan.pricing.price({"n": 2}, whole=True)


def test_ids_are_counted() -> None:
    literal, variable = '{ nodes(ids: ["a", "b", "c"]) { id } }', "query($i: [ID!]!) { nodes(ids: $i) { id } }"
    assert price(literal).objects == 1 + 3
    assert price(variable, {"i": ["a"] * 20}).objects == 1 + 20


def test_each_type_of_an_interface_that_is_named_is_priced() -> None:
    plain = '{ node(id: "x") { id } }'
    flow = '{ node(id: "x") { id ... on Flow { stages(first: 200) { nodes { id } } } } }'
    spread = '{ node(id: "x") { ...F } } fragment F on Node { ... on Flow { stages(first: 200) { nodes { id } } } }'
    assert price(plain).objects == 1 + 1
    assert price(flow).objects == price(spread).objects == 1 + 1 + 1 + 200


def test_what_no_answer_can_hold_is_not_charged() -> None:
    deep = "stages(first: 200) { nodes { flow { " * 4 + "id" + " } } }" * 4
    found = price(f"{{ flows(first: 200) {{ nodes {{ {deep} }} }} }}")
    assert found.objects > 10**9
    assert found.all < 1_000_000


def test_functions_and_mutations_cost_more_than_rows() -> None:
    rows = cost("{ newHires(first: 1) { nodes { id email } } }", whole=True)
    functions = cost("{ newHires(first: 1) { nodes { id percentage } } }")
    mutation = cost('mutation { updateFlow(input: { id: "x" }) { flow { id } } }')
    assert 3 * rows < functions
    assert functions < mutation


def test_whether_the_number_of_objects_matters() -> None:
    assert price('{ flow(id: "x") { id name } }', whole=True).is_settled
    assert not price("{ flows(first: 200) { nodes { id } } }", whole=True).is_settled


def test_nothing_is_free() -> None:
    assert points(0.0) == 1
    assert cost("{ __typename }") >= 1
