"""Publishing a flow where a policy says that somebody has to agree: it waits, and is done as the act of who asked."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import event

from tests.approvals.builders import a_policy, approve, by_name, codes, inbox, leaves, reject, reports, seen, told
from tests.commands.ground import a_ground
from tests.identity.test_people import me, role
from tests.onboarding.flows import FlowWorld, work_on
from tests.world import CompanyWorld, Person

PAYLOAD = "flow { status } approvalRequest { id title status requestedBy { name } steps { number } document { id } }"
FLOWS: dict[str, Any] = {"documentType": "Flow", "name": "Flows"}


@pytest.fixture
async def flows(company: CompanyWorld) -> FlowWorld:
    return await work_on(await a_ground(company))


async def publish(flows: FlowWorld, **given: Any) -> Any:
    return await flows.hr.do("publishFlow", {"id": flows.flow, **given}, PAYLOAD)


async def test_without_a_policy_it_is_published_as_ever(flows: FlowWorld) -> None:
    payload = await publish(flows)
    assert (payload["flow"]["status"], payload["approvalRequest"], payload["refusals"]) == ("PUBLISHED", None, [])


async def test_with_one_it_waits_and_is_published_as_who_asked(flows: FlowWorld, admin: Person, ben: Person) -> None:
    company = flows.company
    await a_policy(admin, by_name(ben), **FLOWS)
    payload = await publish(flows)
    request = payload["approvalRequest"]
    assert (payload["refusals"], payload["flow"]["status"], request["status"]) == ([], "DRAFT", "PENDING")
    assert (request["title"], request["requestedBy"]["name"]) == ("Engineers", "Hr Tester")
    assert request["document"]["id"] == flows.flow
    assert (await flows.see())["status"] == "DRAFT"
    assert await told(company, "onboarding.flow.published") == []
    assert codes(await publish(flows)) == ["APPROVAL_PENDING"]
    assert await approve(ben, request["id"]) == []
    assert (await flows.see())["status"] == "PUBLISHED"
    [published] = await company.rows(
        "select actor_id, correlation_id from pool.event_outbox"
        " where tenant_id = :tenant and type = 'onboarding.flow.published'"
    )
    [approved] = await company.rows(
        "select actor_id, correlation_id from pool.event_outbox"
        " where tenant_id = :tenant and type = 'approval.approved'"
    )
    assert (published.actor_id, approved.actor_id) == (flows.hr.asking.principal.id, ben.asking.principal.id)
    assert published.correlation_id == approved.correlation_id
    audited = await company.rows(
        "select actor_id, operation from pool.audit_logs where tenant_id = :tenant and entity_type = 'Flow'"
        " and action = 'transition'"
    )
    assert [tuple(each) for each in audited] == [(flows.hr.asking.principal.id, "approve_request")]
    assert codes(await publish(flows)) == ["ILLEGAL_TRANSITION"]


async def test_what_could_not_be_published_is_not_asked_for(flows: FlowWorld, admin: Person, ben: Person) -> None:
    await a_policy(admin, by_name(ben), **FLOWS)
    for block in flows.blocks(0):
        await flows.codes("deleteContentBlock", id=block)
    assert codes(await publish(flows)) == ["EMPTY_STAGE"]
    assert await inbox(ben) == []


async def test_what_cannot_be_published_any_more_is_not_approved(flows: FlowWorld, admin: Person, ben: Person) -> None:
    await a_policy(admin, by_name(ben), **FLOWS)
    request = (await publish(flows))["approvalRequest"]["id"]
    for block in flows.blocks(0):
        await flows.codes("deleteContentBlock", id=block)
    assert await approve(ben, request) == ["EMPTY_STAGE"]
    assert (await seen(ben, request))["status"] == "PENDING"
    assert await flows.codes("deleteFlow", id=flows.flow) == []
    assert await approve(ben, request) == ["NOT_FOUND"]
    assert await reject(ben, request) == []


async def test_a_rejected_flow_stays_a_draft_and_may_be_asked_for_again(
    flows: FlowWorld, admin: Person, ben: Person
) -> None:
    await a_policy(admin, by_name(ben), **FLOWS)
    request = (await publish(flows))["approvalRequest"]["id"]
    assert await reject(ben, request, "A stage is missing.") == []
    assert (await flows.see())["status"] == "DRAFT"
    assert (await seen(flows.hr, request))["reason"] == "A stage is missing."
    again = (await publish(flows))["approvalRequest"]["id"]
    assert again != request


async def test_a_dry_run_asks_nobody_and_a_key_asks_once(flows: FlowWorld, admin: Person, ben: Person) -> None:
    await a_policy(admin, by_name(ben), **FLOWS)
    assert (await publish(flows, dryRun=True))["approvalRequest"]["status"] == "PENDING"
    assert await inbox(ben) == []
    first = await publish(flows, idempotencyKey="once")
    assert (await publish(flows, idempotencyKey="once"))["approvalRequest"] == first["approvalRequest"]
    assert await inbox(ben) == [first["approvalRequest"]["id"]]


async def test_a_policy_of_a_department_is_about_requesters_of_it(flows: FlowWorld, admin: Person, ben: Person) -> None:
    await a_policy(admin, by_name(ben), **FLOWS, department="People")
    assert (await publish(flows))["approvalRequest"] is None
    assert await flows.codes("editFlow", id=flows.flow) == []
    assert codes(await admin.do("updateUser", {"id": me(flows.hr), "department": "People"})) == []
    assert (await publish(flows))["approvalRequest"] is not None


async def test_who_has_lost_the_right_to_publish_publishes_by_nobody(
    flows: FlowWorld, admin: Person, ben: Person
) -> None:
    await a_policy(admin, by_name(ben), **FLOWS)
    request = (await publish(flows))["approvalRequest"]["id"]
    assert codes(await admin.do("takeRole", {"id": me(flows.hr), "roleId": await role(admin, "HR")})) == []
    assert await approve(ben, request) == ["REQUESTER_MAY_NOT"]
    assert (await seen(ben, request))["status"] == "PENDING"


async def test_who_changed_the_flow_last_does_not_approve_it(flows: FlowWorld, admin: Person, ben: Person) -> None:
    writer = await flows.company.person("HR")
    changed = {"id": flows.blocks(1)[0], "content": "Changed"}
    assert codes(await writer.do("updateContentBlock", changed)) == []
    await a_policy(admin, by_name(writer), **FLOWS)
    payload = await publish(flows)
    assert codes(payload) == ["NO_APPROVER"], "they prepared it, and report to nobody"
    await reports(flows.company, writer, ben)
    request = (await publish(flows))["approvalRequest"]["id"]
    assert await approve(ben, request) == []


async def test_an_approver_who_changes_it_while_it_waits_does_not_approve_it(flows: FlowWorld, admin: Person) -> None:
    writer = await flows.company.person("HR")
    await a_policy(admin, by_name(writer), **FLOWS)
    request = (await publish(flows))["approvalRequest"]["id"]
    assert codes(await writer.do("updateContentBlock", {"id": flows.blocks(1)[0], "content": "Mine"})) == []
    assert await approve(writer, request) == ["SEPARATION_OF_DUTIES"]
    changed = {"id": flows.blocks(1)[0], "content": "Theirs"}
    assert codes(await flows.hr.do("updateContentBlock", changed)) == []
    assert await approve(writer, request) == []


async def _statements(company: CompanyWorld, doing: Any) -> Sequence[str]:
    sent: list[str] = []
    engine = company.world.parts.database.engine(company.tenant.placement).sync_engine

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        await doing
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return sent


async def test_without_a_policy_it_is_one_look_at_an_index_dearer(flows: FlowWorld) -> None:
    plain = "mutation($id: ID!) { publishFlow(input: { id: $id }) { flow { status } } }"
    sent = await _statements(flows.company, flows.hr.ask(plain, {"id": flows.flow}))
    assert len([each for each in sent if "approval" in each]) == 1
    sent = await _statements(flows.company, flows.codes("editFlow", id=flows.flow))
    assert [each for each in sent if "approval" in each] == []


async def test_the_machine_and_another_companys_flow(
    flows: FlowWorld, other_company: CompanyWorld, admin: Person, ben: Person
) -> None:
    await a_policy(admin, by_name(ben), **FLOWS)
    theirs = await work_on(await a_ground(other_company))
    assert (await publish(theirs))["flow"]["status"] == "PUBLISHED", "a policy is of its company"
    request = (await publish(flows))["approvalRequest"]["id"]
    asked = "query($id: ID!) { approvalRequest(id: $id) { allowedTransitions { name allowed } } }"
    shown = (await admin.ask(asked, {"id": request})).data["approvalRequest"]["allowedTransitions"]
    assert shown == [
        {"name": "approveRequest", "allowed": False},
        {"name": "rejectRequest", "allowed": False},
        {"name": "cancelApprovalRequest", "allowed": True},
    ]


async def test_who_has_left_cannot_be_asked(flows: FlowWorld, admin: Person, ben: Person) -> None:
    await a_policy(admin, by_name(ben), **FLOWS)
    await leaves(flows.company, ben)
    assert codes(await publish(flows)) == ["NO_APPROVER"]


async def _without_a_policy(admin: Person) -> None:
    followed = '{ approvalPolicies(where: { name: { eq: "Flows" } }) { nodes { id } } }'
    [policy] = (await admin.ask(followed)).data["approvalPolicies"]["nodes"]
    assert codes(await admin.do("updateApprovalPolicy", {"id": policy["id"], "active": False})) == []


async def test_what_is_done_when_nobody_has_to_agree_any_more_ends_its_request(
    flows: FlowWorld, admin: Person, ben: Person
) -> None:
    company = flows.company
    await a_policy(admin, by_name(ben), **FLOWS, escalateAfterHours=24)
    request = (await publish(flows))["approvalRequest"]["id"]
    await _without_a_policy(admin)
    assert (await seen(ben, request))["status"] == "PENDING", "what was asked for goes on"
    assert (await publish(flows, dryRun=True))["flow"]["status"] == "PUBLISHED"
    assert (await seen(ben, request))["status"] == "PENDING", "a dry run ends nothing"
    payload = await publish(flows)
    assert (payload["flow"]["status"], payload["approvalRequest"], payload["refusals"]) == ("PUBLISHED", None, [])
    ended = await seen(flows.hr, request)
    assert (ended["status"], ended["steps"][0]["dueAt"]) == ("CANCELLED", None)
    assert ended["reason"] == "No policy asks for it any more, and it was done without an approval."
    assert await inbox(ben) == []
    assert await approve(ben, request) == ["ILLEGAL_TRANSITION"]
    [cancelled] = await told(company, "approval.cancelled")
    assert (cancelled["from"], cancelled["to"]) == ("pending", "cancelled")
    [event_] = await company.rows(
        "select actor_type, correlation_id from pool.event_outbox"
        " where tenant_id = :tenant and type = 'approval.cancelled'"
    )
    [audited] = await company.rows(
        "select actor_type, actor_id, operation, request_id from pool.audit_logs where tenant_id = :tenant"
        " and entity_type = 'ApprovalRequest' and action = 'transition'"
    )
    [published] = await company.rows(
        "select actor_id, correlation_id from pool.event_outbox"
        " where tenant_id = :tenant and type = 'onboarding.flow.published'"
    )
    assert (event_.actor_type, audited.actor_type, audited.actor_id) == ("system", "system", None)
    assert audited.operation == "publish_flow"
    assert {event_.correlation_id, audited.request_id} == {published.correlation_id}
    assert published.actor_id == flows.hr.asking.principal.id


async def test_a_request_stays_where_what_it_asked_for_is_refused(flows: FlowWorld, admin: Person, ben: Person) -> None:
    await a_policy(admin, by_name(ben), **FLOWS)
    request = (await publish(flows))["approvalRequest"]["id"]
    await _without_a_policy(admin)
    for block in flows.blocks(0):
        await flows.codes("deleteContentBlock", id=block)
    assert codes(await publish(flows)) == ["EMPTY_STAGE"]
    assert (await seen(ben, request))["status"] == "PENDING"


async def test_who_decides_and_who_does_it_without_come_in_turn(flows: FlowWorld, admin: Person, ben: Person) -> None:
    await a_policy(admin, by_name(ben), **FLOWS)
    request = (await publish(flows))["approvalRequest"]["id"]
    await _without_a_policy(admin)
    decided, done = await asyncio.gather(approve(ben, request), publish(flows))
    assert [decided, codes(done)] in ([[], ["ILLEGAL_TRANSITION"]], [["ILLEGAL_TRANSITION"], []])
    assert (await flows.see())["status"] == "PUBLISHED"
    assert len(await told(flows.company, "onboarding.flow.published")) == 1
    ended = (await seen(ben, request))["status"]
    assert ended == ("APPROVED" if decided == [] else "CANCELLED")
