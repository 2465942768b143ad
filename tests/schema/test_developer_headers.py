"""Where GraphiQL is shown, a header asks for the reference engine, and another for the plan; elsewhere neither does."""

import pytest

from db.reads import LISTENERS, Sent
from tests.schema.builders import put_flows
from tests.schema.statements import islands
from tests.schema.things import Things
from tests.world import CompanyWorld, Person

QUERY = "{ flows { nodes { id name } } }"


async def test_the_plan_of_an_answer(company: CompanyWorld, hr: Person) -> None:
    await put_flows(company, 1)
    answer = await hr.ask(QUERY, None, **{"x-workgraph-explain": "1"})
    [step] = answer.body["extensions"]["plan"]
    assert step["how"] == "one statement, whose JSON is the answer"
    assert '"pool".onboarding_flows' in step["sql"][0]
    assert len(answer.data["flows"]["nodes"]) == 1


async def test_the_plan_is_that_of_who_asks(company: CompanyWorld) -> None:
    answer = await company.stranger().ask(QUERY, None, **{"x-workgraph-explain": "1"})
    assert answer.codes == ["UNAUTHENTICATED"]
    assert answer.body["extensions"]["plan"][0]["path"] == "flows"


@pytest.mark.parametrize(("engine", "plain"), [("reference", 0), ("planned", 1), ("another", 1)])
async def test_the_engine_that_a_header_names(company: CompanyWorld, hr: Person, engine: str, plain: int) -> None:
    await hr.ask("{ viewer { id } }")
    sent = list[Sent]()
    LISTENERS.append(sent.append)
    try:
        answer = await hr.ask(QUERY, None, **{"x-workgraph-engine": engine})
    finally:
        LISTENERS.remove(sent.append)
    assert answer.data == {"flows": {"nodes": []}}
    assert len(islands(sent)) == plain


async def test_neither_is_for_everybody(things: Things, company: CompanyWorld) -> None:
    """That application shows no GraphiQL."""
    owner = things.seen_by(await company.person("OWNER"))
    sent = list[Sent]()
    LISTENERS.append(sent.append)
    try:
        answer = await owner.ask(QUERY, None, **{"x-workgraph-explain": "1", "x-workgraph-engine": "reference"})
    finally:
        LISTENERS.remove(sent.append)
    assert "extensions" not in answer.body
    assert len(islands(sent)) == 1
