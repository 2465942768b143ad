"""What an answer says of its cost, an operation that is only priced, and one that is refused for it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from gateways.limits import Bucket
from resolvers.budgets import Budget
from schema.derive.declare import LARGEST_PAGE
from schema.execute.planned.running import Run
from tests.cost.builders import cost_of, costed
from tests.documents.builders import a_client, publish
from tests.identity.builders import set_otherwise
from tests.schema.builders import put_flows
from tests.world import CompanyWorld, Person, World

FLOWS = "query($n: Int) { flows(first: $n) { nodes { id name } } }"
PAGED = """query Paged($n: Int, $stages: Boolean!) {
  flows(first: $n) { nodes { name stages(first: 5) @include(if: $stages) { nodes { name } } } }
}"""
CREATE = 'mutation { createFlow(input: { name: "Priced", durationDays: 3 }) { flow { id name } refusals { code } } }'


@asynccontextmanager
async def budgeted(
    world: World, person: Person, size: int, *, rate: float = 0.01, company: int | None = None
) -> AsyncGenerator[Person]:
    """The same person, whose budget is so large."""
    budget = Budget(Bucket(size, rate), None if company is None else Bucket(company, rate))
    async with set_otherwise(world, budget=budget) as http:
        yield replace(person, http=http)


async def price_of(world: World, person: Person) -> int:
    """What the flows cost at most, asked where nobody is charged: a lease would be part of a small budget."""
    async with set_otherwise(world, budget=None) as http:
        return cost_of(await costed(replace(person, http=http), FLOWS, {"n": 200}))["requested"]


@pytest.fixture
async def ada(company: CompanyWorld) -> Person:
    await put_flows(company, 30, stages=2)
    return await company.person("HR")


async def test_the_cost_is_told_to_who_asks(ada: Person) -> None:
    assert "extensions" not in (await ada.ask(FLOWS)).body
    answer = await costed(ada, FLOWS)
    cost = cost_of(answer)
    assert len(answer.data["flows"]["nodes"]) == 30
    assert 1 <= cost["actual"] <= cost["requested"]
    assert cost["throttle"].keys() == {"limit", "remaining", "restoreRate"}
    assert cost["throttle"]["limit"] == 2_000_000


async def test_what_a_document_costs_at_most_is_known_when_it_is_registered(
    ada: Person, company: CompanyWorld, world: World
) -> None:
    """Whatever its variables say it costs no more; and no list of it is taken for longer than it may be."""
    owner = await company.person("OWNER")
    done = await publish(owner, await a_client(owner), {"paged": PAGED})
    [document] = done["clientVersion"]["documents"]["nodes"]
    costs = {
        (number, stages): cost_of(await costed(ada, PAGED, {"n": number, "stages": stages}, "validate"))["requested"]
        for number in (None, 1, LARGEST_PAGE)
        for stages in (False, True)
    }
    assert costs[1, False] < costs[1, True] < costs[None, True] < costs[LARGEST_PAGE, True]
    assert max(costs.values()) <= document["price"] <= 2 * max(costs.values()), (costs, document)


async def test_what_was_not_used_is_not_charged(ada: Person) -> None:
    few, many = [cost_of(await costed(ada, FLOWS, {"n": number})) for number in (30, 200)]
    assert few["requested"] < many["requested"]
    assert many["actual"] < many["requested"]
    assert abs(few["actual"] - many["actual"]) <= 2


async def test_levels_are_charged_for_what_they_did(ada: Person) -> None:
    query = "query($n: Int) { flows(last: $n) { edges { cursor node { id stages { nodes { id } } } } } }"
    one, ten, all_of_them = [cost_of(await costed(ada, query, {"n": number})) for number in (1, 10, 200)]
    assert one["actual"] < ten["actual"] < all_of_them["actual"] < all_of_them["requested"]
    nothing = cost_of(await costed(ada, query, {"n": 0}))
    assert nothing["actual"] < one["actual"]


async def test_an_operation_can_be_priced_without_being_run(ada: Person) -> None:
    answer = await costed(ada, CREATE, wish="validate")
    assert answer.body.keys() == {"extensions"}
    assert cost_of(answer).keys() == {"requested", "throttle"}
    assert answer.response.status_code == 200
    names = (await ada.ask("{ flows(first: 200) { nodes { name } } }")).data["flows"]["nodes"]
    assert {"name": "Priced"} not in names
    ran = await costed(ada, CREATE)
    assert cost_of(ran)["requested"] == cost_of(answer)["requested"]
    assert ran.data["createFlow"]["flow"]["name"] == "Priced"


async def test_pricing_costs_a_point(world: World, ada: Person) -> None:
    async with budgeted(world, ada, 1_000_000) as rich:
        left = [cost_of(await costed(rich, CREATE, wish="validate"))["throttle"]["remaining"] for _ in range(3)]
    assert [left[0] - 1, left[1] - 1] == left[1:]


async def test_what_is_wrong_is_told_and_not_priced(ada: Person) -> None:
    answer = await costed(ada, "{ nothing }", wish="validate")
    assert answer.codes == ["BAD_USER_INPUT"]
    assert "extensions" not in answer.body


async def test_introspection_is_priced_too(ada: Person) -> None:
    assert cost_of(await costed(ada, "{ __schema { queryType { name } } }", wish="validate"))["requested"] > 0
    assert (await costed(ada, "{ __schema { queryType { name } } }")).data["__schema"]


@pytest.mark.parametrize("wish", ["yes", "report, validate", "1"])
async def test_another_wish_is_refused(ada: Person, wish: str) -> None:
    answer = await costed(ada, FLOWS, wish=wish)
    assert (answer.response.status_code, answer.codes) == (400, ["BAD_USER_INPUT"])
    assert answer.errors[0]["message"] == f"`GraphQL-Cost` is `report` or `validate`; this is `{wish}`."


async def test_who_has_used_up_a_budget_is_told_when_to_come_again(world: World, ada: Person) -> None:
    price = await price_of(world, ada)
    async with budgeted(world, ada, price, rate=1) as poor:
        answer = await poor.ask(FLOWS, {"n": 200})
        assert answer.data
        while not answer.errors:
            answer = await poor.ask(FLOWS, {"n": 200})
    [error] = answer.errors
    assert (answer.response.status_code, error["extensions"]["code"]) == (429, "RATE_LIMITED")
    assert answer.response.headers["retry-after"] == str(error["extensions"]["retryAfter"])
    assert "data" not in answer.body
    cost = cost_of(answer)
    assert (cost["requested"], cost["throttle"]["limit"], cost["throttle"]["restoreRate"]) == (price, price, 1)
    assert cost["throttle"]["remaining"] < price


async def test_what_can_never_fit_is_another_error(world: World, ada: Person) -> None:
    async with budgeted(world, ada, 20) as poor:
        answer = await poor.ask(FLOWS, {"n": 200})
    [error] = answer.errors
    assert error["extensions"]["code"] == "COST_EXCEEDED"
    assert (error["extensions"]["most"], error["extensions"]["requested"]) == (20, cost_of(answer)["requested"])
    assert "retry-after" not in answer.response.headers
    assert "data" not in answer.body


async def test_a_mutation_that_is_refused_has_done_nothing(world: World, ada: Person) -> None:
    async with budgeted(world, ada, 20) as poor:
        assert (await poor.ask(CREATE)).codes == ["COST_EXCEEDED"]
    names = (await ada.ask("{ flows(first: 200) { nodes { name } } }")).data["flows"]["nodes"]
    assert {"name": "Priced"} not in names


async def test_without_budgets_the_price_is_told_and_nobody_is_charged(world: World, ada: Person) -> None:
    async with set_otherwise(world, budget=None) as http:
        answer = await costed(replace(ada, http=http), FLOWS)
    assert cost_of(answer).keys() == {"requested", "actual"}


async def test_one_company_does_not_feel_the_overrun_of_another(
    world: World, ada: Person, other_company: CompanyWorld
) -> None:
    eve = await other_company.person("HR")
    price = await price_of(world, ada)
    async with budgeted(world, ada, price, company=price) as poor:
        other = replace(eve, http=poor.http)
        before = cost_of(await costed(other, FLOWS, {"n": 0}))["throttle"]
        answers = await asyncio.gather(*(poor.ask(FLOWS, {"n": 200}) for _ in range(30)))
        assert any(answer.response.status_code == 429 for answer in answers)
        after = cost_of(await costed(other, FLOWS, {"n": 0}))
    assert before["remaining"] - after["throttle"]["remaining"] == after["actual"]


async def test_a_fault_is_charged_whole(world: World, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(_run: Run) -> Any:
        raise OSError

    async with budgeted(world, ada, 100_000) as rich:
        before = cost_of(await costed(rich, FLOWS))["throttle"]["remaining"]
        with monkeypatch.context() as broken:
            broken.setattr(Run, "answer", failing)
            assert (await rich.ask(FLOWS)).response.status_code >= 500
        after = cost_of(await costed(rich, FLOWS))
    assert before - after["throttle"]["remaining"] == after["actual"] + after["requested"]
