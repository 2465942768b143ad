"""The worked examples of onboarding, to the number."""

from datetime import timedelta

from app import now
from tests.onboarding.hires.builders import a_block, a_flow, a_stage, change, codes, complete, session
from tests.world import CompanyWorld

FUNNEL = """
query($flow: ID!, $from: DateTime, $to: DateTime) { onboardingFunnel(flowId: $flow, from: $from, to: $to) {
  invited started completed expired startRate completionRateOfInvited completionRateOfStarted
  stages { name entered completed }
} }
"""


async def test_a_stage_is_complete_with_its_last_block_and_two_of_five_are_forty_percent(company: CompanyWorld) -> None:
    first = a_stage(
        a_block(type="header", title="Welcome"),
        a_block(title="Full name"),
        a_block(title="E-mail"),
        name="Stage 1",
    )
    flow = await a_flow(company, first, *(a_stage(a_block()) for _ in range(4)))
    _, person = await flow.begun()
    assert await complete(person, flow.block(0, 0)) == []
    assert await complete(person, flow.block(0, 1), "John Doe") == []
    stage = (await session(person))["stages"][0]
    assert [(block["status"], block["value"]) for block in stage["blocks"]] == [
        ("COMPLETED", None),
        ("COMPLETED", "John Doe"),
        ("PENDING", None),
    ]
    missing = [flow.block(0, 2)]
    assert stage["completion"] == {"complete": False, "requiredBlocks": 3, "completedBlocks": 2, "missing": missing}
    assert await complete(person, flow.block(0, 2), "john@example.com") == []
    seen = await session(person)
    done = {"complete": True, "requiredBlocks": 3, "completedBlocks": 3, "missing": []}
    assert (seen["stages"][0]["completion"], seen["stages"][0]["status"]) == (done, "COMPLETED")
    assert await complete(person, flow.block(1, 0), "done") == []
    progress = (await session(person))["progress"]
    assert (progress["completedStages"], progress["totalStages"], progress["percentage"]) == (2, 5, 40)


async def test_nine_of_twenty_required_blocks_are_forty_five_percent(company: CompanyWorld) -> None:
    stages = [a_stage(*(a_block() for _ in range(5)), a_block(required=False), lock="free") for _ in range(4)]
    flow = await a_flow(company, *stages)
    hire, person = await flow.begun()
    done = [(0, place) for place in range(5)] + [(1, place) for place in range(3)] + [(3, 2), (2, 5)]
    for stage, block in done:
        assert await complete(person, flow.block(stage, block), "x") == []
    progress = (await session(person))["progress"]
    assert (progress["completedBlocks"], progress["requiredBlocks"], progress["blocksPct"]) == (9, 20, 45)
    query = "query($id: ID!) { newHire(id: $id) { blocksPct percentage currentStage { id completedBlocks } } }"
    assert (await flow.hr.ask(query, {"id": hire})).data["newHire"] == {
        "blocksPct": 45,
        "percentage": 25,
        "currentStage": {"id": flow.stage(1), "completedBlocks": 3},
    }


async def test_one_of_eight_stages_is_thirteen_percent(company: CompanyWorld) -> None:
    flow = await a_flow(company, *(a_stage(a_block()) for _ in range(8)))
    _, person = await flow.begun()
    assert await complete(person, flow.block(0, 0), "x") == []
    assert (await session(person))["progress"]["percentage"] == 13


async def test_of_twenty_invited_fifteen_began_nine_are_done_and_two_expired(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block(), name="First"), a_stage(a_block(), name="Second"))
    people = [await flow.invited() for _ in range(20)]
    for number, (_, person) in enumerate(people[:15]):
        assert await codes(person, "startOnboarding") == []
        if number < 12:
            assert await complete(person, flow.block(0, 0), "x") == []
        if number < 9:
            assert await complete(person, flow.block(1, 0), "x") == []
            assert await codes(person, "completeOnboarding") == []
    for hire, _ in people[18:]:
        await change(company, hire, status="expired")
    await flow.hire()
    answer = await flow.hr.ask(FUNNEL, {"flow": flow.id})
    assert answer.data["onboardingFunnel"] == {
        "invited": 20,
        "started": 15,
        "completed": 9,
        "expired": 2,
        "startRate": "75.0",
        "completionRateOfInvited": "45.0",
        "completionRateOfStarted": "60.0",
        "stages": [
            {"name": "First", "entered": 12, "completed": 12},
            {"name": "Second", "entered": 9, "completed": 9},
        ],
    }
    for hire, _ in people[:5]:
        await change(company, hire, invited_at=now() - timedelta(days=40))
    long_ago = (now() - timedelta(days=30)).isoformat()
    before = (await flow.hr.ask(FUNNEL, {"flow": flow.id, "to": long_ago})).data["onboardingFunnel"]
    since = (await flow.hr.ask(FUNNEL, {"flow": flow.id, "from": long_ago})).data["onboardingFunnel"]
    assert [(each["invited"], each["completed"], each["startRate"]) for each in (before, since)] == [
        (5, 5, "100.0"),
        (15, 4, "66.7"),
    ]
