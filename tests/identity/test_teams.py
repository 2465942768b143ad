"""Teams: who is in them, once, and that nobody else's are reached."""

from typing import Any

from schema.derive import ids
from tests.world import CompanyWorld, Person

MEMBERS = "team { members(first: 9) { nodes { role user { firstName } } } }"


def user_id(person: Person) -> str:
    assert person.asking.principal.id
    return ids.encode("User", person.asking.principal.id)


async def a_team(hr: Person, **given: Any) -> str:
    payload = await hr.do("createTeam", {"name": "Platform", **given}, "team { id }")
    assert payload["refusals"] == []
    return payload["team"]["id"]


async def codes(person: Person, mutation: str, given: dict[str, Any]) -> list[tuple[str, list[str]]]:
    payload = await person.do(mutation, given, "team { id }")
    return [(each["code"], each["path"]) for each in payload["refusals"]]


async def test_people_join_and_leave_a_team(company: CompanyWorld, hr: Person) -> None:
    member = await company.person("MEMBER")
    team = await a_team(hr, managerId=user_id(hr))
    given = {"id": team, "userId": user_id(member)}
    payload = await hr.do("addTeamMember", given | {"role": "LEAD"}, MEMBERS)
    assert payload["team"] == {"members": {"nodes": [{"role": "LEAD", "user": {"firstName": "Member"}}]}}
    assert await codes(hr, "addTeamMember", given) == [("ALREADY_EXISTS", ["input", "userId"])]
    assert (await hr.do("removeTeamMember", given, MEMBERS))["team"] == {"members": {"nodes": []}}
    assert await codes(hr, "removeTeamMember", given) == [("NOT_FOUND", ["input", "userId"])]
    told = await company.rows(
        "select type, subject_type, data ->> 'user_id', data ->> 'role' from pool.event_outbox"
        " where tenant_id = :tenant and type in ('team.created', 'team.member_added', 'team.member_removed')"
        " order by id"
    )
    joined = str(member.asking.principal.id)
    assert told == [
        ("team.created", "Team", None, None),
        ("team.member_added", "Team", joined, "lead"),
        ("team.member_removed", "Team", joined, None),
    ]


async def test_a_name_is_one_teams(hr: Person) -> None:
    await a_team(hr)
    assert await codes(hr, "createTeam", {"name": "Platform"}) == [("ALREADY_EXISTS", ["input", "name"])]


async def test_a_team_is_managed_and_joined_by_people_of_the_company(
    company: CompanyWorld, other_company: CompanyWorld, hr: Person
) -> None:
    stranger, team = user_id(await other_company.person("HR")), await a_team(hr)
    assert await codes(hr, "createTeam", {"name": "Other", "managerId": stranger}) == [
        ("NOT_FOUND", ["input", "managerId"])
    ]
    assert await codes(hr, "addTeamMember", {"id": team, "userId": stranger}) == [("NOT_FOUND", ["input", "userId"])]
    foreign = await other_company.person("HR")
    mine = {"id": team, "userId": user_id(foreign)}
    assert await codes(foreign, "addTeamMember", mine) == [("NOT_FOUND", ["input", "id"])]
    assert await company.rows("select id from pool.team_members where tenant_id = :tenant") == []


async def test_a_team_that_is_deleted_takes_its_memberships_along(company: CompanyWorld, hr: Person) -> None:
    member, team = await company.person("MEMBER"), await a_team(hr)
    await hr.do("addTeamMember", {"id": team, "userId": user_id(member)}, MEMBERS)
    assert (await hr.do("deleteTeam", {"id": team}, "deletedId"))["deletedId"] == team
    assert await company.rows("select id from pool.team_members where tenant_id = :tenant") == []
    assert (await hr.ask("query($id: ID!) { user(id: $id) { id } }", {"id": user_id(member)})).data["user"]
