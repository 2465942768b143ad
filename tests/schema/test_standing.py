"""What the company's plan and standing allow: modules that are off, companies that may only be read."""

import pytest
from sqlalchemy import text

from auth.roles import OF_SESSIONS
from db.catalog import TenantStatus, set_status
from schema.derive.fields import declaration_of
from tests.schema.asking import request_for, root_fields
from tests.schema.builders import put_flows
from tests.world import CompanyWorld

ONBOARDING = [("Query", name) for name in ("flow", "flows", "stage", "stages", "contentBlock", "contentBlocks")]
PUBLIC_MUTATIONS = {
    *("login", "completeLogin", "refreshToken", "logout"),
    *("registerCompany", "requestPasswordReset", "resetPassword"),
    *("verifyEmail", "completeSso"),
}
OF_NEW_HIRES = {
    name
    for name, field in root_fields("Mutation").items()
    if (declared := declaration_of(field)) and declared.needs in OF_SESSIONS
}
"""What no user may do; see the portal's own tests."""
OF_PLATFORM = {"startImpersonation", "endImpersonation", "revokeImpersonationOf", "assignAccountManager"}
"""What people of the platform do to other companies than their own; see tests/support."""


async def without_onboarding(company: CompanyWorld) -> None:
    """Take the module out of the company's plan, before its first request."""
    statement = text("update catalog.tenants set modules_removed = '{onboarding}' where id = :id")
    async with company.world.parts.catalog.begin() as connection:
        await connection.execute(statement, {"id": company.tenant.id})


async def test_a_module_that_is_off_answers_nothing(company: CompanyWorld) -> None:
    await put_flows(company, 1)
    await without_onboarding(company)
    owner = await company.person("OWNER")
    mutations = [("Mutation", name) for name in root_fields("Mutation") if "Flow" in name or "Stage" in name]
    for kind, name in ONBOARDING + mutations:
        answer = await owner.ask(*request_for(kind, name))
        assert [error["extensions"] for error in answer.errors] == [
            {"code": "MODULE_DISABLED", "module": "onboarding", "plan": "starter"}
        ], name


async def test_a_module_that_is_off_is_not_listed_and_not_found(company: CompanyWorld) -> None:
    owner = await company.person("OWNER")
    [flow] = await put_flows(company, 1)
    known = await company.rows("select id from pool.onboarding_flows where tenant_id = :tenant")
    assert [row[0] for row in known] == [flow["id"]]
    await without_onboarding(company)
    answer = await owner.ask("query($id: ID!) { modules { name } node(id: $id) { id } company { name } }", {"id": "x"})
    assert "onboarding" not in [module["name"] for module in answer.data["modules"]]
    assert answer.data["node"] is None
    assert answer.data["company"] is not None


async def test_modules_are_those_of_the_plan(company: CompanyWorld) -> None:
    found = (await company.stranger().ask("{ modules { name } }")).data["modules"]
    assert [module["name"] for module in found] == [
        "company",
        "hr",
        "inventory",
        "onboarding",
        "orders",
        "product_catalog",
    ]


@pytest.mark.parametrize(
    ("status", "code"),
    [(TenantStatus.SUSPENDED, "TENANT_SUSPENDED"), (TenantStatus.MIGRATING, "TENANT_MIGRATING")],
)
async def test_a_company_that_may_only_be_read(company: CompanyWorld, status: TenantStatus, code: str) -> None:
    await put_flows(company, 1)
    owner = await company.person("OWNER")
    async with company.world.parts.catalog.begin() as connection:
        await set_status(connection, company.tenant.id, status)
    assert (await owner.ask("{ flows { totalCount } company { name } }")).data["flows"] == {"totalCount": 1}
    for name in root_fields("Mutation").keys() - PUBLIC_MUTATIONS - OF_NEW_HIRES - OF_PLATFORM:
        assert (await owner.ask(*request_for("Mutation", name))).codes == [code], name
    assert (await owner.ask("{ flows { totalCount } }")).data["flows"] == {"totalCount": 1}


@pytest.mark.parametrize("status", [TenantStatus.CLOSING, TenantStatus.CLOSED])
async def test_a_company_that_is_closed_is_not_there(company: CompanyWorld, status: TenantStatus) -> None:
    owner = await company.person("OWNER")
    async with company.world.parts.catalog.begin() as connection:
        await set_status(connection, company.tenant.id, TenantStatus.CLOSING)
        if status is TenantStatus.CLOSED:
            await set_status(connection, company.tenant.id, status)
    for person in (owner, company.stranger()):
        answer = await person.ask("{ company { name } }")
        assert (answer.response.status_code, answer.codes) == (404, ["TENANT_NOT_FOUND"])
