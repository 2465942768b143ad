"""Roles of the company's own, and roles that are held within a scope: who makes, gives and takes what."""

from typing import Any
from uuid import UUID

import pytest

from auth.roles import BUILT_IN_ROLES
from db.models import Department, Team
from db.models.identity import GrantScope
from resolvers import ids
from tests.schema.builders import put
from tests.scopes.grants import a_user, grant, signed_in
from tests.world import CompanyWorld, Person

OF_ROLE = "role { id name description builtIn permissions }"
GRANTS = (
    "query($id: ID!) { user(id: $id) { roles { nodes { scope department { name } team { name } role { name } } } } }"
)


def codes(payload: dict[str, Any]) -> list[tuple[str, list[Any]]]:
    return [(each["code"], each["path"]) for each in payload["refusals"]]


async def made(person: Person, name: str, *permissions: str) -> str:
    given = {"name": name, "description": "Of our own.", "permissions": list(permissions)}
    payload = await person.do("createRole", given, OF_ROLE)
    assert payload["refusals"] == []
    assert payload["role"]["permissions"] == sorted(permissions)
    return payload["role"]["id"]


async def test_a_role_of_ones_own_counts_for_who_holds_it(company: CompanyWorld) -> None:
    admin, somebody = await company.person("ADMIN"), await a_user(company)
    person, role = signed_in(company, somebody), await made(admin, "Reader", "users.read")
    assert (await person.ask("{ users { totalCount } }")).codes == ["FORBIDDEN"]
    given = {"id": ids.encode("User", somebody), "roleId": role}
    assert codes(await admin.do("giveRole", given)) == []
    assert (await person.ask("{ users { totalCount } }")).data["users"]["totalCount"] == 3
    changed = await admin.do("updateRole", {"id": role, "name": "Nobody", "permissions": []}, OF_ROLE)
    assert changed["role"] == {
        "id": role,
        "name": "Nobody",
        "description": "Of our own.",
        "builtIn": False,
        "permissions": [],
    }
    assert (await person.ask("{ users { totalCount } }")).codes == ["FORBIDDEN"]
    rows = await company.rows(
        "select data from pool.event_outbox where tenant_id = :tenant and type = 'user.role_changed' order by id"
    )
    assert rows[-1][0]["changed"] == "Nobody"
    assert codes(await admin.do("deleteRole", {"id": role}))[0][0] == "IN_USE"
    assert codes(await admin.do("takeRole", given)) == []
    assert codes(await admin.do("deleteRole", {"id": role})) == []


async def test_what_a_role_cannot_hold_is_refused(company: CompanyWorld) -> None:
    admin = await company.person("ADMIN")
    given = {"name": "Wrong", "description": "Wrong.", "permissions": ["company.read", "users.raed"]}
    refused = await admin.do("createRole", given)
    assert codes(refused) == [("INVALID_INPUT", ["input", "permissions", "1"])]
    assert "did you mean users.read?" in refused["refusals"][0]["message"]
    portal = await admin.do("createRole", given | {"permissions": ["onboarding.portal"]})
    assert codes(portal) == [("INVALID_INPUT", ["input", "permissions", "0"])]
    blank = await admin.do("createRole", given | {"name": " ", "permissions": []})
    assert codes(blank) == [("INVALID_INPUT", ["input", "name"])]
    taken = await admin.do("createRole", given | {"name": "HR", "permissions": []})
    assert codes(taken) == [("ALREADY_EXISTS", ["input", "name"])]


async def test_nobody_gives_a_permission_that_they_lack_also_not_through_a_role(company: CompanyWorld) -> None:
    admin, lesser = await company.person("ADMIN"), await a_user(company)
    await grant(company, lesser, ["users.read", "users.manage"])
    person, above = signed_in(company, lesser), await made(admin, "Above", "privacy.erase", "users.read")
    given = {"name": "Mine", "description": "Mine.", "permissions": ["users.read", "privacy.erase"]}
    assert codes(await person.do("createRole", given)) == [("ROLE_ABOVE_YOURS", ["input", "permissions", "1"])]
    mine = await made(person, "Mine", "users.read")
    grown = {"id": mine, "permissions": ["users.read", "webhooks.manage"]}
    assert codes(await person.do("updateRole", grown)) == [("ROLE_ABOVE_YOURS", ["input", "permissions", "1"])]
    me = ids.encode("User", lesser)
    assert codes(await person.do("giveRole", {"id": me, "roleId": above})) == [
        ("ROLE_ABOVE_YOURS", ["input", "roleId"])
    ]
    kept = await person.do("updateRole", {"id": above, "permissions": ["privacy.erase"]}, OF_ROLE)
    assert kept["role"]["permissions"] == ["privacy.erase"]


async def test_a_built_in_role_is_not_changed(company: CompanyWorld) -> None:
    admin = await company.person("ADMIN")
    [(role,)] = await company.rows("select id from pool.roles where tenant_id = :tenant and name = 'HR'")
    for mutation, given in (("updateRole", {"permissions": []}), ("deleteRole", {})):
        refused = await admin.do(mutation, {"id": ids.encode("Role", role), **given})
        assert codes(refused) == [("ROLE_BUILT_IN", ["input", "id"])]


async def test_a_role_is_held_within_several_scopes(company: CompanyWorld) -> None:
    admin, somebody = await company.person("ADMIN"), await a_user(company)
    [department] = await put(company, Department, [{"name": "Sales"}])
    [team] = await put(company, Team, [{"name": "Core"}])
    role, user = await made(admin, "Reader", "users.read"), ids.encode("User", somebody)
    in_department = {"scope": "DEPARTMENT", "departmentId": ids.encode("Department", department["id"])}
    in_team = {"scope": "TEAM", "teamId": ids.encode("Team", team["id"])}
    for about in (in_department, in_team, {"scope": "REPORTS"}, {"scope": "SELF"}):
        assert codes(await admin.do("giveRole", {"id": user, "roleId": role, **about})) == []
        twice = await admin.do("giveRole", {"id": user, "roleId": role, **about})
        assert codes(twice) == [("ALREADY_EXISTS", ["input", "roleId"])]
    held = (await admin.ask(GRANTS, {"id": user})).data["user"]["roles"]["nodes"]
    assert [(each["scope"], each["department"], each["team"]) for each in held] == [
        ("DEPARTMENT", {"name": "Sales"}, None),
        ("TEAM", None, {"name": "Core"}),
        ("REPORTS", None, None),
        ("SELF", None, None),
    ]
    assert codes(await admin.do("takeRole", {"id": user, "roleId": role})) == [("NOT_FOUND", ["input", "roleId"])]
    for mutation, given in (
        ("deleteDepartment", {"id": in_department["departmentId"]}),
        ("deleteTeam", {"id": in_team["teamId"]}),
    ):
        assert codes(await admin.do(mutation, given))[0][0] == "IN_USE"
    for about in (in_department, in_team):
        assert codes(await admin.do("takeRole", {"id": user, "roleId": role, **about})) == []
    assert codes(await admin.do("deleteDepartment", {"id": in_department["departmentId"]})) == []
    seen = (await signed_in(company, somebody).ask("{ users { nodes { id } } }")).data["users"]["nodes"]
    assert seen == [{"id": user}]


@pytest.mark.parametrize(
    ("about", "path"),
    [
        ({"scope": "DEPARTMENT"}, "departmentId"),
        ({"scope": "TEAM"}, "teamId"),
        ({"scope": "TENANT", "departmentId": "one"}, "departmentId"),
        ({"scope": "SELF", "teamId": "one"}, "teamId"),
        ({"scope": "DEPARTMENT", "departmentId": "one", "teamId": "one"}, "teamId"),
    ],
)
async def test_a_scope_has_what_it_is_about_and_nothing_else(
    company: CompanyWorld, about: dict[str, str], path: str
) -> None:
    admin, somebody = await company.person("ADMIN"), await a_user(company)
    [department] = await put(company, Department, [{"name": "Sales"}])
    [team] = await put(company, Team, [{"name": "Core"}])
    known = {"departmentId": ids.encode("Department", department["id"]), "teamId": ids.encode("Team", team["id"])}
    role = await made(admin, "Reader", "users.read")
    given = {"id": ids.encode("User", somebody), "roleId": role} | {
        name: known.get(name, value) for name, value in about.items()
    }
    assert codes(await admin.do("giveRole", given)) == [("INVALID_INPUT", ["input", path])]


async def test_a_company_is_owned_as_a_whole(company: CompanyWorld) -> None:
    owner, somebody = await company.person("OWNER"), await a_user(company)
    [(role,)] = await company.rows("select id from pool.roles where tenant_id = :tenant and name = 'OWNER'")
    given = {"id": ids.encode("User", somebody), "roleId": ids.encode("Role", role), "scope": "SELF"}
    assert codes(await owner.do("giveRole", given)) == [("INVALID_INPUT", ["input", "scope"])]


async def test_who_has_it_within_a_scope_gives_it_within_that(company: CompanyWorld) -> None:
    sales, support = await put(company, Department, [{"name": "Sales"}, {"name": "Support"}])
    head = await a_user(company, home_department_id=sales["id"])
    role = await grant(company, head, ["users.read", "users.manage"], GrantScope.DEPARTMENT, department_id=sales["id"])
    colleague, person = await a_user(company, home_department_id=sales["id"]), signed_in(company, head)
    given = {"id": ids.encode("User", colleague), "roleId": ids.encode("Role", role)}
    for about in (
        {},
        {"scope": "REPORTS"},
        {"scope": "SELF"},
        {"scope": "DEPARTMENT", "departmentId": ids.encode("Department", support["id"])},
    ):
        refused = await person.do("giveRole", given | about)
        assert codes(refused) == [("ROLE_ABOVE_YOURS", ["input", "roleId"])]
    within = {"scope": "DEPARTMENT", "departmentId": ids.encode("Department", sales["id"])}
    assert codes(await person.do("giveRole", given | within)) == []
    await grant_throughout(company, colleague, role)
    assert codes(await person.do("takeRole", given)) == [("ROLE_ABOVE_YOURS", ["input", "roleId"])]
    assert codes(await person.do("takeRole", given | within)) == []


async def grant_throughout(company: CompanyWorld, user: UUID, role: UUID) -> None:
    await company.rows(
        "insert into pool.user_roles (tenant_id, id, user_id, role_id, scope, created_at, updated_at)"
        " values (:tenant, uuidv7(), :user, :role, 'tenant', now(), now()) returning id",
        user=user,
        role=role,
    )


async def test_what_every_role_has_counts_within_whatever_scope(company: CompanyWorld) -> None:
    somebody = await a_user(company)
    await grant(company, somebody, ["company.read", "onboarding.tasks", "users.read", "audit.read"], GrantScope.SELF)
    person = signed_in(company, somebody)
    assert (await person.ask("{ viewer { permissions } }")).data["viewer"]["permissions"] == [
        "company.read",
        "onboarding.tasks",
    ]
    assert (await person.ask("{ auditLogs { totalCount } }")).codes == ["FORBIDDEN"]
    assert (await person.ask("{ roles { totalCount } }")).data["roles"]["totalCount"] == len(BUILT_IN_ROLES) + 1


async def test_a_tree_of_departments_has_no_circle(company: CompanyWorld) -> None:
    admin, made_ids = await company.person("ADMIN"), list[str]()
    for name in ("One", "Two", "Three"):
        given = {"name": name, "parentId": made_ids[-1] if made_ids else None}
        payload = await admin.do("createDepartment", given, "department { id }")
        made_ids.append(payload["department"]["id"])
    for parent in (made_ids[0], made_ids[2]):
        refused = await admin.do("updateDepartment", {"id": made_ids[0], "parentId": parent})
        assert codes(refused) == [("DEPARTMENTS_IN_CIRCLE", ["input", "parentId"])]
    assert codes(await admin.do("deleteDepartment", {"id": made_ids[1]}))[0][0] == "IN_USE"
    moved = await admin.do("updateDepartment", {"id": made_ids[2], "parentId": made_ids[0]}, "department { id }")
    assert moved["refusals"] == []
    assert codes(await admin.do("deleteDepartment", {"id": made_ids[1]})) == []


@pytest.mark.parametrize("engine", ["planned", "reference"])
async def test_what_one_may_change_and_not_read_is_refused_where_it_cannot_be_null(
    company: CompanyWorld, engine: str
) -> None:
    admin, somebody = await company.person("ADMIN"), await a_user(company)
    person, role = signed_in(company, somebody), await made(admin, "Teams", "teams.edit")
    assert codes(await admin.do("giveRole", {"id": ids.encode("User", somebody), "roleId": role})) == []
    query = (
        'mutation { createTeam(input: { name: "Ours" }) { clientMutationId refusals { code }'
        " team { id name members { totalCount nodes { id } } } } }"
    )
    answer = await person.ask(query, None, **{"x-workgraph-engine": engine})
    [error] = answer.errors
    assert (error["extensions"]["code"], error["extensions"]["permission"]) == ("FORBIDDEN", "users.read")
    assert error["path"] == ["createTeam", "team", "members"]
    assert answer.body["data"] is None
    assert await company.rows("select id from pool.teams where tenant_id = :tenant") == [], "it was undone"
