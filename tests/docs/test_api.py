"""Every example of docs/api.md, asked in its order, is answered as the page says."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import parse, validate

from tests.docs.page import Block, blocks_of
from tests.documents.builders import a_client
from tests.keys.builders import made
from tests.lints.source import ROOT
from tests.wall.graph import SCHEMA
from tests.world import CompanyWorld, Person

ANYTHING = "…"
ROLE = re.compile(r"# as: (\w+)")


@dataclass
class Asker:
    """A company as the page describes it, whose people ask, and the ids that examples call by name."""

    company: CompanyWorld
    variables: dict[str, Any]

    async def ask(self, document: str) -> dict[str, Any]:
        """Ask as the person whom the first line names."""
        named = ROLE.match(document)
        answer = await (await self._person(named[1] if named else "OWNER")).ask(document, self.variables)
        for error in answer.errors:
            error.pop("locations", None)
        return answer.body

    async def _person(self, role: str) -> Person:
        return self.company.stranger() if role == "nobody" else await self.company.person(role)


@pytest.fixture
async def asker(company: CompanyWorld, other_company: CompanyWorld) -> Asker:
    """The page's company, and another one whose flow it must not see."""
    owner, foreigner = await company.person(), await other_company.person()
    flow = await a_flow(owner)
    stages = [await a_stage(owner, flow, name) for name in ("Welcome", "Tools")]
    assert (await owner.do("publishFlow", {"id": flow}))["refusals"] == []
    own = (await owner.ask("{ company { id } }")).data["company"]["id"]
    change = {"id": own, "primaryColor": "blue"}
    variables = {"flow": flow, "stage": stages[0], "foreign": await a_flow(foreigner), "change": change}
    client = await a_client(owner, "acme", kind="PARTNER")
    key = await made(owner, client, ["onboarding.read"], name="Nightly export")
    return Asker(company, variables | {"client": client, "apiKey": key["revealed"]["apiKey"]["id"]})


async def a_flow(person: Person) -> str:
    return (await person.do("createFlow", {"name": "Engineers", "durationDays": 30}, "flow { id }"))["flow"]["id"]


async def a_stage(person: Person, flow: str, name: str) -> str:
    stage = (await person.do("addStage", {"flowId": flow, "name": name}, "stage { id }"))["stage"]["id"]
    await person.do("addContentBlock", {"stageId": stage, "type": "header"})
    return stage


def examples() -> Sequence[tuple[Block, Block]]:
    """The page's questions, each with the answer that follows it."""
    blocks = [block for block in blocks_of(ROOT / "docs" / "api.md") if block.kind in {"graphql", "json"}]
    assert [block.kind for block in blocks] == ["graphql", "json"] * (len(blocks) // 2)
    return list(zip(blocks[::2], blocks[1::2], strict=True))


def matched(answer: Any, shown: Any) -> Any:
    """Return an answer with the places that the page leaves open left open."""
    if shown == ANYTHING:
        return ANYTHING
    if isinstance(shown, dict) and isinstance(answer, dict):
        return {name: matched(value, shown.get(name)) for name, value in answer.items()}
    if isinstance(shown, list) and isinstance(answer, list) and len(shown) == len(answer):
        return [matched(value, each) for value, each in zip(answer, shown, strict=True)]
    return answer


async def test_every_example_is_answered_as_the_page_says(asker: Asker) -> None:
    for question, shown in examples():
        expected = json.loads(shown.body)
        assert matched(await asker.ask(question.body), expected) == expected, question.body


def test_every_other_example_is_one_of_the_schema() -> None:
    documents = [parse(block.body) for block in blocks_of(ROOT / "docs" / "api.md") if block.kind == "gql"]
    assert documents
    assert [validate(SCHEMA, document) for document in documents] == [[]] * len(documents)
