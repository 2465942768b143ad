"""Who decides, one step after the other; and who never does: whoever asked for it, nor anybody for them."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from app import now
from db.models.approvals import ApprovalPolicy
from resolvers.approvals.people import APPROVE
from resolvers.approvals.refusals import ApprovalPending
from resolvers.context import Looking
from resolvers.duties import barred_from
from schema.derive import ids
from tests.approvals.builders import (
    ENDED,
    MANAGER,
    a_document,
    a_policy,
    above,
    approve,
    approvers,
    by_name,
    by_role,
    codes,
    inbox,
    leaves,
    reject,
    reports,
    seen,
    statuses,
    told,
)
from tests.identity.test_people import me, role
from tests.world import CompanyWorld, Person


async def delegate(person: Person, to: Person, days: int = 1) -> list[str]:
    today = now().date()
    first, last = today - timedelta(days=1), today + timedelta(days=days)
    given = {"toUserId": me(to), "fromDate": first.isoformat(), "toDate": last.isoformat()}
    return codes(await person.do("delegateApprovals", given))


async def test_steps_are_decided_in_their_order(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, cleo: Person
) -> None:
    await a_policy(admin, by_name(ben), by_name(cleo))
    document = await a_document(company)
    request = await document.ask(ada)
    assert request
    assert await approve(cleo, request) == ["NOT_AN_APPROVER"]
    assert (await inbox(ben), await inbox(cleo), await inbox(ada)) == ([request], [], [])
    assert await approve(ben, request, comment="Fine.") == []
    assert (await inbox(ben), await inbox(cleo)) == ([], [request])
    assert await statuses(ada, request) == ("PENDING", ["APPROVED", "PENDING"])
    assert await approve(ben, request) == ["ALREADY_DECIDED"]
    assert ENDED == []
    assert await approve(cleo, request) == []
    assert await statuses(ada, request) == ("APPROVED", ["APPROVED", "APPROVED"])
    [(how, about, actor)] = ENDED
    assert (how, about, actor.id) == ("approved", document.id, ada.asking.principal.id)
    decisions = (await seen(ada, request))["decisions"]
    assert [(each["step"], each["decidedBy"]["id"], each["comment"]) for each in decisions] == [
        (0, me(ben), "Fine."),
        (1, me(cleo), None),
    ]
    assert [each["step"] for each in await told(company, "approval.advanced")] == [1]
    assert len(await told(company, "approval.approved")) == 1


async def test_a_rejection_at_any_step_is_the_end(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, cleo: Person
) -> None:
    await a_policy(admin, by_name(ben), by_name(cleo))
    request = await (document := await a_document(company)).ask(ada)
    assert request
    assert await reject(ben, request, "  ") == ["INVALID_INPUT"]
    assert await reject(ben, request) == []
    assert await statuses(ada, request) == ("REJECTED", ["REJECTED", "WAITING"])
    assert [(how, about) for how, about, _ in ENDED] == [("rejected", document.id)]
    for person in (ben, cleo):
        assert await approve(person, request) == ["ILLEGAL_TRANSITION"]
    assert await document.ask(ada) not in {None, request}, "it may be asked for again"


async def test_what_waits_is_not_asked_for_twice(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person
) -> None:
    await a_policy(admin, by_name(ben))
    request = await (document := await a_document(company)).ask(ada)
    assert isinstance(await document.refused(ada), ApprovalPending)
    assert codes(await ada.do("cancelApprovalRequest", {"id": request, "reason": "Not needed."})) == []
    assert (await seen(ada, request))["reason"] == "Not needed."
    assert [how for how, _, _ in ENDED] == ["cancelled"]
    assert await approve(ben, str(request)) == ["ILLEGAL_TRANSITION"]
    assert await document.ask(ada)


async def test_only_who_asked_takes_it_back_or_who_manages_approvals(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, cleo: Person
) -> None:
    await a_policy(admin, by_name(ben))
    document = await a_document(company)
    first = await document.ask(ada)
    assert codes(await ben.do("cancelApprovalRequest", {"id": first})) == ["NOT_AN_APPROVER"]
    assert codes(await cleo.do("cancelApprovalRequest", {"id": first})) == ["NOT_FOUND"]
    assert codes(await admin.do("cancelApprovalRequest", {"id": first})) == []
    assert await document.ask(ada)


async def test_to_who_has_nothing_to_do_with_it_it_is_not_there(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, cleo: Person
) -> None:
    await a_policy(admin, by_name(ben))
    request = await (await a_document(company)).ask(ada)
    never = ids.encode("ApprovalRequest", uuid7())
    payloads = [await cleo.do("approveRequest", {"id": each}) for each in (request, never)]
    assert payloads[0]["refusals"] == payloads[1]["refusals"]
    assert [codes(each) for each in payloads] == [["NOT_FOUND"], ["NOT_FOUND"]]
    assert [await seen(each, request) is not None for each in (ada, ben, admin, cleo)] == [True, True, True, False]
    finance = await company.person("FINANCE")
    assert (await seen(finance, request))["id"] == request
    assert await approve(finance, str(request)) == ["NOT_AN_APPROVER"]


@pytest.mark.parametrize("asks", ["the maker of the document", "a holder of the role"])
async def test_nobody_approves_what_they_asked_for(
    company: CompanyWorld, admin: Person, ada: Person, asks: str
) -> None:
    other = await company.person("HR")
    await a_policy(admin, await by_role(admin, "HR"))
    request = await (await a_document(company)).ask(ada)
    assert (await inbox(ada), await inbox(other)) == ([], [request])
    for attempt in (approve, reject):
        assert await attempt(ada, str(request)) == ["OWN_DOCUMENT"]
    assert await approve(other, str(request)) == []


async def test_who_stands_in_for_the_requester_does_not_approve_for_them(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person
) -> None:
    await company.person("HR")
    await a_policy(admin, await by_role(admin, "HR"))
    request = str(await (await a_document(company)).ask(ada))
    assert await delegate(ada, ben) == []
    assert await inbox(ben) == []
    assert await approve(ben, request) == ["OWN_DOCUMENT"]


async def test_the_requester_does_not_approve_as_somebody_elses_deputy(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person
) -> None:
    await a_policy(admin, by_name(ben))
    request = str(await (await a_document(company)).ask(ada))
    assert await delegate(ben, ada) == []
    assert await inbox(ada) == []
    assert await approve(ada, request) == ["OWN_DOCUMENT"]
    assert await approve(ben, request) == []


async def test_what_is_handed_on_is_not_handed_on_again(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, cleo: Person
) -> None:
    dan = await company.person("MEMBER")
    await a_policy(admin, by_name(ben))
    request = str(await (await a_document(company)).ask(ada))
    assert (await delegate(ben, cleo), await delegate(cleo, dan)) == ([], [])
    assert (await inbox(cleo), await inbox(dan)) == ([request], [])
    assert await approve(dan, request) == ["NOT_FOUND"]
    assert await approve(cleo, request) == []
    [decision] = (await seen(ada, request))["decisions"]
    assert (decision["decidedBy"]["id"], decision["onBehalfOf"]["id"]) == (me(cleo), me(ben))


async def test_one_yes_counts_for_every_step_of_the_same_person(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, cleo: Person
) -> None:
    await reports(company, ada, ben)
    await a_policy(admin, MANAGER, by_name(cleo), by_name(ben))
    request = str(await (await a_document(company)).ask(ada))
    assert await approve(ben, request) == []
    assert await approve(cleo, request) == []
    assert await statuses(ada, request) == ("APPROVED", ["APPROVED", "APPROVED", "COLLAPSED"])
    assert len((await seen(ada, request))["decisions"]) == 2


async def test_where_each_step_takes_another_person_nobody_decides_twice(
    company: CompanyWorld, admin: Person, ada: Person
) -> None:
    one, two = [await company.person("FINANCE") for _ in range(2)]
    finance = await by_role(admin, "FINANCE")
    await a_policy(admin, finance, finance, distinctPeople=True)
    request = str(await (await a_document(company)).ask(ada))
    assert await approve(one, request) == []
    assert await statuses(ada, request) == ("PENDING", ["APPROVED", "PENDING"])
    assert (await inbox(one), await inbox(two)) == ([], [request])
    assert await approve(one, request) == ["SAME_PERSON"]
    assert await delegate(two, one) == []
    assert await approve(one, request) == ["SAME_PERSON"], "nor as somebody else's deputy"
    assert await approve(two, request) == []
    assert await statuses(ada, request) == ("APPROVED", ["APPROVED", "APPROVED"])


async def test_the_same_person_by_name_twice_goes_up_where_each_step_takes_another(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, cleo: Person
) -> None:
    await a_policy(admin, by_name(ben), by_name(ben), distinctPeople=True)
    refusal = await (await a_document(company)).refused(ada)
    assert refusal.code == "NO_APPROVER"
    assert "Step 2" in refusal.message
    await reports(company, ben, cleo)
    request = str(await (await a_document(company)).ask(ada))
    assert await approvers(ada, request, 1) == {me(cleo)}


async def test_whoever_is_above_is_found_up_the_line(company: CompanyWorld, admin: Person, ada: Person) -> None:
    line = [await company.person("MEMBER") for _ in range(3)]
    for person, boss in zip([ada, *line], line, strict=False):
        await reports(company, person, boss)
    await a_policy(admin, MANAGER, above(2), above(3))
    request = str(await (await a_document(company)).ask(ada))
    assert [await approvers(ada, request, step) for step in range(3)] == [{me(each)} for each in line]
    refusal = await (await a_document(company)).refused(line[1])
    assert "Step 2 asks a higher manager" in refusal.message


async def test_a_step_that_asks_the_requester_goes_up_the_line(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person
) -> None:
    await a_policy(admin, by_name(ada))
    refusal = await (await a_document(company)).refused(ada)
    assert refusal.message == "Step 1 asks a person, and nobody is left who could approve it."
    await reports(company, ada, ben)
    request = str(await (await a_document(company)).ask(ada))
    assert await approvers(ada, request) == {me(ben)}
    assert await approve(ben, request) == []


async def test_a_role_that_the_requester_alone_holds_goes_up_the_line(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person
) -> None:
    await reports(company, ada, ben)
    await a_policy(admin, await by_role(admin, "HR"))
    request = str(await (await a_document(company)).ask(ada))
    assert await inbox(ben) == [request]
    assert await approve(ada, request) == ["OWN_DOCUMENT"]
    assert await approve(ben, request) == []


async def test_who_has_left_is_gone_past(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, cleo: Person
) -> None:
    boss = await company.person("MEMBER")
    await reports(company, ben, cleo)
    await reports(company, cleo, boss)
    await a_policy(admin, by_name(ben))
    await leaves(company, ben)
    await leaves(company, cleo)
    request = str(await (await a_document(company)).ask(ada))
    assert await approvers(ada, request) == {me(boss)}


async def test_of_two_who_approve_at_once_one_has(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person
) -> None:
    people = [await company.person("FINANCE") for _ in range(4)]
    await a_policy(admin, await by_role(admin, "FINANCE"), by_name(ben))
    for _ in range(3):
        request = str(await (await a_document(company)).ask(ada))
        outcomes = await asyncio.gather(*(approve(person, request) for person in people))
        assert sorted(outcomes) == [[], *[["ALREADY_DECIDED"]] * 3]
        assert len((await seen(ada, request))["decisions"]) == 1
    assert len(await told(company, "approval.advanced")) == 3


async def test_of_two_who_decide_the_last_step_at_once_one_has(
    company: CompanyWorld, admin: Person, ada: Person
) -> None:
    people = [await company.person("FINANCE") for _ in range(3)]
    await a_policy(admin, await by_role(admin, "FINANCE"))
    request = str(await (await a_document(company)).ask(ada))
    attempts = [approve(people[0], request), approve(people[1], request), reject(people[2], request)]
    assert sorted(await asyncio.gather(*attempts)) == [[], ["ILLEGAL_TRANSITION"], ["ILLEGAL_TRANSITION"]]
    assert len(ENDED) == 1


async def test_whoever_takes_on_the_role_may_decide_too(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person
) -> None:
    await company.person("FINANCE")
    await a_policy(admin, await by_role(admin, "FINANCE"))
    request = str(await (await a_document(company)).ask(ada))
    assert await inbox(ben) == []
    given = await admin.do("giveRole", {"id": me(ben), "roleId": await role(admin, "FINANCE")})
    assert given["refusals"] == []
    assert await inbox(ben) == [request]
    assert await approve(ben, request) == []


async def test_what_the_requester_may_not_do_any_more_is_not_done_for_them(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person
) -> None:
    await a_policy(admin, by_name(ben))
    request = str(await (await a_document(company)).ask(ada))
    await leaves(company, ada)
    assert await approve(ben, request) == ["REQUESTER_MAY_NOT"]
    assert await statuses(ben, request) == ("PENDING", ["PENDING"])
    assert await reject(ben, request) == []


@pytest.mark.parametrize(
    ("amount", "currency", "again"),
    [
        ("1050", "EUR", False),
        ("950", "EUR", False),
        ("1050.0001", "EUR", True),
        ("949.9999", "EUR", True),
        ("1000", "CHF", True),
    ],
)
async def test_a_change_beyond_what_is_tolerated_begins_at_the_first_step_again(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, amount: str, currency: str, *, again: bool
) -> None:
    await a_policy(admin, by_name(ben), tolerancePct="5")
    document = await a_document(company, "1000")
    request = str(await document.ask(ada))
    assert await approve(ben, request) == []
    assert await document.change(ada, amount, currency) == (request if again else None)
    assert await statuses(ada, request) == (("PENDING", ["PENDING"]) if again else ("APPROVED", ["APPROVED"]))
    assert len(await told(company, "approval.reset")) == int(again)
    if again:
        shown = await seen(ada, request)
        assert (shown["round"], Decimal(shown["amount"]), shown["currency"]) == (2, Decimal(amount), currency)
        assert await approve(ben, request) == []


async def test_an_amount_of_another_band_follows_the_policy_of_that(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, cleo: Person
) -> None:
    await a_policy(admin, by_name(ben), currency="EUR", toAmount="500")
    await a_policy(admin, by_name(ben), by_name(cleo), currency="EUR", fromAmount="500")
    document = await a_document(company, "400")
    request = str(await document.ask(ada))
    assert await document.change(ada, "500") == request
    assert await statuses(ada, request) == ("PENDING", ["PENDING", "WAITING"])
    assert (await approve(ben, request), await approve(cleo, request)) == ([], [])
    assert len(ENDED) == 1


async def test_who_has_changed_the_policy_decides_nothing_under_it_for_72_hours(
    company: CompanyWorld, admin: Person, ada: Person
) -> None:
    other = await company.person("ADMIN")
    policy = await a_policy(admin, await by_role(admin, "ADMIN"))
    request = str(await (await a_document(company)).ask(ada))
    assert await approve(admin, request) == ["SEPARATION_OF_DUTIES"]
    assert await approve(other, request) == []
    [row] = await company.rows("select id from pool.approval_policies where tenant_id = :tenant")

    async def barred(**later: float) -> set[UUID]:
        asking = replace(admin.asking, now=now() + timedelta(**later))
        async with company.world.parts.database.reading(company.tenant.placement) as session:
            return set(await barred_from(Looking(asking, session), APPROVE, {ApprovalPolicy: row.id}))

    assert await barred() == await barred(hours=71.9) == {admin.asking.principal.id}
    assert await barred(hours=72) == set()
    assert codes(await other.do("updateApprovalPolicy", {"id": policy, "name": "Changed"})) == []
    assert await barred() == {admin.asking.principal.id, other.asking.principal.id}


async def test_another_companys_requests_are_not_there(
    company: CompanyWorld, other_company: CompanyWorld, admin: Person, ada: Person, ben: Person
) -> None:
    await a_policy(admin, by_name(ben))
    request = str(await (await a_document(company)).ask(ada))
    stranger = await other_company.person("OWNER")
    assert (await approve(stranger, request), await reject(stranger, request)) == (["NOT_FOUND"], ["NOT_FOUND"])
    assert codes(await stranger.do("cancelApprovalRequest", {"id": request})) == ["NOT_FOUND"]
    assert (await seen(stranger, request), await inbox(stranger)) == (None, [])
    policy = await a_policy(stranger, active=False)
    for step in (by_name(ben), await by_role(admin, "HR")):
        assert codes(await stranger.do("addApprovalPolicyStep", {"policyId": policy, **step})) == ["NOT_FOUND"]
    assert await delegate(stranger, ben) == ["NOT_FOUND"]
