"""The read models of onboarding: what they say, and that they read in sets."""

from datetime import timedelta
from typing import Any

import pytest

from app import now
from db.models.onboarding import FlowRevision
from resolvers.context import Looking
from resolvers.onboarding.board import flow_board, hire_progress
from tests.onboarding.hires.builders import (
    Published,
    a_block,
    a_flow,
    a_stage,
    acting,
    change,
    codes,
    complete,
    counted,
    row_of,
    session,
)
from tests.world import CompanyWorld

BOARD = """
query($flow: ID!) { flowPipeline(flowId: $flow) {
  flowId flowName notStarted completed
  stages { stageId name position count newHires { id name percentage lastSeenAt stuckDays } }
} }
"""
STUCK = "query($days: Int) { stuckNewHires(days: $days) { id name status stageName percentage stuckDays flowName } }"
FUNNEL = "query($flow: ID!) { onboardingFunnel(flowId: $flow) { invited stages { name entered } } }"
DROPS = """
query($flow: ID!) { blockDropOff(flowId: $flow) {
  contentBlockId stageName title reached completed dropped medianMinutes
} }
"""
PRODUCTIVE = "query($flow: ID) { timeToProductive(flowId: $flow) { count medianDays p90Days } }"
OVERDUE = "{ overdueOnboardingTasks { id } }"
TASKS = "{ myOnboardingTasks { id } }"
HIRES = """
{ newHires(first: 100) { nodes {
  fullName percentage blocksPct currentStageName currentStage { name }
  progressByStage { id name position complete requiredBlocks completedBlocks }
  progressByContentType { type total completed } mappedAnswers
  allowedTransitions { name }
  stageProgress { nodes { name } }
  progress { nodes { value files { id } allowedTransitions { name allowed } } }
} } }
"""


async def three_stages(company: CompanyWorld) -> Published:
    return await a_flow(company, *(a_stage(a_block(title=f"Block {name}"), name=name) for name in "ABC"))


async def done(company: CompanyWorld, flow: Published, stages: int, **facts: Any) -> str:
    hire, person = await flow.begun(**facts)
    for stage in range(stages):
        assert await complete(person, flow.block(stage, 0), "x") == []
    return hire


async def ask(flow: Published, query: str, **given: Any) -> Any:
    [answer] = (await flow.hr.ask(query, {"flow": flow.id, **given})).data.values()
    return answer


async def test_the_board_says_who_is_where(company: CompanyWorld) -> None:
    flow = await three_stages(company)
    await flow.hire()
    await flow.invited()
    at_a = await done(company, flow, 0, firstName="Ada", lastName="A")
    at_c = await done(company, flow, 2, firstName="Cleo", lastName="C")
    finishing = await done(company, flow, 3, firstName="Fred", lastName="F")
    finished, person = await flow.begun()
    for stage in range(3):
        await complete(person, flow.block(stage, 0), "x")
    assert await codes(person, "completeOnboarding") == []
    cancelled = await done(company, flow, 1)
    assert await codes(flow.hr, "cancelNewHire", id=cancelled, reason="x") == []
    await change(company, at_a, last_seen_at=now() - timedelta(days=9, hours=3))
    board = await ask(flow, BOARD)
    assert (board["flowId"], board["flowName"], board["notStarted"], board["completed"]) == (flow.id, "Engineers", 2, 1)
    assert [(stage["name"], stage["position"], stage["count"]) for stage in board["stages"]] == [
        ("A", 0, 1),
        ("B", 1, 0),
        ("C", 2, 2),
    ]
    [ada] = board["stages"][0]["newHires"]
    assert (ada["id"], ada["name"], ada["percentage"], ada["stuckDays"]) == (at_a, "Ada A", 0, 9)
    assert [(each["id"], each["percentage"]) for each in board["stages"][2]["newHires"]] == [
        (at_c, 67),
        (finishing, 100),
    ]
    assert finished not in str(board)


async def test_the_board_shows_stages_that_only_earlier_revisions_have(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block(), name="Old"))
    await flow.begun()
    async with acting(company) as context:
        content = {"stages": [{**a_stage(a_block(), name="New"), "position": 0}]}
        facts = {"name": "New", "language": "en", "published_at": context.now, "content": content}
        context.add(FlowRevision(flow_id=flow.row, number=2, **facts))
    assert [(stage["name"], stage["count"]) for stage in (await ask(flow, BOARD))["stages"]] == [("New", 0), ("Old", 1)]


async def test_the_board_lists_fifty_and_counts_all(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    for _ in range(52):
        await flow.hire()
    await company.rows(
        "update pool.new_hires set status = 'active', started_at = now() where tenant_id = :tenant returning id"
    )
    [stage] = (await ask(flow, BOARD))["stages"]
    assert (stage["count"], len(stage["newHires"])) == (52, 50)


async def test_who_is_stuck_is_listed_the_longest_first(company: CompanyWorld) -> None:
    flow = await three_stages(company)
    fresh = await done(company, flow, 1)
    quiet = await done(company, flow, 1, firstName="Quinn", lastName="Q")
    invited, _ = await flow.invited(firstName="Ivy", lastName="I")
    await flow.hire()
    await change(company, quiet, last_seen_at=now() - timedelta(days=8))
    await change(company, invited, invited_at=now() - timedelta(days=20))
    facts = {"flowName": "Engineers"}
    assert await ask(flow, STUCK) == [
        {
            "id": invited,
            "name": "Ivy I",
            "status": "PENDING",
            "stageName": None,
            "percentage": 0,
            "stuckDays": 20,
            **facts,
        },
        {
            "id": quiet,
            "name": "Quinn Q",
            "status": "ACTIVE",
            "stageName": "B",
            "percentage": 33,
            "stuckDays": 8,
            **facts,
        },
    ]
    assert [each["id"] for each in await ask(flow, STUCK, days=10)] == [invited]
    assert fresh in [each["id"] for each in await ask(flow, STUCK, days=0)]


async def test_where_people_stop_is_counted_block_by_block(company: CompanyWorld) -> None:
    flow = await three_stages(company)
    for stages in (0, 1, 1, 3):
        await done(company, flow, stages)
    await flow.invited()
    quiet, gone = await done(company, flow, 1), await done(company, flow, 0)
    await change(company, quiet, last_seen_at=now() - timedelta(days=8))
    assert await codes(flow.hr, "cancelNewHire", id=gone, reason="x") == []
    found = await ask(flow, DROPS)
    assert [(each["stageName"], each["reached"], each["completed"], each["dropped"]) for each in found] == [
        ("A", 6, 4, 1),
        ("B", 4, 1, 1),
        ("C", 1, 1, 0),
    ]
    assert [each["medianMinutes"] for each in found] == ["0.0", "0.0", "0.0"]


async def test_time_until_productive_is_counted_from_the_start_date(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block(), available_offset_days=-365))
    assert await ask(flow, PRODUCTIVE) == {"count": 0, "medianDays": None, "p90Days": None}
    for days in (-2, 3, 4, 10, 30):
        start = now().date() - timedelta(days=days)
        hire, person = await flow.begun(startDate=start.isoformat())
        assert await complete(person, flow.block(0, 0), "x") == []
        assert await codes(person, "completeOnboarding") == []
    without, person = await flow.begun()
    assert await complete(person, flow.block(0, 0), "x") == []
    assert await codes(person, "completeOnboarding") == []
    assert await ask(flow, PRODUCTIVE) == {"count": 5, "medianDays": "4.0", "p90Days": "22.0"}
    assert hire != without


async def test_a_new_hire_says_how_far_they_have_come(company: CompanyWorld) -> None:
    mapped = a_block(title="IBAN", maps_to="employee.bank_account")
    flow = await a_flow(company, a_stage(mapped, a_block(type="header")), a_stage(a_block(required=False)))
    hire, person = await flow.begun()
    assert await complete(person, flow.block(0, 0), "DE89") == []
    query = HIRES.replace("newHires(first: 100) { nodes {", "newHires(first: 1) { nodes {")
    [node] = (await flow.hr.ask(query)).data["newHires"]["nodes"]
    assert node["mappedAnswers"] == {"employee.bank_account": "DE89"}
    assert node["progressByContentType"] == [
        {"type": "header", "total": 1, "completed": 0},
        {"type": "text_input", "total": 2, "completed": 1},
    ]
    assert [
        (each["complete"], each["requiredBlocks"], each["completedBlocks"]) for each in node["progressByStage"]
    ] == [
        (False, 2, 1),
        (False, 0, 0),
    ]
    assert (node["percentage"], node["blocksPct"]) == (0, 50)
    viewer = await company.person("MANAGER")
    assert (await viewer.ask(query)).codes == ["FORBIDDEN"]
    assert hire in flow.hires


async def test_what_is_watched_live_agrees_with_the_portal(company: CompanyWorld) -> None:
    flow = await three_stages(company)
    hire, person = await flow.begun()
    assert await complete(person, flow.block(0, 0), "x") == []
    async with company.world.parts.database.reading(company.tenant.placement) as reading:
        looking = Looking(flow.hr.asking, reading)
        progress = await hire_progress(looking, row_of(hire))
        board = await flow_board(looking, flow.row)
        assert await hire_progress(looking, flow.row) is None
    assert progress is not None
    seen = await session(person)
    assert progress.percentage == seen["progress"]["percentage"] == 33
    assert progress.current_stage is not None
    assert progress.current_stage.id == row_of(seen["currentStage"]["id"])
    assert [mark.complete for mark in progress.stages] == [True, False, False]
    assert [stage.count for stage in board.stages] == [0, 1, 0]


async def grown(company: CompanyWorld, people: int, blocks: int) -> Published:
    """A flow with people in every state and answers in every block."""
    stage = a_stage(*(a_block(maps_to="employee.x", assignee="new_hire") for _ in range(blocks)), due_offset_days=-1)
    flow = await a_flow(company, stage, a_stage(a_block(assignee="it"), due_offset_days=-1))
    for number in range(people):
        start = (now() - timedelta(days=number + 1)).date().isoformat()
        hire, person = await flow.begun(startDate=start, hrOwnerId=None)
        for block in range(1 + number % blocks):
            assert await complete(person, flow.block(0, block), "x") == []
        await change(company, hire, last_seen_at=now() - timedelta(days=8 + number))
    return flow


QUESTIONS = {
    "board": BOARD,
    "stuck": STUCK,
    "funnel": FUNNEL,
    "drops": DROPS,
    "productive": PRODUCTIVE,
    "overdue": OVERDUE,
    "tasks": TASKS,
    "hires": HIRES,
}


async def test_the_number_of_statements_does_not_follow_the_number_of_people(
    company: CompanyWorld, other_company: CompanyWorld
) -> None:
    few, many = await grown(company, 1, 1), await grown(other_company, 30, 3)
    for name, query in QUESTIONS.items():
        sent = []
        for flow in (few, many):
            given = {"flow": flow.id} if "$flow" in query else {}
            async with counted(flow.company) as statements:
                assert (await flow.hr.ask(query, given)).errors == []
            sent.append(len(statements))
        assert sent[0] == sent[1], name
        assert sent[0] < 40, name


async def test_a_portal_reads_in_sets(company: CompanyWorld, other_company: CompanyWorld) -> None:
    sent = []
    for where, blocks in ((company, 1), (other_company, 30)):
        flow = await a_flow(where, *(a_stage(*(a_block() for _ in range(blocks))) for _ in range(max(1, blocks // 10))))
        _, person = await flow.begun()
        async with counted(where) as statements:
            await session(person)
        reads = len(statements)
        async with counted(where) as statements:
            assert await complete(person, flow.block(0, 0), "x") == []
        sent.append((reads, len(statements)))
    assert sent[0][0] == sent[1][0] < 12
    assert sent[1][1] <= sent[0][1] < 45


@pytest.mark.parametrize("query", [BOARD, FUNNEL, DROPS])
async def test_another_companys_flow_is_empty(company: CompanyWorld, other_company: CompanyWorld, query: str) -> None:
    flow = await three_stages(company)
    await flow.begun()
    stranger = await other_company.person("HR")
    [answer] = (await stranger.ask(query, {"flow": flow.id})).data.values()
    assert answer in (None, [])
    assert (await stranger.ask(STUCK, {"days": 0})).data == {"stuckNewHires": []}
    assert (await stranger.ask(PRODUCTIVE)).data["timeToProductive"]["count"] == 0


@pytest.mark.parametrize("days", ["days: null", "days: $days"])
async def test_null_is_the_same_as_left_out_where_null_is_no_value(company: CompanyWorld, days: str) -> None:
    hr = await company.person("HR")
    head = "query($days: Int) " if "$" in days else ""
    answer = await hr.ask(f"{head}{{ stuckNewHires({days}) {{ id }} }}", {"days": None} if head else {})
    assert answer.body == {"data": {"stuckNewHires": []}}
