"""Signing in to a company that may not be written: a suspended one lets people in to read, a moved one nobody."""

from tests.identity.builders import ask, login, set_otherwise
from tests.world import PASSWORD, Answer, CompanyWorld


async def login_while(company: CompanyWorld, changes: str) -> tuple[Answer, Answer]:
    await company.rows(f"update catalog.tenants set {changes} where id = :tenant returning id")
    given = {"email": f"owner@{company.tenant.slug}.example", "password": PASSWORD}
    async with set_otherwise(company.world) as http:
        answer = await login(http, given, x_workgraph_tenant=company.tenant.slug)
        session = (answer.body["data"] or {}).get("login", {}).get("session") or {}
        bearer = {"authorization": f"Bearer {session['accessToken']}"} if session else {}
        return answer, await ask(http, "{ company { name } }", None, x_workgraph_tenant=company.tenant.slug, **bearer)


async def written(company: CompanyWorld) -> list[object]:
    users = await company.rows("select version, last_login_at from pool.users where tenant_id = :tenant")
    entries = await company.rows("select id from pool.audit_logs where tenant_id = :tenant and operation = 'login'")
    return [*users, *entries]


async def test_a_company_that_is_being_moved_lets_nobody_in(company: CompanyWorld) -> None:
    answer, _ = await login_while(company, "status = 'migrating', status_before = 'active'")
    assert answer.codes == ["TENANT_MIGRATING"]
    assert await written(company) == [(1, None)]


async def test_a_suspended_company_lets_people_in_to_read_and_notes_nothing(company: CompanyWorld) -> None:
    answer, read = await login_while(company, "status = 'suspended'")
    assert answer.data["login"]["refusals"] == []
    assert read.data == {"company": {"name": company.tenant.name}}
    assert await written(company) == [(1, None)]


async def test_a_wrong_password_is_none_there_either(company: CompanyWorld) -> None:
    await company.rows("update catalog.tenants set status = 'suspended' where id = :tenant returning id")
    given = {"email": f"owner@{company.tenant.slug}.example", "password": "not the password"}
    async with set_otherwise(company.world) as http:
        answer = await login(http, given, x_workgraph_tenant=company.tenant.slug)
    assert [refusal["code"] for refusal in answer.data["login"]["refusals"]] == ["INVALID_CREDENTIALS"]
