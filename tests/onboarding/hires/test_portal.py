"""A new hire in their own onboarding, by the link that was mailed to them and nothing else."""

import asyncio
from datetime import timedelta

import pytest

from app import now
from tests.onboarding.hires.builders import (
    a_block,
    a_flow,
    a_stage,
    change,
    codes,
    complete,
    row_of,
    session,
    told,
)
from tests.world import CompanyWorld, Person


async def statuses(person: Person) -> list[str]:
    return [stage["status"] for stage in (await session(person))["stages"]]


async def block(person: Person, stage: int = 0, number: int = 0) -> dict[str, object]:
    return (await session(person))["stages"][stage]["blocks"][number]


async def test_before_the_begin_stages_are_shown_without_their_blocks(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block(), a_block(), name="First"), a_stage(a_block()))
    _, person = await flow.invited()
    seen = await session(person)
    assert (seen["canStart"], seen["canComplete"], seen["status"]["status"]) == (True, False, "PENDING")
    assert [(stage["status"], stage["blocks"]) for stage in seen["stages"]] == [("OPEN", []), ("LOCKED", [])]
    assert seen["stages"][0]["completion"]["requiredBlocks"] == 2
    for mutation in ("saveContentBlock", "completeContentBlock"):
        assert await codes(person, mutation, contentBlockId=flow.block(0, 0), value="x") == ["ONBOARDING_NOT_ACTIVE"]
    assert await codes(person, "completeStage", stageId=flow.stage(0)) == ["ONBOARDING_NOT_ACTIVE"]
    assert await codes(person, "completeOnboarding") == ["ILLEGAL_TRANSITION"]


async def test_one_begins_once_and_is_welcomed(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    hire, person = await flow.invited()
    assert await codes(person, "startOnboarding") == []
    assert await codes(person, "startOnboarding") == ["ILLEGAL_TRANSITION"]
    assert (await told(company, hire))[-1] == (
        "onboarding.started",
        {"from": "pending", "to": "active", "new_hire_id": str(row_of(hire)), "flow_id": str(flow.row)},
    )
    mails = await company.rows("select template from pool.email_messages where tenant_id = :tenant order by id")
    assert [mail.template for mail in mails] == ["invitation", "welcome"]


async def test_the_session_names_whose_it_is_and_where(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    _, person = await flow.begun(firstName="Ada", position="Engineer")
    query = """{ onboardingSession {
      newHire { firstName position startedAt } company { name primaryColor } flowName language
    } }"""
    seen = (await person.ask(query)).data["onboardingSession"]
    assert (seen["newHire"]["firstName"], seen["newHire"]["position"]) == ("Ada", "Engineer")
    assert seen["newHire"]["startedAt"] is not None
    assert seen["company"] == {"name": company.tenant.name, "primaryColor": None}
    assert (seen["flowName"], seen["language"]) == ("Engineers", "en")


async def test_an_answer_is_saved_as_a_draft_and_completed(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block(config={"max_length": 5}), a_block()))
    hire, person = await flow.begun()
    mine = flow.block(0, 0)
    assert await codes(person, "saveContentBlock", contentBlockId=mine, value="Ada Lovelace") == []
    seen = await block(person)
    assert (seen["status"], seen["value"], len(seen["errors"])) == ("IN_PROGRESS", "Ada Lovelace", 1)  # type: ignore[arg-type]
    assert await complete(person, mine, "Ada Lovelace") == ["INVALID_INPUT"]
    assert await codes(person, "saveContentBlock", contentBlockId=mine, value="Ada") == []
    assert (await block(person))["errors"] == []
    assert await complete(person, mine, "Ada") == []
    seen = await block(person)
    assert (seen["status"], seen["value"], seen["errors"]) == ("COMPLETED", "Ada", [])
    assert seen["completedAt"] is not None
    kinds = [kind for kind, _ in await told(company, hire)]
    assert kinds == ["onboarding.invitation.sent", "onboarding.started", "onboarding.block.completed"]


async def test_what_is_wrong_is_said_beside_the_field(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    _, person = await flow.begun()
    given = {"contentBlockId": flow.block(0, 0), "value": ""}
    payload = await person.do("completeContentBlock", given, "refusals { ... on InvalidAnswer { problem } }")
    [refusal] = payload["refusals"]
    assert (refusal["code"], refusal["path"][:2]) == ("INVALID_INPUT", ["input", "value"])
    assert refusal["problem"]
    assert refusal["message"]
    assert (await block(person))["status"] == "PENDING"


async def test_what_is_only_shown_is_completed_without_an_answer(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block(type="header")))
    _, person = await flow.begun()
    shown = flow.block(0, 0)
    assert await codes(person, "saveContentBlock", contentBlockId=shown, value="x") == ["INVALID_INPUT"]
    assert await complete(person, shown, "x") == ["INVALID_INPUT"]
    assert await complete(person, shown) == []
    assert (await block(person))["value"] is None
    assert await statuses(person) == ["COMPLETED"]


async def test_an_answer_stands_in_no_event_and_no_audit_entry(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block(), a_block()))
    hire, person = await flow.begun()
    assert await codes(person, "saveContentBlock", contentBlockId=flow.block(0, 0), value="my-secret-iban") == []
    assert await complete(person, flow.block(0, 1), "my-secret-iban") == []
    for table in ("audit_logs", "event_outbox", "progress"):
        rows = await company.rows(f"select t::text from pool.{table} t where tenant_id = :tenant")
        assert not [row for row in rows if "my-secret-iban" in row[0]]
    query = "query($id: ID!) { newHire(id: $id) { progress(orderBy: [{ position: ASC }]) { nodes { value } } } }"
    read = (await flow.hr.ask(query, {"id": hire})).data["newHire"]["progress"]["nodes"]
    assert [each["value"] for each in read] == ["my-secret-iban"] * 2
    admin = await company.person("OWNER")
    narrow = await company.person("VIEWER")
    assert (await admin.ask(query, {"id": hire})).data["newHire"]["progress"]["nodes"] == read
    assert (await narrow.ask(query, {"id": hire})).codes == ["FORBIDDEN"]


async def test_a_stage_waits_for_the_one_before(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()), a_stage(a_block()), a_stage(a_block(), lock="free"))
    _, person = await flow.begun()
    assert await statuses(person) == ["OPEN", "LOCKED", "OPEN"]
    locked = flow.block(1, 0)
    for mutation in ("saveContentBlock", "completeContentBlock"):
        assert await codes(person, mutation, contentBlockId=locked, value="x") == ["STAGE_LOCKED"]
    assert await codes(person, "completeStage", stageId=flow.stage(1)) == ["STAGE_LOCKED"]
    assert await complete(person, flow.block(2, 0), "x") == []
    assert await complete(person, flow.block(0, 0), "x") == []
    assert await complete(person, locked, "x") == []
    assert await statuses(person) == ["COMPLETED"] * 3


async def test_a_stage_waits_for_its_day(company: CompanyWorld) -> None:
    early, late = a_stage(a_block(), available_offset_days=-14), a_stage(a_block(), lock="free")
    flow = await a_flow(company, early, late)
    start = (now() + timedelta(days=10)).date()
    _, person = await flow.begun(startDate=start.isoformat())
    seen = (await session(person))["stages"]
    assert [(stage["status"], stage["opensOn"]) for stage in seen] == [
        ("OPEN", (start - timedelta(days=14)).isoformat()),
        ("UPCOMING", start.isoformat()),
    ]
    payload = await person.do("completeContentBlock", {"contentBlockId": flow.block(1, 0), "value": "x"})
    [refusal] = payload["refusals"]
    assert (refusal["code"], start.isoformat() in refusal["message"]) == ("STAGE_LOCKED", True)


async def test_what_is_not_there_for_somebody_is_not_found(company: CompanyWorld) -> None:
    asked = a_block(title="Which?")
    more = a_block(condition={"block": asked["id"], "equals": "yes"})
    hidden = a_stage(a_block(), visible_if={"country": ["FR"]})
    flow = await a_flow(company, a_stage(asked, more), hidden)
    other = await a_flow(company, a_stage(a_block()))
    _, person = await flow.begun()
    for missing in (flow.block(0, 1), flow.block(1, 0), other.block(0, 0), flow.stage(0)):
        assert await complete(person, missing, "x") == ["NOT_FOUND"]
    assert await codes(person, "completeStage", stageId=flow.stage(1)) == ["NOT_FOUND"]
    assert await complete(person, flow.block(0, 0), "yes") == []
    assert await statuses(person) == ["OPEN"]
    assert await complete(person, flow.block(0, 1), "x") == []
    assert await statuses(person) == ["COMPLETED"]


async def test_what_somebody_else_completes_is_shown_and_not_taken(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block(), a_block(assignee="manager", title="Desk")))
    _, person = await flow.begun()
    seen = await block(person, 0, 1)
    assert (seen["assignee"], seen["mine"], seen["value"]) == ("MANAGER", False, None)
    for mutation in ("saveContentBlock", "completeContentBlock"):
        assert await codes(person, mutation, contentBlockId=flow.block(0, 1), value="x") == ["NOT_YOURS"]


async def test_a_completed_block_stays_completed(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block(), a_block()))
    _, person = await flow.begun()
    assert await complete(person, flow.block(0, 0), "x") == []
    for mutation in ("saveContentBlock", "completeContentBlock"):
        assert await codes(person, mutation, contentBlockId=flow.block(0, 0), value="y") == ["ILLEGAL_TRANSITION"]
    assert (await block(person))["value"] == "x"


async def test_two_completions_at_once_are_one(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(*(a_block() for _ in range(3))))
    hire, person = await flow.begun()
    asked = [flow.block(0, number) for number in (0, 0, 0, 1, 1, 2, 2)]
    answers = await asyncio.gather(*(complete(person, each, "x") for each in asked))
    assert sorted(answers) == [[]] * 3 + [["ILLEGAL_TRANSITION"]] * 4
    kinds = [kind for kind, _ in await told(company, hire)]
    assert kinds.count("onboarding.block.completed") == 3
    assert kinds.count("onboarding.stage.completed") == 1
    assert kinds[-1] == "onboarding.stage.completed"


async def test_the_same_completion_sent_again_is_answered_as_before(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block(), a_block()))
    hire, person = await flow.begun()
    given = {"contentBlockId": flow.block(0, 0), "value": "x", "idempotencyKey": "once"}
    fields = "session { stages { blocks { status } } }"
    first, again = [await person.do("completeContentBlock", given, fields) for _ in range(2)]
    assert first == again
    assert len(await told(company, hire, named="onboarding.block.%")) == 1


async def test_a_stage_without_anything_required_is_done_when_one_says_so(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block(required=False)), a_stage(a_block()))
    hire, person = await flow.begun()
    assert await statuses(person) == ["OPEN", "LOCKED"]
    assert await codes(person, "completeStage", stageId=flow.stage(0)) == []
    assert await statuses(person) == ["COMPLETED", "OPEN"]
    assert await codes(person, "completeStage", stageId=flow.stage(1)) == ["STAGE_INCOMPLETE"]
    assert await codes(person, "completeStage", stageId=flow.stage(0)) == []
    stage = {"stage_id": str(row_of(flow.stage(0))), "stage_name": flow.stages[0]["name"], "position": 0}
    assert await told(company, hire, named="onboarding.stage.%") == [
        ("onboarding.stage.completed", {"new_hire_id": str(row_of(hire)), "flow_id": str(flow.row), **stage})
    ]


async def test_one_is_done_when_every_stage_is(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()), a_stage(a_block()))
    hire, person = await flow.begun()
    assert await complete(person, flow.block(0, 0), "x") == []
    assert await codes(person, "completeOnboarding") == ["ONBOARDING_INCOMPLETE"]
    assert await complete(person, flow.block(1, 0), "x") == []
    seen = await session(person)
    assert (seen["canComplete"], seen["currentStage"], seen["progress"]["percentage"]) == (True, None, 100)
    assert await codes(person, "completeOnboarding") == []
    assert await codes(person, "completeOnboarding") == ["ILLEGAL_TRANSITION"]
    seen = await session(person)
    assert (seen["canComplete"], seen["status"]["status"]) == (False, "COMPLETED")
    assert seen["stages"][0]["blocks"][0]["value"] == "x"
    assert await complete(person, flow.block(0, 0), "y") == ["ONBOARDING_NOT_ACTIVE"]
    assert (await told(company, hire))[-1][0] == "onboarding.completed"
    mails = await company.rows("select template from pool.email_messages where tenant_id = :tenant order by id")
    assert [mail.template for mail in mails] == ["invitation", "welcome", "completion"]


async def test_one_stage_is_found_by_its_id(company: CompanyWorld) -> None:
    hidden = a_stage(a_block(), visible_if={"country": ["FR"]})
    flow = await a_flow(company, a_stage(a_block(), name="First"), hidden)
    _, person = await flow.begun()
    query = "query($id: ID!) { onboardingSession { stage(id: $id) { name completion { complete } } } }"
    found = [
        (await person.ask(query, {"id": each})).data["onboardingSession"]["stage"]
        for each in (flow.stage(0), flow.stage(1), flow.id, "nonsense")
    ]
    assert found == [{"name": "First", "completion": {"complete": False}}, None, None, None]


@pytest.mark.parametrize(
    "value",
    [b'"\\ud800"', b'"' + b"x" * 200_000 + b'"', b"1e400", b"[[[[]]]]", b'{"a": {"b": "\\u0000"}}', b"1" * 400],
    ids=["surrogate", "long", "infinite", "lists", "nul", "digits"],
)
async def test_a_hostile_draft_is_kept_or_refused_and_breaks_nothing(company: CompanyWorld, value: bytes) -> None:
    flow = await a_flow(company, a_stage(a_block(), a_block()))
    _, person = await flow.begun()
    query = b"mutation($input: SaveContentBlockInput!) { saveContentBlock(input: $input) { refusals { code } } }"
    given = b'{"contentBlockId": "%b", "value": %b}' % (flow.block(0, 0).encode(), value)
    response = await person.http.post(
        "/graphql",
        content=b'{"query": "%b", "variables": {"input": %b}}' % (query, given),
        headers={"authorization": f"Bearer {person.token}", "content-type": "application/json"},
    )
    assert response.status_code in {200, 400}, response.text
    assert "INTERNAL" not in response.text
    assert await complete(person, flow.block(0, 1), "x") == []


async def test_the_link_opens_ones_own_onboarding_and_nothing_else(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    hire, person = await flow.begun()
    for query in ("{ flows { totalCount } }", "{ newHires { totalCount } }", "{ users { totalCount } }"):
        assert (await person.ask(query)).codes == ["FORBIDDEN"]
    for query in ("query($id: ID!) { newHire(id: $id) { email } }", "query($id: ID!) { node(id: $id) { id } }"):
        answer = await person.ask(query, {"id": hire})
        assert answer.codes == ["FORBIDDEN"] or answer.data == {"node": None}
    assert (await flow.hr.ask("{ onboardingSession { canStart } }")).codes == ["FORBIDDEN"]


async def test_every_change_says_who_made_it(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    hire, person = await flow.begun()
    assert await complete(person, flow.block(0, 0), "x") == []
    rows = await company.rows(
        "select distinct actor_type, actor_id from pool.audit_logs"
        " where tenant_id = :tenant and operation = 'complete_content_block'"
    )
    assert [tuple(row) for row in rows] == [("new_hire", row_of(hire))]
    seen = await company.rows("select last_seen_at from pool.new_hires where tenant_id = :tenant")
    assert now() - seen[0].last_seen_at < timedelta(minutes=1)
    await change(company, hire, last_seen_at=None)
