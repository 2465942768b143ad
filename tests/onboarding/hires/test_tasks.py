"""What others than the new hire complete, and what HR says of answers."""

from datetime import timedelta
from typing import Any

import pytest

from app import now
from schema.derive import ids
from tests.onboarding.hires.builders import Published, a_block, a_flow, a_stage, codes, complete, row_of, session, told
from tests.world import CompanyWorld, Person

ASSIGNEES = ("manager", "buddy", "hr", "it")
MINE = """
query($overdue: Boolean) {
  myOnboardingTasks(overdue: $overdue) { title assignee overdue status newHireName stageName }
}
"""
PROGRESS = """
query($id: ID!) { newHire(id: $id) { progress(orderBy: [{ stagePosition: ASC }, { position: ASC }]) {
  nodes { id status reviewStatus reviewComment attempts completedById allowedTransitions { name allowed } }
} } }
"""


async def a_task_flow(company: CompanyWorld) -> Published:
    """A flow whose second, locked stage has a task for each kind of colleague."""
    tasks = [a_block(assignee=each, title=each, required=each == "manager") for each in ASSIGNEES]
    return await a_flow(company, a_stage(a_block()), a_stage(*tasks, name="Desk", due_offset_days=2))


def user(person: Person) -> str:
    assert person.asking.principal.id is not None
    return ids.encode("User", person.asking.principal.id)


async def titles(person: Person, **given: Any) -> list[str]:
    return sorted(each["title"] for each in (await person.ask(MINE, given)).data["myOnboardingTasks"])


async def do_task(person: Person, hire: str, block: str) -> list[str]:
    return await codes(person, "completeOnboardingTask", newHireId=hire, contentBlockId=block, value="done")


async def rows(flow: Published, hire: str) -> list[dict[str, Any]]:
    return (await flow.hr.ask(PROGRESS, {"id": hire})).data["newHire"]["progress"]["nodes"]


async def test_everyone_sees_the_tasks_that_are_theirs(company: CompanyWorld) -> None:
    flow = await a_task_flow(company)
    manager, buddy = await company.person("MANAGER"), await company.person("MEMBER")
    technician, owner = await company.person("IT"), await company.person("HR")
    await flow.hire(managerId=user(manager), buddyId=user(buddy), hrOwnerId=user(owner))
    await flow.hire()
    assert await titles(manager) == ["manager"]
    assert await titles(buddy) == ["buddy"]
    assert await titles(technician) == ["it", "it"]
    assert await titles(owner) == ["hr", "hr"]
    assert await titles(flow.hr) == ["hr"]


async def test_overdue_tasks_are_told_apart(company: CompanyWorld) -> None:
    flow = await a_task_flow(company)
    technician, today = await company.person("IT"), now().date()
    late = await flow.hire(firstName="Late", startDate=(today - timedelta(days=5)).isoformat())
    await flow.hire(firstName="Early", startDate=today.isoformat())
    found = (await technician.ask(MINE, {"overdue": True})).data["myOnboardingTasks"]
    assert [(each["newHireName"].split()[0], each["overdue"], each["stageName"]) for each in found] == [
        ("Late", True, "Desk")
    ]
    assert len((await technician.ask(MINE, {"overdue": False})).data["myOnboardingTasks"]) == 1
    query = "query($who: Assignee) { overdueOnboardingTasks(assignee: $who) { newHireId assignee } }"
    every = (await flow.hr.ask(query)).data["overdueOnboardingTasks"]
    assert {(each["newHireId"], each["assignee"]) for each in every} == {(late, each.upper()) for each in ASSIGNEES}
    assert len((await flow.hr.ask(query, {"who": "BUDDY"})).data["overdueOnboardingTasks"]) == 1


@pytest.mark.parametrize("place", range(4), ids=ASSIGNEES)
async def test_a_task_is_completed_by_whose_it_is_and_by_hr(company: CompanyWorld, place: int) -> None:
    flow = await a_task_flow(company)
    people = {each: await company.person("IT" if each == "it" else "MEMBER") for each in ASSIGNEES}
    named = {f"{each}Id": user(people[each]) for each in ("manager", "buddy")} | {"hrOwnerId": user(people["hr"])}
    hire, task = await flow.hire(**named), flow.block(1, place)
    for each, person in people.items():
        if each != ASSIGNEES[place]:
            assert await do_task(person, hire, task) == ["NOT_YOURS"]
    assert await do_task(people[ASSIGNEES[place]], hire, task) == []
    assert await do_task(people[ASSIGNEES[place]], hire, task) == ["ILLEGAL_TRANSITION"]
    assert (await rows(flow, hire))[1 + place]["completedById"] == user(people[ASSIGNEES[place]])
    other = await flow.hire()
    assert await do_task(flow.hr, other, task) == []


async def test_to_who_has_nothing_to_do_with_somebody_there_is_no_such_person(company: CompanyWorld) -> None:
    flow = await a_task_flow(company)
    hire = await flow.hire()
    stranger = await company.person("MEMBER")
    assert await do_task(stranger, hire, flow.block(1, 0)) == ["NOT_FOUND"]
    assert await do_task(stranger, flow.id, flow.block(1, 0)) == ["NOT_FOUND"]
    assert await do_task(flow.hr, hire, flow.block(0, 0)) == ["NOT_YOURS"]


async def test_a_colleagues_task_completes_a_stage(company: CompanyWorld) -> None:
    flow = await a_task_flow(company)
    hire, person = await flow.begun()
    assert await complete(person, flow.block(0, 0), "x") == []
    assert await do_task(flow.hr, hire, flow.block(1, 0)) == []
    assert [stage["status"] for stage in (await session(person))["stages"]] == ["COMPLETED", "COMPLETED"]
    kinds = [kind for kind, _ in await told(company, hire)][-2:]
    assert kinds == ["onboarding.block.completed", "onboarding.stage.completed"]


async def test_a_returned_block_is_done_again_and_its_stage_told_once(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()), a_stage(a_block()))
    hire, person = await flow.begun()
    assert await complete(person, flow.block(0, 0), "x") == []
    [first, _] = await rows(flow, hire)
    assert await codes(flow.hr, "returnBlock", id=first["id"], comment=" ") == ["INVALID_INPUT"]
    assert await codes(flow.hr, "returnBlock", id=first["id"], comment="Your full name, please") == []
    seen = await session(person)
    assert [stage["status"] for stage in seen["stages"]] == ["OPEN", "LOCKED"]
    block = seen["stages"][0]["blocks"][0]
    assert (block["status"], block["value"], block["reviewStatus"], block["reviewComment"]) == (
        "IN_PROGRESS",
        "x",
        "RETURNED",
        "Your full name, please",
    )
    assert await codes(flow.hr, "returnBlock", id=first["id"], comment="Again") == ["ILLEGAL_TRANSITION"]
    assert await complete(person, flow.block(0, 0), "Ada Lovelace") == []
    [again, _] = await rows(flow, hire)
    assert (again["reviewStatus"], again["reviewComment"], again["attempts"]) == ("NONE", None, 2)
    kinds = [kind.removeprefix("onboarding.") for kind, _ in await told(company, hire)]
    assert kinds[2:] == ["block.completed", "stage.completed", "block.returned", "block.completed"]
    data = {"content_block_id": str(row_of(flow.block(0, 0))), "stage_id": str(row_of(flow.stage(0)))}
    assert (await told(company, hire, named="%returned"))[0][1] == {
        "new_hire_id": str(row_of(hire)),
        "flow_id": str(flow.row),
        **data,
    }


async def test_an_answer_is_accepted_while_the_onboarding_is_active(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    hire, person = await flow.begun()
    [row] = await rows(flow, hire)
    assert await codes(flow.hr, "acceptBlock", id=row["id"]) == ["ILLEGAL_TRANSITION"]
    assert await complete(person, flow.block(0, 0), "x") == []
    assert await codes(flow.hr, "acceptBlock", id=row["id"]) == []
    [row] = await rows(flow, hire)
    assert (row["status"], row["reviewStatus"]) == ("COMPLETED", "ACCEPTED")
    assert row["allowedTransitions"] == [{"name": "returnBlock", "allowed": True}]
    assert await codes(person, "completeOnboarding") == []
    for mutation, more in (("acceptBlock", {}), ("returnBlock", {"comment": "Late"})):
        assert await codes(flow.hr, mutation, id=row["id"], **more) == ["ONBOARDING_NOT_ACTIVE"]
    [row] = await rows(flow, hire)
    assert row["allowedTransitions"] == [{"name": "returnBlock", "allowed": False}]


async def test_only_who_reviews_may_return(company: CompanyWorld, other_company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    hire, person = await flow.begun()
    assert await complete(person, flow.block(0, 0), "x") == []
    [row] = await rows(flow, hire)
    stranger = await other_company.person("HR")
    assert await codes(stranger, "returnBlock", id=row["id"], comment="No") == ["NOT_FOUND"]
    query = "mutation($input: AcceptBlockInput!) { acceptBlock(input: $input) { progress { id } } }"
    for nobody in (await company.person("MANAGER"), person):
        assert (await nobody.ask(query, {"input": {"id": row["id"]}})).codes == ["FORBIDDEN"]
