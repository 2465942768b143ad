"""Support over REST: it acts with the token that it is answered, as far as it may in GraphQL, and no further."""

import pytest

from tests.rest.calling import call, problem
from tests.support.builders import REASON, Colleague, a_colleague, tenant_id, user_id
from tests.world import CompanyWorld, Person, World


@pytest.fixture
async def agent(world: World, company: CompanyWorld) -> Colleague:
    """Somebody who looks after the company, and no other."""
    made = await a_colleague(world)
    await made.looks_after(company)
    return made


async def test_support_acts_reads_and_stops(company: CompanyWorld, agent: Colleague, owner: Person) -> None:
    path, wanted = f"/platform/tenants/{tenant_id(company)}/impersonations", {"reason": REASON}
    begun = await call(agent.person, "POST", path, {**wanted, "email": owner.asking.principal.name})
    assert (begun.status_code, begun.json()["tenant"]["slug"]) == (200, company.tenant.slug), begun.text
    acting, here = agent.person, f"/companies/{company.tenant.slug}"
    acting = Person(acting.http, begun.json()["accessToken"], owner.asking, company.tenant.slug)
    assert (await call(acting, "GET", here)).json()["name"] == company.tenant.name
    assert problem(await call(acting, "PATCH", here, {"industry": "x"})) == (403, "IMPERSONATION_READ_ONLY")
    [listed] = (await call(owner, "GET", f"{here}/impersonations")).json()["nodes"]
    assert (listed["id"], listed["status"], listed["reason"]) == (begun.json()["impersonationId"], "ACTIVE", REASON)
    assert (await call(acting, "POST", "/impersonation/end", {})).status_code == 204
    assert problem(await call(acting, "GET", here)) == (401, "UNAUTHENTICATED")


async def test_what_support_may_not_is_a_problem(
    company: CompanyWorld, other_company: CompanyWorld, agent: Colleague, owner: Person, hr: Person
) -> None:
    wanted = {"userId": user_id(owner), "reason": REASON}
    path = f"/platform/tenants/{tenant_id(company)}/impersonations"
    foreign = f"/platform/tenants/{tenant_id(other_company)}/impersonations"
    assert problem(await call(agent.person, "POST", foreign, wanted))[1] == "NOT_FOUND"
    writing = await call(agent.person, "POST", path, {**wanted, "mode": "READ_WRITE"})
    assert problem(writing) == (403, "NO_SUPPORT_ACCESS")
    for person in (hr, owner):
        assert problem(await call(person, "POST", path, wanted)) == (403, "FORBIDDEN")
        assert problem(await call(person, "GET", "/platform/tenants")) == (403, "FORBIDDEN")
    assert problem(await call(agent.person, "GET", "/platform/people")) == (403, "FORBIDDEN")
    assert (await call(agent.person, "GET", "/platform/tenants")).json()[0]["slug"] == company.tenant.slug
