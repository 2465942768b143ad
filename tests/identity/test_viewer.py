"""`viewer`: everybody learns who they are, and nothing of anybody else."""

from auth.roles import BUILT_IN_ROLES
from schema.derive import ids
from tests.identity.hires import an_invited_hire, with_token
from tests.world import CompanyWorld

VIEWER = """{ viewer {
  kind email firstName lastName locale timezone roles permissions user { id } newHireId company { name }
} }"""


async def test_a_user_sees_who_they_are(company: CompanyWorld) -> None:
    person = await company.person("SALES")
    assert person.asking.principal.id
    assert (await person.ask(VIEWER)).data["viewer"] == {
        "kind": "user",
        "email": person.asking.principal.name,
        "firstName": "Sales",
        "lastName": "Tester",
        "locale": "en",
        "timezone": "UTC",
        "roles": ["SALES"],
        "permissions": sorted(BUILT_IN_ROLES["SALES"].permissions),
        "user": {"id": ids.encode("User", person.asking.principal.id)},
        "newHireId": None,
        "company": {"name": company.tenant.name},
    }


async def test_a_new_hire_sees_who_they_are(company: CompanyWorld) -> None:
    hire = await an_invited_hire(company)
    answer = await with_token(company, hire.token, VIEWER)
    seen = answer.data["viewer"]
    assert (seen["kind"], seen["firstName"], seen["roles"], seen["user"], seen["company"]) == (
        "new_hire",
        "Grace",
        [],
        None,
        None,
    )
    assert seen["permissions"] == ["onboarding.portal"]
    assert seen["newHireId"] == ids.encode("NewHire", hire.id)


async def test_who_holds_no_role_still_is_somebody(company: CompanyWorld) -> None:
    person = await company.person("SALES")
    await company.rows(
        "delete from pool.user_roles where tenant_id = :tenant and user_id = :user returning id",
        user=person.asking.principal.id,
    )
    seen = (await person.ask(VIEWER)).data["viewer"]
    assert (seen["roles"], seen["permissions"], seen["company"]) == ([], [], None)


async def test_nobody_is_nobody(company: CompanyWorld) -> None:
    assert (await company.stranger().ask(VIEWER)).data == {"viewer": None}
