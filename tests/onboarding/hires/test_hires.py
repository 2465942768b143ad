"""Adding, inviting, cancelling, opening again and deleting new hires, as HR does it through the API."""

from datetime import timedelta

import pytest

from app import now
from db.models.onboarding import Flow, FlowRevision, FlowStatus
from tests.onboarding.hires.builders import (
    a_block,
    a_flow,
    a_stage,
    acting,
    change,
    codes,
    complete,
    invitations,
    portal,
    row_of,
    session,
    token_of,
    told,
)
from tests.world import CompanyWorld, Person

STATUS = "query($id: ID!) { newHire(id: $id) { status invitationCount invitedAt cancelReason completedAt version } }"
LAID_OUT = """
query($id: ID!) { newHire(id: $id) {
  fullName percentage blocksPct currentStageName revision { number }
  stageProgress(orderBy: [{ position: ASC }]) { nodes { name position visible dueOn } }
  progress(orderBy: [{ stagePosition: ASC }, { position: ASC }]) {
    nodes { title type assignee required displayOnly live dueOn status blockRevision stagePosition position }
  }
} }
"""


async def see(person: Person, hire: str, query: str = STATUS) -> dict[str, object]:
    return (await person.ask(query, {"id": hire})).data["newHire"]


async def test_a_new_hire_gets_the_published_flow_laid_out(company: CompanyWorld) -> None:
    flow = await a_flow(
        company,
        a_stage(a_block(title="Welcome", type="header"), a_block(title="Name"), name="First", due_offset_days=3),
        a_stage(a_block(title="Desk", assignee="it", required=False), name="Abroad", visible_if={"country": ["FR"]}),
    )
    hire = await flow.hire(firstName="John", lastName="Doe", startDate="2026-08-03", country="DE")
    found = await see(flow.hr, hire, LAID_OUT)
    assert found["fullName"] == "John Doe"
    assert (found["percentage"], found["blocksPct"], found["currentStageName"]) == (0, 0, "First")
    assert found["revision"] == {"number": 1}
    assert found["stageProgress"] == {
        "nodes": [
            {"name": "First", "position": 0, "visible": True, "dueOn": "2026-08-06"},
            {"name": "Abroad", "position": 1, "visible": False, "dueOn": None},
        ]
    }
    shown = {"required": True, "dueOn": "2026-08-06", "status": "PENDING", "blockRevision": 1, "stagePosition": 0}
    mine = {"assignee": "NEW_HIRE", "live": True, **shown}
    nodes = found["progress"]["nodes"]  # type: ignore[index]
    assert nodes[0] == {"title": "Welcome", "type": "header", "displayOnly": True, "position": 0, **mine}
    assert nodes[1] == {"title": "Name", "type": "text_input", "displayOnly": False, "position": 1, **mine}
    assert (nodes[2]["assignee"], nodes[2]["live"], nodes[2]["required"]) == ("IT", False, False)


async def test_a_change_of_who_somebody_is_changes_what_is_for_them(company: CompanyWorld) -> None:
    abroad = a_stage(a_block(), visible_if={"country": ["FR"]}, due_offset_days=1)
    flow = await a_flow(company, a_stage(a_block(), due_offset_days=0), abroad)
    hire = await flow.hire()
    given = {"id": hire, "country": "FR", "startDate": "2026-08-03"}
    assert await codes(flow.hr, "updateNewHire", **given) == []
    found = await see(flow.hr, hire, LAID_OUT)
    stages = found["stageProgress"]["nodes"]  # type: ignore[index]
    assert [(each["visible"], each["dueOn"]) for each in stages] == [(True, "2026-08-03"), (True, "2026-08-04")]
    assert [each["live"] for each in found["progress"]["nodes"]] == [True, True]  # type: ignore[index]


@pytest.mark.parametrize("status", [FlowStatus.DRAFT, FlowStatus.ARCHIVED])
async def test_only_a_published_flow_takes_new_hires(company: CompanyWorld, status: FlowStatus) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    async with acting(company) as context:
        (await context.one(Flow, flow.row)).status = status
    given = {"flowId": flow.id, "firstName": "A", "lastName": "B", "email": "a@example.com"}
    payload = await flow.hr.do("createNewHire", given)
    assert [(each["code"], each["path"]) for each in payload["refusals"]] == [
        ("FLOW_NOT_PUBLISHED", ["input", "flowId"])
    ]
    assert await company.rows("select id from pool.new_hires where tenant_id = :tenant") == []


async def test_who_is_under_way_stays_with_their_revision(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    _, person = await flow.begun()
    async with acting(company) as context:
        content = {"stages": [{**a_stage(a_block(), a_block()), "position": 0}]}
        facts = {"name": "New", "language": "en", "published_at": context.now, "content": content}
        context.add(FlowRevision(flow_id=flow.row, number=2, **facts))
    assert len((await session(person))["stages"][0]["blocks"]) == 1
    later = await flow.hire()
    assert len((await see(flow.hr, later, LAID_OUT))["progress"]["nodes"]) == 2  # type: ignore[index]


async def test_one_live_new_hire_has_an_address(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    first = await flow.hire(email="Ada@Example.com")
    given = {"flowId": flow.id, "firstName": "A", "lastName": "B", "email": "ada@example.com"}
    payload = await flow.hr.do("createNewHire", given)
    assert [(each["code"], each["path"]) for each in payload["refusals"]] == [("ALREADY_EXISTS", ["input", "email"])]
    assert await codes(flow.hr, "cancelNewHire", id=first, reason="Another job") == []
    assert await codes(flow.hr, "createNewHire", **given) == []


async def test_invited_thrice_only_the_last_link_works(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    hire = await flow.hire()
    portals = []
    for mutation in ("sendInvitation", "resendInvitation", "resendInvitation"):
        assert await codes(flow.hr, mutation, id=hire) == []
        portals.append(await portal(company, hire))
    assert (await see(flow.hr, hire))["invitationCount"] == 3
    asked = "{ onboardingSession { canStart } }"
    answers = [await person.ask(asked) for person in portals]
    assert [answer.codes for answer in answers] == [["UNAUTHENTICATED"], ["UNAUTHENTICATED"], []]
    assert answers[2].data == {"onboardingSession": {"canStart": True}}
    kinds = [kind for kind, _ in await told(company, hire)]
    assert kinds == ["onboarding.invitation.sent", *["onboarding.invitation.resent"] * 2]
    mails = await company.rows("select template, facts from pool.email_messages where tenant_id = :tenant order by id")
    sent = [str(invitation.id) for invitation in await invitations(company, hire)]
    assert [(mail.template, mail.facts) for mail in mails] == [("invitation", {"invitation_id": each}) for each in sent]


async def test_a_token_is_stored_nowhere(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    hire, _ = await flow.begun()
    [invitation] = await invitations(company, hire)
    token = token_of(company, invitation)
    for table in ("onboarding_invitations", "audit_logs", "event_outbox", "email_messages", "new_hires"):
        rows = await company.rows(f"select t::text from pool.{table} t where tenant_id = :tenant")
        assert not [row for row in rows if token in row[0]]
    assert invitation.expires_at - invitation.sent_at == timedelta(hours=720)


async def test_an_invitation_is_sent_once_and_then_sent_again(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    hire = await flow.hire()
    assert await codes(flow.hr, "resendInvitation", id=hire) == ["NOT_INVITED"]
    assert await codes(flow.hr, "sendInvitation", id=hire) == []
    assert await codes(flow.hr, "sendInvitation", id=hire) == ["ALREADY_INVITED"]


async def test_another_address_ends_the_link_that_went_to_the_first(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    hire, person = await flow.invited()
    assert await codes(flow.hr, "updateNewHire", id=hire, email="other@example.com") == []
    assert (await person.ask("{ onboardingSession { canStart } }")).codes == ["UNAUTHENTICATED"]
    assert await codes(flow.hr, "resendInvitation", id=hire) == []
    assert await codes(await portal(company, hire), "startOnboarding") == []


async def test_what_is_called_off_is_over_for_good(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    hire, person = await flow.begun()
    assert await codes(flow.hr, "cancelNewHire", id=hire, reason="  ") == ["INVALID_INPUT"]
    assert await codes(flow.hr, "cancelNewHire", id=hire, reason="Another job") == []
    found = await see(flow.hr, hire)
    assert (found["status"], found["cancelReason"]) == ("CANCELLED", "Another job")
    assert (await person.ask("{ onboardingSession { canStart } }")).codes == ["UNAUTHENTICATED"]
    for mutation in ("cancelNewHire", "reopenOnboarding"):
        assert await codes(flow.hr, mutation, id=hire, reason="Again") == ["ILLEGAL_TRANSITION"]
    for mutation in ("sendInvitation", "resendInvitation"):
        assert await codes(flow.hr, mutation, id=hire) == ["ILLEGAL_TRANSITION"]
    assert (await told(company, hire))[-1][0] == "onboarding.cancelled"


async def test_what_was_completed_can_be_opened_again(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    hire, person = await flow.begun()
    assert await complete(person, flow.block(0, 0), "Ada") == []
    assert await codes(person, "completeOnboarding") == []
    assert await codes(flow.hr, "reopenOnboarding", id=hire, reason="A form is missing") == []
    found = await see(flow.hr, hire)
    assert (found["status"], found["completedAt"]) == ("ACTIVE", None)
    assert (await told(company, hire))[-1] == (
        "onboarding.reopened",
        {
            "from": "completed",
            "to": "active",
            "reason": "A form is missing",
            "new_hire_id": str(row_of(hire)),
            "flow_id": str(flow.row),
        },
    )
    assert await codes(person, "completeOnboarding") == []


async def test_a_status_is_set_as_its_own_operation_would(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    hire, person = await flow.invited()
    for status in ("PENDING", "ACTIVE", "COMPLETED", "EXPIRED"):
        assert await codes(flow.hr, "setNewHireStatus", id=hire, status=status, reason="x") == ["ILLEGAL_TRANSITION"]
    assert await codes(person, "startOnboarding") == []
    assert await codes(flow.hr, "setNewHireStatus", id=hire, status="COMPLETED") == ["ONBOARDING_INCOMPLETE"]
    assert await complete(person, flow.block(0, 0), "Ada") == []
    assert await codes(flow.hr, "setNewHireStatus", id=hire, status="COMPLETED") == []
    assert await codes(flow.hr, "setNewHireStatus", id=hire, status="ACTIVE", reason="Not yet") == []
    assert await codes(flow.hr, "setNewHireStatus", id=hire, status="CANCELLED") == ["INVALID_INPUT"]
    assert await codes(flow.hr, "setNewHireStatus", id=hire, status="CANCELLED", reason="Left") == []
    kinds = [kind.removeprefix("onboarding.") for kind, _ in await told(company, hire)]
    done = ["block.completed", "stage.completed", "completed", "reopened", "cancelled"]
    assert kinds == ["invitation.sent", "started", *done]


async def test_only_who_has_not_begun_can_be_deleted(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block(), a_block()))
    begun, _ = await flow.begun()
    assert await codes(flow.hr, "deleteNewHire", id=begun) == ["ONBOARDING_BEGUN"]
    invited, person = await flow.invited()
    assert await codes(flow.hr, "deleteNewHire", id=invited) == []
    assert (await person.ask("{ onboardingSession { canStart } }")).codes == ["UNAUTHENTICATED"]
    left = await company.rows("select new_hire_id from pool.progress where tenant_id = :tenant")
    assert {row[0] for row in left} == {row_of(begun)}


async def test_what_would_move_somebody_is_listed_with_its_reason(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block(title="Name"), name="First"))
    hire = await flow.hire()
    query = "query($id: ID!) { newHire(id: $id) { allowedTransitions { name allowed reasonDenied } } }"

    async def listed() -> dict[str, str | None]:
        found = (await flow.hr.ask(query, {"id": hire})).data["newHire"]["allowedTransitions"]
        assert all(each["allowed"] == (each["reasonDenied"] is None) for each in found)
        return {each["name"]: each["reasonDenied"] for each in found}

    assert await listed() == {
        "sendInvitation": None,
        "resendInvitation": "This person was not invited yet.",
        "startOnboarding": "This person was not invited yet.",
        "cancelNewHire": None,
    }
    await codes(flow.hr, "sendInvitation", id=hire)
    await codes(await portal(company, hire), "startOnboarding")
    assert await listed() == {
        "completeOnboarding": "The stage 'First' is not complete yet.",
        "cancelNewHire": None,
    }


async def test_another_company_sees_and_moves_nobody(company: CompanyWorld, other_company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    hire = await flow.hire()
    stranger = await other_company.person("HR")
    assert (await stranger.ask(STATUS, {"id": hire})).data == {"newHire": None}
    for mutation, more in (("sendInvitation", {}), ("cancelNewHire", {"reason": "x"}), ("deleteNewHire", {})):
        assert await codes(stranger, mutation, id=hire, **more) == ["NOT_FOUND"]
    given = {"flowId": flow.id, "firstName": "A", "lastName": "B", "email": "a@example.com"}
    assert await codes(stranger, "createNewHire", **given) == ["NOT_FOUND"]


async def test_who_may_not_edit_new_hires_does_nothing_to_them(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    hire = await flow.hire()
    viewer = await company.person("VIEWER")
    answer = await viewer.ask(
        "mutation($input: SendInvitationInput!) { sendInvitation(input: $input) { newHire { id } } }",
        {"input": {"id": hire}},
    )
    assert answer.codes == ["FORBIDDEN"]
    assert (await viewer.ask(STATUS, {"id": hire})).codes == ["FORBIDDEN"]
    assert await told(company, hire) == []


async def test_the_same_command_twice_is_one(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    hire = await flow.hire()
    for _ in range(2):
        assert await codes(flow.hr, "sendInvitation", id=hire, idempotencyKey="once") == []
    assert len(await invitations(company, hire)) == 1
    await change(company, hire, last_seen_at=now())
