"""What somebody changes who holds a permission within a scope: their rows, and to them there are no others."""

from random import Random
from typing import Any
from uuid import UUID

import pytest

from db.models import Department, NewHire, Team, TeamMember
from db.models.identity import GrantScope
from resolvers import ids
from schema.derive.mutations import operations_of
from schema.root import make_schema
from tests.commands.ground import BY_NAME
from tests.schema.builders import put
from tests.scopes.company import draw
from tests.scopes.grants import a_user, grant, signed_in
from tests.world import CompanyWorld, Person

SCOPED = {
    "activate_user",
    "add_team_member",
    *("activate_okr", "align_okr", "cancel_okr", "complete_okr", "create_okr", "delete_okr", "update_okr"),
    *("add_key_result", "change_key_result_target", "check_in_key_result", "delete_key_result", "update_key_result"),
    *("add_key_result_milestone", "complete_key_result_milestone", "delete_key_result_milestone"),
    *("reopen_key_result_milestone", "update_key_result_milestone"),
    *("adjust_leave", "approve_leave", "assign_leave_policy", "cancel_leave", "delete_leave_request", "encash_leave"),
    "begin_absence",
    "cancel_employee_change",
    *("delete_calendar_feed", "renew_calendar_feed"),
    "change_compensation",
    "cancel_new_hire",
    "deactivate_user",
    *("delete_dependent", "delete_emergency_contact", "delete_employee_document"),
    "end_absence",
    "delete_new_hire",
    "delete_team",
    "erase_new_hire",
    "erase_user",
    *("export_user_data", "export_new_hire_data"),
    "give_role",
    "promote_employee",
    *("reject_leave", "request_leave", "submit_leave"),
    *("rehire_employee", "reinstate_employee"),
    "remove_team_member",
    "reopen_onboarding",
    "resend_invitation",
    "resend_user_invitation",
    "reset_second_factor",
    "revoke_session",
    "send_invitation",
    "set_new_hire_status",
    "start_contract",
    "suspend_employee",
    "take_role",
    "terminate_employee",
    "transfer_employee",
    *("update_dependent", "update_emergency_contact", "update_employee", "update_employee_document"),
    "unlink_sso_identity",
    "update_new_hire",
    "update_team",
    "update_user",
    "verify_employee_document",
    "withdraw_termination",
}
"""The operations that can be held to the rows of some people; who asks for any other has its permission throughout."""


def test_which_operations_can_be_held_to_a_scope() -> None:
    registry = make_schema().registry
    declared = [each for domain in registry.domains for each in operations_of(registry, domain)]
    assert {each.name for each in declared if each.is_scoped} == SCOPED
    assert BY_NAME["createUser"].operation.is_scoped is False


async def row_counts(company: CompanyWorld) -> list[Any]:
    """Return how many audit entries and events there are, and what the hires and users are like."""
    tables = ("audit_logs", "event_outbox", "idempotency_keys")
    counts = [
        (await company.rows(f"select count(*) from pool.{table} where tenant_id = :tenant"))[0][0] for table in tables
    ]
    rows = "select md5(string_agg(t::text, '|' order by t.id)) from pool.{} t where tenant_id = :tenant"
    return [*counts, *[(await company.rows(rows.format(table)))[0][0] for table in ("new_hires", "users", "teams")]]


async def a_line(
    company: CompanyWorld, *permissions: str, scope: GrantScope = GrantScope.REPORTS
) -> tuple[Person, UUID, UUID]:
    """Return somebody with permissions for their reports, one who reports to them, and one who does not."""
    head = await a_user(company)
    await grant(company, head, permissions, scope)
    report, other = await a_user(company, manager_id=head), await a_user(company)
    return signed_in(company, head), report, other


async def test_a_row_out_of_scope_is_not_there_and_nothing_is_left_behind(company: CompanyWorld) -> None:
    manager, report, other = await a_line(company, "users.read", "users.manage")
    before = await row_counts(company)
    for mutation, given in (
        ("updateUser", {"lastName": "Changed"}),
        ("deactivateUser", {}),
        ("resendUserInvitation", {}),
        ("giveRole", {"roleId": ids.encode("Role", (await roles(company))["MEMBER"])}),
    ):
        refused = await manager.do(mutation, {"id": ids.encode("User", other), **given})
        assert [(each["code"], each["path"]) for each in refused["refusals"]] == [("NOT_FOUND", ["input", "id"])]
        unknown = await manager.do(mutation, {"id": ids.encode("User", UUID(int=7)), **given})
        assert unknown["refusals"] == refused["refusals"]
    assert await row_counts(company) == before
    done = await manager.do(
        "updateUser", {"id": ids.encode("User", report), "lastName": "Changed"}, "user { lastName }"
    )
    assert (done["user"], done["refusals"]) == ({"lastName": "Changed"}, [])


async def roles(company: CompanyWorld) -> dict[str, UUID]:
    return dict(tuple(row) for row in await company.rows("select name, id from pool.roles where tenant_id = :tenant"))


async def test_what_is_written_within_a_scope_is_read_within_one(company: CompanyWorld) -> None:
    """Whoever may change anybody, and may see some, changes those whom they see."""
    head = await a_user(company)
    await grant(company, head, ["users.manage"])
    await grant(company, head, ["users.read"], GrantScope.REPORTS)
    manager, report, other = signed_in(company, head), await a_user(company, manager_id=head), await a_user(company)
    unseen = await manager.do("updateUser", {"id": ids.encode("User", other), "lastName": "X"}, "user { lastName }")
    assert (unseen["user"], [each["code"] for each in unseen["refusals"]]) == (None, ["NOT_FOUND"])
    seen = await manager.do("updateUser", {"id": ids.encode("User", report), "lastName": "X"}, "user { lastName }")
    assert seen["user"] == {"lastName": "X"}


async def test_a_replay_shows_nothing_that_is_out_of_scope_by_now(company: CompanyWorld) -> None:
    manager, report, _ = await a_line(company, "users.read", "users.manage")
    given = {"id": ids.encode("User", report), "lastName": "Once", "idempotencyKey": "one"}
    assert (await manager.do("updateUser", given, "user { lastName }"))["user"] == {"lastName": "Once"}
    await company.rows("update pool.users set manager_id = null where id = :id returning id", id=report)
    again = await manager.do("updateUser", given, "user { lastName }")
    assert (again["user"], [each["code"] for each in again["refusals"]]) == (None, ["NOT_FOUND"])


@pytest.mark.parametrize(
    ("mutation", "given"),
    [
        ("createUser", {"email": "new@scope.example", "firstName": "N", "lastName": "N"}),
        ("createDepartment", {"name": "Mine"}),
        ("createRole", {"name": "Mine", "description": "Mine.", "permissions": []}),
    ],
)
async def test_what_is_nobodys_row_asks_for_the_permission_throughout(
    company: CompanyWorld, mutation: str, given: dict[str, Any]
) -> None:
    manager, _, _ = await a_line(company, "users.read", "users.manage")
    pascal = mutation[0].upper() + mutation[1:]
    query = f"mutation($input: {pascal}Input!) {{ {mutation}(input: $input) {{ refusals {{ code }} }} }}"
    assert (await manager.ask(query, {"input": given})).codes == ["FORBIDDEN"]


async def test_what_belongs_to_nobody_is_not_changed_within_a_scope(company: CompanyWorld) -> None:
    manager, _, _ = await a_line(company, "users.read", "users.manage")
    [department] = await put(company, Department, [{"name": "Sales"}])
    query = "mutation($input: UpdateDepartmentInput!) { updateDepartment(input: $input) { refusals { code } } }"
    given = {"id": ids.encode("Department", department["id"]), "name": "Mine"}
    assert (await manager.ask(query, {"input": given})).codes == ["FORBIDDEN"]


async def test_both_ends_of_what_is_joined_are_in_scope(company: CompanyWorld) -> None:
    manager, report, other = await a_line(company, "users.read", "teams.edit")
    ours, theirs = await put(
        company, Team, [{"name": "Ours", "manager_id": report}, {"name": "Theirs", "manager_id": None}]
    )
    await put(company, TeamMember, [{"team_id": theirs["id"], "user_id": other}])
    team, user = ids.encode("Team", ours["id"]), ids.encode("User", report)
    for given, path in (
        ({"id": team, "userId": ids.encode("User", other)}, ["input", "userId"]),
        ({"id": ids.encode("Team", theirs["id"]), "userId": user}, ["input", "id"]),
    ):
        refused = await manager.do("addTeamMember", given)
        assert [(each["code"], each["path"]) for each in refused["refusals"]] == [("NOT_FOUND", path)]
    assert (await manager.do("addTeamMember", {"id": team, "userId": user}, "team { id }"))["team"] == {"id": team}


async def test_a_protected_column_is_set_where_its_permission_reaches_as_far(company: CompanyWorld) -> None:
    drawn_by = await a_user(company)
    await grant(company, drawn_by, ["onboarding.read_hires", "onboarding.edit_hires"], GrantScope.REPORTS)
    hire = await a_hire_of(company, await a_user(company, manager_id=drawn_by))
    person = signed_in(company, drawn_by)
    query = "mutation($input: UpdateNewHireInput!) { updateNewHire(input: $input) { newHire { id personalPhone } } }"
    given = {"id": hire, "personalPhone": "+49 30 123456"}
    assert (await person.ask(query, {"input": given})).codes == ["FORBIDDEN"]
    await grant(company, drawn_by, ["onboarding.read_answers"], GrantScope.SELF)
    assert (await person.ask(query, {"input": given})).codes == ["FORBIDDEN"]
    await grant(company, drawn_by, ["onboarding.read_answers"], GrantScope.REPORTS)
    done = await person.ask(query, {"input": given})
    assert done.data["updateNewHire"]["newHire"] == {"id": hire, "personalPhone": "+49 30 123456"}


async def test_a_protected_column_is_read_where_its_permission_reaches_as_far(company: CompanyWorld) -> None:
    head = await a_user(company)
    await grant(company, head, ["onboarding.read_hires"], GrantScope.REPORTS)
    await a_hire_of(company, await a_user(company, manager_id=head))
    query = "{ newHires { nodes { personalPhone progress { nodes { validationErrors } } } } }"
    paths = {"newHires.nodes.personalPhone"}
    for scope, hidden in ((None, paths), (GrantScope.SELF, paths), (GrantScope.REPORTS, set[str]())):
        if scope:
            await grant(company, head, ["onboarding.read_answers"], scope)
        answer = await signed_in(company, head).ask(query)
        assert answer.data["newHires"]["nodes"] == [{"personalPhone": None, "progress": {"nodes": []}}]
        told = answer.body.get("extensions", {}).get("hidden", [])
        assert {each["path"] for each in told} == hidden


async def a_hire_of(company: CompanyWorld, manager: UUID) -> str:
    """Put in one hire, whom somebody manages; return its id."""
    drawn = await draw(company, Random(3))
    first = drawn.hires[0]["id"]
    await company.rows("delete from pool.progress where tenant_id = :tenant returning id")
    await company.rows("delete from pool.new_hires where tenant_id = :tenant and id <> :id returning id", id=first)
    await company.rows(
        "update pool.new_hires set manager_id = :manager, buddy_id = null, hr_owner_id = null"
        " where id = :id returning id",
        id=first,
        manager=manager,
    )
    return ids.encode(NewHire.__name__, first)
