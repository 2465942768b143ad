"""What a policy may say, and which one a document follows: to the cent at the edges of its band."""

import asyncio
from typing import Any

import pytest

from resolvers.approvals.refusals import NoApprovalPolicy
from tests.approvals.builders import a_document, a_policy, approvers, by_name, codes, leaves, seen
from tests.identity.test_people import me
from tests.world import CompanyWorld, Person

EUR: dict[str, Any] = {"currency": "EUR"}


@pytest.mark.parametrize(
    ("amount", "asked"),
    [("99.9999", False), ("100", True), ("100.0001", True), ("999.9999", True), ("1000", False), ("0", False)],
)
async def test_a_band_begins_with_its_first_amount_and_ends_before_its_last(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, amount: str, *, asked: bool
) -> None:
    await a_policy(admin, by_name(ben), **EUR, fromAmount="100", toAmount="1000")
    document = await a_document(company, amount)
    assert (await document.ask(ada) is not None) is asked


async def test_bands_that_touch_share_no_amount(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, cleo: Person
) -> None:
    await a_policy(admin, by_name(ben), **EUR, toAmount="100")
    await a_policy(admin, by_name(cleo), **EUR, fromAmount="100")
    for amount, who in (("99.9999", ben), ("100", cleo)):
        request = await (await a_document(company, amount)).ask(ada)
        assert await approvers(ada, request) == {me(who)}, amount


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({**EUR, "fromAmount": "100", "toAmount": "200"}, True),
        ({**EUR, "fromAmount": "199.9999"}, True),
        ({**EUR, "toAmount": "50.0001"}, True),
        ({**EUR}, True),
        ({**EUR, "fromAmount": "200"}, False),
        ({**EUR, "toAmount": "50"}, False),
        ({"currency": "CHF", "fromAmount": "50"}, False),
        ({**EUR, "fromAmount": "50", "department": "Sales"}, False),
        ({}, False),
    ],
)
async def test_bands_of_one_type_department_and_currency_do_not_overlap(
    company: CompanyWorld, admin: Person, ben: Person, given: dict[str, Any], *, refused: bool
) -> None:
    await a_policy(admin, by_name(ben), **EUR, fromAmount="50", toAmount="200")
    other = await a_policy(admin, by_name(ben), active=False, **given)
    followed = await admin.do("updateApprovalPolicy", {"id": other, "active": True})
    assert codes(followed) == (["OVERLAPS"] if refused else [])


async def test_of_two_who_make_overlapping_policies_at_once_one_is_refused(
    company: CompanyWorld, admin: Person, ben: Person
) -> None:
    policies = [await a_policy(admin, by_name(ben), active=False, **EUR) for _ in range(2)]
    both = [admin.do("updateApprovalPolicy", {"id": each, "active": True}) for each in policies]
    assert sorted(codes(each) for each in await asyncio.gather(*both)) == [[], ["OVERLAPS"]]


async def test_another_companys_bands_are_no_matter(
    company: CompanyWorld, other_company: CompanyWorld, admin: Person, ben: Person
) -> None:
    await a_policy(admin, by_name(ben), **EUR)
    stranger, member = await other_company.person("ADMIN"), await other_company.person("MEMBER")
    await a_policy(stranger, by_name(member), **EUR)


async def test_who_says_more_is_followed_then_the_higher_priority(
    company: CompanyWorld, admin: Person, ada: Person
) -> None:
    people = [await company.person("MEMBER") for _ in range(4)]
    any_, banded, sales, both = people

    async def follows(department: str | None) -> set[str]:
        document = await a_document(company, "100", department=department)
        return await approvers(ada, await document.ask(ada))

    await a_policy(admin, by_name(any_))
    assert await follows("Sales") == {me(any_)}
    first = await a_policy(admin, by_name(banded), **EUR, fromAmount="100")
    assert await follows("Sales") == {me(banded)}
    await a_policy(admin, by_name(sales), department="Sales")
    assert (await follows("Sales"), await follows("IT")) == ({me(sales)}, {me(banded)})
    assert codes(await admin.do("updateApprovalPolicy", {"id": first, "priority": 1})) == []
    assert await follows("Sales") == {me(banded)}
    await a_policy(admin, by_name(both), department="Sales", **EUR, toAmount="500")
    assert (await follows("Sales"), await follows(None)) == ({me(both)}, {me(banded)})


async def test_an_amount_in_a_currency_that_nobody_thought_of_is_refused(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person
) -> None:
    await a_policy(admin, by_name(ben), **EUR, fromAmount="1000")
    assert await (await a_document(company, "10")).ask(ada) is None
    refusal = await (await a_document(company, "10", currency="CHF")).refused(ada)
    assert isinstance(refusal, NoApprovalPolicy)
    await a_policy(admin, by_name(ben))
    assert await (await a_document(company, "10", currency="CHF")).ask(ada)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"documentType": "Stage"}, "documentType"),
        ({"documentType": "Flow", "currency": "EUR"}, "currency"),
        ({"fromAmount": "10"}, "currency"),
        ({**EUR, "fromAmount": "10", "toAmount": "10"}, "toAmount"),
        ({**EUR, "fromAmount": "-1"}, "fromAmount"),
        ({"tolerancePct": "100.1"}, "tolerancePct"),
        ({"escalateAfterHours": 0}, "escalateAfterHours"),
        ({"name": " "}, "name"),
    ],
)
async def test_what_makes_no_sense_is_refused(admin: Person, given: dict[str, Any], path: str) -> None:
    payload = await admin.do("createApprovalPolicy", {"name": "Odd", "documentType": "Team", **given})
    assert [(each["code"], each["path"]) for each in payload["refusals"]] == [("INVALID_INPUT", ["input", path])]


async def test_a_policy_that_is_followed_has_a_step(admin: Person, ben: Person) -> None:
    given = {"name": "Empty", "documentType": "Team"}
    assert codes(await admin.do("createApprovalPolicy", {**given, "active": True})) == ["POLICY_WITHOUT_STEPS"]
    policy = await a_policy(admin, active=False)
    assert codes(await admin.do("updateApprovalPolicy", {"id": policy, "active": True})) == ["POLICY_WITHOUT_STEPS"]
    fields = "approvalPolicyStep { id position }"
    added = await admin.do("addApprovalPolicyStep", {"policyId": policy, **by_name(ben)}, fields)
    assert codes(await admin.do("updateApprovalPolicy", {"id": policy, "active": True})) == []
    step = added["approvalPolicyStep"]["id"]
    assert codes(await admin.do("deleteApprovalPolicyStep", {"id": step})) == ["POLICY_WITHOUT_STEPS"]
    await admin.do("addApprovalPolicyStep", {"policyId": policy, "kind": "MANAGER"})
    assert codes(await admin.do("deleteApprovalPolicyStep", {"id": step})) == []


@pytest.mark.parametrize(
    ("step", "path"),
    [
        ({"kind": "USER"}, "userId"),
        ({"kind": "ROLE"}, "roleId"),
        ({"kind": "NTH_MANAGER"}, "level"),
        ({"kind": "MANAGER", "level": 2}, "level"),
        ({"kind": "NTH_MANAGER", "level": 21}, "level"),
    ],
)
async def test_a_step_says_who_approves_once(admin: Person, step: dict[str, object], path: str) -> None:
    policy = await a_policy(admin, active=False)
    payload = await admin.do("addApprovalPolicyStep", {"policyId": policy, **step})
    assert [(each["code"], each["path"]) for each in payload["refusals"]] == [("INVALID_INPUT", ["input", path])]


async def test_a_policy_that_is_used_is_kept_and_followed_as_it_was(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, cleo: Person
) -> None:
    policy = await a_policy(admin, by_name(ben))
    request = await (await a_document(company)).ask(ada)
    assert codes(await admin.do("deleteApprovalPolicy", {"id": policy})) == ["IN_USE"]
    await admin.do("addApprovalPolicyStep", {"policyId": policy, **by_name(cleo)})
    assert len((await seen(ada, request))["steps"]) == 1, "as it was asked for"


async def test_who_makes_a_policy_is_not_its_only_approver(admin: Person, ben: Person) -> None:
    policy = await a_policy(admin, by_name(admin), active=False)
    followed = await admin.do("updateApprovalPolicy", {"id": policy, "active": True})
    assert codes(followed) == ["SEPARATION_OF_DUTIES"]
    await admin.do("addApprovalPolicyStep", {"policyId": policy, **by_name(ben)})
    assert codes(await admin.do("updateApprovalPolicy", {"id": policy, "active": True})) == []


async def test_only_who_manages_approvals_writes_policies(company: CompanyWorld, admin: Person, ben: Person) -> None:
    finance = await company.person("FINANCE")
    policy = await a_policy(admin, by_name(ben))
    read = "{ approvalPolicies { nodes { id steps { nodes { kind user { id } } } } } }"
    assert (await finance.ask(read)).data["approvalPolicies"]["nodes"][0]["id"] == policy
    write = "mutation($id: ID!) { updateApprovalPolicy(input: { id: $id, active: false }) { refusals { code } } }"
    assert (await finance.ask(write, {"id": policy})).codes == ["FORBIDDEN"]
    assert (await ben.ask(read)).codes == ["FORBIDDEN"]


async def test_nobody_left_at_all(company: CompanyWorld, admin: Person, ada: Person, ben: Person) -> None:
    await a_policy(admin, {"kind": "MANAGER"}, by_name(ben))
    await leaves(company, ben)
    refusal = await (await a_document(company)).refused(ada)
    assert (refusal.code, refusal.message) == (
        "NO_APPROVER",
        "Step 1 asks the manager, and nobody is left who could approve it.",
    )
    assert await company.rows("select 1 from pool.approval_requests where tenant_id = :tenant") == []
