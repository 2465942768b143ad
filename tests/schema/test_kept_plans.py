"""Plans are kept within bounds, and what one company asks says nothing to another."""

from uuid import UUID, uuid4

from graphql import parse

from schema.execute.planned.keeping import MOST_VARIANTS, Plans
from schema.execute.planned.plan import Plan
from schema.root import make_schema

SCHEMA = make_schema()
ONE, OTHER = uuid4(), uuid4()
BY_NAME = 'query { flows(where: {name: {eq: "Secret project"}}) { nodes { id } } }'
BY_VARIABLE = "query($name: String) { flows(where: {name: {eq: $name}}) { nodes { id } } }"


def planned(plans: Plans, tenant: UUID, query: str, given: dict[str, object] | None = None) -> Plan:
    found = plans.planned(tenant, query, parse(query), None, given or {})
    assert isinstance(found, tuple)
    return found[0]


def test_a_document_that_comes_again_is_not_planned_again() -> None:
    plans = Plans(SCHEMA)
    first = planned(plans, ONE, BY_VARIABLE, {"name": "a"})
    assert planned(plans, ONE, BY_VARIABLE, {"name": "b"}) is first
    assert planned(plans, OTHER, BY_VARIABLE, {"name": "b"}) is first


def test_a_document_with_text_in_it_is_kept_for_its_company_alone() -> None:
    plans = Plans(SCHEMA)
    first = planned(plans, ONE, BY_NAME)
    assert planned(plans, ONE, BY_NAME) is first
    assert planned(plans, OTHER, BY_NAME) is not first


def test_only_what_decides_about_fields_makes_another_plan() -> None:
    plans = Plans(SCHEMA)
    query = "query($a: Boolean!, $n: Int) { flows(first: $n) { nodes { id @include(if: $a) name } } }"
    first = planned(plans, ONE, query, {"a": True, "n": 1})
    assert planned(plans, ONE, query, {"a": True, "n": 2}) is first
    without = planned(plans, ONE, query, {"a": False, "n": 1})
    assert without is not first
    assert planned(plans, ONE, query, {"a": False, "n": 1}) is without


def test_many_conditions_do_not_make_many_plans() -> None:
    plans, names = Plans(SCHEMA), [f"v{index}" for index in range(6)]
    fields = " ".join(f"f{name}: name @skip(if: ${name})" for name in names)
    query = f"query({', '.join(f'${name}: Boolean!' for name in names)}) {{ flows {{ nodes {{ id {fields} }} }} }}"
    for number in range(2 ** len(names)):
        planned(plans, ONE, query, {name: bool(number >> place & 1) for place, name in enumerate(names)})
    [kept] = plans.kept
    assert len(kept.plans) == MOST_VARIANTS


def test_what_is_kept_is_bounded_in_bytes() -> None:
    plans = Plans(SCHEMA, most_bytes=100_000)
    queries = [f"{{ alias{index}: flows {{ nodes {{ id name }} }} }}" for index in range(100)]
    for query in queries:
        planned(plans, ONE, query)
    assert 1 < len(plans.kept) < 20
    assert sum(each.cost * (1 + len(each.plans)) for each in plans.kept) <= 100_000
    last = planned(plans, ONE, queries[-1])
    assert planned(plans, ONE, queries[-1]) is last


def test_a_plan_keeps_nothing_of_who_asked_first() -> None:
    query = (
        "query($a: Boolean!, $name: String) { flows(where: {name: {eq: $name}}) { nodes { id name @skip(if: $a) } } }"
    )
    plan = planned(Plans(SCHEMA), ONE, query, {"a": True, "name": "Secret project"})
    assert plan.conditions.coerced == {"a": True}
    assert set(plan.conditions.sources) == {"a"}


def test_the_arguments_of_a_mutation_are_made_each_time() -> None:
    """What it is given it may keep, and change."""
    mutation = 'mutation { createFlow(input: {name: "A", durationDays: 1}) { flow { id } } }'
    read = "{ flows(first: 1) { nodes { id } } }"
    assert [step.fixed for step in planned(Plans(SCHEMA), ONE, mutation).root.steps] == [None]
    assert [step.fixed for step in planned(Plans(SCHEMA), ONE, read).root.steps] == [{"first": 1}]


def test_what_is_wrong_is_not_kept() -> None:
    plans, wrong = Plans(SCHEMA), "{ nonsense }"
    for _ in range(2):
        found = plans.planned(ONE, wrong, parse(wrong), None, {})
        assert isinstance(found, list)
        assert "nonsense" in found[0].message
    assert plans.kept == []
