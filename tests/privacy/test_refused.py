"""Whose data is not erased: of who is still here, of another company, by somebody who may not, and twice."""

import pytest

from schema.derive import ids
from tests.files.depot import Depot
from tests.onboarding.hires.builders import a_block, a_flow, a_stage, codes, row_of
from tests.privacy.people import FIRST, WHY, a_colleague, a_leaver, erase, left_of
from tests.world import CompanyWorld, Person

REFUSED = "refusals { ... on IllegalTransition { from to allowed } }"


def user_of(person: Person) -> str:
    row = person.asking.principal.id
    assert row is not None
    return ids.encode("User", row)


async def test_who_can_still_sign_in_is_not_erased_the_last_owner_least_of_all(company: CompanyWorld) -> None:
    owner, hr = await company.person(), await company.person("HR")
    before = await left_of(company, ["Tester"])
    for person in (owner, hr):
        payload = await owner.do("eraseUser", {"id": user_of(person), "reason": WHY}, REFUSED)
        [refusal] = payload["refusals"]
        assert refusal["code"] == "ILLEGAL_TRANSITION"
        assert (refusal["from"], refusal["to"], refusal["allowed"]) == ("active", "erased", ["deactivateUser"])
    [(last,)] = await company.rows("select id from pool.users where tenant_id = :tenant and email like 'owner@%'")
    assert await codes(owner, "eraseUser", id=ids.encode("User", last), reason=WHY) == ["ILLEGAL_TRANSITION"]
    assert await left_of(company, ["Tester"]) == before


async def test_who_is_under_way_is_not_erased(company: CompanyWorld) -> None:
    owner, flow = await company.person(), await a_flow(company, a_stage(a_block()))
    pending, (active, _) = await flow.hire(), await flow.begun()
    ending = {"pending": ["cancelNewHire"], "active": ["completeOnboarding", "cancelNewHire"]}
    for hire, status in ((pending, "pending"), (active, "active")):
        [refusal] = (await owner.do("eraseNewHire", {"id": hire, "reason": WHY}, REFUSED))["refusals"]
        assert (refusal["code"], refusal["from"], refusal["to"]) == ("ILLEGAL_TRANSITION", status, "erased")
        assert refusal["allowed"] == ending[status]


async def test_who_completed_or_never_came_can_be_erased(company: CompanyWorld) -> None:
    owner, flow = await company.person(), await a_flow(company, a_stage(a_block()))
    for status in ("completed", "expired", "cancelled"):
        hire = await flow.hire()
        await company.rows(
            "update pool.new_hires set status = :status where id = :id returning id", status=status, id=row_of(hire)
        )
        assert await codes(owner, "eraseNewHire", id=hire, reason=WHY) == []


async def test_it_is_done_once(company: CompanyWorld, depot: Depot) -> None:
    gone, colleague = await a_leaver(company, depot), await a_colleague(company)
    for mutation, target in (("eraseNewHire", gone.hire), ("eraseUser", colleague.user)):
        given = {"id": target, "reason": WHY, "idempotencyKey": f"once-{mutation}"}
        assert await codes(gone.owner, mutation, **given) == []
        before = await company.rows("select count(*) from pool.audit_logs where tenant_id = :tenant")
        assert await codes(gone.owner, mutation, **given) == []
        assert await codes(gone.owner, mutation, id=target, reason=WHY) == ["PERSON_ERASED"]
        assert await company.rows("select count(*) from pool.audit_logs where tenant_id = :tenant") == before


async def test_nothing_is_written_about_them_any_more(company: CompanyWorld, depot: Depot) -> None:
    gone, colleague = await a_leaver(company, depot), await a_colleague(company)
    owner, flow = gone.owner, gone.flow
    done, late = await flow.hire(), (await flow.invited())[0]
    for hire, status in ((done, "completed"), (late, "expired")):
        await company.rows(
            "update pool.new_hires set status = :status where id = :id returning id", status=status, id=row_of(hire)
        )
        await erase(owner, "eraseNewHire", hire)
    await erase(owner, "eraseUser", colleague.user)
    refused = ["PERSON_ERASED"]
    assert await codes(owner, "activateUser", id=colleague.user) == refused
    assert await codes(owner, "updateUser", id=colleague.user, firstName=FIRST) == refused
    assert await codes(owner, "updateNewHire", id=done, firstName=FIRST) == refused
    assert await codes(owner, "reopenOnboarding", id=done, reason=FIRST) == refused
    assert await codes(owner, "resendInvitation", id=late) == refused
    assert await codes(owner, "setNewHireStatus", id=late, status="PENDING") == refused


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1001, "\u0000"])
async def test_a_reason_is_given(company: CompanyWorld, depot: Depot, reason: str) -> None:
    gone = await a_leaver(company, depot)
    before = await left_of(company)
    assert await codes(gone.owner, "eraseNewHire", id=gone.hire, reason=reason) == ["INVALID_INPUT"]
    assert await left_of(company) == before


async def test_another_company_erases_nobody_here(
    company: CompanyWorld, other_company: CompanyWorld, depot: Depot
) -> None:
    gone, colleague, stranger = await a_leaver(company, depot), await a_colleague(company), await other_company.person()
    before = await left_of(company, colleague.secrets)
    assert await codes(stranger, "eraseNewHire", id=gone.hire, reason=WHY) == ["NOT_FOUND"]
    assert await codes(stranger, "eraseUser", id=colleague.user, reason=WHY) == ["NOT_FOUND"]
    assert await left_of(company, colleague.secrets) == before


@pytest.mark.parametrize("role", ["HR", "IT", "VIEWER"])
async def test_it_needs_its_permission(company: CompanyWorld, depot: Depot, role: str) -> None:
    gone, person = await a_leaver(company, depot), await company.person(role)
    query = "mutation($input: EraseNewHireInput!) { eraseNewHire(input: $input) { newHire { id } } }"
    answer = await person.ask(query, {"input": {"id": gone.hire, "reason": WHY}})
    assert (answer.codes, answer.errors[0]["extensions"]["permission"]) == (["FORBIDDEN"], "privacy.erase")
    assert (await erase(await company.person("ADMIN"), "eraseNewHire", gone.hire))["refusals"] == []
