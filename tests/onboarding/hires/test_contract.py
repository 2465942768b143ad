"""The contract of every mutation, held against those of a portal and of tasks: they answer with more than an object."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest

from schema.derive.fields import CommandField, declaration_of
from schema.portal import portal as portal_domain
from tests.commands.ground import SCHEMA
from tests.onboarding.hires.builders import Published, a_block, a_flow, a_stage, complete, row_of
from tests.world import CompanyWorld, Person


@dataclass
class Case:
    """A mutation that would succeed: who runs it, what it is given, and what is asked of its answer."""

    flow: Published
    hire: str
    person: Person
    given: dict[str, Any]
    fields: str

    async def run(self, mutation: str, **more: Any) -> dict[str, Any]:
        return await self.person.do(mutation, self.given | more, self.fields)

    async def everything(self) -> list[Any]:
        tables = (
            "new_hires",
            "progress",
            "stage_progress",
            "email_messages",
            "onboarding_uploads",
            "files",
            "audit_logs",
        )
        found: list[Any] = []
        for table in (*tables, "event_outbox"):
            found += await self.flow.company.rows(
                f"select t::text from pool.{table} t where tenant_id = :tenant order by id"
            )
        return found


SESSION: Final = "session { progress { completedBlocks } canComplete stages { status blocks { id status } } }"


async def not_begun(flow: Published) -> Case:
    return Case(flow, *await flow.invited(), {}, SESSION)


async def begun(flow: Published) -> Case:
    return Case(flow, *await flow.begun(), {"contentBlockId": flow.block(0, 0), "value": "Ada"}, SESSION)


async def before_the_end_of_a_stage(flow: Published) -> Case:
    case = await begun(flow)
    case.given = {"stageId": flow.stage(1)}
    assert await complete(case.person, flow.block(0, 0), "Ada") == []
    return case


async def before_the_end(flow: Published) -> Case:
    case = await before_the_end_of_a_stage(flow)
    assert (await case.run("completeStage"))["refusals"] == []
    assert await complete(case.person, flow.block(2, 0), "x") == []
    case.given = {}
    return case


async def with_a_file(flow: Published) -> Case:
    case = await begun(flow)
    announced = {"filename": "a.pdf", "mime": "application/pdf", "size": 1000}
    case.given = {"contentBlockId": flow.block(2, 1), **announced}
    case.fields = "upload { id method url }"
    return case


async def a_task(flow: Published) -> Case:
    case = await begun(flow)
    case.given = {"newHireId": case.hire, "contentBlockId": flow.block(1, 1), "value": "done"}
    case.person, case.fields = flow.hr, "task { id status title }"
    return case


CASES: Final[dict[str, Callable[[Published], Awaitable[Case]]]] = {
    "startOnboarding": not_begun,
    "saveContentBlock": begun,
    "completeContentBlock": begun,
    "completeStage": before_the_end_of_a_stage,
    "completeOnboarding": before_the_end,
    "uploadOnboardingFile": with_a_file,
    "completeOnboardingTask": a_task,
}


@pytest.fixture(params=CASES)
def mutation(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
async def case(company: CompanyWorld, mutation: str) -> Case:
    asked = a_block(type="file_upload", required=False)
    flow = await a_flow(
        company,
        a_stage(a_block()),
        a_stage(a_block(required=False), a_block(assignee="hr", required=False)),
        a_stage(a_block(), asked, lock="free"),
    )
    return await CASES[mutation](flow)


def test_every_mutation_of_the_portal_is_here() -> None:
    assert {each.name for each in portal_domain.operations} | {"complete_onboarding_task"} == {
        declared.operation.name for declared in map(declared_as, CASES)
    }


def declared_as(mutation: str) -> CommandField:
    assert SCHEMA.mutation_type is not None
    declared = declaration_of(SCHEMA.mutation_type.fields[mutation])
    assert isinstance(declared, CommandField)
    return declared


async def test_the_second_call_gets_the_first_ones_answer_and_does_nothing(case: Case, mutation: str) -> None:
    first = await case.run(mutation, idempotencyKey="once")
    assert first["refusals"] == []
    before = await case.everything()
    assert await case.run(mutation, idempotencyKey="once") == first
    assert await case.everything() == before


async def test_two_calls_at_once_have_one_effect(case: Case, mutation: str) -> None:
    one, other = await asyncio.gather(*(case.run(mutation, idempotencyKey="once") for _ in range(2)))
    assert one == other
    assert one["refusals"] == []


async def test_a_dry_run_answers_like_the_real_run_and_leaves_nothing(case: Case, mutation: str) -> None:
    before = await case.everything()
    trial = await case.run(mutation, dryRun=True, clientMutationId="mine")
    assert await case.everything() == before
    real = await case.run(mutation, clientMutationId="mine")
    assert await case.everything() != before
    assert real["refusals"] == []
    assert trial["clientMutationId"] == real["clientMutationId"] == "mine"
    if mutation != "uploadOnboardingFile":
        assert trial == real


async def test_what_is_told_is_what_the_description_lists(case: Case, mutation: str) -> None:
    before = len(await case.flow.company.rows("select id from pool.event_outbox where tenant_id = :tenant"))
    assert (await case.run(mutation))["refusals"] == []
    events = await case.flow.company.rows(
        "select type, subject_type, data, actor_id from pool.event_outbox where tenant_id = :tenant order by id"
    )
    told = events[before:]
    assert told
    assert {event.type for event in told} <= set(declared_as(mutation).operation.emits)
    assert {event.actor_id for event in told} == {case.person.asking.principal.id}
    named = [event.data for event in told if "changed" not in event.data]
    assert all(data["new_hire_id"] == str(row_of(case.hire)) for data in named)
    assert all(data["flow_id"] == str(case.flow.row) for data in named)


async def test_nobody_else_may(case: Case, mutation: str, other_company: CompanyWorld) -> None:
    pascal = mutation[0].upper() + mutation[1:]
    query = f"mutation($input: {pascal}Input!) {{ {mutation}(input: $input) {{ refusals {{ code }} }} }}"
    before = await case.everything()
    stranger, sales = case.flow.company.stranger(), await case.flow.company.person("SALES")
    assert (await stranger.ask(query, {"input": case.given})).codes == ["UNAUTHENTICATED"]
    answer = await sales.ask(query, {"input": case.given})
    assert answer.codes == ["FORBIDDEN"] or answer.data[mutation]["refusals"] == [{"code": "NOT_FOUND"}]
    foreign = await other_company.person("OWNER")
    answer = await foreign.ask(query, {"input": case.given})
    assert answer.codes == ["FORBIDDEN"] or answer.data[mutation]["refusals"] == [{"code": "NOT_FOUND"}]
    assert {*before} <= {*await case.everything()}
