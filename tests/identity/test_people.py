"""A company's people: invited, shut out, let in again; who gives which role; and that an owner is always left."""

import asyncio
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from auth.roles import BUILT_IN_ROLES
from resolvers.context import Looking
from resolvers.reporting import line_above
from schema.derive import ids
from tests.identity.builders import ENDED, caller, last_link, owner
from tests.world import CompanyWorld, Person

OTHER = "another long password"
NEW = {"email": "Grace@Example.com", "firstName": "Grace", "lastName": "Hopper"}


async def role(person: Person, name: str) -> str:
    query = "query($name: String!) { roles(where: { name: { eq: $name } }) { nodes { id } } }"
    return (await person.ask(query, {"name": name})).data["roles"]["nodes"][0]["id"]


def me(person: Person) -> str:
    assert person.asking.principal.id
    return ids.encode("User", person.asking.principal.id)


async def founder(company: CompanyWorld) -> str:
    [(user_id,)] = await company.rows(
        "select id from pool.users where tenant_id = :tenant and email = :email", email=owner(company)
    )
    return ids.encode("User", user_id)


async def invite(person: Person, *roles: str, **changes: Any) -> dict[str, Any]:
    given = NEW | changes | ({"roles": [await role(person, name) for name in roles]} if roles else {})
    return await person.do("createUser", given, "user { id email isActive roleNames }")


async def told(company: CompanyWorld, event: str) -> list[Any]:
    rows = await company.rows(
        "select data from pool.event_outbox where tenant_id = :tenant and type = :type order by id", type=event
    )
    return [row[0] for row in rows]


async def choose(company: CompanyWorld, token: str) -> list[Any]:
    return (await caller(company).do("resetPassword", {"token": token, "password": OTHER}))["refusals"]


async def test_who_is_invited_chooses_a_password_and_is_in(company: CompanyWorld) -> None:
    admin = await company.person("ADMIN")
    payload = await invite(admin, "HR", "MEMBER")
    assert payload["refusals"] == []
    user = payload["user"]
    assert (user["email"], user["isActive"], user["roleNames"]) == ("grace@example.com", True, ["HR", "MEMBER"])
    assert [len(await told(company, each)) for each in ("user.invited", "user.activated")] == [1, 0]
    assert (await caller(company).sign_in("grace@example.com", OTHER))["session"] is None
    assert await choose(company, await last_link(company, "user_invitation")) == []
    assert await caller(company).session("grace@example.com", OTHER)
    [row] = await company.rows(
        "select email_verified_at from pool.users where tenant_id = :tenant and email = 'grace@example.com'"
    )
    assert row[0]
    assert len(await told(company, "user.activated")) == 1


async def test_an_invitation_is_sent_again_and_the_old_one_is_dead(company: CompanyWorld) -> None:
    admin = await company.person("ADMIN")
    user = (await invite(admin))["user"]
    first = await last_link(company, "user_invitation")
    again = await admin.do("resendUserInvitation", {"id": user["id"]}, "user { id }")
    assert again["refusals"] == []
    assert [each["code"] for each in await choose(company, first)] == ["INVALID_LINK"]
    assert await choose(company, await last_link(company, "user_invitation")) == []
    refused = await admin.do("resendUserInvitation", {"id": user["id"]}, "user { id }")
    assert [each["code"] for each in refused["refusals"]] == ["ALREADY_JOINED"]
    assert len(await told(company, "user.invited")) == 2


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"firstName": " "}, "INVALID_INPUT", "firstName"),
        ({"email": "İ" * 60 + "@" + "a" * 180 + ".example"}, "INVALID_INPUT", "email"),
        ({"locale": "not a language"}, "INVALID_INPUT", "locale"),
        ({"roles": [ids.encode("Role", UUID(int=7))]}, "NOT_FOUND", "roles"),
        ({"roles": ["nonsense"]}, "NOT_FOUND", "roles"),
    ],
)
async def test_what_cannot_be_a_user_is_refused_and_mails_nobody(
    company: CompanyWorld, given: dict[str, Any], code: str, path: str
) -> None:
    payload = await invite(await company.person("ADMIN"), **given)
    assert [(each["code"], each["path"][:2]) for each in payload["refusals"]] == [(code, ["input", path])]
    assert await company.rows("select id from pool.email_messages where tenant_id = :tenant") == []


async def test_a_role_that_is_named_twice_is_given_once(company: CompanyWorld) -> None:
    admin = await company.person("ADMIN")
    assert (await invite(admin, "HR", "HR"))["user"]["roleNames"] == ["HR"]
    assert (await invite(admin, email="other@example.com", roles=None))["user"]["roleNames"] == []


async def test_an_address_is_one_users(company: CompanyWorld) -> None:
    admin = await company.person("ADMIN")
    assert (await invite(admin))["refusals"] == []
    payload = await invite(admin, email="GRACE@example.com")
    assert [(each["code"], each["path"]) for each in payload["refusals"]] == [("ALREADY_EXISTS", ["input", "email"])]


async def test_who_is_shut_out_is_out_at_once_and_may_come_back(company: CompanyWorld) -> None:
    admin, door = await company.person("ADMIN"), caller(company)
    them = await company.person("HR")
    assert them.asking.principal.name
    session = await door.session(them.asking.principal.name)
    gone = await admin.do("deactivateUser", {"id": me(them)}, "user { isActive }")
    assert gone == {"user": {"isActive": False}, "refusals": [], "clientMutationId": None}
    assert not await door.is_let_in(session)
    assert await door.refresh(session["refreshToken"]) == ENDED
    assert (await door.sign_in(them.asking.principal.name))["session"] is None
    again = await admin.do("deactivateUser", {"id": me(them)}, "user { id }")
    assert [each["code"] for each in again["refusals"]] == ["ILLEGAL_TRANSITION"]
    assert (await admin.do("activateUser", {"id": me(them)}, "user { isActive }"))["user"] == {"isActive": True}
    assert await door.session(them.asking.principal.name)
    assert not await door.is_let_in(session)
    assert [len(await told(company, f"user.{each}")) for each in ("deactivated", "activated")] == [1, 1]


async def test_a_role_is_given_and_taken_and_counts_at_once(company: CompanyWorld) -> None:
    admin, them = await company.person("ADMIN"), await company.person("MEMBER")
    given = {"id": me(them), "roleId": await role(admin, "HR")}
    assert (await them.ask("{ flows { totalCount } }")).codes == ["FORBIDDEN"]
    assert (await admin.do("giveRole", given, "user { roleNames }"))["user"] == {"roleNames": ["HR", "MEMBER"]}
    assert (await them.ask("{ flows { totalCount } }")).data
    twice = await admin.do("giveRole", given, "user { id }")
    assert [(each["code"], each["path"]) for each in twice["refusals"]] == [("ALREADY_EXISTS", ["input", "roleId"])]
    assert (await admin.do("takeRole", given, "user { roleNames }"))["user"] == {"roleNames": ["MEMBER"]}
    assert (await them.ask("{ flows { totalCount } }")).codes == ["FORBIDDEN"]
    twice = await admin.do("takeRole", given, "user { id }")
    assert [(each["code"], each["path"]) for each in twice["refusals"]] == [("NOT_FOUND", ["input", "roleId"])]
    assert await told(company, "user.role_changed") == [{"given": "HR"}, {"taken": "HR"}]


async def test_nobody_gives_what_they_lack(company: CompanyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    admin, them = await company.person("ADMIN"), await company.person("MEMBER")
    lesser = BUILT_IN_ROLES["ADMIN"].permissions - {"onboarding.review"}
    held = "resolvers.identity.standing.permissions_of"
    monkeypatch.setattr(held, lambda names: lesser if "ADMIN" in names else frozenset())
    owners = await role(admin, "OWNER")
    refused = await admin.do("giveRole", {"id": me(them), "roleId": owners}, "user { id }")
    assert [(each["code"], each["path"]) for each in refused["refusals"]] == [("ROLE_ABOVE_YOURS", ["input", "roleId"])]
    assert "onboarding.review" in refused["refusals"][0]["message"]
    invited = await invite(admin, "OWNER")
    assert [(each["code"], each["path"]) for each in invited["refusals"]] == [("ROLE_ABOVE_YOURS", ["input", "roles"])]
    it = await admin.do("giveRole", {"id": me(them), "roleId": await role(admin, "IT")}, "user { roleNames }")
    assert it["user"] == {"roleNames": ["IT", "MEMBER"]}


async def test_the_last_owner_stays(company: CompanyWorld) -> None:
    admin, last = await company.person("ADMIN"), await founder(company)
    owners = await role(admin, "OWNER")
    for mutation, given in (("deactivateUser", {}), ("takeRole", {"roleId": owners})):
        refused = await admin.do(mutation, {"id": last, **given}, "user { id }")
        assert [each["code"] for each in refused["refusals"]] == ["LAST_OWNER"]
    assert await caller(company).session(owner(company))
    other = await company.person("OWNER")
    assert (await admin.do("takeRole", {"id": last, "roleId": owners}, "user { id }"))["refusals"] == []
    refused = await admin.do("deactivateUser", {"id": me(other)}, "user { id }")
    assert [each["code"] for each in refused["refusals"]] == ["LAST_OWNER"]


async def test_an_owner_who_has_not_joined_yet_is_no_owner_to_rely_on(company: CompanyWorld) -> None:
    admin, last = await company.person("ADMIN"), await founder(company)
    invited = (await invite(admin, "OWNER"))["user"]["id"]
    refused = await admin.do("deactivateUser", {"id": last}, "user { id }")
    assert [each["code"] for each in refused["refusals"]] == ["LAST_OWNER"]
    assert (await admin.do("deactivateUser", {"id": invited}, "user { id }"))["refusals"] == []


@pytest.mark.parametrize(
    "ways", [("deactivateUser", "deactivateUser"), ("takeRole", "deactivateUser"), ("takeRole",) * 2]
)
async def test_of_two_owners_who_leave_at_the_same_moment_one_stays(
    company: CompanyWorld, ways: tuple[str, str]
) -> None:
    admin = await company.person("ADMIN")
    owners = await role(admin, "OWNER")
    for _ in range(3):
        leaving = [await founder(company), me(await company.person("OWNER"))]
        given = [
            {"id": user} | ({"roleId": owners} if way == "takeRole" else {})
            for user, way in zip(leaving, ways, strict=True)
        ]
        answers = await asyncio.gather(
            *(admin.do(way, each, "user { id }") for way, each in zip(ways, given, strict=True))
        )
        refused = [each["refusals"][0]["code"] for each in answers if each["refusals"]]
        assert refused == ["LAST_OWNER"]
        left = await company.rows(
            "select u.id from pool.users u join pool.user_roles h on h.user_id = u.id"
            " join pool.roles r on r.id = h.role_id where u.tenant_id = :tenant and u.is_active and r.name = 'OWNER'"
        )
        assert len(left) == 1
        await _founder_alone(company)


async def _founder_alone(company: CompanyWorld) -> None:
    """Make the founder the only owner again."""
    await company.rows(
        "delete from pool.user_roles where tenant_id = :tenant and role_id in"
        " (select id from pool.roles where tenant_id = :tenant and name = 'OWNER') returning id"
    )
    await company.rows(
        "insert into pool.user_roles (tenant_id, id, user_id, role_id, scope, created_at, updated_at)"
        " select :tenant, uuidv7(), u.id, r.id, 'tenant', now(), now() from pool.users u, pool.roles r"
        " where u.tenant_id = :tenant and r.tenant_id = :tenant and u.email = :email and r.name = 'OWNER' returning id",
        email=owner(company),
    )
    await company.rows("update pool.users set is_active = true where tenant_id = :tenant returning id")


async def test_roles_say_what_they_allow(company: CompanyWorld) -> None:
    person = await company.person("IT")
    answer = await person.ask("{ roles(first: 200) { nodes { name builtIn permissions } } }")
    found = {each["name"]: set(each["permissions"]) for each in answer.data["roles"]["nodes"]}
    assert found == {name: set(each.permissions) for name, each in BUILT_IN_ROLES.items()}


async def test_the_number_of_statements_does_not_follow_the_number_of_users(company: CompanyWorld) -> None:
    person = await company.person("IT")
    few = await _statements(company, person)
    for _ in range(5):
        await company.person("MEMBER")
    assert await _statements(company, person) == few


async def _statements(company: CompanyWorld, person: Person) -> int:
    sent: list[str] = []
    engine = company.world.parts.database.engine(company.tenant.placement).sync_engine

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        query = "{ users(first: 50) { nodes { roleNames roles { nodes { role { name permissions } } } } } }"
        assert (await person.ask(query)).data["users"]["nodes"]
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(sent)


async def test_one_may_change_what_is_known_of_oneself(company: CompanyWorld) -> None:
    member = await company.person("MEMBER")
    given = {"firstName": "Grace", "locale": "de", "timezone": "Europe/Berlin"}
    payload = await member.do("updateViewer", given, "user { id firstName lastName locale timezone }")
    assert payload["user"] == {"id": me(member), "lastName": "Tester", **given}
    refused = await member.do("updateViewer", {"lastName": ""}, "user { id }")
    assert [(each["code"], each["path"]) for each in refused["refusals"]] == [("INVALID_INPUT", ["input", "lastName"])]
    others = await member.ask(
        'mutation($id: ID!) { updateUser(input: { id: $id, firstName: "X" }) { refusals { code } } }',
        {"id": await founder(company)},
    )
    assert others.codes == ["FORBIDDEN"]


MANAGED = "user { id manager { id } reports { nodes { id } } }"


async def reports_to(admin: Person, user: str, manager: str | None) -> dict[str, Any]:
    return await admin.do("updateUser", {"id": user, "managerId": manager}, MANAGED)


async def test_reporting_lines_have_no_circle(company: CompanyWorld) -> None:
    admin = await company.person("ADMIN")
    low, middle, high = [me(await company.person()) for _ in range(3)]
    assert (await reports_to(admin, low, middle))["user"]["manager"] == {"id": middle}
    assert (await reports_to(admin, middle, high))["user"]["reports"] == {"nodes": [{"id": low}]}
    for user, manager in ((high, low), (high, middle), (middle, low), (low, low)):
        refused = await reports_to(admin, user, manager)
        assert [(each["code"], each["path"]) for each in refused["refusals"]] == [
            ("REPORTS_IN_CIRCLE", ["input", "managerId"])
        ]
    assert (await reports_to(admin, middle, None))["user"]["manager"] is None
    assert (await reports_to(admin, high, low))["refusals"] == []


async def test_of_two_who_would_close_a_circle_at_the_same_moment_one_is_refused(company: CompanyWorld) -> None:
    admin = await company.person("ADMIN")
    for _ in range(5):
        one, other = [me(await company.person()) for _ in range(2)]
        answers = await asyncio.gather(reports_to(admin, one, other), reports_to(admin, other, one))
        assert sorted(len(each["refusals"]) for each in answers) == [0, 1]


async def test_those_above_are_found_up_the_line_in_one_statement(company: CompanyWorld) -> None:
    admin = await company.person("ADMIN")
    people = [await company.person() for _ in range(4)]
    for user, manager in pairwise(people):
        assert (await reports_to(admin, me(user), me(manager)))["refusals"] == []
    rows = [person.asking.principal.id or UUID(int=0) for person in people]
    async with company.world.parts.database.reading(company.tenant.placement) as session:
        above = await line_above(Looking(admin.asking, session), rows)
    assert above == {row: rows[place + 1 :] for place, row in enumerate(rows)}
