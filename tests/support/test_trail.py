"""What a company sees of who acts in it: the trail, its chain, its sessions, events and a mail to its owners."""

from pathlib import Path
from typing import Any

from sqlalchemy import text

from db.models.mail import MailTemplate
from gateways.mail import MailFolder
from tests.audit.chains import drain, owning, verified
from tests.mail.builders import SENDER, send
from tests.support.builders import Colleague, sessions_of, trail_of
from tests.support.test_writing import FLOW, grant
from tests.world import CompanyWorld, Person, World

SESSIONS = """
{ impersonationSessions(orderBy: [{ startedAt: ASC }]) { nodes {
  id actorName actorRole reason ticketRef mode status user { email } consent { grantedBy { email } }
} } }
"""
TRAIL = """
query($where: AuditLogFilter) { auditLogs(where: $where) { nodes {
  actorType actorId actor { id } onBehalfOfId impersonationId impersonator { name role } action operation
} } }
"""


async def test_the_company_sees_who_acted_and_for_whom(
    company: CompanyWorld, agent: Colleague, owner: Person, hr: Person
) -> None:
    await grant(owner)
    session = await agent.start(company, hr, mode="READ_WRITE", ticketRef="T-42")
    await session.person.ask(FLOW)
    [shown] = (await owner.ask(SESSIONS)).data["impersonationSessions"]["nodes"]
    assert shown == {
        "id": session.id,
        "actorName": agent.named.name,
        "actorRole": "SUPPORT_AGENT",
        "reason": "The list of hires stays empty",
        "ticketRef": "T-42",
        "mode": "READ_WRITE",
        "status": "ACTIVE",
        "user": {"email": hr.asking.principal.name},
        "consent": {"grantedBy": {"email": owner.asking.principal.name}},
    }
    where = {"operation": {"eq": "create_flow"}}
    [entry] = (await owner.ask(TRAIL, {"where": where})).data["auditLogs"]["nodes"]
    assert entry == {
        "actorType": "support",
        "actorId": None,
        "actor": None,
        "onBehalfOfId": f"User_{hr.asking.principal.id}",
        "impersonationId": session.id,
        "impersonator": {"name": agent.named.name, "role": "SUPPORT_AGENT"},
        "action": "CREATE",
        "operation": "create_flow",
    }


async def test_the_trail_can_be_searched_for_what_support_did(
    company: CompanyWorld, agent: Colleague, owner: Person, hr: Person
) -> None:
    session = await agent.start(company, hr)
    where = {"impersonationId": {"eq": session.id}}
    found = (await owner.ask(TRAIL, {"where": where})).data["auditLogs"]["nodes"]
    assert {each["operation"] for each in found} == {"start_impersonation"}
    assert {each["onBehalfOfId"] for each in found} == {f"User_{hr.asking.principal.id}"}


async def test_no_id_of_the_platform_is_shown_or_told(
    world: World, company: CompanyWorld, agent: Colleague, owner: Person, hr: Person
) -> None:
    await grant(owner)
    session = await agent.start(company, hr, mode="READ_WRITE")
    await session.person.ask(FLOW)
    answers = [await owner.ask(SESSIONS), await owner.ask(TRAIL)]
    as_of = 'query($id: ID!) { entityAsOf(id: $id, at: "2100-01-01T00:00:00Z") { values } }'
    answers.append(await owner.ask(as_of, {"id": session.id}))
    told = await company.rows("select row_to_json(o)::text from pool.event_outbox o where tenant_id = :tenant")
    secrets = (str(agent.id), str(agent.home.tenant.id), agent.named.email)
    for said in [*(answer.response.text for answer in answers), *(row[0] for row in told)]:
        assert not any(secret in said for secret in secrets)


async def test_the_chain_covers_who_acted(
    world: World, company: CompanyWorld, agent: Colleague, owner: Person, hr: Person
) -> None:
    await agent.start(company, hr)
    await drain(world)
    whole = await verified(owner)
    assert (whole["isIntact"], whole["waiting"]) == (True, 0)
    forms = await company.rows("select distinct form from pool.audit_chain where tenant_id = :tenant")
    assert [row[0] for row in forms] == [2]
    hidden = "update pool.audit_logs set on_behalf_of_id = null where tenant_id = :tenant and actor_type = 'support'"
    async with owning(company) as connection:
        await connection.execute(text(hidden), {"tenant": company.tenant.id})
    broken = await verified(owner)
    assert (broken["isIntact"], broken["firstBroken"]["why"]) == (False, "ENTRY_CHANGED")


async def test_events_name_the_person_and_the_session(
    company: CompanyWorld, agent: Colleague, owner: Person, hr: Person
) -> None:
    await grant(owner)
    session = await agent.start(company, hr, mode="READ_WRITE")
    await session.person.ask(FLOW)
    told = "select type, actor_type, actor_id, impersonation_id from pool.event_outbox where tenant_id = :tenant"
    rows = {row[0]: tuple(row[1:]) for row in await company.rows(f"{told} order by sequence")}
    person = hr.asking.principal.id
    for name in ("impersonation.started", "impersonation.created", "onboarding.flow.created"):
        assert rows[name] == ("user", person, session.row)


async def test_the_owners_are_told_by_mail(
    company: CompanyWorld, agent: Colleague, owner: Person, hr: Person, tmp_path: Path
) -> None:
    await agent.start(company, hr, ticketRef="T-42")
    mails = await company.rows(
        "select id, recipient_email from pool.email_messages where tenant_id = :tenant and template = :template"
        " order by recipient_email",
        template=MailTemplate.IMPERSONATION_STARTED.value,
    )
    assert {row[1] for row in mails} == {f"owner@{company.tenant.slug}.example", owner.asking.principal.name}
    folder = MailFolder(tmp_path, SENDER)
    for row in mails:
        await send(company, folder, row[0])
    texts = [path.read_text() for path in sorted(tmp_path.rglob("*.eml"))]
    assert len(texts) == 2
    for mail in texts:
        assert agent.named.name in mail
        assert "T-42" in mail
        assert agent.named.email not in mail


async def test_what_an_owner_does_is_not_said_to_be_supports(company: CompanyWorld, owner: Person) -> None:
    await owner.ask(FLOW)
    [(kind, behalf)] = await trail_of(
        company, "actor_type", "on_behalf_of_id", where="operation = 'create_flow' and entity_type = 'Flow'"
    )
    assert (kind, behalf) == ("user", None)
    assert await sessions_of(company, "id") == []


async def test_sessions_are_for_who_may_read_the_trail(company: CompanyWorld, hr: Person) -> None:
    answer: Any = await hr.ask(SESSIONS)
    assert answer.codes == ["FORBIDDEN"]
