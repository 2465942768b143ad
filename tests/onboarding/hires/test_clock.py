"""What the clock does: invitations run out to the second, and who falls silent is reminded on each day once."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from app import now
from db.catalog import TenantStatus
from resolvers.onboarding.clock import OnboardingClock
from tests.onboarding.hires.builders import (
    a_block,
    a_flow,
    a_stage,
    change,
    codes,
    complete,
    invitations,
    portal,
    told,
)
from tests.world import CompanyWorld


def clock_at(company: CompanyWorld, moment: datetime) -> OnboardingClock:
    parts = company.world.parts
    return OnboardingClock(parts.database, parts.catalog, company.world.wiring.master_key, clock=lambda: moment)


async def expire(company: CompanyWorld, at: datetime) -> int:
    return await clock_at(company, at).expire_invitations([company.tenant])


async def remind(company: CompanyWorld, at: datetime) -> int:
    return await clock_at(company, at).send_reminders([company.tenant])


async def kinds(company: CompanyWorld, hire: str) -> list[str]:
    return [kind.removeprefix("onboarding.") for kind, _ in await told(company, hire)]


async def status(company: CompanyWorld, hire: str) -> Any:
    rows = await company.rows("select status from pool.new_hires where tenant_id = :tenant order by id")
    return [row.status for row in rows]


async def test_an_invitation_runs_out_to_the_second(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    hire, person = await flow.invited()
    [invitation] = await invitations(company, hire)
    until = invitation.expires_at
    await expire(company, until - timedelta(microseconds=1))
    assert await status(company, hire) == ["pending"]
    assert [await expire(company, until) for _ in range(2)] == [1, 0]
    assert await status(company, hire) == ["expired"]
    assert await kinds(company, hire) == ["invitation.sent", "invitation.expired"]
    assert (await person.ask("{ onboardingSession { canStart } }")).codes == ["UNAUTHENTICATED"]
    assert await codes(flow.hr, "sendInvitation", id=hire) == ["ILLEGAL_TRANSITION"]
    assert await codes(flow.hr, "resendInvitation", id=hire) == []
    assert await status(company, hire) == ["pending"]
    assert await codes(await portal(company, hire), "startOnboarding") == []


async def test_a_company_that_may_not_be_written_to_waits(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    hire, _ = await flow.invited()
    late, clock = now() + timedelta(days=31), clock_at(company, now() + timedelta(days=31))
    for closed in (
        replace(company.tenant, status=TenantStatus.SUSPENDED),
        replace(company.tenant, modules=frozenset()),
    ):
        assert await clock.expire_invitations([closed]) == 0
    assert await status(company, hire) == ["pending"]
    assert await expire(company, late) == 1


async def test_the_clock_does_both_by_itself(company: CompanyWorld) -> None:
    assert [chore.name for chore in clock_at(company, now()).chores] == ["expire_invitations", "send_reminders"]


async def test_who_has_begun_keeps_the_link(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    hire, person = await flow.begun()
    await expire(company, now() + timedelta(days=400))
    assert await status(company, hire) == ["active"]
    assert await complete(person, flow.block(0, 0), "x") == []


async def test_the_clock_moves_are_nobodys(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    hire, _ = await flow.invited()
    query = "query($id: ID!) { newHire(id: $id) { allowedTransitions { name } } }"
    listed = (await flow.hr.ask(query, {"id": hire})).data["newHire"]["allowedTransitions"]
    assert "expireInvitations" not in [each["name"] for each in listed]


async def test_each_day_of_silence_is_reminded_of_once(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block(), a_block()), reminder_after_days=[7, 3])
    hire, person = await flow.begun()
    begun = now()
    await change(company, hire, last_seen_at=begun)
    for day, sent in ((2, 0), (3, 1), (4, 1), (6.9, 1), (7, 2), (30, 2)):
        await remind(company, begun + timedelta(days=day))
        assert (await kinds(company, hire)).count("reminder.sent") == sent, day
    assert await complete(person, flow.block(0, 0), "x") == []
    later = now() + timedelta(days=3, minutes=1)
    await remind(company, later)
    assert (await kinds(company, hire)).count("reminder.sent") == 3
    rows = await company.rows("select template, facts from pool.email_messages where tenant_id = :tenant order by id")
    reminders = [row.facts for row in rows if row.template == "reminder"]
    [invitation] = await invitations(company, hire)
    assert [(facts["invitation_id"], facts["open_blocks"]) for facts in reminders] == [
        (str(invitation.id), 2),
        (str(invitation.id), 2),
        (str(invitation.id), 1),
    ]


async def test_days_that_were_missed_are_one_reminder(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()), reminder_after_days=[1, 2, 3])
    hire, _ = await flow.invited()
    await remind(company, now() + timedelta(days=10))
    await remind(company, now() + timedelta(days=11))
    assert await kinds(company, hire) == ["invitation.sent", "reminder.sent"]


async def test_nobody_is_reminded_in_vain(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block(), a_block(assignee="it")), reminder_after_days=[1])
    waiting, person = await flow.begun()
    assert await complete(person, flow.block(0, 0), "x") == []
    gone, _ = await flow.begun()
    assert await codes(flow.hr, "cancelNewHire", id=gone, reason="x") == []
    uninvited, (late, _) = await flow.hire(), await flow.invited()
    await remind(company, now() + timedelta(days=40))
    for hire in (waiting, gone, uninvited, late):
        assert "reminder.sent" not in await kinds(company, hire)
