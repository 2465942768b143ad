"""What nobody decides in time goes up to managers; so does what nobody can decide any more."""

import asyncio
from datetime import datetime, timedelta

import pytest

from app import now
from tests.approvals.builders import (
    a_document,
    a_policy,
    approve,
    approvers,
    by_name,
    by_role,
    escalated,
    inbox,
    leaves,
    reports,
    seen,
    told,
)
from tests.identity.test_people import me
from tests.mail.builders import Answering, listening, posting_to, send, text_of
from tests.world import CompanyWorld, Person

HOUR = timedelta(hours=1)
MAILS = (
    "select id, recipient_email, template from pool.email_messages where tenant_id = :tenant"
    " and template like 'approval%' order by id"
)


async def mailed(company: CompanyWorld) -> list[str]:
    """Who was written to, by what their addresses begin with."""
    people = await company.rows("select email, id from pool.users where tenant_id = :tenant")
    known = {row.email: f"User_{row.id}" for row in people}
    return [known[row.recipient_email] for row in await company.rows(MAILS)]


async def due(person: Person, request: str) -> datetime | None:
    at = (await seen(person, request))["steps"][0]["dueAt"]
    return datetime.fromisoformat(at) if at else None


async def test_what_waits_too_long_goes_up_once_for_each_time(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, cleo: Person
) -> None:
    boss = await company.person("MEMBER")
    await reports(company, ben, cleo)
    await reports(company, cleo, boss)
    await a_policy(admin, by_name(ben), escalateAfterHours=24)
    request = str(await (await a_document(company)).ask(ada))
    begun = await due(ada, request)
    assert begun is not None
    assert [await escalated(company, begun - HOUR / 60), await escalated(company, begun)] == [0, 1]
    assert await escalated(company, begun) == 0, "a job that runs twice does it once"
    assert await approvers(ada, request) == {me(ben), me(cleo)}
    assert await due(ada, request) == begun + 24 * HOUR
    assert (await inbox(ben), await inbox(cleo), await inbox(boss)) == ([request], [request], [])
    assert await escalated(company, begun + 24 * HOUR) == 1
    assert await approvers(ada, request) == {me(each) for each in (ben, cleo, boss)}
    assert await escalated(company, begun + 48 * HOUR) == 0, "nobody is left above"
    assert await due(ada, request) is None
    assert [each["step"] for each in await told(company, "approval.escalated")] == [0, 0]
    assert await mailed(company) == [me(ben), me(cleo), me(boss)]
    assert await approve(boss, request) == []
    assert await escalated(company, begun + 99 * HOUR) == 0


async def test_two_workers_take_it_up_once(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, cleo: Person
) -> None:
    await reports(company, ben, cleo)
    await a_policy(admin, by_name(ben), escalateAfterHours=1)
    await (await a_document(company)).ask(ada)
    assert sorted(await asyncio.gather(*(escalated(company, now() + 2 * HOUR) for _ in range(3)))) == [0, 0, 1]
    assert len(await told(company, "approval.escalated")) == 1


async def test_a_role_goes_up_to_those_above_its_holders(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, cleo: Person
) -> None:
    holders = [await company.person("FINANCE") for _ in range(2)]
    for holder, boss in zip(holders, (ben, cleo), strict=True):
        await reports(company, holder, boss)
    await a_policy(admin, await by_role(admin, "FINANCE"), escalateAfterHours=1)
    request = str(await (await a_document(company)).ask(ada))
    assert await escalated(company, now() + 2 * HOUR) == 1
    assert await approvers(ada, request) == {me(each) for each in (*holders, ben, cleo)}


async def test_it_does_not_go_up_to_who_asked_for_it(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, cleo: Person
) -> None:
    await reports(company, ben, ada)
    await reports(company, ada, cleo)
    await a_policy(admin, by_name(ben), escalateAfterHours=1)
    request = str(await (await a_document(company)).ask(ada))
    assert await escalated(company, now() + 2 * HOUR) == 1
    assert await approvers(ada, request) == {me(ben), me(cleo)}


async def test_without_hours_it_waits_for_good(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, cleo: Person
) -> None:
    await reports(company, ben, cleo)
    await a_policy(admin, by_name(ben))
    await (await a_document(company)).ask(ada)
    assert await escalated(company, now() + timedelta(days=365)) == 0


@pytest.mark.parametrize("meant", ["by name", "by role"])
async def test_who_leaves_while_it_waits_is_gone_past_at_once(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, meant: str
) -> None:
    approver = await company.person("FINANCE")
    await reports(company, approver, ben)
    await a_policy(admin, by_name(approver) if meant == "by name" else await by_role(admin, "FINANCE"))
    request = str(await (await a_document(company)).ask(ada))
    assert await escalated(company, now()) == 0
    await leaves(company, approver)
    assert [await escalated(company, now()), await escalated(company, now())] == [1, 0]
    assert await inbox(ben) == [request]
    assert await approve(ben, request) == []


async def test_a_later_step_whose_approver_has_left_goes_up_when_it_begins(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, cleo: Person
) -> None:
    boss = await company.person("MEMBER")
    await reports(company, cleo, boss)
    await a_policy(admin, by_name(ben), by_name(cleo))
    request = str(await (await a_document(company)).ask(ada))
    await leaves(company, cleo)
    assert await approve(ben, request) == []
    assert await inbox(boss) == [request]


async def test_mails_say_what_waits_and_how_it_ended(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, cleo: Person
) -> None:
    await company.rows(
        "update pool.users set locale = 'de' where tenant_id = :tenant and id = :id returning 1",
        id=cleo.asking.principal.id,
    )
    await a_policy(admin, by_name(ben), by_name(cleo))
    request = str(await (await a_document(company, "1500.5")).ask(ada))
    server = Answering()
    async with listening(server) as port:

        async def posted() -> list[str]:
            for row in await company.rows(f"{MAILS.replace('where', 'where status = $$queued$$ and')}"):
                await send(company, posting_to(port), row.id)
            return [f"{mail['subject']}\n{text_of(mail)}" for mail in server.taken]

        [first] = await posted()
        assert "something waits for your approval" in first
        assert "The amount is 1500.5 EUR." in first
        assert await approve(ben, request) == []
        assert "Etwas wartet auf Ihre Freigabe" in (await posted())[-1]
        assert await approve(cleo, request) == []
        last = (await posted())[-1]
        assert "what you asked for was decided" in last
        assert "It was approved, and is done: Document" in last
        assert "rejected" not in last


async def test_a_mail_about_what_does_not_wait_any_more_is_not_sent(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person
) -> None:
    await a_policy(admin, by_name(ben))
    request = str(await (await a_document(company)).ask(ada))
    assert await approve(ben, request) == []
    server = Answering()
    async with listening(server) as port:
        for row in await company.rows(MAILS):
            await send(company, posting_to(port), row.id)
    assert [str(mail["subject"]) for mail in server.taken if "waits" in str(mail["subject"])] == []
